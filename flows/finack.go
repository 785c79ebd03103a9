package flows

import "tcpclose/decode"

// What the acknowledgements of a FIN tell beside that it arrived: when, which copy of it, and what its receiver had sent by
// then. The timestamps of RFC 7323 help, since a receiver echoes a segment's only if it lies where the next octet is
// expected (Linux's tcp_replace_ts_recent); so do SACK (RFC 2018), D-SACK (RFC 2883) and Linux's IP identifications.

// ackOfFIN notes the acknowledgement of the peer's FIN, and the first one after each resend. It is by step that the segment
// acknowledges more than its side had before.
func (t *Tracker) ackOfFIN(c *conn, x int, s *decode.Segment, step int32) {
	from, to := c.sides(x)
	if to.bits&sideFIN == 0 || c.closing == 0 {
		return
	}
	cl := t.closings.at(c.closing)
	own, f := cl.fins(x)
	if own.wasSentBefore(s) {
		if own.bits&finSentBefore == 0 {
			own.bits |= finSentBefore | finSentOlder
		}
	}
	if !s.Ack.After(f.seq) {
		t.outOfOrderFIN(c, x, s, f)
		if step == 0 && s.SpaceLen() == 0 && !s.Options.Has(decode.OptSACK) {
			f.bits |= finDupACKed
		}
		return
	}
	bare := s.SpaceLen() == 0
	if to.bits&sideFINAcked == 0 {
		to.bits |= sideFINAcked
		f.ackedFrame, f.ackedTime = s.Frame, s.Time
		at := s.Seq
		if !bare {
			at = s.End().Add(maxAhead) // only a bare ACK tells where its sender stands
		}
		cl.ackSeq[x&1^1] = at
		if f.frame != 0 && f.bits&finNoACK == 0 && s.Seq.After(f.ack) {
			// What it had sent until the FIN reached it went beyond what the FIN acknowledges (TEARDOWN trap 17).
			own.bits |= finOutstanding
		}
		f.bits |= t.witness(c, x, s, own, f, step == 1)
		return
	}
	if bare && s.Ack == f.seq.Add(1) && f.bits&finResent == 0 {
		switch {
		case s.IPID == 0 && f.bits&finFull != 0:
			f.bits |= finMiniLater
		case s.IPID != 0 && f.bits&finMini != 0: // a mini-socket never becomes a full one: this was sent first
			f.bits = f.bits&^finMini | finFull | finMiniLater
		}
	}
	if from.bits&(sideFIN|sideFINAcked) == sideFIN && f.ackedFrame == own.frame && bare && s.Seq == own.seq.Add(1) {
		f.bits |= finAckRepeated
	}
	if f.bits&finResent != 0 && t.find(c, noteFINReACK, 1-x) == nil {
		t.note(c, noteFINReACK, 1-x).touch(s.Frame, s.Time)
	}
}

// wasSentBefore reports whether a segment of the FIN's side stands beyond the FIN, and by its timestamp was sent before the copy that
// was captured first.
func (f *finRecord) wasSentBefore(s *decode.Segment) bool {
	return f.frame != 0 && f.tsval != 0 && s.Seq == f.seq.Add(1) && s.Options.Has(decode.OptTimestamps) && int32(s.TSVal-f.tsval) < 0
}

// witness returns what side x's first acknowledgement of the peer's FIN tells of it; alone says that it had acknowledged all
// that came before the FIN.
func (t *Tracker) witness(c *conn, x int, s *decode.Segment, own, f *finRecord, alone bool) (bits finBits) {
	from, _ := c.sides(x)
	if s.Options.Has(decode.OptSACK) && !s.SACKRight.After(s.Ack) {
		bits |= finAckedBefore
	}
	if from.bits&sideIDs == idsRising && s.SpaceLen() == 0 && s.TTL <= linuxTTL {
		bits |= finFull
		if s.IPID == 0 {
			bits ^= finFull | finMini
		}
	}
	if f.tsval == 0 || !s.Options.Has(decode.OptTimestamps) {
		return bits
	}
	if int32(s.TSEcr-f.tsval) < 0 {
		if alone && from.bits&sideFIN != 0 && own.frame != 0 && f.bits&finNoACK == 0 && f.ack == own.seq {
			// The FIN acknowledges all but the side's own. A socket takes over its timestamp, unless it had got a newer
			// acknowledgement.
			bits |= finNotEchoed
		}
	} else if again := t.find(c, noteFINResend, 1-x); again != nil && int32(s.TSEcr-again.c) < 0 && t.find(c, noteDataAgain, 1-x) == nil {
		bits |= finArrived
	}
	return bits
}

// outOfOrderFIN notes that side x reports the peer's FIN as received before octets that it still waits for: what the FIN
// acknowledges has reached it, too.
func (t *Tracker) outOfOrderFIN(c *conn, x int, s *decode.Segment, f *finRecord) {
	if f.frame != 0 && s.Options.Has(decode.OptSACK) && s.SACKRight.After(f.seq) && s.SACKRight.After(s.Ack) && t.find(c, noteFINSACKed, 1-x) == nil {
		t.note(c, noteFINSACKed, 1-x).touch(s.Frame, s.Time)
	}
}

// overtaken takes a bare acknowledgement at the number of its side's own FIN, which was captured before it: once the FIN is
// sent, its side stands beyond it. It is no keep-alive probe, since these begin only when all is acknowledged.
func (t *Tracker) overtaken(c *conn, x int, s *decode.Segment) bool {
	from := &c.side[x]
	if from.bits&(sideFIN|sideFINAcked) != sideFIN || c.closing == 0 || s.Len > 0 || s.Flags&(decode.FIN|decode.ACK) != decode.ACK {
		return false
	}
	cl := t.closings.at(c.closing)
	f, peer := &cl.fin[x], &cl.fin[1-x]
	if f.frame == 0 || f.bits&finSentBefore != 0 || s.Seq != f.seq || s.Time-f.time > second ||
		f.tsval != 0 && (!s.Options.Has(decode.OptTimestamps) || int32(s.TSVal-f.tsval) > 0) {
		return false
	}
	if c.side[1-x].bits&sideFIN != 0 && s.Ack.After(peer.seq) && peer.ackedFrame == f.frame {
		f.bits |= finAckOvertaken
	}
	return true
}

// turnedUp takes a segment that is no FIN: where it is the one that the identifications passed over right before its side's FIN,
// nothing was missed.
func (t *Tracker) turnedUp(c *conn, x int, s *decode.Segment) {
	if c.closing == 0 || s.IPID == 0 {
		return
	}
	if cl := t.closings.at(c.closing); s.IPID == cl.missed[x] {
		cl.fin[x].bits &^= finPassedOver | finResentUnseen | finAckUnseen
	}
}

// dsack notes that a side reports octet of the peer's FIN as received twice (RFC 2883): the FIN had arrived, its
// acknowledgement had not.
func (t *Tracker) dsack(c *conn, x int, s *decode.Segment) {
	if c.closing == 0 || !s.Options.Has(decode.OptSACK) || s.SACKRight.After(s.Ack) {
		return
	}
	f := &t.closings.at(c.closing).fin[1-x]
	if c.side[1-x].bits&sideFIN != 0 && !s.SACKLeft.After(f.seq) && s.SACKRight.After(f.seq) {
		t.note(c, noteDSACK, x).touch(s.Frame, s.Time)
	}
}
