package flows

import (
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"sync"

	"tcpclose/decode"
)

// batchSize is how many segments go to a shard at once: enough to make the hand-over cheap, few enough to stay in cache.
const batchSize = 1024

// epochPackets is how many packets lie between two points at which every shard says how far it is, so that what is
// final can be written in order.
const epochPackets = 1 << 16

// A batch is a run of one shard's segments, and the clock's ticks among them.
type batch struct {
	segments [batchSize]decode.Segment
	n        int
	ticks    []tick
	quotes   []quote
	mark     mark
	frame    uint64 // of the mark: every packet up to it was handed out
	clock    int64  // of markEnd
}

// A tick is the capture's clock before the segment at index at.
type tick struct {
	at    int
	clock int64
	frame uint64
}

// A mark says what a batch ends.
type mark uint8

const (
	markNone mark = iota
	markEpoch
	markSnapshot // an epoch at which conversations that are still open are shown as they stand
	markPause    // the source paused: everything up to the tick before the next frame was handed out
	markEnd
)

// A shard tracks the conversations whose hashes fall to it.
type shard struct {
	tracker *Tracker
	in      chan *batch
	byClass [NumClasses]uint64
	onEpoch func(upTo Moment, last bool)
	onShow  func()
	_       [cacheLines]byte // as in an output
}

// An engine reads packets, hands their segments to shards and lets them judge.
type engine struct {
	src     Source
	dec     *decode.Decoder
	cfg     Config
	shards  []*shard
	open    []*batch      // the batch that each shard's segments go into
	packets *decode.Run   // whose lanes those batches are
	packet  decode.Packet // the last one that was read alone
	free    chan *batch
	clock   captureClock
	sum     Summary
	show    <-chan struct{}
	last    uint64 // the frame up to which every packet was taken
	handed  uint64 // … at the latest beat
}

func newEngine(src Source, dcfg decode.Config, cfg Config, sink func(worker int) Sink) *engine {
	workers := cfg.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	e := &engine{
		src: src, dec: decode.NewDecoder(dcfg), cfg: cfg, clock: newCaptureClock(),
		free: make(chan *batch, 8*workers), sum: Summary{First: math.MaxInt64, Last: NoTime},
		packets: decode.NewRun(runLength),
	}
	cfg.Mem /= int64(workers)
	var beats []beat
	if cfg.Pulse != nil {
		beats = cfg.Pulse.begin(workers)
	}
	for w := range workers {
		sh := &shard{in: make(chan *batch, 4), onEpoch: func(Moment, bool) {}, onShow: func() {}}
		emit := sink(w)
		sh.tracker = NewTracker(cfg, func(t *Teardown, final Moment) {
			if t.Over() {
				sh.byClass[t.Class]++
			}
			if cfg.Annotate != nil {
				cfg.Annotate(t)
			}
			emit(t, final)
		})
		sh.tracker.lane = uint8(w % maxLanes)
		if beats != nil {
			sh.tracker.beat = &beats[w]
		}
		e.shards = append(e.shards, sh)
		b := new(batch)
		e.open, e.packets.Lanes = append(e.open, b), append(e.packets.Lanes, decode.Lane{Segments: b.segments[:]})
	}
	if files, ok := src.(*decode.Capture); ok && cfg.Beat != nil {
		files.WhileWaiting(cfg.Beat, e.handOut)
	}
	return e
}

// run reads until the end, an error or the context's end, and waits for the shards.
func (e *engine) run(ctx context.Context) {
	var running sync.WaitGroup
	var fault fault
	for _, sh := range e.shards {
		running.Go(func() {
			defer fault.caught(func() {
				e.src.Close()
				for range sh.in { // whoever fills it must not wait for ever
				}
			})
			sh.run(e.free)
		})
	}
	stop := context.AfterFunc(ctx, func() { e.src.Close() })
	err := e.read(ctx)
	stop()
	switch {
	case ctx.Err() != nil:
		e.sum.Interrupted = true
	case !errors.Is(err, io.EOF):
		e.sum.ReadError = err
	}
	for w := range e.shards {
		e.open[w].clock = e.clock.now
		e.send(w, markEnd)
		close(e.shards[w].in)
	}
	running.Wait()
	fault.rethrow()
	e.summarize()
}

// runLength is how many packets are read at once.
const runLength = 64

// handOut has what is final handed on, where anything came since the last time.
func (e *engine) handOut() {
	if e.last != e.handed {
		e.handed = e.last
		e.epoch(markEpoch, e.last)
	}
}

// nextRun reads the next packets: many at once from files, where they lie in memory, one from every other source.
func (e *engine) nextRun(most int) error {
	if files, ok := e.src.(*decode.Capture); ok && files.NextRun(e.packets, most) {
		return nil
	}
	if err := e.src.Next(&e.packet); err != nil {
		return err // what a packet's data was may be gone by now
	}
	e.packets.Hold(&e.packet)
	return nil
}

// read is the hot loop: packets → segments → the batches of their shards.
func (e *engine) read(ctx context.Context) error {
	for {
		left := epochPackets - e.sum.Packets%epochPackets
		if err := e.nextRun(int(left)); err != nil {
			if err != decode.ErrPause {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			e.pause(e.packet.Frame, e.packet.Time)
			e.showing(e.packet.Frame)
			continue
		}
		e.take()
		e.sum.Packets += uint64(e.packets.Len())
		frame := e.packets.Frame(e.packets.Len() - 1)
		e.last = frame
		if e.sum.Packets%epochPackets == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			e.epoch(markEpoch, frame)
		}
		if e.show != nil {
			e.showing(frame)
		}
	}
}

