package flows

import "tcpclose/decode"

// update takes one segment of a known conversation that take left over. One of an opening or a close that is as it should
// be it takes by the shortest way, doing what slow would, which has the reasons: an ACK with neither SYN nor RST that bears
// nothing to remark on and is no copy of the side's last; it is the side's next in sequence, neither side has holes or a
// closed window, and nothing odd happened before. All else goes to slow.
func (t *Tracker) update(i uint32, c *conn, x int, s *decode.Segment) {
	from, to := c.sides(x)
	numbers, sums := words(s)
	print := fingerprintOf(numbers, sums, s)
	if s.Flags&(decode.SYN|decode.RST|decode.ACK) != decode.ACK {
		if !s.Flags.Has(decode.SYN) || !t.answers(c, x, from, to, s, print) {
			t.slow(i, c, x, s, print)
		}
		return
	}
	did, peer := from.bits, to.bits
	fin := s.Flags & decode.FIN
	ack, seq, win := decode.Seq(numbers), decode.Seq(numbers>>32), uint16(sums>>16)
	step, ahead := ack.Sub(from.ack), to.nxt.Sub(ack) // beyond which the peer sent what is not acknowledged
	if did&sideAck == 0 {
		step = 0
	}
	switch {
	case c.flags&flagOdd != 0, s.ICMP != decode.NotICMP, s.Note&^decode.NoteSnapped != 0,
		s.Options&(decode.OptTruncated|decode.OptMPTCP|decode.OptSACK) != 0,
		seq != from.nxt, win == 0, print == from.print,
		from.lastTime-s.Time > second, to.lastTime > s.Time+second,
		(did|peer)&sideFIN != 0 && (s.Len > 0 || did&sideFIN != 0 && fin != 0), // beyond a FIN
		uint32(step) > maxAhead, uint32(ahead) > maxAhead: // old, or of what was not seen
		t.slow(i, c, x, s, print)
		return
	}
	if c.flags&flagServed == 0 {
		t.handshakeACK(c, x, s)
	}
	next := seq.Add(s.Len)
	if fin != 0 {
		next++
		t.newFIN(i, c, x, s, from)
		did = from.bits
	}
	if s.Len > 0 {
		from.dataTime = s.Time
		did |= sideData
	}
	if step > 0 && (peer&sideFIN == 0 || step > 1) {
		did |= sideACKedData
		if did&sideFIN != 0 {
			t.note(c, noteAckAfterFIN, x).touch(s.Frame, s.Time)
		}
	}
	from.nxt, from.ack, from.win = next, ack, win
	from.bytes += uint64(s.Len)
	from.bits = did&^sideUnscaled | sideAck
	if peer&sideFIN != 0 {
		t.ackOfFIN(c, x, s, step)
		if did&to.bits&sideFINAcked != 0 {
			c.flags |= flagClosed | flagOdd
			t.queue(i, c, s.Hash)
		}
	}
	from.stamp(s, print)
	if from.counts(s) {
		from.ipid = s.IPID
	} else if s.IPID|from.ipid != 0 {
		from.identify(s)
	}
	c.lastPos = s.Pos
	if c.flags&(flagHandshakeACK|flagServed) == flagHandshakeACK && c.closing == 0 {
		t.pace(c)
	}
}

// opens takes a conversation's first segment where that is an ordinary SYN, as slow would.
func (t *Tracker) opens(c *conn, s *decode.Segment, print uint32) bool {
	if t.careful || !ordinarySYN(s, decode.SYN) {
		return false
	}
	c.introduce(0, s)
	c.flags |= flagSYN
	from := &c.side[0]
	from.win = s.Window
	from.bits |= sideUnscaled
	from.stamp(s, print)
	from.identify(s)
	return true
}

// answers takes the SYN-ACK that is due, where it is as it should be, as slow would.
func (t *Tracker) answers(c *conn, x int, from, to *half, s *decode.Segment, print uint32) bool {
	const odd = flagSYNACK | flagTentative | flagPrevious | flagRST | flagClosed
	if t.careful || !ordinarySYN(s, decode.SYN|decode.ACK) || c.flags&(flagSYN|odd|noted(noteChallenge)) != flagSYN || from.packets != 0 || from.bits != 0 ||
		to.bits&(sideSYN|sideHoles|sideZero|sideWandered) != sideSYN || s.Ack != to.nxt || s.Ack != c.isn[x&1^1].Add(1) || to.lastTime > s.Time+second {
		return false
	}
	c.introduce(x, s)
	t.agreeOnScale(c)
	t.moment(c, hsSYNACK, s)
	from.ack, from.win = s.Ack, s.Window
	from.bits |= sideAck | sideUnscaled
	from.stamp(s, print)
	from.identify(s)
	c.lastPos = s.Pos
	c.flags = c.flags&^flagOdd | flagSYNACK
	return true
}

// ordinarySYN reports whether a segment has these flags of all that turn a connection, and nothing else that is more than a
// SYN's numbers and options.
func ordinarySYN(s *decode.Segment, flags decode.Flags) bool {
	return s.Flags&(decode.SYN|decode.ACK|decode.FIN|decode.RST) == flags && s.Len == 0 && s.ICMP == decode.NotICMP &&
		s.Note&^decode.NoteSnapped == 0 && s.Options&(decode.OptMPTCP|decode.OptFastOpen|decode.OptTruncated) == 0
}
