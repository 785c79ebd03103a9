package flows

import "tcpclose/decode"

// fin takes a FIN. The side before the segment tells what it had sent until then.
func (t *Tracker) fin(i uint32, c *conn, x int, s *decode.Segment, before *half) {
	from := &c.side[x]
	if from.bits&sideFIN == 0 {
		t.newFIN(i, c, x, s, before)
		return
	}
	f := &t.closingOf(c).fin[x]
	seq := s.Seq.Add(s.Len)
	switch {
	case f.bits&finInferred != 0 && seq == f.seq:
		f.bits &^= finInferred
		if s.Time-f.ackedTime > captureDisorder || before.lastFrame > f.ackedFrame || t.stoodBeyond(c, x, seq) {
			f.bits |= finSentBefore // a later copy
		} else {
			f.bits |= finAckUnordered // its acknowledgement was captured before it
		}
		if before.passedOver(s) {
			f.bits |= finPassedOver
		}
		t.firstFIN(f, s, before)
		return
	case f.frame != 0 && seq == f.seq:
		t.finAgain(c, x, s, f, before)
		return
	case from.bits&sideFINAcked != 0 && f.bits&finInferred == 0 || seq.Before(f.seq):
		return // a FIN at another number after the true one: odd, and counted as payload beyond the FIN
	case f.bits&finInferred != 0:
		t.withdraw(c, x, s) // the number that was taken for a FIN was a byte
	}
	t.newFIN(i, c, x, s, before)
}

// newFIN takes a FIN at a number at which its side had sent none, as far as is known. before is the side as it was; it may
// be the side itself.
func (t *Tracker) newFIN(i uint32, c *conn, x int, s *decode.Segment, before *half) {
	cl := t.closingOf(c)
	f, peer := cl.fins(x)
	from, to := c.sides(x)
	seq := s.Seq.Add(s.Len)
	did := before.bits
	bits := f.bits & finHeld
	if beyond := before.nxt.Sub(seq); did&sideSeq != 0 && beyond > 0 && did&sideFIN == 0 {
		switch {
		case beyond > 1: // payload was sent there: that no copy before it was captured explains nothing
			n := t.note(c, noteFINBeyond, x)
			n.a += uint32(beyond)
			n.touch(s.Frame, s.Time)
		case !s.Options.Has(decode.OptTimestamps) || before.tsval == 0 || int32(s.TSVal-before.tsval) > 0:
			bits |= finSentBefore
		default: // with an older timestamp than what came before it in the capture it is the first copy, overtaken
		}
	}
	if from.bits&sideHoles != 0 && t.holes.before(i, x, seq) {
		bits |= finOutOfOrder
	}
	if did&sideIDs == idsRising && s.TTL <= linuxTTL && s.IPID != 0 {
		if s.IPID == before.ipid+1 {
			bits |= finUnbroken
		} else if before.passedOver(s) {
			bits |= finPassedOver | before.missing(s, peer, to.bits)
			if s.IPID-before.ipid == 2 {
				cl.missed[x&1] = s.IPID - 1
			}
		}
	}
	if to.bits&sideZero != 0 {
		bits |= finPeerZero
	}
	if did&sideSeq != 0 && to.bits&sideAck != 0 && before.nxt.After(to.ack) {
		bits |= finQueued
	}
	*f = finRecord{seq: seq, ackedTime: NoTime, bits: bits}
	cl.id[x&1] = 0
	if before.ipid != 0 && s.IPID != before.ipid {
		cl.id[x&1] = s.IPID
	}
	t.firstFIN(f, s, before)
	waits := finBits(0)
	if to.retrans > 0 && to.bits&sideFIN == 0 && did&sideAck != 0 && s.Flags.Has(decode.ACK) && s.Ack.After(before.ack) {
		// It is the first to acknowledge octets that had to be repeated: a FIN may have waited behind them.
		waits = finOutstanding
	}
	// What the other side had on its way when this FIN came decides whether its own FIN was waiting behind it.
	if to.bits&sideFIN == 0 || peer.bits&finInferred != 0 {
		waits |= t.waiting(c, x, s, before)
	}
	peer.bits |= waits
	from.bits |= sideFIN
	if to.bits&sideAck != 0 && to.ack.After(seq) {
		f.bits |= finAckUnordered
		f.ackedFrame, f.ackedTime = to.lastFrame, to.lastTime
		cl.ackSeq[x&1] = to.nxt
		from.bits |= sideFINAcked
	}
}

// waiting returns the signs that a FIN of the peer may have waited when this one, of side x, came.
func (t *Tracker) waiting(c *conn, x int, s *decode.Segment, before *half) (bits finBits) {
	from, to := c.sides(x)
	if to.bits&sideSeq != 0 {
		if from.bits&sideAck != 0 && to.nxt.After(laterSeq(from.ack, s)) {
			bits |= finOutstanding
		}
		if before.bits&sideAck != 0 && to.nxt.After(before.ack) {
			bits |= finFreed
		}
	}
	if from.bits&sideZero != 0 || uint32(s.Window)<<(from.wscale&31) < c.segmentSize(x) {
		bits |= finWindowShut // not even one segment may go
	}
	if to.bits&(sideRepaired|sideData) != 0 && s.Time-to.lastTime < repairTime(t.openings(c) > 0) && (to.bits&sideRepaired != 0 || t.openedSlowly(c, 1-x)) {
		bits |= finOutstanding // after a loss a window of its own holds it back
	}
	return bits
}

