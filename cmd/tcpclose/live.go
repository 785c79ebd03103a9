package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/decode/live"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/report"
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

	decode decode.Config
	want   *filter.Filter
}

// liveMemory bounds the conversations that are kept where --mem says nothing: a capture may run for weeks.
const liveMemory = "1G"

// newLive makes the command that captures.
func newLive(std *stdio) *cobra.Command {
	var o liveOptions
	cmd := &cobra.Command{
		Use:   "live [-i] IFACE [flags] [FILTER…]",
		Short: "Watch connections close on a network interface",
		Long: "live captures on a network interface and writes a line of NDJSON for each connection once nothing can change how it\n" +
			"ended, and one with \"final\": false when it begins to stall. An interrupt (^C) ends the capture; what is still open\n" +
			"is then written too, with a summary.",
		Example: "  sudo tcpclose live eth0\n" +
			"  sudo tcpclose live any port 443 -o closes.ndjson",
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
	f.StringVarP(&o.format, "format", "T", "ndjson", "`FORMAT` to write: ndjson")
	f.StringVarP(&o.out, "output", "o", "", "write to this `FILE` instead of standard output; SIGHUP opens it again")
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
	if o.format != "ndjson" {
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
	o.want, err = parseFilter(o.filter, args)
	return err
}

// run captures until the user stops it.
func (o *liveOptions) run(ctx context.Context, std *stdio) error {
	note := func(text string) {
		if !o.quiet {
			fmt.Fprintf(std.err, "tcpclose: %s\n", printable(text))
		}
	}
	src, err := live.Open(live.Options{
		Interface: o.iface, Snap: min(o.snap+o.payload, decode.MaxSnap), Buffer: o.buffer << 10, Promiscuous: o.promiscuous, Notice: note,
	})
	if err != nil {
		return liveError(err)
	}
	defer src.Close()
	out, err := openOutput("", o.force, std.out)
	if err != nil {
		return err
	}
	// The first interrupt ends the capture, no more: what was captured is still reported.
	defer context.AfterFunc(ctx, src.Stop)()
	note("capturing on " + o.iface + "; ^C ends it")
	var final atomic.Uint64
	e := &report.Encoder{Files: []string{o.iface}}
	sum, err := flows.Stream(context.WithoutCancel(ctx), src, o.decode, o.model.config, prompt{out}, func(b []byte, t *flows.Teardown) []byte {
		if !o.want.Match(t) {
			return b
		}
		if t.Final {
			final.Add(1)
		}
		return append(e.AppendConversation(b, t), '\n')
	})
	if err != nil {
		return err
	}
	if !o.noSummary {
		if _, err := out.Write(append(e.AppendSummary(nil, sum, final.Load()), '\n')); err != nil {
			return err
		}
	}
	if err := out.Commit(); err != nil {
		return err
	}
	if sum.Drops > 0 {
		note(fmt.Sprintf("the kernel dropped %d packets: there was no room for them; a larger -B may help", sum.Drops))
	}
	return sum.ReadError
}

// prompt writes at once.
type prompt struct{ out *output }

func (p prompt) Write(b []byte) (int, error) {
	n, err := p.out.Write(b)
	return n, errors.Join(err, p.out.Flush())
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
