package main

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/flows/report"
)

// ladderFlags say how ladders are printed.
type ladderFlags struct {
	on     bool
	times  string
	expand bool
	ascii  bool
	spool  string

	zero ladder.Times // times, read
}

// timesChoices are the values of --times.
var timesChoices = []string{ladder.FromFIN.String(), ladder.FromStart.String(), ladder.Absolute.String(), ladder.SinceRow.String()}

func (l *ladderFlags) register(f *pflag.FlagSet) {
	f.BoolVar(&l.on, "ladder", false, "print the ladder of each conversation instead of the table")
	f.StringVar(&l.times, "times", timesChoices[0], "`WHAT` a ladder's times count from: "+strings.Join(timesChoices, ", "))
	f.BoolVar(&l.expand, "expand", false, "give every data segment of a ladder its own row")
	f.BoolVar(&l.ascii, "ascii", false, "draw with ASCII alone (the default where the locale is not UTF-8)")
	f.StringVar(&l.spool, "spool", "", "keep standard input for --ladder in this `DIR` while reading (default: the system's temporary folder)")
}

func (l *ladderFlags) check() error {
	var ok bool
	if l.zero, ok = ladder.ParseTimes(l.times); !ok {
		return badValue("--times", l.times, timesChoices)
	}
	switch {
	case l.on:
	case l.expand:
		return usagef("--expand says how a ladder is drawn; there is none without --ladder")
	case l.times != timesChoices[0]:
		return usagef("--times says how a ladder's times count; there is none without --ladder")
	}
	return nil
}

// options returns how ladders are built and painted.
func (l *ladderFlags) options(cfg flows.Config) ladder.Options {
	return ladder.Options{Expand: l.expand, DupWindow: cfg.DupWindow, Times: l.zero, ASCII: l.ascii || !localeIsUTF8()}
}

// localeIsUTF8 reports whether the environment promises that UTF-8 can be shown; one that says nothing does not deny it.
func localeIsUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(os.Getenv(name)); v != "" {
			return strings.Contains(v, "UTF-8") || strings.Contains(v, "UTF8")
		}
	}
	return true
}

const (
	ladderWidth    = 100     // columns where there is no terminal to ask
	ladderBatch    = 1 << 12 // conversations whose ladders grow at once
	ladderPackets  = 1 << 18 // and how many packets these may have together, unless it is one
	ladderMaxBytes = 1 << 20 // of text that one of several ladders may take
)

// A pending ladder grows while its conversation's packets are read a second time.
type pending struct {
	t       *flows.Teardown
	builder *ladder.Builder
	printer *ladder.Printer
	text    bytes.Buffer // unused where it is the only one
	cut     bool         // it has grown beyond its limit
}

