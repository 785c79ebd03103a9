package flows

import (
	"cmp"
	"context"
	"io"
	"slices"
	"sync"

	"tcpclose/decode"
)

// Stream reads a capture to its end and writes each conversation as it becomes final: ordered by the frame that made it
// so, then by first frame, whatever the number of workers. encode appends one conversation to buf and returns it
// unchanged to leave it out; it is called by several goroutines at once, and must keep nothing of the Teardown.
//
// A damaged or interrupted capture is no error: the Summary says so. The error is that of w.
func Stream(ctx context.Context, src Source, dcfg decode.Config, cfg Config, w io.Writer,
	encode func(buf []byte, t *Teardown) []byte,
) (*Summary, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var outs []*output
	e := newEngine(src, dcfg, cfg, func(int) Sink {
		o := &output{encode: encode, cur: newChunk()}
		outs = append(outs, o)
		return o.add
	})
	m := newMerger(w, len(outs), cancel)
	for i, sh := range e.shards {
		o := outs[i]
		o.merger, o.worker = m, i
		sh.onEpoch = o.epoch
	}
	var writing sync.WaitGroup
	writing.Go(m.run)
	e.run(ctx)
	close(m.in)
	writing.Wait()
	for _, o := range outs {
		e.sum.Reported += o.written
	}
	if m.err != nil {
		return &e.sum, m.err
	}
	return &e.sum, nil
}

// chunkBytes is how much output a worker gathers before it hands it on.
const chunkBytes = 1 << 20

// maxChunks bounds how many chunks of one worker wait to be written once all input was read.
const maxChunks = 16

// A chunk is a run of encoded conversations of one worker, and how far the worker is.
type chunk struct {
	worker  int
	buf     []byte
	records []record
	next    int    // the first record not yet written
	upTo    Moment // everything that became final up to this moment is in this chunk or an earlier one
	last    bool
	counted bool // it takes one of the worker's tokens
}

// newChunk returns an empty chunk with room for what it will hold, so that it is never copied to grow.
func newChunk() *chunk { return &chunk{buf: make([]byte, 0, chunkBytes+chunkBytes/16)} }

// A record is one conversation of a chunk, and its place in the order of all.
type record struct {
	final Moment
	id    uint64
	end   int
}

// An output encodes what one worker judges.
type output struct {
	encode  func([]byte, *Teardown) []byte
	merger  *merger
	worker  int
	cur     *chunk
	written uint64
	_       [cacheLines]byte // another worker's lies in another pair
}

func (o *output) add(t *Teardown, final Moment) {
	before := len(o.cur.buf)
	o.cur.buf = o.encode(o.cur.buf, t)
	if len(o.cur.buf) == before {
		return
	}
	o.written++
	o.cur.records = append(o.cur.records, record{final, t.ID, len(o.cur.buf)})
	if len(o.cur.buf) >= chunkBytes {
		// What else becomes final at this moment may follow.
		o.hand(final-1, final == captureEnd, false)
	}
}

func (o *output) epoch(upTo Moment, last bool) { o.hand(upTo, false, last) }

// hand gives the chunk to the merger. Once all input is read a worker waits here until the merger keeps up; before, it
// must not, since the others would starve.
func (o *output) hand(upTo Moment, wait, last bool) {
	c := o.cur
	c.worker, c.upTo, c.last = o.worker, upTo, last
	if wait {
		o.merger.tokens[o.worker] <- struct{}{}
		c.counted = true
	}
	o.merger.in <- c
	select {
	case o.cur = <-o.merger.free:
		*o.cur = chunk{buf: o.cur.buf[:0], records: o.cur.records[:0]}
	default:
		o.cur = newChunk()
	}
}

// Collect reads a capture to its end and returns the conversations that keep accepts (all where it is nil), in the
// order of their first frames. keep is called by several goroutines at once.
func Collect(ctx context.Context, src Source, dcfg decode.Config, cfg Config, keep func(t *Teardown) bool) ([]Teardown, *Summary, error) {
	var lists []*[]Teardown
	e := newEngine(src, dcfg, cfg, func(int) Sink {
		list := new([]Teardown)
		lists = append(lists, list)
		return func(t *Teardown, _ Moment) {
			if keep == nil || keep(t) {
				*list = append(*list, t.Clone())
			}
		}
	})
	e.run(ctx)
	var all []Teardown
	for _, l := range lists {
		all = append(all, *l...)
	}
	slices.SortFunc(all, func(a, b Teardown) int { return cmp.Compare(a.ID, b.ID) })
	e.sum.Reported = uint64(len(all))
	return all, &e.sum, nil
}

// Watch reads a capture and calls fn for every conversation as it becomes final, and at each signal on show for those
// that changed since they were last shown and are not final yet (Teardown.Final is false). Calls do not overlap; the
// Teardown is borrowed.
func Watch(ctx context.Context, src Source, dcfg decode.Config, cfg Config, show <-chan struct{}, fn func(t *Teardown)) (*Summary, error) {
	var mu sync.Mutex
	e := newEngine(src, dcfg, cfg, func(int) Sink {
		return func(t *Teardown, _ Moment) {
			mu.Lock()
			defer mu.Unlock()
			fn(t)
		}
	})
	e.show = show
	for _, sh := range e.shards {
		shown := uint64(0)
		sh.onShow = func() { shown = sh.tracker.Show(shown) }
	}
	e.run(ctx)
	for _, n := range e.sum.ByClass {
		e.sum.Reported += n
	}
	return &e.sum, nil
}

// Clone returns a copy of the Teardown that shares no memory with it, but for the tables' own texts.
func (t *Teardown) Clone() Teardown {
	c := *t
	c.lane = 0
	c.Marks = slices.Clone(t.Marks)
	c.Causes = slices.Clone(t.Causes)
	c.Uncertain = slices.Clone(t.Uncertain)
	for s := range c.Ends {
		c.Ends[s].States = slices.Clone(t.Ends[s].States)
	}
	return c
}
