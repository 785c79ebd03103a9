package flows

import (
	"cmp"
	"slices"
)

// pause lets the shards do what a live capture needs while the wire is quiet: the clock goes on, timers run out, what is
// final is written out, and stalls are told.
func (e *engine) pause(frame uint64, now int64) {
	next := frame + 1
	if now != NoTime && e.clock.advance(now) {
		e.tick(next)
	}
	e.epoch(markPause, next)
}

// attention is what a tracker knows of its live duties.
type attention struct {
	next int64 // the second at which stalls are looked for again
}

// attend tells the stalls of a live capture and keeps its memory bounded. Unlike what Tick does, what it does depends on
// when the source paused.
func (t *Tracker) attend(when Moment) {
	t.beatOnce()
	if t.clock == NoTime || t.clock/second < t.live.next {
		return
	}
	t.tellStalls(when)
	t.evictOpen(when)
	// A look at every conversation takes some ten milliseconds for a million of them.
	pause := min(max(t.cfg.stall()/10/second, 1), 5)
	t.live.next = t.clock/second + pause
}

// tellStalls hands on, not final, every conversation that has begun to stall since it was last told: half-closed, with
// unacknowledged data, or with a SYN that nothing answered, for the stall time.
func (t *Tracker) tellStalls(when Moment) {
	for i := uint32(1); i < t.conns.used; i++ {
		c := t.conns.at(i)
		if c.firstFrame == 0 {
			continue
		}
		if !t.mayStall(c) {
			c.flags &^= flagStallTold
			continue
		}
		if c.flags&flagStallTold != 0 {
			continue
		}
		t.judge.run(t, c, &t.verdict)
		switch t.verdict.Class {
		case HalfClosedStall, Vanished, Unanswered:
			c.flags |= flagStallTold
			t.stats.Stalls++
			t.emit(i, c, when, false)
			t.tell(Stalled)
		default:
		}
	}
}

// mayStall sorts out, cheaply, what cannot be stalled: keep-alive probes and retransmissions do not end a stall, so the
// times of new payload and of FINs count.
func (t *Tracker) mayStall(c *conn) bool {
	if c.flags&(flagClosed|flagReplaced) != 0 {
		return false
	}
	since := t.clock - t.cfg.stall()
	if max(c.side[0].dataTime, c.side[1].dataTime) > since || c.start > since {
		return false
	}
	switch {
	case c.closing != 0:
		cl := t.closings.at(c.closing)
		return max(cl.fin[0].time, cl.fin[1].time) <= since
	case c.flags&flagSYN != 0 && c.flags&flagSYNACK == 0:
		return true
	}
	return c.side[0].nxt != c.side[1].ack || c.side[1].nxt != c.side[0].ack
}

// evictOpen gives up conversations that are not closed while the tracker takes more than its share of Config.Mem though
// all closed ones are gone: first those that never got beyond the handshake, then those that were silent longest. They
// are handed on as they stand, not final.
func (t *Tracker) evictOpen(when Moment) {
	limit := t.memLimit
	if limit == 0 || t.memory() <= limit {
		return
	}
	type candidate struct {
		timer
		opened bool
		last   int64
	}
	var list []candidate
	for _, w := range t.table.slots {
		if w == 0 {
			continue
		}
		c := t.conns.at(uint32(w))
		if c.flags&(flagTentative|flagReplaced) != 0 {
			continue // it hangs together with another one
		}
		opened := (c.side[0].bits|c.side[1].bits)&(sideData|sideACKedData) != 0 || c.flags&flagHandshakeACK != 0
		list = append(list, candidate{timer{uint32(w), uint32(w >> 32), c.firstFrame}, opened, c.lastSeen()})
	}
	slices.SortFunc(list, func(a, b candidate) int {
		if a.opened != b.opened {
			if b.opened {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.first, b.first))
	})
	for _, v := range list {
		if t.memory() <= limit*9/10 {
			break
		}
		c := t.conns.at(v.conn)
		t.table.remove(v.hash, v.conn)
		t.stats.Evicted++
		t.emit(v.conn, c, when, false)
		t.tell(Evicted)
		t.free(v.conn, c)
	}
}
