package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/decode/live"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/report"
	"tcpclose/tui"
)

// liveOptions are the flags of live.
type liveOptions struct {
	iface       string
	filter      string
	count       uint64
	snap        int
	payload     int
	promiscuous bool
	buffer      int
	decap       string
	model       modelFlags
	format      string
	out         string
	force       bool
	noSummary   bool
	quiet       bool
	write       string
	rotate      []string
	autostop    []string
	spool       string
	owners      bool
	ascii       bool

	decode       decode.Config
	want         *filter.Filter
	every, until limits
}

// liveMemory bounds the conversations that are kept where --mem says nothing: a capture may run for weeks.
const liveMemory = "1G"

// newLive makes the command that captures.
func newLive(std *stdio) *cobra.Command {
	var o liveOptions
	cmd := &cobra.Command{
		Use:   "live [-i] IFACE [flags] [FILTER…]",
		Short: "Watch connections close on a network interface",
		Long: "live captures on a network interface and shows its connections on the terminal, as open does. Where standard output\n" +
			"is no terminal, or with -T ndjson or -o, it writes a line of NDJSON for each connection once nothing can change how it\n" +
			"ended, and one with \"final\": false when it begins to stall. An interrupt (^C) ends the capture: what is still open\n" +
			"is then written too, with a summary. SIGUSR1 prints how far it is, SIGHUP opens the outputs again.",
		Example: "  sudo tcpclose live eth0\n" +
			"  sudo tcpclose live any -o closes.ndjson port 443\n" +
			"  sudo tcpclose live eth0 -w raw.pcapng -b filesize:100000 -b files:10 > closes.ndjson",
		DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args); err != nil {
				return err
			}
			return o.run(cmd.Context(), std)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.register(f)
	return cmd
}

func (o *liveOptions) register(f *pflag.FlagSet) {
	f.StringVarP(&o.iface, "interface", "i", "", "capture on this `IFACE`; any is all of them together (Linux)")
	f.StringVarP(&o.filter, "filter", "f", "", "report conversations that match this `FILTER` only; words at the end of the line are one too")
	f.StringVarP(&o.filter, "display-filter", "Y", "", "the same as -f")
	f.Uint64VarP(&o.count, "count", "c", 0, "stop after `N` packets")
	f.IntVarP(&o.snap, "snaplen", "s", live.DefaultSnap, "keep this many `OCTETS` of each packet; the default keeps the headers")
	f.IntVar(&o.payload, "payload", 0, "keep this many `OCTETS` of payload behind the headers")
	f.BoolVar(&o.promiscuous, "promiscuous", false, "take what is not for this host too")
	f.BoolP("no-promiscuous-mode", "p", true, "take what is for this host only (the default; for tcpdump's fingers)")
	f.IntVarP(&o.buffer, "buffer-size", "B", live.DefaultBuffer>>10, "share this much memory with the kernel, in `KIB`")
	f.StringVar(&o.decap, "decap", "all", "`TUNNELS` to look into: all, none, or of "+decode.DecapNames())
	o.model.register(f)
	f.Lookup("mem").DefValue, o.model.mem = liveMemory, liveMemory
	f.StringVarP(&o.write, "write", "w", "", "write the packets to this `FILE` too, as pcapng: what concerns TCP, cut by -s")
	f.StringArrayVarP(&o.rotate, "ring-buffer", "b", nil, "begin another file for -w at this `LIMIT`: duration:SECONDS, filesize:KB, packets:N;\nfiles:N keeps the last N")
	f.StringArrayVarP(&o.autostop, "autostop", "a", nil, "end at this `LIMIT`: duration:SECONDS, filesize:KB (of -w), packets:N, files:N (of -b)")
	f.StringVarP(&o.format, "format", "T", "", "`FORMAT` to write: ndjson (the default where standard output is no terminal)")
	f.BoolVar(&o.owners, "owners", false, "say whose sockets the ends on this host are: process, user, and the kernel's own state (Linux; not on the screen)")
	f.StringVarP(&o.out, "output", "o", "", "write to this `FILE` instead of standard output; SIGHUP opens it again")
	f.StringVar(&o.spool, "spool", "", "keep the packets in a file in this `DIR`, so that no ladder on the terminal misses a segment")
	f.BoolVar(&o.ascii, "ascii", false, "draw with ASCII alone (by itself where the locale is not UTF-8)")
	f.BoolVar(&o.force, "force", false, "replace files that exist")
	f.BoolVar(&o.noSummary, "no-summary", false, "leave out the summary at the end")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no notices on standard error")
	f.BoolP("numeric", "n", true, "do not resolve names (nothing ever is; for tcpdump's fingers)")
}