// openedSlowly reports whether side x repeated its SYN or SYN-ACK more than once: Linux starts with a congestion window of one
// segment then (tcp_init_transfer), which holds back what comes after the first octets, as after a loss. Where the other side
// repeated its SYN, SYN-ACKs have been lost, perhaps before the vantage.
func (t *Tracker) openedSlowly(c *conn, x int) bool {
	again := t.openings(c)
	return again > 1 || again == 1 && x != c.opener()
}

// openings returns how often SYN and SYN-ACK came again.
func (t *Tracker) openings(c *conn) (again uint32) {
	if c.flags&(noted(noteSYNResend)|noted(noteSYNACKResend)) == 0 {
		return 0
	}
	for x := range c.side {
		for _, kind := range [...]noteKind{noteSYNResend, noteSYNACKResend} {
			if n := t.find(c, kind, x); n != nil {
				again += n.count
			}
		}
	}
	return again
}

// repairTime returns how long after its last segment a side that lost some may still have octets waiting: their acknowledgement
// may be lost beyond the vantage, and the timer that sends them again has grown with the losses. Where the handshake came again
// that timer begins with 3 s (RFC 6298 section 5.7).
func repairTime(openedAgain bool) int64 {
	if openedAgain {
		return 12 * second
	}
	return 4 * second
}

// segmentSize returns the largest payload that side x takes in one segment; what Ethernet carries where its SYN was not
// captured.
func (c *conn) segmentSize(x int) uint32 {
	if mss := c.mss[x&1]; mss != 0 {
		return uint32(mss)
	}
	return 1460
}

// captureDisorder is by how much the order of a capture may be another one than that of the wire.
const captureDisorder = 3 * second / 1000

// laterSeq returns the later of a number and a segment's acknowledgement.
func laterSeq(ack decode.Seq, s *decode.Segment) decode.Seq {
	if s.Flags.Has(decode.ACK) && s.Ack.After(ack) {
		return s.Ack
	}
	return ack
}

func (t *Tracker) firstFIN(f *finRecord, s *decode.Segment, before *half) {
	f.frame, f.time, f.prevTime = s.Frame, s.Time, before.lastTime
	f.ack = s.Ack
	if s.Options.Has(decode.OptTimestamps) {
		f.tsval = s.TSVal
	}
	if !s.Flags.Has(decode.ACK) {
		f.bits |= finNoACK
	}
	if s.Len > 0 {
		f.bits |= finWithData
	}
}

// reACKWindow is how soon a FIN that only carries a newer acknowledgement may follow its first copy without anything
// having been lost (TEARDOWN trap 2).
const reACKWindow = 3 * second / 1000

// reACKTicks is how far a sender's timestamp clock may go in that time: those in use tick in milliseconds, or slower.
const reACKTicks = 5

// justBefore reports whether a side sent its last segment right before this one, by the capture and by its own clock: two
// that were held up together are close in the capture only.
func (h *half) justBefore(s *decode.Segment) bool {
	if s.Options.Has(decode.OptTimestamps) && h.tsval != 0 && int32(s.TSVal-h.tsval) > reACKTicks {
		return false
	}
	return s.Time-h.lastTime < reACKWindow
}

// stoodBeyond reports whether a side's own bare segments had shown a FIN at a number before it was captured.
func (t *Tracker) stoodBeyond(c *conn, x int, fin decode.Seq) bool {
	n := t.find(c, noteUnseenTail, x)
	return n != nil && n.b == 1 && decode.Seq(n.a) == fin.Add(1)
}

// isCopy reports whether a segment is the network's copy of the FIN captured first: later by more than its sender's clock
// needs to tick, and with the same timestamp. An older timestamp is that of a copy sent before, which was overtaken.
func (f *finRecord) isCopy(s *decode.Segment) bool {
	return s.Options.Has(decode.OptTimestamps) && f.tsval != 0 && s.TSVal == f.tsval && s.Ack == f.ack && s.Time-f.time > exactCopyAfter
}

// isFIN reports whether a segment is the very packet that brought a side's FIN: most stacks give one that they send again another IP
// identification. It was captured at two points further apart than a duplicate may be, or the network made a copy. Where no
// timestamp says so as well, it is one only until a timer can have sent the FIN again: some stacks keep the identification.
func (c *closing) isFIN(x int, s *decode.Segment) bool {
	f := &c.fin[x&1]
	return s.IPID != 0 && s.IPID == c.id[x&1] && s.Ack == f.ack && (f.tsval == 0 && s.Time-f.time < shortestRTO || f.tsval != 0 && s.TSVal == f.tsval)
}

// finAgain takes another copy of a FIN.
func (t *Tracker) finAgain(c *conn, x int, s *decode.Segment, f *finRecord, before *half) {
	if f.isCopy(s) || t.closings.at(c.closing).isFIN(x, s) || exactCopy(before, s) {
		t.wandered(c, x, s)
		return
	}
	n := t.note(c, noteFINResend, x)
	lastAck := f.ack
	if n.count > 0 {
		lastAck = decode.Seq(n.a)
	}
	if s.Flags.Has(decode.ACK) && f.bits&finNoACK == 0 && s.Ack.After(lastAck) && s.Ack.After(before.ack) && before.justBefore(s) {
		n.b++
	}
	n.a = uint32(s.Ack)
	last := n.lastTime
	if n.count == 0 {
		n.c, last = s.TSVal, f.time
	}
	n.d = uint32(min(max(s.Time-last, 0)/1000, int64(^uint32(0))))
	n.touch(s.Frame, s.Time)
	f.bits |= finResent
	if t.closings.at(c.closing).fin[1-x].bits&finAckRepeated != 0 {
		f.bits |= finAfterReACK
	}
	t.drop(c, noteFINReACK, x)
	t.unanswered(c, x, s, unansweredFIN, f.frame, f.time)
}
