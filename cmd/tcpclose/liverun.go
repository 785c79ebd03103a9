package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"tcpclose/decode"
	"tcpclose/decode/live"
	"tcpclose/flows"
	"tcpclose/flows/metrics"
	"tcpclose/flows/names"
	"tcpclose/flows/report"
)

// A liveSession is one capture from its opening to its end.
type liveSession struct {
	o      *liveOptions
	std    *stdio
	source *recorder
	out    *lineFile // nil: the screen shows it
	owners *owners   // nil: nobody asked
	pulse  *flows.Pulse
	screen bool
	news   chan string // what there is to tell while a screen is in the way

	final, stalls atomic.Uint64
}

// run captures until the user stops it.
func (o *liveOptions) run(ctx context.Context, std *stdio) (err error) {
	l := &liveSession{o: o, std: std, screen: o.format == "" && o.out == "" && isTerminal(std.out), news: make(chan string, 16)}
	var ports []uint16
	if o.names {
		ports = names.Ports()
	}
	src, err := live.Open(live.Options{
		Ports: ports, Interface: o.iface, Snap: min(o.snap+o.payload, decode.MaxSnap), Buffer: o.buffer << 10, Promiscuous: o.promiscuous, Test: o.want.PacketTest(), Notice: l.note,
		Rings: cmp.Or(o.model.workers, runtime.GOMAXPROCS(0)),
	})
	if err != nil {
		return liveError(err)
	}
	defer src.Close()
	var listener net.Listener
	if o.metrics != "" { // before the privileges are gone: the port may be a low one
		if listener, err = listenMetrics(o.metrics); err != nil {
			return err
		}
		defer func() { _ = listener.Close() }() // the server has closed it, as a rule
	}
	said, err := dropPrivileges(o.owners)
	if err != nil {
		return err
	}
	if said != "" {
		said = " (" + said + ")"
	}
	l.source = &recorder{Capture: src, path: o.write, rotate: o.every, stop: o.until, ringed: len(o.rotate) > 0, force: o.force, notice: l.note}
	if o.names {
		l.source.names = names.NewListener(o.decode)
		o.model.config.Annotate = l.source.names.Annotate
	}
	// The first interrupt ends the capture, no more: what was captured is still reported.
	defer context.AfterFunc(ctx, src.Stop)()
	if !l.screen {
		if l.out, err = openLines(ctx, o.out, o.force, std.out, l.note); err != nil {
			return err
		}
		defer l.out.Close()
	}
	if o.owners {
		if l.owners, err = openOwners(); err != nil {
			return err
		}
		defer l.owners.close()
	}
	if err := l.source.begin(time.Now().UnixNano()); err != nil {
		return err
	}
	defer l.watch(listener)()
	if l.screen {
		return l.show(ctx)
	}
	return l.stream(ctx, said)
}

// note tells the user something: on the screen, where there is one.
func (l *liveSession) note(text string) {
	if l.screen {
		select {
		case l.news <- printable(text):
		default: // there is no screen yet, or no more
		}
		return
	}
	if !l.o.quiet {
		fmt.Fprintf(l.std.err, "tcpclose: %s\n", printable(text))
	}
}

// watch sets up what hears of every verdict: the metrics and the packets that are kept. stop ends it.
func (l *liveSession) watch(listener net.Listener) (stop func()) {
	config := &l.o.model.config
	l.pulse = &flows.Pulse{}
	config.Pulse = l.pulse
	limit := config.Mem
	var tell []func(t *flows.Teardown, why flows.Occasion)
	if l.o.bad != nil {
		// The packets that are held take their share of the memory.
		share := config.Mem / 4
		config.Mem -= share
		l.source.keeper = newKeeper(l.o.bad, share, l.o.decode)
		tell = append(tell, l.source.tell)
	}
	stop = func() {}
	if listener != nil {
		count, ended := l.serve(listener, limit)
		tell, stop = append(tell, count), ended
	}
	if len(tell) > 0 {
		l.pulse.Told = func(t *flows.Teardown, why flows.Occasion) {
			for _, fn := range tell {
				fn(t, why)
			}
		}
	}
	return stop
}

