package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"

	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/legs"
	"tcpclose/flows/names"
)

// annotateFlags say what is learned from the capture, in a pass of its own before conversations are judged.
type annotateFlags struct {
	names bool
	pairs bool
}

func (a *annotateFlags) register(f *pflag.FlagSet) {
	f.BoolVarP(&a.names, "names", "N", false, "say what the capture calls addresses: by DNS answers, TLS, HTTP and the file itself (reads it once more)")
	f.BoolVar(&a.pairs, "pairs", false, "find the two legs of connections that a proxy or an address translator passes on (reads it once more)")
}

// wanted reports whether anything is to be learned; a filter that asks for names or pairs wants them.
func (a *annotateFlags) wanted(filters ...*filter.Filter) bool {
	for _, f := range filters {
		a.names = a.names || f.Names()
		a.pairs = a.pairs || f.Pairs()
	}
	return a.names || a.pairs
}

// annotations are what was learned.
type annotations struct {
	names *names.Table
	legs  *legs.Table
}

// learn reads the files, and lets cfg tell it of every conversation. Where there is nothing to learn it returns nil. The
// files must not be standard input.
func (a *annotateFlags) learn(ctx context.Context, files []string, in *inputFlags, cfg *flows.Config) (*annotations, error) {
	if !a.wanted() {
		return nil, nil //nolint:nilnil // nil is what there is to say
	}
	if err := refusePipes(files); err != nil {
		return nil, err
	}
	known := new(annotations)
	for _, pass := range []struct {
		wanted bool
		read   func(src *decode.Capture) error
	}{
		{a.names, func(src *decode.Capture) (err error) {
			known.names, err = names.Learn(ctx, src, in.decode, in.sinceNS, in.untilNS)
			return err
		}},
		{a.pairs, func(src *decode.Capture) (err error) {
			known.legs, err = pairLegs(ctx, src, in, *cfg)
			return err
		}},
	} {
		if !pass.wanted {
			continue
		}
		src, err := decode.Open(files, decode.FileOptions{MaxPackets: in.packets, NoBombLimit: in.noBombLimit})
		if err != nil {
			return nil, err
		}
		err = pass.read(src)
		src.Close()
		if ctx.Err() != nil {
			return nil, verdict(exitInterrupted)
		}
		if err != nil {
			return nil, err
		}
	}
	cfg.Annotate = known.annotate
	return known, nil
}

// pairLegs finds the conversations that belong together.
func pairLegs(ctx context.Context, src *decode.Capture, in *inputFlags, cfg flows.Config) (*legs.Table, error) {
	cfg.Since, cfg.Until = in.sinceNS, in.untilNS
	var c legs.Collector
	_, _, err := flows.Collect(ctx, src, in.decode, cfg, func(t *flows.Teardown) bool {
		c.Add(t)
		return false
	})
	if err != nil {
		return nil, err
	}
	return c.Pair(src.Reread, in.decode, func(p *decode.Packet) bool {
		return !p.NoTime && (cfg.Since != 0 && p.Time < cfg.Since || cfg.Until != 0 && p.Time > cfg.Until)
	})
}

// annotate adds what is known to a verdict.
func (k *annotations) annotate(t *flows.Teardown) {
	if k.names != nil {
		k.names.Annotate(t)
	}
	if k.legs != nil {
		k.legs.Annotate(t)
	}
}

// writeLegs says for people how many legs were paired, and how many stay alone.
func (k *annotations) writeLegs(w io.Writer) {
	switch t := k.legs; {
	case t == nil:
	case t.TooMany():
		fmt.Fprintln(w, "Legs: too many conversations to pair; read less at once (--since, --until)")
	default:
		fmt.Fprintf(w, "Legs: %d paired beyond an address translator, %d of proxies", t.Number(flows.PairNAT), t.Number(flows.PairProxy))
		if n := t.Ambiguous(); n > 0 {
			fmt.Fprintf(w, "; %d more fit several others, and stay alone", n)
		}
		if n := t.LeftOut(); n > 0 {
			fmt.Fprintf(w, "; %d possible pairs of proxies' legs were not compared: read less at once (--since, --until)", n)
		}
		fmt.Fprintln(w)
	}
}

// called says what a service is called; nil where names were not learned.
func (k *annotations) called() func(netip.AddrPort) ([]string, flows.NameBy) {
	if k == nil || k.names == nil {
		return nil
	}
	return k.names.Called
}

// writeRemarks says for people where names come from.
func (k *annotations) writeRemarks(w io.Writer) {
	if k == nil {
		return
	}
	k.writeLegs(w)
	if k.names == nil {
		return
	}
	counts := k.names.Counts()
	before := "Names:"
	for _, by := range flows.NameSources() {
		if n := counts[by]; n > 0 {
			fmt.Fprintf(w, "%s %d by %s", before, n, by.Text())
			before = ","
		}
	}
	if before == "Names:" {
		fmt.Fprint(w, "Names: the capture tells of none")
	}
	if n := k.names.Dropped(); n > 0 {
		fmt.Fprintf(w, "; %d more were left out for want of room", n)
	}
	fmt.Fprintln(w)
}