// check translates the flags and the arguments: an interface, unless -i names it, and a filter.
func (o *liveOptions) check(args []string) (err error) {
	if o.iface == "" && len(args) > 0 {
		o.iface, args = args[0], args[1:]
	}
	if o.iface == "" {
		return &usageError{text: "no interface to capture on", hint: "tcpclose interfaces lists them"}
	}
	if o.format != "" && o.format != "ndjson" {
		return badValue("-T", o.format, []string{"ndjson"})
	}
	if o.snap < 1 || o.snap > decode.MaxSnap {
		return usagef("--snaplen %d: must be 1 to %d", o.snap, decode.MaxSnap)
	}
	if o.payload < 0 || o.payload > decode.MaxSnap {
		return usagef("--payload %d: must be 0 to %d", o.payload, decode.MaxSnap)
	}
	if o.buffer < 1 || o.buffer > 2<<20 {
		return usagef("--buffer-size %d: must be 1 to %d KiB", o.buffer, 2<<20)
	}
	if o.decode.Decap, err = decode.ParseDecapSet(o.decap); err != nil {
		return usagef("--decap: %v", err)
	}
	if err := o.model.check(); err != nil {
		return err
	}
	if err := o.checkWrite(); err != nil {
		return err
	}
	o.want, err = parseFilter(o.filter, args)
	return err
}

// checkWrite looks at the flags of -w.
func (o *liveOptions) checkWrite() (err error) {
	if o.every, err = parseLimits("-b", o.rotate); err != nil {
		return err
	}
	if o.until, err = parseLimits("-a", o.autostop); err != nil {
		return err
	}
	if o.count > 0 {
		o.until.packets = o.count
	}
	e := &o.every
	switch {
	case o.write == "-":
		return &usageError{text: "-w - is not possible: standard output is for the connections", hint: "tcpdump -U -w - writes packets there"}
	case o.write == "" && len(o.rotate) > 0:
		return usagef("-b needs -w")
	case e.files > 0 && e.duration == 0 && e.octets == 0 && e.packets == 0:
		return &usageError{text: "-b files needs to know when a file is full", hint: "add -b filesize:KB or -b duration:SECONDS"}
	case o.until.files > 0 && len(o.rotate) == 0:
		return usagef("-a files needs -b")
	case o.until.octets > 0 && o.write == "":
		return usagef("-a filesize needs -w")
	}
	if _, err := os.Lstat(o.write); err == nil && o.write != "" && !o.force && len(o.rotate) == 0 {
		return fmt.Errorf("%s exists; --force replaces it", o.write)
	}
	return nil
}

// run captures until the user stops it.
func (o *liveOptions) run(ctx context.Context, std *stdio) error {
	screen := o.format == "" && o.out == "" && isTerminal(std.out)
	note := func(text string) {
		if !o.quiet && !screen {
			fmt.Fprintf(std.err, "tcpclose: %s\n", printable(text))
		}
	}
	src, err := live.Open(live.Options{
		Interface: o.iface, Snap: min(o.snap+o.payload, decode.MaxSnap), Buffer: o.buffer << 10, Promiscuous: o.promiscuous, Test: o.want.PacketTest(), Notice: note,
	})
	if err != nil {
		return liveError(err)
	}
	defer src.Close()
	said, err := dropPrivileges(o.owners)
	if err != nil {
		return err
	}
	r := &recorder{Capture: src, path: o.write, rotate: o.every, stop: o.until, ringed: len(o.rotate) > 0, force: o.force}
	// The first interrupt ends the capture, no more: what was captured is still reported.
	defer context.AfterFunc(ctx, src.Stop)()
	if screen {
		return o.show(ctx, std, r)
	}
	if said != "" {
		said = " (" + said + ")"
	}
	return o.stream(ctx, std, r, note, said)
}