// serve serves the metrics; count hears of verdicts.
func (l *liveSession) serve(listener net.Listener, limit int64) (count func(t *flows.Teardown, why flows.Occasion), stop func()) {
	capture := func() metrics.Capture {
		c := l.source.Counts()
		return metrics.Capture{Packets: c.Packets, Dropped: c.Dropped, Octets: c.Octets, Stopped: l.source.ended.Load(), Down: l.source.Down()}
	}
	sources := metrics.Sources{Capture: capture, Pulse: l.pulse, Memory: limit, Version: version()}
	var stuck func() time.Duration
	if l.out != nil {
		stuck = l.out.Stuck
	}
	if l.owners != nil {
		sources.Owners = func() metrics.Owners {
			found, disagreed := l.owners.counts()
			return metrics.Owners{Found: found, Disagreed: disagreed}
		}
	}
	if !l.o.want.All() {
		l.pulse.Counts = l.o.want.Match
	}
	m := metrics.New(sources, 0)
	stop = serveMetrics(listener, m, metrics.NewHealth(capture, stuck))
	l.note(fmt.Sprintf("metrics at http://%s/metrics", listener.Addr()))
	return func(t *flows.Teardown, why flows.Occasion) {
		if l.o.want.Match(t) {
			m.Tell(t, why)
		}
	}, stop
}

// stream writes a line for each connection.
func (l *liveSession) stream(ctx context.Context, said string) error {
	o, r := l.o, l.source
	defer onSignals(l.stats, func() {
		r.reopen.Store(true)
		if err := l.out.Reopen(); err != nil {
			l.note("cannot open the output again: " + err.Error())
		}
	})()
	l.note("capturing on " + o.iface + said + "; ^C ends it")
	e := &report.Encoder{Files: []string{o.iface}}
	sum, err := flows.Stream(context.WithoutCancel(ctx), r, o.decode, o.model.config, l.out, func(b []byte, t *flows.Teardown) []byte {
		if !o.want.Match(t) {
			return b
		}
		if t.Over() {
			l.final.Add(1)
		} else {
			l.stalls.Add(1)
		}
		b = e.AppendConversation(b, t)
		if l.owners != nil {
			b = l.owners.append(b, t)
		}
		return append(b, '\n')
	})
	recorded := r.end()
	if err != nil {
		return err
	}
	if !o.noSummary {
		if _, err := l.out.Write(append(e.AppendSummary(nil, sum, l.final.Load()), '\n')); err != nil {
			return err
		}
	}
	l.conclude(sum)
	return errors.Join(l.out.Close(), recorded, sum.ReadError)
}

// stats prints how far the capture is (SIGUSR1).
func (l *liveSession) stats() {
	c, b := l.source.Counts(), l.pulse.Read()
	fmt.Fprintf(l.std.err, "tcpclose: %d packets, %d dropped by the kernel, %d octets; %d conversations ended, %d stalls told; %d conversations take %d KiB, %d given up for want of memory\n",
		c.Packets, c.Dropped, c.Octets, l.final.Load(), l.stalls.Load(), b.Conversations, b.Memory>>10, b.Evicted)
	if l.owners != nil {
		for _, line := range l.owners.lines() {
			fmt.Fprintf(l.std.err, "tcpclose: %s\n", printable(line))
		}
	}
}

// conclude says what the user should know beside the lines.
func (l *liveSession) conclude(sum *flows.Summary) {
	if sum.Drops > 0 {
		l.note(fmt.Sprintf("the kernel dropped %d packets: there was no room for them; a larger -B may help", sum.Drops))
	}
	if sum.Evicted > 0 {
		l.note(fmt.Sprintf("%d conversations were given up early for want of memory; a larger --mem may help", sum.Evicted))
	}
	if k := l.source.keeper; k != nil {
		l.note(k.note())
	}
	if l.owners != nil {
		found, disagreed := l.owners.counts()
		l.note(fmt.Sprintf("%d sockets of this host were looked up; of %d the kernel's state is another than the wire's", found, disagreed))
		for _, line := range l.owners.lines() {
			l.note(line)
		}
	}
}
