package flows

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

// attend tells the stalls of a live capture. Unlike what Tick does, what it does depends on when the source paused.
func (t *Tracker) attend(when Moment) {
	t.beatOnce()
	if t.clock == NoTime || t.clock/second < t.live.next {
		return
	}
	t.tellStalls(when)
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
			t.emit(i, c, when, underWay)
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
