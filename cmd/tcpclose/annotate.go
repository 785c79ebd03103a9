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
	"tcpclose/flows/names"
)

// annotateFlags say what is learned from the capture, in a pass of its own before conversations are judged.
type annotateFlags struct {
	names bool
}

func (a *annotateFlags) register(f *pflag.FlagSet) {
	f.BoolVarP(&a.names, "names", "N", false, "say what the capture calls addresses: by DNS answers, TLS, HTTP and the file itself (reads it once more)")
}

// wanted reports whether anything is to be learned; a filter that asks for names wants them.
func (a *annotateFlags) wanted(filters ...*filter.Filter) bool {
	for _, f := range filters {
		a.names = a.names || f.Names()
	}
	return a.names
}

// annotations are what was learned.
type annotations struct {
	names *names.Table
}

// learn reads the files, and lets cfg tell it of every conversation. Where there is nothing to learn it returns nil. The
// files must not be standard input.
func (a *annotateFlags) learn(ctx context.Context, files []string, in *inputFlags, cfg *flows.Config) (*annotations, error) {
	if !a.wanted() {
		return nil, nil //nolint:nilnil // nil is what there is to say
	}
	src, err := decode.Open(files, decode.FileOptions{MaxPackets: in.packets, NoBombLimit: in.noBombLimit})
	if err != nil {
		return nil, err
	}
	defer src.Close()
	known := new(annotations)
	if known.names, err = names.Learn(ctx, src, in.decode, in.sinceNS, in.untilNS); err != nil {
		return nil, verdict(exitInterrupted)
	}
	cfg.Annotate = known.annotate
	return known, nil
}

// annotate adds what is known to a verdict.
func (k *annotations) annotate(t *flows.Teardown) {
	if k.names != nil {
		k.names.Annotate(t)
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
	if k == nil || k.names == nil {
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