// take decodes the run's packets into the batches of their shards.
func (e *engine) take() {
	for i := 0; i < e.packets.Len(); {
		end := e.steady(i)
		if end == i {
			if !e.moment(i) {
				i++
				continue
			}
			end++
		}
		i = e.deal(i, end)
	}
	for w := range e.open {
		if e.packets.Lanes[w].N > batchSize-runLength {
			e.send(w, markNone)
		}
	}
}

// deal decodes packets from one on up to another one.
func (e *engine) deal(i, end int) int {
	for i < end {
		next, s := e.dec.Deal(e.packets, i, end)
		if s != nil {
			e.packets.Packet(next-1, &e.packet)
			w := decode.Share(s.Hash, len(e.open))
			b := e.open[w]
			b.quotes = append(b.quotes, quote{e.packets.Lanes[w].N - 1, quoted(e.dec.Payload(&e.packet, s))})
		}
		i = next
	}
	return end
}

// steady takes the times of the packets from one on up to where a second begins or the clock is not to follow at once, and
// returns where that is.
func (e *engine) steady(i int) (end int) {
	first, _ := e.packets.Time(i)
	if first < e.clock.now || e.cfg.Since != 0 || e.cfg.Until != 0 {
		return i
	}
	end = e.packets.Until(i, e.clock.until)
	if end > i {
		last, _ := e.packets.Time(end - 1)
		e.clock.now = last
		e.sum.First, e.sum.Last = min(e.sum.First, first), max(e.sum.Last, last)
	}
	return end
}

// moment takes the time of one packet; false: it is left out.
func (e *engine) moment(i int) bool {
	t, ok := e.packets.Time(i)
	switch {
	case !ok:
	case e.cfg.outside(t):
		e.sum.Outside++
		return false
	default:
		if e.clock.advance(t) {
			e.tick(e.packets.Frame(i))
		}
		e.sum.First, e.sum.Last = min(e.sum.First, t), max(e.sum.Last, t)
	}
	return true
}

// showing has the open conversations shown where that was asked for.
func (e *engine) showing(frame uint64) {
	select {
	case <-e.show:
		e.epoch(markSnapshot, frame)
	default:
	}
}

// outside reports whether a time lies before Since or after Until.
func (c *Config) outside(t int64) bool {
	return c.Since != 0 && t < c.Since || c.Until != 0 && t > c.Until
}

// tick tells every shard the clock.
func (e *engine) tick(frame uint64) {
	for w, b := range e.open {
		b.ticks = append(b.ticks, tick{e.packets.Lanes[w].N, e.clock.now, frame})
	}
}

// epoch tells every shard that all packets up to a frame were handed out.
func (e *engine) epoch(m mark, frame uint64) {
	for w := range e.shards {
		e.open[w].frame = frame
		e.send(w, m)
	}
}

func (e *engine) send(w int, m mark) {
	b := e.open[w]
	b.n, b.mark = e.packets.Lanes[w].N, m
	e.shards[w].in <- b
	select {
	case b = <-e.free:
		b.ticks, b.quotes, b.mark, b.frame = b.ticks[:0], b.quotes[:0], markNone, 0
	default:
		b = new(batch)
	}
	e.open[w], e.packets.Lanes[w] = b, decode.Lane{Segments: b.segments[:]}
}

// run takes batches until the channel closes.
func (sh *shard) run(free chan<- *batch) {
	for b := range sh.in {
		at := 0
		for _, q := range b.quotes {
			sh.tracker.Quote(b.segments[q.at].Frame, q.text)
		}
		for _, k := range b.ticks {
			sh.tracker.AddAll(b.segments[at:k.at])
			sh.tracker.Tick(k.clock, k.frame)
			at = k.at
		}
		sh.tracker.AddAll(b.segments[at:b.n])
		for _, q := range b.quotes {
			sh.tracker.unquote(b.segments[q.at].Frame)
		}
		switch b.mark {
		case markEpoch:
			sh.onEpoch(atFrame(b.frame), false)
		case markSnapshot:
			sh.onEpoch(atFrame(b.frame), false)
			sh.onShow()
		case markPause:
			sh.tracker.attend(tickBefore(b.frame))
			sh.onEpoch(tickBefore(b.frame), false)
		case markEnd:
			sh.tracker.Finish(b.clock)
			sh.onEpoch(captureEnd, true)
		}
		select {
		case free <- b:
		default:
		}
	}
}

// summarize collects what the capture, the decoder and the shards counted.
func (e *engine) summarize() {
	s := &e.sum
	if s.Last == NoTime {
		s.First = NoTime
	}
	s.Skips = e.dec.Skips()
	k := e.dec.Counters()
	s.Segments, s.ICMPErrors = k.Segments, k.ICMPErrors
	s.Files, s.Interfaces = e.src.Files(), e.src.Interfaces()
	s.Damages, s.DamageCount = e.src.Damages(), e.src.DamageCount()
	for i := range s.Files {
		s.Drops += s.Files[i].Drops
	}
	s.ClockJumps = e.clock.jumps
	for _, sh := range e.shards {
		st := sh.tracker.Stats()
		s.Stray += st.Stray
		s.Late += st.Late
		s.Evicted += st.Evicted
		s.Conversations += st.Conversations
		for c, n := range sh.byClass {
			s.ByClass[c] += n
		}
	}
	s.Complete = !s.Interrupted && s.ReadError == nil && s.DamageCount == 0
}