// stream writes a line for each connection.
func (o *liveOptions) stream(ctx context.Context, std *stdio, r *recorder, note func(string), said string) error {
	out, err := openLines(o.out, o.force, std.out)
	if err != nil {
		return err
	}
	defer out.Close()
	var own *owners
	if o.owners {
		if own, err = openOwners(); err != nil {
			return err
		}
		defer own.close()
	}
	var final, stalls atomic.Uint64
	defer onSignals(func() {
		c := r.Counts()
		fmt.Fprintf(std.err, "tcpclose: %d packets, %d dropped by the kernel, %d octets; %d conversations ended, %d stalls told\n",
			c.Packets, c.Dropped, c.Octets, final.Load(), stalls.Load())
	}, func() {
		r.reopen.Store(true)
		if err := out.Reopen(); err != nil {
			note("cannot open the output again: " + err.Error())
		}
	})()
	note("capturing on " + o.iface + said + "; ^C ends it")
	e := &report.Encoder{Files: []string{o.iface}}
	sum, err := flows.Stream(context.WithoutCancel(ctx), r, o.decode, o.model.config, out, func(b []byte, t *flows.Teardown) []byte {
		if !o.want.Match(t) {
			return b
		}
		if t.Final {
			final.Add(1)
		} else {
			stalls.Add(1)
		}
		b = e.AppendConversation(b, t)
		if own != nil {
			b = own.append(b, t)
		}
		return append(b, '\n')
	})
	recorded := r.end()
	if err != nil {
		return err
	}
	if !o.noSummary {
		if _, err := out.Write(append(e.AppendSummary(nil, sum, final.Load()), '\n')); err != nil {
			return err
		}
	}
	if sum.Drops > 0 {
		note(fmt.Sprintf("the kernel dropped %d packets: there was no room for them; a larger -B may help", sum.Drops))
	}
	if own != nil {
		found, disagreed := own.counts()
		note(fmt.Sprintf("%d sockets of this host were looked up; of %d the kernel's state is another than the wire's", found, disagreed))
	}
	return errors.Join(out.Close(), recorded, sum.ReadError)
}

// show hands the packets to the screen: as they are, or with --spool as a file that it can read again.
func (o *liveOptions) show(ctx context.Context, std *stdio, r *recorder) error {
	stdout, _ := std.out.(*os.File)
	screen := tui.Options{
		Live: r, Title: o.iface, Decode: o.decode, Flows: o.model.config, Filter: o.want.String(), Theme: "terminal", ASCII: o.ascii, Stdout: stdout,
	}
	var pumping sync.WaitGroup
	var gone error
	var in *io.PipeReader
	if o.spool != "" {
		var feed *io.PipeWriter
		in, feed = io.Pipe()
		screen.Live, screen.Paths, screen.File.Stdin, screen.Spool = nil, []string{"-"}, in, o.spool
		pumping.Go(func() {
			gone = pump(r, feed)
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

// pump writes what is captured to a pipe, until the capture or its reader ends.
func pump(r *recorder, w io.Writer) error {
	out, err := live.NewWriter(w, "tcpclose", r.Interfaces)
	var p decode.Packet
	last := int64(0)
	for err == nil {
		if err = r.Next(&p); err == nil {
			last = p.Time
			err = out.Packet(&p)
		} else if errors.Is(err, decode.ErrPause) {
			err = out.Flush()
		}
	}
	_ = out.Statistics(last, r.Counts()) // nobody reads any more, perhaps
	_ = out.Flush()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}

// liveError says what can be done where capturing fails.
func liveError(err error) error {
	var unknown *live.UnknownError
	var denied *live.DeniedError
	switch {
	case errors.As(err, &unknown):
		e := &usageError{text: err.Error(), hint: "tcpclose interfaces lists them"}
		if list, err := live.Interfaces(); err == nil {
			names := []string{live.Any}
			for _, i := range list {
				names = append(names, i.Name)
			}
			slices.Sort(names)
			if near := nearest(unknown.Interface, names); near != "" {
				e.hint = "did you mean: " + near
			}
		}
		return e
	case errors.As(err, &denied):
		return &deniedError{denied}
	}
	return err
}

// A deniedError is a live.DeniedError with the ways out.
type deniedError struct{ cause *live.DeniedError }

func (e *deniedError) Unwrap() error { return e.cause }

func (e *deniedError) Error() string {
	program, err := os.Executable()
	if err != nil {
		program = "/usr/local/bin/tcpclose"
	}
	uid := os.Getuid()
	return strings.Join([]string{
		fmt.Sprintf("%v (needs CAP_NET_RAW; uid %d)", e.cause, uid),
		fmt.Sprintf("  once:      sudo setcap cap_net_raw=ep %s      (lost when the file is replaced; not on nosuid/NFS)", program),
		fmt.Sprintf("  per run:   sudo tcpclose live %s (drops to uid %d after opening), or: sudo tcpdump -i %[1]s -U -w - tcp | tcpclose open -",
			e.cause.Interface, uid),
	}, "\n")
}
