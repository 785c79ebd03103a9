package main

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"

	"tcpclose/decode"
	"tcpclose/decode/live"
	"tcpclose/flows"
	"tcpclose/tui"
)

// show hands the packets to the screen: as they are, or with --spool as a file that it can read again.
func (l *liveSession) show(ctx context.Context) error {
	o, r := l.o, l.source
	stdout, _ := l.std.out.(*os.File)
	screen := tui.Options{
		Live: r, Title: o.iface, Decode: o.decode, Flows: o.model.config, Filter: o.want.String(), Theme: "terminal", ASCII: o.ascii, Stdout: stdout,
		News:     l.news,
		Recorded: r.files,
	}
	r.failed = func(err error) { l.note(err.Error() + "; the capture has ended") }
	if l.owners != nil {
		screen.Owners = l.owners.holders
	}
	var pumping sync.WaitGroup
	var gone error
	var in *io.PipeReader
	if o.spool != "" {
		var feed *io.PipeWriter
		in, feed = io.Pipe()
		var clock atomic.Int64
		clock.Store(flows.NoTime)
		screen.Live, screen.Paths, screen.File.Stdin, screen.Spool = nil, []string{"-"}, in, o.spool
		screen.Feed = &tui.Feed{Clock: clock.Load, Stop: r.Stop}
		pumping.Go(func() {
			if gone = pump(r, feed, &clock); gone != nil {
				l.note("reading ended early: " + gone.Error())
			}
			_ = feed.Close()
		})
	}
	err := tui.Run(ctx, screen)
	if in != nil {
		_ = in.Close()
	}
	r.Stop()
	pumping.Wait()
	var none *tui.NoTerminalError
	switch {
	case errors.As(err, &none):
		return &usageError{text: none.Reason, hint: "add -T ndjson"}
	case errors.Is(err, tui.ErrSignal):
		err = nil
	}
	return errors.Join(err, r.end(), gone)
}

// pump writes what is captured to a pipe, until the capture or its reader ends. What the reader does not take any more is
// read all the same: it is recorded on its way. clock tells the time of the latest pause, which no packet does.
func pump(r *recorder, w io.Writer, clock *atomic.Int64) error {
	out, err := live.NewWriter(w, "tcpclose", r.Interfaces)
	var p decode.Packet
	last := int64(0)
	for err == nil {
		if err = r.Next(&p); err == nil {
			last = p.Time
			err = out.Packet(&p, "")
		} else if errors.Is(err, decode.ErrPause) {
			err = out.Flush()
			clock.Store(p.Time) // once what came before it is on its way
		}
	}
	if errors.Is(err, io.ErrClosedPipe) {
		for err = nil; err == nil || errors.Is(err, decode.ErrPause); {
			err = r.Next(&p)
		}
	}
	_ = out.Statistics(last, r.Counts()) // nobody reads any more, perhaps
	_ = out.Flush()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
