package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/decode/live"
	"tcpclose/flows/filter"
	"tcpclose/flows/held"
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
	keep        string
	metrics     string
	names       bool

	decode       decode.Config
	want         *filter.Filter
	bad          *filter.Filter // of --keep; nil: all packets are written
	every, until limits
}

// liveMemory bounds the conversations that are kept where --mem says nothing: a capture may run for weeks.
const liveMemory = "1G"

// nameSnap is how much of a packet is kept where names are to be learned: a DNS answer, the segments of a ClientHello, and
// the begin of a request fit into it.
const nameSnap = 2048

// newLive makes the command that captures.
func newLive(std *stdio) *cobra.Command {
	var o liveOptions
	cmd := &cobra.Command{
		Use:   "live [-i] IFACE [flags] [FILTER…]",
		Short: "Watch connections close on a network interface",
		Long: "live captures on a network interface and shows its connections on the terminal, as open does. Where standard output\n" +
			"is no terminal, or with -T ndjson or -o, it writes a line of NDJSON for each connection once nothing can change how it\n" +
			"ended, and one with \"final\": false when it begins to stall, or is given up for want of memory (--mem). An interrupt\n" +
			"(^C) ends the capture: what is still open is then written too, with a summary. SIGUSR1 prints how far it is, SIGHUP\n" +
			"opens the outputs again.",
		Example: "  sudo tcpclose live eth0\n" +
			"  sudo tcpclose live any -o closes.ndjson port 443\n" +
			"  sudo tcpclose live eth0 -w raw.pcapng -b filesize:100000 -b files:10 > closes.ndjson\n" +
			"  sudo tcpclose live eth0 -w bad.pcapng --keep 'class rst-abort or half-closed-stall' > closes.ndjson\n" +
			"  sudo tcpclose live eth0 --metrics 9475 --owners > closes.ndjson",
		DisableFlagsInUseLine: true,
		ValidArgsFunction:     completeInterface,
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
	completeInput(cmd)
	completeChoices(cmd, map[string][]string{"format": liveFormats})
	_ = cmd.RegisterFlagCompletionFunc("interface", completeInterface) // fails for unknown flags only
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
	f.StringVar(&o.keep, "keep", "", "write to -w only the packets of conversations whose verdict matches this `FILTER`, once it is given: of each the\n"+
		"first "+strconv.Itoa(held.First)+" and the last "+strconv.Itoa(held.Last)+", and a comment where some between them are missing")
	f.StringVar(&o.metrics, "metrics", "", "serve Prometheus metrics at this `ADDR`, and /healthz: a port, which is one of this host alone, or HOST:PORT")
	f.StringVarP(&o.format, "format", "T", "", "`FORMAT` to write: ndjson (the default where standard output is no terminal)")
	f.BoolVar(&o.owners, "owners", false, "say whose sockets the ends on this host are: process, user, and the kernel's own state (Linux)")
	f.StringVarP(&o.out, "output", "o", "", "write to this `FILE` instead of standard output; SIGHUP opens it again")
	f.StringVar(&o.spool, "spool", "", "keep the packets in a file in this `DIR`, so that no ladder on the terminal misses a segment")
	f.BoolVar(&o.ascii, "ascii", false, "draw with ASCII alone (by itself where the locale is not UTF-8)")
	f.BoolVar(&o.force, "force", false, "replace files that exist")
	f.BoolVar(&o.noSummary, "no-summary", false, "leave out the summary at the end")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no notices on standard error")
	f.BoolVarP(&o.names, "names", "N", false, "say what the traffic calls addresses: by DNS answers, TLS and HTTP; keeps "+strconv.Itoa(nameSnap)+" octets of each packet")
	f.BoolP("numeric", "n", true, "do not resolve names (nothing ever is; for tcpdump's fingers)")
}

// liveFormats are what live writes.
var liveFormats = []string{"ndjson"}

// check translates the flags and the arguments: an interface, unless -i names it, and a filter.
func (o *liveOptions) check(args []string) (err error) {
	if o.iface == "" && len(args) > 0 {
		o.iface, args = args[0], args[1:]
	}
	if o.iface == "" {
		return &usageError{text: "no interface to capture on", hint: "tcpclose interfaces lists them"}
	}
	if o.format != "" && !slices.Contains(liveFormats, o.format) {
		return badValue("-T", o.format, liveFormats)
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
	if o.keep != "" {
		if o.bad, err = parseFilter(o.keep, nil); err != nil {
			return err
		}
	}
	if o.want, err = parseFilter(o.filter, args); err != nil {
		return err
	}
	o.names = o.names || o.want.Names() || o.bad != nil && o.bad.Names()
	if o.names && o.payload == 0 && o.snap == live.DefaultSnap {
		o.snap = nameSnap
	}
	return nil
}

// sameFile reports whether two names are those of one file. A device or a pipe may be written to twice.
func sameFile(a, b string) bool {
	if info, err := os.Stat(a); err == nil && !info.Mode().IsRegular() {
		return false
	}
	return placeOf(a) == placeOf(b)
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
	case o.keep != "" && o.write == "":
		return usagef("--keep needs -w")
	case o.write != "" && o.out != "" && sameFile(o.write, o.out):
		return usagef("-w and -o would both write to %s", o.write)
	}
	if _, err := os.Lstat(o.write); err == nil && o.write != "" && !o.force && len(o.rotate) == 0 {
		return fmt.Errorf("%s exists; --force replaces it", o.write)
	}
	return nil
}
