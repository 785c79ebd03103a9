package flows

import "tcpclose/decode"

// inOrder takes a segment of an opening or a close that is as it should be, and does what slow would do with it, by the
// shortest way; slow has the reasons. The caller has seen that the segment carries an ACK, neither SYN nor RST, nothing to
// remark on and no copy of the side's last; that it is the side's next in sequence; and that neither side has holes or a
// closed window. False: it is not one of those, and nothing was done.
func (t *Tracker) inOrder(i uint32, c *conn, x int, from, to *half, s *decode.Segment, print uint32) bool {
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
	step := s.Ack.Sub(from.ack)
	switch {
	case from.bits&sideAck == 0:
		step = 0
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
		t.ackOfFIN(c, x, s, step)
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

// opens takes a conversation's first segment where that is an ordinary SYN, as slow would.
func (t *Tracker) opens(c *conn, s *decode.Segment, print uint32) bool {
	if t.careful || !ordinarySYN(s, decode.SYN) {
		return false
	}
	from := &c.side[0]
	t.firstSYN(c, 0, s, false)
	from.win = s.Window
	from.bits |= sideUnscaled
	from.stamp(s, print)
	return true
}

// answers takes the SYN-ACK that is due, where it is as it should be, as slow would.
func (t *Tracker) answers(c *conn, x int, from, to *half, s *decode.Segment, print uint32) bool {
	const odd = flagSYNACK | flagTentative | flagPrevious | flagRST | flagClosed
	if t.careful || !ordinarySYN(s, decode.SYN|decode.ACK) || c.flags&(flagSYN|odd) != flagSYN || from.packets != 0 || from.bits != 0 ||
		to.bits&(sideSYN|sideWandered) != sideSYN || s.Ack != to.nxt || s.Ack != c.isn[x&1^1].Add(1) || to.lastTime > s.Time+second {
		return false
	}
	t.firstSYN(c, x, s, true)
	from.ack, from.win = s.Ack, s.Window
	from.bits |= sideAck | sideUnscaled
	from.stamp(s, print)
	c.lastPos = s.Pos
	return true
}

// ordinarySYN reports whether a segment has these flags of all that turn a connection, and nothing else that is more than a
// SYN's numbers and options.
func ordinarySYN(s *decode.Segment, flags decode.Flags) bool {
	return s.Flags&(decode.SYN|decode.ACK|decode.FIN|decode.RST) == flags && s.Len == 0 && s.ICMP == decode.NotICMP &&
		s.Note&^decode.NoteSnapped == 0 && s.Options&(decode.OptMPTCP|decode.OptFastOpen|decode.OptTruncated) == 0
}

// follow takes the numbers of the side's next segment in sequence.
func (h *half) follow(s *decode.Segment) {
	h.nxt = s.End()
	if s.Len > 0 {
		h.dataTime = s.Time
		h.bits |= sideData
	}
}
