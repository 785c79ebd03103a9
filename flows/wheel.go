package flows

import (
	"cmp"
	"slices"
)

// wheelSlots is how many seconds the timer wheel reaches ahead; what lies further off goes round again.
const wheelSlots = 512

const second = int64(1e9)

// A wheel holds the conversations that are closed and wait for 2 MSL of silence. Its order depends on capture time
// alone, so that the same conversations become final at the same frames however many shards there are.
type wheel struct {
	slots  [wheelSlots]timerList
	now    int64 // the last second that was swept; 0 before the first
	due    []timer
	other  []timer     // scratch: where their order is made
	spare  *timerBlock // blocks that wait to be used again
	blocks int         // that hold timers
}

type timer struct {
	conn  uint32
	hash  uint32
	first uint64 // the conversation's first frame: names the life that the timer belongs to
}

// A timerList is what falls due in one second, in the order in which it was put there.
type timerList struct{ first, last *timerBlock }

// A timerBlock holds some of a second's timers. The slots share the blocks, so that the wheel takes what its timers need:
// a slot that kept an array of its own for the next time round would keep, after all of them have been used, as much as
// the busiest seconds would need if they fell into one turn.
type timerBlock struct {
	of   [timersInBlock]timer
	n    int
	next *timerBlock
}

// timersInBlock makes a block as large as one of the allocator's sizes, timerBlockBytes.
const (
	timerBlockBytes = 2048
	timersInBlock   = 127
)

// deadline returns the second after which a closed conversation is final.
func (t *Tracker) deadline(c *conn) int64 { return (c.lastSeen()+t.cfg.timeWait())/second + 1 }

// queue puts a closed conversation into the timer wheel.
func (t *Tracker) queue(i uint32, c *conn, hash uint32) {
	if c.flags&flagQueued != 0 {
		return
	}
	c.flags |= flagQueued
	t.push(timer{i, hash, c.firstFrame}, t.deadline(c))
}

func (t *Tracker) push(e timer, at int64) {
	w := &t.wheel
	slot := &w.slots[max(at, w.now+1)%wheelSlots]
	b := slot.last
	if b == nil || b.n == timersInBlock {
		b = w.block()
		if slot.last == nil {
			slot.first = b
		} else {
			slot.last.next = b
		}
		slot.last = b
	}
	b.of[b.n] = e
	b.n++
}

// block returns an empty block.
func (w *wheel) block() *timerBlock {
	w.blocks++
	b := w.spare
	if b == nil {
		return new(timerBlock)
	}
	w.spare, b.next = b.next, nil
	return b
}

// drain empties a slot, calling fn for each run of timers that was in it; fn may push timers, into the same slot too.
func (w *wheel) drain(slot int64, fn func(run []timer)) {
	b := w.slots[slot].first
	w.slots[slot] = timerList{}
	for b != nil {
		for run := range slices.Chunk(b.of[:b.n], lookAhead) {
			fn(run)
		}
		next := b.next
		b.n, b.next, w.spare = 0, w.spare, b
		w.blocks--
		b = next
	}
}

// Tick tells the tracker the capture's clock (nanoseconds since 1970 UTC) as of a frame. Conversations whose 2 MSL are
// over are judged in the order of their first frames. The clock never runs backwards.
func (t *Tracker) Tick(clock int64, frame uint64) {
	if clock <= t.clock && t.clock != NoTime {
		return
	}
	t.clock = clock
	now := clock / second
	if now <= t.wheel.now {
		return
	}
	from := max(t.wheel.now+1, now-wheelSlots+1)
	t.wheel.now = now
	t.wheel.due = t.wheel.due[:0]
	for sec := from; sec <= now; sec++ {
		t.sweep(sec%wheelSlots, now)
	}
	t.wheel.orderDue()
	for i, d := range t.wheel.due {
		t.ahead(t.wheel.due, i)
		c := t.conns.at(d.conn)
		t.judge.weigh(t, c)
		if c.flags&flagClosed == 0 && t.judge.first == nil {
			c.flags &^= flagQueued // the RST was ignored: the conversation lives
			continue
		}
		t.table.remove(d.hash, d.conn)
		t.finishWeighed(d.conn, c, tickBefore(frame))
	}
	t.relieve(tickBefore(frame), clock)
}

// fewDue is up to how many timers are put in order one by one.
const fewDue = 64

// orderDue puts what is due in the order of first frames, which no two share. Many are dealt out by one octet of them
// after the other, from the lowest: that compares none, so that no processor has to guess how a comparison ends.
func (w *wheel) orderDue() {
	list := w.due
	if len(list) <= fewDue {
		for i := 1; i < len(list); i++ {
			e, j := list[i], i
			for ; j > 0 && list[j-1].first > e.first; j-- {
				list[j] = list[j-1]
			}
			list[j] = e
		}
		return
	}
	low, high := list[0].first, list[0].first
	for i := range list {
		low, high = min(low, list[i].first), max(high, list[i].first)
	}
	w.other = slices.Grow(w.other[:0], len(list))[:len(list)]
	for shift := 0; shift < 64 && (high-low)>>shift != 0; shift += 8 {
		var places [256]uint32
		for i := range w.due {
			places[uint8((w.due[i].first-low)>>shift)]++
		}
		next := uint32(0)
		for i, n := range places {
			places[i], next = next, next+n
		}
		for _, e := range w.due {
			p := &places[uint8((e.first-low)>>shift)]
			w.other[*p] = e
			*p++
		}
		w.due, w.other = w.other, w.due
	}
}

// sweep collects the conversations of one slot that are due, and puts the others where they belong now.
func (t *Tracker) sweep(slot, now int64) {
	t.wheel.drain(slot, func(run []timer) {
		t.askWhole(run)
		for _, e := range run {
			c := t.conns.at(e.conn)
			if c.firstFrame != e.first || c.flags&flagQueued == 0 {
				continue // that life is over
			}
			if at := t.deadline(c); at > now {
				t.push(e, at)
			} else {
				t.wheel.due = append(t.wheel.due, e)
			}
		}
	})
}

// Finish judges everything that is left, in the order of first frames: the capture ended with the clock at that time.
func (t *Tracker) Finish(clock int64) {
	t.clock = max(t.clock, clock)
	t.table = newTable() // millions may be left: what is not needed any more makes room for their order
	rest := make([]timer, 0, t.conns.live())
	for i := uint32(1); i < t.conns.used; i++ {
		if c := t.conns.at(i); c.firstFrame != 0 {
			rest = append(rest, timer{conn: i, first: c.firstFrame})
		}
	}
	slices.SortFunc(rest, func(a, b timer) int { return cmp.Compare(a.first, b.first) })
	for i, l := range rest {
		t.ahead(rest, i)
		t.emit(l.conn, t.conns.at(l.conn), captureEnd, final)
		t.tell(Ended)
	}
	t.conns, t.closings, t.notes = slab[conn]{}, slab[closing]{}, slab[note]{}
	t.holes, t.quotes, t.wheel = holeSet{}, nil, wheel{now: t.wheel.now}
}