// ladderBatches cuts a list of conversations into batches: each is a pass over the file, and takes memory.
func ladderBatches(list []flows.Teardown) iter.Seq[[]flows.Teardown] {
	return func(yield func([]flows.Teardown) bool) {
		for len(list) > 0 {
			n, packets := 0, uint64(0)
			for ; n < min(len(list), ladderBatch); n++ {
				packets += list[n].Ends[flows.Client].Packets + list[n].Ends[flows.Server].Packets
				if n > 0 && packets > ladderPackets {
					break
				}
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// writeLadders prints the ladders of conversations in their order. Their packets are read a second time, those of a batch
// in one pass.
func (r *reporter) writeLadders(list []flows.Teardown) error {
	width := terminalWidth(r.target())
	if width == 0 {
		width = ladderWidth
	}
	first := true
	for batch := range ladderBatches(list) {
		ladders := make([]*pending, len(batch))
		for i := range batch {
			p := &pending{t: &batch[i], builder: ladder.NewBuilder(&batch[i], r.o.ladder.options(r.config()))}
			p.printer = ladder.NewPrinter(&p.text, p.t, width, r.o.ladder.options(r.config()))
			ladders[i] = p
		}
		if len(list) == 1 {
			// A single one needs no limit: it is printed as it grows.
			writeTitle(r.out, ladders[0].t)
			ladders[0].printer = ladder.NewPrinter(r.out, ladders[0].t, width, r.o.ladder.options(r.config()))
		}
		if err := r.reread(ladders, len(list) > 1); err != nil {
			return err
		}
		for _, p := range ladders {
			if !first {
				fmt.Fprintln(r.out)
			}
			first = false
			if err := p.finish(r.out, len(list) > 1, width); err != nil {
				return err
			}
		}
	}
	return nil
}

// reread reads the packets of a batch again, from the first of its first conversation to the last of its last, and adds
// each segment to the ladder that it belongs to.
func (r *reporter) reread(ladders []*pending, limited bool) error {
	var stretches flows.Stretches
	from, to := ladders[0].t, ladders[0].t
	for _, p := range ladders {
		stretches.Add(p.t.Stretch())
		if p.t.FirstFrame < from.FirstFrame {
			from = p.t
		}
		if p.t.LastFrame > to.LastFrame {
			to = p.t
		}
	}
	cfg := r.config()
	decoder := decode.NewDecoder(r.o.input.decode)
	frame := from.FirstFrame
	var s decode.Segment
	err := r.src.Reread(from.FirstPos, to.LastPos, func(p *decode.Packet) bool {
		p.Frame = frame // packets come in the order of the first pass, none is missing
		frame++
		if cfg.Since != 0 && p.Time < cfg.Since || cfg.Until != 0 && p.Time > cfg.Until || !decoder.Decode(p, &s) {
			return true
		}
		if i, _ := stretches.Latest(&s); i >= 0 {
			ladders[i].add(&s, limited) // an ICMP error may come behind its last frame
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("cannot read the packets of the ladders again: %w", err)
	}
	return nil
}

func (p *pending) add(s *decode.Segment, limited bool) {
	if p.cut || limited && p.text.Len() > ladderMaxBytes {
		p.cut = true
		return
	}
	p.builder.Add(s, p.printer.Row)
}

// finish prints what a ladder has become, and why its conversation ended so.
func (p *pending) finish(w io.Writer, titled bool, width int) error {
	if !p.cut {
		p.builder.Finish(p.printer.Row)
	}
	if err := p.printer.Err(); err != nil {
		return err
	}
	if titled {
		writeTitle(w, p.t)
	}
	if _, err := p.text.WriteTo(w); err != nil {
		return err
	}
	if p.cut {
		fmt.Fprintf(w, "  ... and more: -- id %d prints all of it\n", p.t.ID)
	}
	return writeReasons(w, p.t, width)
}

// writeTitle prints the line above a ladder.
func writeTitle(w io.Writer, t *flows.Teardown) {
	fmt.Fprintf(w, "%d  %s > %s  %s%s\n", t.ID, t.Ends[flows.Client].Label(), t.Ends[flows.Server].Label(), t.Class, report.Ended(t))
}

// writeReasons prints what stands below a ladder: marks, causes and doubts. Sentences take as many lines as they need.
func writeReasons(w io.Writer, t *flows.Teardown, width int) error {
	const next = "         "
	width = max(width, 40)
	for i := range t.Marks {
		m := &t.Marks[i]
		fmt.Fprintf(w, "  mark   %s", m.ID)
		if m.Who != flows.NoOne {
			fmt.Fprintf(w, " of the %s", m.Who)
		}
		if m.Frame != 0 {
			fmt.Fprintf(w, ", #%d", m.Frame)
		}
		fmt.Fprintln(w)
	}
	for i := range t.Causes {
		c := &t.Causes[i]
		fmt.Fprintf(w, "  cause  %s, %s", c.ID, c.Confidence)
		for j, frame := range c.Evidence() {
			before := " "
			if j == 0 {
				before = ": "
			}
			fmt.Fprintf(w, "%s#%d", before, frame)
		}
		fmt.Fprintln(w)
	}
	for _, text := range report.PairTexts(t) {
		wrap(w, text, "  leg    ", next, width)
	}
	for i := range t.Uncertain {
		wrap(w, t.Uncertain[i].What+": "+printable(t.Uncertain[i].Text), "  unsure ", next, width)
	}
	return nil
}
