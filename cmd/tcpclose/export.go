package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/report"
)

// A sink takes the conversations of one pass, and writes one file of them when it is over. add is called by several
// goroutines at once; the Teardown is borrowed.
type sink interface {
	add(t *flows.Teardown)
	write(out io.Writer) error
	close() error
}

// An export writes several formats, or one of those that need more than the conversations in their order, from one pass.
type export struct {
	o       *reportOptions
	std     *stdio
	src     *decode.Capture
	files   []string
	anon    *anonymizer  // nil: addresses stay
	known   *annotations // nil: nothing was learned beforehand
	sum     *flows.Summary
	shown   uint64
	mu      sync.Mutex
	spans   []span // of the selected conversations, where a sink reads the packets again
	keeping bool
	begun   time.Time
	ctx     context.Context //nolint:containedctx // of the one run that an export is for

	findings  *flows.Findings
	people    *flows.Population
	digest    *report.Digest
	studies   []report.Study
	histories []report.ZeekHistory
}

// runExport reads the capture once, and writes all formats.
func runExport(ctx context.Context, std *stdio, o *reportOptions) (err error) {
	targets := o.formats()
	outs := make([]*output, len(targets))
	for i, t := range targets {
		if outs[i], err = openOutput(t.path, o.force, std.out); err != nil {
			return err
		}
		defer outs[i].Discard()
	}
	x := &export{o: o, std: std, files: o.input.files, begun: time.Now(), ctx: ctx}
	if o.anonymize.on {
		if x.anon, err = newAnonymizer(o.anonymize.key); err != nil {
			return err
		}
	}
	x.keeping = slices.ContainsFunc(targets, target.packets)
	if o.annotate.wanted(o.filter) || x.keeping {
		named, remove, err := spooled(x.files, std.in, o.ladder.spool)
		if err != nil {
			return err
		}
		defer remove()
		x.files = named
	}
	if x.known, err = o.annotate.learn(ctx, x.files, &o.input, &o.model.config); err != nil {
		return err
	}
	x.src, err = openFiles(ctx, std, x.files, &o.input, o.quiet)
	if err != nil {
		return err
	}
	defer x.src.Close()
	if err := x.distinct(targets); err != nil {
		return err
	}
	var bar *progress
	if !o.noProgress && !o.quiet && isTerminal(std.err) {
		bar = startProgress(std.err, x.src.Progress)
	}
	err = x.run(ctx, targets, outs)
	bar.stop()
	if err != nil {
		return err
	}
	for _, out := range outs {
		if err := out.Commit(); err != nil {
			return err
		}
	}
	r := &reporter{o: o, std: std, src: x.src, sum: x.sum, shown: x.shown}
	newLog(std.err, o.verbose).Info("done", "packets", x.sum.Packets, "conversations", x.sum.Conversations, "reported", x.shown, "spent", time.Since(x.begun))
	return r.outcome(ctx)
}

// distinct refuses to replace a file that is being read.
func (x *export) distinct(targets []target) error {
	for _, f := range x.src.Files() {
		for _, t := range targets {
			o := *x.o
			o.out = t.path
			if err := o.sameFile(f.Path); err != nil {
				return err
			}
		}
	}
	return nil
}

// run judges the conversations, hands them to the sinks, and lets those write.
func (x *export) run(ctx context.Context, targets []target, outs []*output) (err error) {
	sinks := make([]sink, len(targets))
	defer func() {
		for _, s := range sinks {
			if s != nil {
				err = errors.Join(err, s.close())
			}
		}
	}()
	x.findings, x.people = flows.NewFindings(), flows.NewPopulation(x.config(), 0)
	x.findings.Called = x.tellable().called()
	for i, t := range targets {
		sinks[i] = x.newSink(t, outs[i])
	}
	if err := x.pass(ctx, sinks); err != nil {
		return err
	}
	for i := range sinks {
		err := sinks[i].write(outs[i])
		if err != nil && targets[i].format == extractFormat { // nobody wrote -T
			return err
		}
		if err != nil {
			return fmt.Errorf("-T %s: %w", targets[i], err)
		}
	}
	return nil
}

