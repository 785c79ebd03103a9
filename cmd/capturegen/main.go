package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "capturegen:", err)
		os.Exit(1)
	}
}

// run is the command without its process.
func run(args []string, stdout, stderr io.Writer) (err error) {
	fs := flag.NewFlagSet("capturegen", flag.ContinueOnError)
	fs.SetOutput(stderr)
	var (
		modeName = fs.String("mode", "mix", "`kind` of capture: mix, short, syn or one")
		name     = fs.String("o", "", "`file` to write; - is stdout")
		flows    = fs.Uint64("flows", 0, "conversations (default: mix 100000, short and syn 1000000)")
		packets  = fs.Uint64("packets", 0, "stop after that many frames (one: an even number of segments); conversations begin until then unless -flows is given")
		seconds  = fs.Float64("seconds", 0, "begin conversations for that many seconds of capture time, however many")
		ng       = fs.Bool("ng", false, "write pcapng instead of pcap")
		seed     = fs.Uint64("seed", 1, "the same `number` gives the same capture")
		conc     = fs.Uint64("conc", 0, "conversations under way at once, about (default: mix one in 20, short one in 10)")
		gap      = fs.Duration("gap", 0, "mean time between frames (default: spreads mix over 5 and short over 20 minutes)")
		snap     = fs.Int("snap", -1, "snap length; 0 keeps whole frames (default: short and one 96)")
		expect   = fs.String("expect", "", "CSV `file` for what a reader should find: first frame, client, server, class, kind")
		only     = fs.String("kinds", "", "draw from these `kinds` of conversations alone, separated by commas")
		tuples   = fs.String("tuples", "usual", "`pattern` of addresses and ports: usual, or an adversary's: counted, opposite, sparse")
		list     = fs.Bool("list", false, "print the kinds of conversations, their weights and classes")
	)
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *list {
		return listKinds(stdout)
	}
	m, drawn, pattern := findMode(*modeName), kinds, findPattern(*tuples)
	if *only != "" {
		if drawn, err = kindsNamed(*only); err != nil {
			return err
		}
	}
	switch {
	case fs.NArg() > 0:
		return fmt.Errorf("%q is no flag", fs.Arg(0))
	case m == nil:
		return fmt.Errorf("no mode %q: want mix, short, syn or one", *modeName)
	case pattern == nil:
		return fmt.Errorf("no pattern %q: want usual, counted, opposite or sparse", *tuples)
	case *name == "":
		return fmt.Errorf("-o FILE is missing (- is stdout)")
	case *gap < 0 || *seconds < 0:
		return fmt.Errorf("-gap and -seconds cannot be negative")
	}
	g := &generator{mode: m, kinds: drawn, tuples: pattern, seed: *seed, flows: *flows, packets: *packets, seconds: int64(*seconds * 1e9)}
	if *snap < 0 {
		*snap = m.snap
	}
	g.scale(*conc, int64(*gap))

	w := stdout
	if *name != "-" {
		f, err := os.Create(*name)
		if err != nil {
			return err
		}
		defer func() { err = firstError(err, f.Close()) }()
		w = f
	}
	if *expect != "" {
		f, err := os.Create(*expect)
		if err != nil {
			return err
		}
		buf := bufio.NewWriterSize(f, 1<<16)
		defer func() { err = firstError(err, buf.Flush(), f.Close()) }()
		g.expect = buf
		if _, err := buf.WriteString("first_frame,client,server,class,kind\n"); err != nil {
			return err
		}
	}
	g.out = newOutput(w, *ng, *snap, start)
	if err := g.run(); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%d frames, %d conversations, at most %d at once, %d octets\n", g.out.frames, g.begun, g.peak, g.out.bytes)
	return nil
}

// scale works out how close together conversations begin, and how long their pauses are.
func (g *generator) scale(conc uint64, gap int64) {
	m := g.mode
	if g.flows == 0 && g.packets == 0 && g.seconds == 0 {
		g.flows = m.flows
		if m.name == "one" {
			g.packets = m.packets
		}
	}
	if m.name == "one" {
		// Six segments open and close it; the loop's body stands twice where it runs again once.
		pairs := (max(g.packets, 8) - 6) / 2
		g.one, g.flows, g.packets = max(pairs-1, 1), 1, 0
		return
	}
	if m.name == "syn" {
		if g.packets > 0 {
			g.flows = g.packets
		}
		if g.spacing = gap; gap == 0 {
			g.spacing = int64(10 * time.Microsecond)
		}
		if g.seconds > 0 {
			g.flows = uint64(g.seconds / g.spacing)
		}
		return
	}
	flows := g.flows
	if flows == 0 {
		flows = m.flows
	}
	g.spacing = int64(m.span) / int64(flows)
	if gap > 0 {
		g.spacing = int64(float64(gap) * m.mean)
	}
	if conc == 0 {
		conc = max(flows/uint64(m.share), 1)
	}
	life := float64(conc) * float64(g.spacing)
	g.think = max(int64(life/m.pauses), int64(time.Millisecond))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
