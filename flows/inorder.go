package flows

import "tcpclose/decode"

// inOrder takes a segment of an opening or a close that is as it should be, and does what slow would do with it, by the
// shortest way; slow has the reasons. The caller has seen that the segment carries an ACK, neither SYN nor RST, nothing to
// remark on and no copy of the side's last; that it is the side's next in sequence; and that neither side has holes or a
// closed window. False: it is not one of those, and nothing was done.
func (t *Tracker) inOrder(i uint32, c *conn, x int, s *decode.Segment, print uint32) bool {
	from, to := c.sides(x)
	fin := s.Flags.Has(decode.FIN)
	switch {
	case t.careful,
		s.Options&(decode.OptTruncated|decode.OptMPTCP|decode.OptSACK) != 0,
		c.flags&(flagTentative|flagRST|flagClosed|noted(noteChallenge)) != 0,
		c.flags&(flagSYN|flagSYNACK) == flagSYN,                     // an ACK right after a SYN may challenge it
		to.bits&sideSeq == 0, (from.bits|to.bits)&sideWandered != 0, // the same
		to.lastTime > s.Time+second,
		from.bits&sideFIN != 0 && (fin || s.Len > 0), // beyond its own FIN
		to.bits&sideFIN != 0 && s.Len > 0:            // after the peer's
		return false
	}
	if from.bits&sideAck == 0 {
		if uint32(to.nxt-s.Ack) > maxAhead {
			return false
		}
	} else if uint32(s.Ack-from.ack) > maxAhead || uint32(to.nxt-s.Ack) > maxAhead {
		return false // old, or of what was not seen
	}
	if c.flags&flagServed == 0 {
		t.handshakeACK(c, x, s)
	}
	if fin {
		before := *from
		from.follow(s)
		t.fin(i, c, x, s, &before)
	} else if s.Len > 0 {
		from.follow(s)
	}
	switch step := s.Ack.Sub(from.ack); {
	case from.bits&sideAck == 0:
		from.bits |= sideAck
		from.ack = s.Ack
	case step > 0:
		if to.bits&sideFIN == 0 || step > 1 {
			from.bits |= sideACKedData
			if from.bits&sideFIN != 0 {
				t.note(c, noteAckAfterFIN, x).touch(s.Frame, s.Time)
			}
		}
		from.ack = s.Ack
	}
	if to.bits&sideFIN != 0 {
		t.ackOfFIN(c, x, s)
	}
	from.win = s.Window
	from.bits &^= sideUnscaled
	from.bytes += uint64(s.Len)
	from.stamp(s, print)
	c.lastPos = s.Pos
	if from.bits&to.bits&sideFINAcked != 0 {
		c.flags |= flagClosed
		t.queue(i, c, s.Hash)
	}
	t.speedUp(c)
	return true
}

// follow takes the numbers of the side's next segment in sequence.
func (h *half) follow(s *decode.Segment) {
	h.nxt = s.End()
	if s.Len > 0 {
		h.dataTime = s.Time
		h.bits |= sideData
	}
}
