package flows

import "tcpclose/decode"

// maxAhead is how far ahead of what was seen a segment or an acknowledgement may lie and still be believed: half of
// the largest window that RFC 7323 allows, so that a wild number moves nothing.
const maxAhead = 1 << 29

// What a side repeats into silence.
const (
	unansweredData = iota
	unansweredFIN
	unansweredKeepalive
	unansweredProbe     // of a closed window, by an octet
	unansweredBareProbe // likewise, but in the form of a keep-alive, as Linux does it
)

// sequence follows the octets that side x sends; plausible is false for a number so wild that nothing else of the
// segment is believed.
func (t *Tracker) sequence(i uint32, c *conn, x int, s *decode.Segment) (plausible bool) {
	from, to := &c.side[x], &c.side[1-x]
	if from.bits&sideSeq == 0 {
		from.bits |= sideSeq
		from.nxt = s.Seq
		c.isn[x] = s.Seq
	}
	end := s.End()
	ahead := s.Seq.Sub(from.nxt)
	if far(ahead) {
		if !t.leapt(i, c, x, s) {
			t.wandered(c, x, s)
			return false
		}
		ahead = 0
	}
	switch {
	case ahead == -1 && t.overtaken(c, x, s):
		return true
	case s.SpaceLen() <= 1 && ahead == -1 && !s.Flags.Has(decode.FIN) && from.packets > 0 && !t.fillsHole(i, c, x, s):
		what := uint32(unansweredKeepalive)
		if to.bits&sideZero != 0 {
			what = unansweredBareProbe
		}
		t.probe(c, x, s, what)
		return true
	case s.Len == 1 && ahead == 0 && to.bits&sideZero != 0 && !s.Flags.Has(decode.FIN):
		t.probe(c, x, s, unansweredProbe)
		return true
	case ahead > 0:
		t.skipAhead(i, c, x, s)
	case s.SpaceLen() > 0 && !end.After(from.nxt):
		t.oldOctets(i, c, x, s)
		return true
	case ahead < 0 && s.SpaceLen() == 0:
		return true // an old acknowledgement
	}
	if end.After(from.nxt) {
		if ahead < 0 && s.Len > 0 {
			from.repeated()
			t.fillHoles(i, c, x, s.Seq, from.nxt)
		}
		from.nxt = end
		if s.Len > 0 {
			from.dataTime = s.Time
			from.bits |= sideData
			t.newData(c, x, s)
		}
	}
	return true
}

// skipAhead notes that numbers were passed over: they come later, or the capture missed them.
func (t *Tracker) skipAhead(i uint32, c *conn, x int, s *decode.Segment) {
	from, to := &c.side[x], &c.side[1-x]
	lo := from.nxt
	if to.bits&sideAck != 0 && to.ack.After(lo) {
		lo = to.ack
	}
	if !lo.Before(s.Seq) {
		return
	}
	from.bits |= sideHoles
	if s.SpaceLen() == 0 {
		t.unseenTail(c, x, s.Seq, uint32(s.Seq-lo), s)
	}
	if lost := t.holes.open(i, x, lo, s.Seq); lost > 0 {
		t.gap(c, x, lost, s)
	}
}

// newData follows payload that was not sent before, where a FIN went before it.
func (t *Tracker) newData(c *conn, x int, s *decode.Segment) {
	if c.closing == 0 {
		return
	}
	cl := t.closings.at(c.closing)
	if own := &cl.fin[x]; c.side[x].bits&sideFIN != 0 && s.End().After(own.seq.Add(1)) {
		if own.bits&finInferred != 0 {
			t.withdraw(c, x, s) // that number was a byte
		} else {
			n := t.note(c, noteFINBeyond, x)
			n.a += s.Len
			n.touch(s.Frame, s.Time)
		}
	}
	if c.side[1-x].bits&sideFIN != 0 {
		n := t.note(c, noteDataAfterFIN, x)
		n.a += s.Len
		n.touch(s.Frame, s.Time)
	}
}

// withdraw takes back a FIN that was inferred from an acknowledgement (TEARDOWN trap 15).
func (t *Tracker) withdraw(c *conn, x int, s *decode.Segment) {
	f := &t.closings.at(c.closing).fin[x]
	*f = finRecord{time: NoTime, prevTime: NoTime, ackedTime: NoTime, bits: f.bits & finHeld}
	c.side[x].bits &^= sideFIN | sideFINAcked
	c.flags &^= flagClosed
	for i := c.notes; i != 0; {
		n := t.notes.at(i)
		i = n.next
		switch {
		case n.kind != noteRST:
		case int(n.side) == x:
			n.flags &^= rstAfterOwnFIN | rstAfterClose
		default:
			n.flags &^= rstAfterPeerFIN | rstAfterClose
		}
	}
	t.gap(c, x, 1, s)
}