// pass judges the conversations of the capture.
func (x *export) pass(ctx context.Context, sinks []sink) error {
	var counted counter
	match := x.o.filter.Match
	_, sum, err := flows.Collect(ctx, x.src, x.o.input.decode, x.config(), func(t *flows.Teardown) bool {
		selected := match(t)
		if selected {
			counted.add()
			if x.keeping {
				x.mu.Lock()
				x.spans = append(x.spans, spanOf(t))
				x.mu.Unlock()
			}
		}
		if x.anon != nil {
			c := *t
			x.anon.teardown(&c)
			t = &c
		}
		x.findings.AddSelected(t, selected)
		if !selected {
			return false
		}
		x.people.Add(t)
		for _, s := range sinks {
			s.add(t)
		}
		return false
	})
	if err != nil {
		return err
	}
	x.sum, x.shown = sum, counted.n
	if x.anon != nil {
		x.anon.summary(x.sum)
	}
	slices.SortFunc(x.spans, func(a, b span) int { return cmp.Compare(a.First, b.First) })
	return nil
}

// counter counts from several goroutines.
type counter struct {
	mu sync.Mutex
	n  uint64
}

func (c *counter) add() {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
}

// config returns what the tracker and the judge assume.
func (x *export) config() flows.Config {
	r := reporter{o: x.o}
	return r.config()
}

// newSink makes the sink of a format.
func (x *export) newSink(t target, out *output) sink {
	for _, f := range exportFormats {
		if f.name == t.format {
			return f.make(x)
		}
	}
	o := *x.o
	o.format, o.out = t.format, t.path
	return newBaseSink(x, &reporter{o: &o, std: x.std, src: x.src, out: out, known: x.tellable()})
}

// tellable returns what was learned, unless it must not be told.
func (x *export) tellable() *annotations {
	if x.anon != nil {
		return nil
	}
	return x.known
}

// A textSink gathers what a format makes of each conversation.
type textSink struct {
	g    *gatherer
	flow func(out io.Writer, g *gatherer) error
}

func (s *textSink) add(t *flows.Teardown)     { s.g.add(t) }
func (s *textSink) close() error              { return s.g.close() }
func (s *textSink) write(out io.Writer) error { s.g.settle(); return s.flow(out, s.g) }

// gatherer returns one in the order that the flags ask for.
func (x *export) gatherer(encode func(b []byte, t *flows.Teardown) []byte) *gatherer {
	return &gatherer{encode: encode, order: newOrder(x.o.sort), top: x.o.top}
}

// newBaseSink makes the sink of a format that a report alone could stream.
func newBaseSink(x *export, r *reporter) sink {
	r.later = true
	mix := new(report.Mix)
	table := r.table()
	encode := table.AppendCells
	if r.o.format != "table" {
		e := r.encoder()
		encode = func(b []byte, t *flows.Teardown) []byte { return e.AppendObject(b, t, r.o.members) }
		if r.o.format != "json" {
			encode, _ = r.lines()
		}
	}
	s := &textSink{g: x.gatherer(func(b []byte, t *flows.Teardown) []byte {
		mix.Add(t)
		return encode(b, t)
	})}
	s.flow = func(_ io.Writer, g *gatherer) error {
		x.tell(r)
		r.shown = uint64(len(g.rows))
		return r.writeTexts(r.placed(g.texts()), mix)
	}
	return s
}

// tell gives a reporter what the pass found.
func (x *export) tell(r *reporter) {
	r.findings, r.population = x.findings, x.people
	r.sum = r.found(x.sum)
}

// arrange puts conversations into the order asked for, and cuts them at --top.
func (r *reporter) arrange(list []flows.Teardown) []flows.Teardown {
	by := newOrder(r.o.sort)
	slices.SortStableFunc(list, func(a, b flows.Teardown) int {
		x, y := gathered{id: a.ID}, gathered{id: b.ID}
		by.key(&x, &a)
		by.key(&y, &b)
		return by.compare(&x, &y)
	})
	if r.o.top > 0 && len(list) > r.o.top {
		list = list[:r.o.top]
	}
	return list
}
