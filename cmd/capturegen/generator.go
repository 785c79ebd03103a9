package main

import (
	"io"
	"time"
)

// A generator makes one capture.
type generator struct {
	mode    *mode
	kinds   []kind   // to draw from
	tuples  *pattern // nil: the usual one
	seed    uint64
	flows   uint64 // conversations to begin; 0: without end
	packets uint64 // frames after which the capture ends at once; 0: without end
	seconds int64  // nanoseconds of capture time after which nothing new begins; 0: without end
	one     uint64 // mode one: how often its loop runs again
	spacing int64  // mean time between two arrivals
	think   int64  // mean of the pauses that wait think asks for

	out    *output
	expect io.Writer // nil: not wanted
	expErr error
	wheel  *wheel
	free   []int32
	begun  uint64
	live   int
	peak   int
	rng    random // of the arrivals
	tailed bool   // the last conversation has begun
	udp    int    // frames until the next UDP one
}

// start is the time of a capture's first frame: 2026-11-20T09:00:00Z.
var start = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC).UnixNano()

// run makes the capture.
func (g *generator) run() error {
	if g.mode.name == "syn" {
		return g.runSYN()
	}
	g.wheel = newWheel()
	g.rng = seeded(g.seed, 1<<63)
	g.udp = g.mode.udp
	g.wheel.push(0)
	for g.out.err == nil && g.expErr == nil && (g.packets == 0 || g.out.frames < g.packets) {
		i, ok := g.wheel.pop()
		switch {
		case !ok && g.tailed:
			return g.finish()
		case !ok:
			g.tailed = true
			g.arrive(&kindTail, g.wheel.current<<slotShift+int64(time.Second))
		case i == 0:
			g.arrival()
		default:
			g.continueWith(i)
		}
	}
	for i := range g.wheel.convs { // cut off by -packets
		if c := &g.wheel.convs[i]; c.kind != nil && c.first != 0 {
			g.note(c, "")
		}
	}
	return g.finish()
}

func (g *generator) finish() error {
	g.out.flush()
	if g.out.err != nil {
		return g.out.err
	}
	return g.expErr
}

// arrival begins a conversation and plans the next.
func (g *generator) arrival() {
	at := g.wheel.convs[0].time
	if g.one > 0 {
		g.arrive(&kindOne, at)
		g.tailed = true
		return
	}
	g.arrive(nil, at)
	if g.flows > 0 && g.begun >= g.flows-1 || g.seconds > 0 && at >= g.seconds {
		return // the tail is the last
	}
	g.wheel.convs[0].time = at + g.rng.between(0, 2*g.spacing)
	g.wheel.push(0)
}

// arrive begins a conversation; without a kind it draws one.
func (g *generator) arrive(k *kind, at int64) {
	n := g.begun
	g.begun++
	i := int32(len(g.wheel.convs))
	if last := len(g.free) - 1; last >= 0 {
		i = g.free[last]
		g.free = g.free[:last]
	} else {
		g.wheel.convs = append(g.wheel.convs, conv{})
	}
	c := &g.wheel.convs[i]
	*c = conv{number: n, rng: seeded(g.seed, n), time: at}
	r := &c.rng
	if k == nil {
		k = drawKind(g.kinds, n, r)
	}
	c.path = g.path(n, r)
	if k.then == successorChallenged { // newer timestamps would let the SYN pass
		c.path.options &^= optStamps
	}
	c.mss = 1460
	if c.path.v6 {
		c.mss = 1440
	}
	c.stamp = [2]uint32{uint32(r.next()), uint32(r.next())}
	c.delay = [2]int64{r.between(50_000, 3_000_000), r.between(200_000, 40_000_000)}
	g.begin(c, k)
	g.live++
	g.peak = max(g.peak, g.live)
	g.plan(i, false)
}

// plan puts a conversation's next step into the wheel, or ends it.
func (g *generator) plan(i int32, wait bool) {
	c := &g.wheel.convs[i]
	st := g.advance(c)
	if st == nil {
		g.end(i)
		return
	}
	if wait {
		c.time += g.pause(c, st)
	}
	g.wheel.push(i)
}

// continueWith plays the step that is due.
func (g *generator) continueWith(i int32) {
	c := &g.wheel.convs[i]
	if c.phase == phaseEnd { // between two conversations of a five-tuple
		g.succeed(i)
		return
	}
	if g.udp > 0 {
		if g.udp--; g.udp == 0 {
			g.udp = g.mode.udp
			g.emitUDP(c.time)
			if g.packets > 0 && g.out.frames >= g.packets {
				return
			}
		}
	}
	g.play(c, &c.prog[c.pc-1])
	g.plan(i, true)
}

// end notes what a reader should find, and frees the conversation or plans its successor.
func (g *generator) end(i int32) {
	c := &g.wheel.convs[i]
	g.note(c, c.kind.class)
	if c.kind.then != noSuccessor {
		w := waits[reopen]
		c.time += c.rng.between(int64(w.least), int64(w.most))
		c.first = 0
		g.wheel.push(i)
		return
	}
	c.kind = nil
	g.live--
	g.free = append(g.free, i)
}

// succeed begins the next conversation on a five-tuple.
func (g *generator) succeed(i int32) {
	c := &g.wheel.convs[i]
	c.reuse, c.old = c.kind.then, c.seq
	k := &kindAfterReuse
	if c.reuse == successorChallenged {
		k = &kindAfterChallenge
	}
	g.begin(c, k)
	g.plan(i, false)
}

// note writes a conversation's line of the expectations.
func (g *generator) note(c *conv, class string) {
	if g.expect != nil && g.expErr == nil && c.first != 0 {
		_, g.expErr = io.WriteString(g.expect, c.expectation(class))
	}
}

// runSYN makes a capture of SYNs alone, each of another five-tuple.
func (g *generator) runSYN() error {
	g.wheel = newWheel()
	for n := uint64(0); n < g.flows && g.out.err == nil && g.expErr == nil; n++ {
		c := conv{number: n, rng: seeded(g.seed, n), time: int64(n) * g.spacing, mss: 1460}
		c.path = g.path(n, &c.rng)
		g.begin(&c, &kindSYN)
		g.play(&c, g.advance(&c))
		g.note(&c, kindSYN.class)
		g.begun++
	}
	g.peak = int(g.begun)
	return g.finish()
}