// oldOctets takes a segment whose numbers all lie below what was seen: it fills a hole, repeats, or wandered.
func (t *Tracker) oldOctets(i uint32, c *conn, x int, s *decode.Segment) {
	from, to := &c.side[x], &c.side[1-x]
	if t.fillHoles(i, c, x, s.Seq, s.End()) {
		if from.bits&(sideFIN|sideFINAcked) == sideFIN && s.Len > 0 {
			t.note(c, noteDataAgain, x).touch(s.Frame, s.Time)
		}
		if s.Len > 0 {
			from.bits |= sideData
			t.newData(c, x, s)
		}
		return
	}
	if s.Len == 0 {
		return // a lone FIN: fin takes it
	}
	if t.oldCopy(from, to, s) || exactCopy(from, s) || s.Seq.Before(c.isn[x]) {
		t.wandered(c, x, s)
		return
	}
	if c.closing != 0 && from.bits&sideFIN != 0 {
		if f := &t.closings.at(c.closing).fin[x]; f.bits&finInferred != 0 && s.End().After(f.seq) {
			t.withdraw(c, x, s)
		}
	}
	from.repeated()
	if from.bits&(sideFIN|sideFINAcked) == sideFIN {
		t.note(c, noteDataAgain, x).touch(s.Frame, s.Time)
	}
	if to.bits&sideFIN != 0 {
		t.note(c, noteAgainAfterFIN, x).touch(s.Frame, s.Time)
	}
	if from.lastTime == from.dataTime {
		t.unanswered(c, x, s, unansweredData, from.lastFrame, from.lastTime)
	} else {
		t.unanswered(c, x, s, unansweredData, s.Frame, s.Time) // its last segment was another one
	}
}

// wandered notes an old duplicate.
func (t *Tracker) wandered(c *conn, x int, s *decode.Segment) {
	c.side[x].bits |= sideWandered
	n := t.note(c, noteWandering, x)
	n.flags = uint8(s.Flags & decode.SYN)
	n.touch(s.Frame, s.Time)
}

// repeated counts a segment sent again.
func (h *half) repeated() {
	h.bits |= sideRepaired
	if h.retrans != ^uint16(0) {
		h.retrans++
	}
}

// oldCopy reports whether a segment is an earlier one that wandered about: its octets were acknowledged, and its
// timestamp is older than the side's last.
func (t *Tracker) oldCopy(from, to *half, s *decode.Segment) bool {
	return s.Options.Has(decode.OptTimestamps) && from.tsval != 0 && int32(s.TSVal-from.tsval) < 0 &&
		to.bits&sideAck != 0 && !s.End().After(to.ack)
}

// exactCopyAfter is how long after a segment another one with the same timestamp cannot have been sent anew: every
// stack's timestamp clock has ticked by then (RFC 7323 section 5.4 asks for 1 s at the least, all in use tick faster).
const exactCopyAfter = 20 * second / 1000

// exactCopy reports whether a segment is the network's own copy of its side's last one: also its timestamp and its IP
// identification are the same, though a retransmission would bear newer ones.
func exactCopy(before *half, s *decode.Segment) bool {
	return s.Options.Has(decode.OptTimestamps) && s.TSVal != 0 && fingerprint(s) == before.print && s.Time-before.lastTime > exactCopyAfter
}

func (t *Tracker) fillsHole(i uint32, c *conn, x int, s *decode.Segment) bool {
	return c.side[x].bits&sideHoles != 0 && t.holes.before(i, x, s.Seq.Add(1))
}

// fillHoles takes numbers out of the side's holes and reports whether any were missing.
func (t *Tracker) fillHoles(i uint32, c *conn, x int, lo, hi decode.Seq) bool {
	if c.side[x].bits&sideHoles == 0 {
		return false
	}
	filled, left := t.holes.fill(i, x, lo, hi)
	if filled > 0 {
		c.side[x].bits |= sideRepaired
	}
	if !left {
		c.side[x].bits &^= sideHoles
	}
	return filled > 0
}

// probe notes a keep-alive or zero-window probe: no data, and it ends no stall (TEARDOWN trap 5).
func (t *Tracker) probe(c *conn, x int, s *decode.Segment, what uint32) {
	if what == unansweredKeepalive {
		t.note(c, noteKeepalive, x).touch(s.Frame, s.Time)
	}
	t.unanswered(c, x, s, what, s.Frame, s.Time)
}

// unanswered counts what a side sends again while nothing comes back. first is the copy that started it.
func (t *Tracker) unanswered(c *conn, x int, s *decode.Segment, what uint32, firstFrame uint64, firstTime int64) {
	peer := c.side[1-x].lastTime
	n := t.note(c, noteUnanswered, x)
	if n.count == 0 || peer != NoTime && peer >= n.lastTime || n.a != what {
		n.count = 0
		if firstTime == NoTime || peer != NoTime && firstTime < peer && what != unansweredFIN {
			firstFrame, firstTime = s.Frame, s.Time
		}
		n.a = what
		n.touch(firstFrame, firstTime)
		if firstFrame == s.Frame {
			return
		}
	}
	n.b = uint32(min(max(s.Time-n.lastTime, 0)/1000, int64(^uint32(0))))
	n.touch(s.Frame, s.Time)
}

// gap counts octets of a side that the capture does not hold though they must have been sent.
func (t *Tracker) gap(c *conn, x int, octets uint32, s *decode.Segment) {
	n := t.note(c, noteGap, x)
	n.a += octets
	n.touch(s.Frame, s.Time)
}

// acknowledge follows what side x acknowledges of the peer's octets.
func (t *Tracker) acknowledge(i uint32, c *conn, x int, s *decode.Segment) {
	from, to := &c.side[x], &c.side[1-x]
	if to.bits&sideSeq == 0 {
		// The peer was not seen yet: what is acknowledged first is where its numbers begin.
		to.bits |= sideSeq
		to.nxt, c.isn[1-x] = s.Ack, s.Ack
	}
	if far(s.Ack.Sub(to.nxt)) && !t.leaptACK(i, c, x, s) {
		return
	}
	if from.bits&sideAck == 0 {
		from.bits |= sideAck
		from.ack = s.Ack
		if !s.Ack.After(to.nxt) {
			t.ackOfFIN(c, x, s, 0)
			return
		}
		from.ack = to.nxt
	}
	step := s.Ack.Sub(from.ack)
	if step < 0 {
		return
	}
	if step > 0 {
		if s.Ack.After(to.nxt) {
			t.ackedUnseen(c, x, s)
		}
		if to.bits&sideHoles != 0 {
			skipped, left := t.holes.upTo(i, 1-x, s.Ack)
			if !left {
				to.bits &^= sideHoles
			}
			if skipped == 1 && t.skippedFIN(c, x, s) {
				skipped = 0
			}
			if skipped > 0 {
				t.gap(c, 1-x, skipped, s)
				if to.bits&sideFIN != 0 && c.closing != 0 {
					t.closings.at(c.closing).fin[1-x].bits &^= finOutOfOrder // what it seemed to overtake was not captured
				}
			}
		}
		if to.bits&sideFIN == 0 || step > 1 {
			from.bits |= sideACKedData
		}
		if from.bits&sideFIN != 0 && from.packets > 0 && (to.bits&sideFIN == 0 || step > 1) {
			t.note(c, noteAckAfterFIN, x).touch(s.Frame, s.Time)
		}
		from.ack = s.Ack
	}
	t.ackOfFIN(c, x, s, step)
}

// unseenTail notes that the last octets of a side, those before end, were not captured: a FIN may be among them.
func (t *Tracker) unseenTail(c *conn, x int, end decode.Seq, octets uint32, s *decode.Segment) {
	h := &c.side[x]
	if h.packets == 0 || h.bits&sideFIN != 0 {
		return
	}
	n := t.note(c, noteUnseenTail, x)
	n.count = 0
	n.touch(s.Frame, s.Time)
	n.a, n.b = uint32(end), octets
	n.lastFrame, n.lastTime = h.lastFrame, h.lastTime
}

// skippedFIN takes for a FIN what was never captured but passed over by the peer, by one number, in a bare segment, and is
// acknowledged now (TEARDOWN trap 15).
func (t *Tracker) skippedFIN(c *conn, x int, s *decode.Segment) bool {
	to := &c.side[1-x]
	n := t.find(c, noteUnseenTail, 1-x)
	if n == nil || n.b != 1 || to.bits&(sideFIN|sideHoles) != 0 || decode.Seq(n.a) != to.nxt || s.Ack != to.nxt {
		return false
	}
	t.inferFIN(c, x, s, to.nxt-1)
	f := &t.closings.at(c.closing).fin[1-x]
	f.prevTime = n.lastTime
	return true
}

// inferFIN takes for the peer's FIN the number seq, which was never captured but is acknowledged.
func (t *Tracker) inferFIN(c *conn, x int, s *decode.Segment, seq decode.Seq) {
	to := &c.side[1-x]
	cl := t.closingOf(c)
	f := &cl.fin[1-x]
	*f = finRecord{
		time: NoTime, prevTime: to.lastTime, ackedFrame: s.Frame, ackedTime: s.Time, seq: seq,
		bits: f.bits&finHeld | finInferred,
	}
	cl.ackSeq[1-x] = s.Seq
	to.bits |= sideFIN | sideFINAcked
}

// ackedUnseen takes an acknowledgement of octets that the capture does not hold. One number more than was seen, with
// no hole before it, is the peer's FIN (TEARDOWN trap 15).
func (t *Tracker) ackedUnseen(c *conn, x int, s *decode.Segment) {
	to := &c.side[1-x]
	missing := uint32(s.Ack - to.nxt)
	if missing == 1 && to.bits&(sideFIN|sideHoles) == 0 && to.packets > 0 && to.bits&sideSeq != 0 {
		t.inferFIN(c, x, s, to.nxt)
	} else {
		t.gap(c, 1-x, missing, s)
		t.unseenTail(c, 1-x, s.Ack, missing, s)
		if to.bits&sideFIN != 0 && c.closing != 0 {
			// More than the FIN was acknowledged: what was taken for one was a byte.
			if f := &t.closings.at(c.closing).fin[1-x]; f.bits&finInferred != 0 {
				t.withdraw(c, 1-x, s)
			}
		}
	}
	to.nxt = s.Ack
}
