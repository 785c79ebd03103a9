package flows

import "tcpclose/decode"

// This file and its neighbours opening.go, sequence.go and reset.go are the only place where flags become facts.

// slow takes a segment that may be anything: it belongs to the opening or the close, repeats, skips, resets or is odd.
func (t *Tracker) slow(i uint32, c *conn, x int, s *decode.Segment, print uint32) {
	if s.ICMP != decode.NotICMP {
		t.icmp(c, x, s)
		return
	}
	from := &c.side[x]
	if t.capturedTwice(from, s, print) && !t.answersAgain(c, s) {
		t.note(c, noteDuplicate, x).touch(s.Frame, s.Time)
		c.lastPos = s.Pos
		return
	}
	if s.Flags.Has(decode.SYN) && !s.Flags.Has(decode.RST) {
		if i, c, x = t.incarnation(i, c, x, s); c == nil {
			return
		}
		from = &c.side[x]
	} else if c.flags&flagTentative != 0 {
		i, c, x = t.route(i, c, x, s)
		from = &c.side[x]
	} else if t.strange(c, x, s) {
		t.succeed(i, c, s)
		return
	}
	t.remarks(c, x, s)
	switch {
	case s.Flags.Has(decode.RST):
		t.reset(i, c, x, s)
	case s.Flags.Has(decode.SYN):
		t.opening(i, c, x, s)
	default:
		t.ordinary(i, c, x, s)
	}
	from.bytes += uint64(s.Len)
	ttl := from.ttl
	from.stamp(s, print)
	if s.Flags.Has(decode.RST) {
		from.ttl = ttl
	}
	from.identify(s)
	c.lastPos = s.Pos
	if c.flags&(flagClosed|flagRST) != 0 {
		t.queue(i, c, s.Hash)
	}
	t.pace(c)
}

// capturedTwice reports whether the segment repeats its side's last one to the letter, and too soon to have been sent
// twice.
func (t *Tracker) capturedTwice(from *half, s *decode.Segment, print uint32) bool {
	if from.packets == 0 || print != from.print {
		return false
	}
	gap := s.Time - from.lastTime
	return gap >= 0 && gap < t.cfg.dupWindow()
}

// answersAgain reports whether a segment that looks captured twice is more likely one more RST: a host without a socket answers
// each segment of a burst, within microseconds and without an IP identification that would tell the answers apart. Where
// others are captured twice, so is it.
func (t *Tracker) answersAgain(c *conn, s *decode.Segment) bool {
	return s.Flags.Has(decode.RST) && s.IPID == 0 && t.find(c, noteDuplicate, 0) == nil && t.find(c, noteDuplicate, 1) == nil
}

// icmp notes an ICMP error about a segment that side x had sent.
func (t *Tracker) icmp(c *conn, x int, s *decode.Segment) {
	n := t.note(c, noteICMP, x)
	if n.count == 0 || decode.ICMPKind(n.a) == decode.ICMPOther {
		n.a = uint32(s.ICMP)
	}
	n.b |= 1 << s.ICMP
	n.touch(s.Frame, s.Time)
}

// remarks notes what is odd about a segment, whatever it does.
func (t *Tracker) remarks(c *conn, x int, s *decode.Segment) {
	if turn := s.Flags & (decode.SYN | decode.FIN | decode.RST); turn&(turn-1) != 0 || s.Flags == 0 { // two of them, or nothing
		n := t.note(c, noteOddFlags, x)
		n.a |= uint32(s.Flags)
		n.touch(s.Frame, s.Time)
	}
	if s.Note&decode.NoteBadChecksum != 0 {
		t.note(c, noteBadChecksum, x).touch(s.Frame, s.Time)
	}
	if s.Options.Has(decode.OptTruncated) {
		c.flags |= flagSnapped
	}
	if s.Note&decode.NoteNoTime != 0 {
		c.flags |= flagNoTime
	}
	if s.Options.Has(decode.OptMPTCP) {
		c.flags |= flagMPTCP
	}
	const jump = second
	if last := c.lastSeen(); last != NoTime && s.Time < last-jump {
		t.note(c, noteClockJump, x).touch(s.Frame, s.Time)
	}
}

// ordinary takes a segment without SYN and RST.
func (t *Tracker) ordinary(i uint32, c *conn, x int, s *decode.Segment) {
	t.disown(c, x, s)
	t.handshakeACK(c, x, s)
	if c.flags&flagRST != 0 {
		t.afterReset(c, x, s)
	}
	if t.challenged(c, x, s) {
		return // it speaks of the socket that was there before
	}
	if !s.Flags.Has(decode.FIN) {
		t.turnedUp(c, x, s)
	}
	from, to := &c.side[x], &c.side[1-x]
	before := *from
	if !t.sequence(i, c, x, s) {
		return
	}
	if s.Flags.Has(decode.FIN) {
		t.fin(i, c, x, s, &before)
	}
	if s.Flags.Has(decode.ACK) {
		t.acknowledge(i, c, x, s)
		t.dsack(c, x, s)
	}
	t.window(c, x, s)
	if from.bits&to.bits&sideFINAcked != 0 {
		if c.flags&flagClosed != 0 {
			n := t.note(c, noteLate, x)
			n.touch(s.Frame, s.Time)
		}
		c.flags |= flagClosed
	}
}

// pace says which ways the conversation's next segments may go, by what it is now: with flagSlow not the way of those in
// mid-stream, with flagOdd not the one of those of an opening or a close that is as it should be.
func (t *Tracker) pace(c *conn) {
	did := c.side[0].bits | c.side[1].bits
	flags := c.flags &^ (flagSlow | flagOdd)
	if t.careful || flags&(flagRST|flagTentative) != 0 || did&(sideHoles|sideZero) != 0 {
		c.flags = flags | flagSlow | flagOdd
		return
	}
	if flags&flagPrevious != 0 || c.closing != 0 || !t.running(c) || did&sideWandered != 0 && (t.justAfterSYN(c, 0) || t.justAfterSYN(c, 1)) {
		flags |= flagSlow
	}
	if flags&(flagClosed|noted(noteChallenge)) != 0 || flags&(flagSYN|flagSYNACK) == flagSYN || // an ACK right after a SYN may challenge it
		did&sideWandered != 0 || c.side[0].bits&c.side[1].bits&sideSeq == 0 {
		flags |= flagOdd
	}
	c.flags = flags
}

// running reports whether both ends have opened, so that ordinary segments may go the fast way.
func (t *Tracker) running(c *conn) bool {
	if c.flags&(flagSYN|flagSYNACK) != 0 {
		return c.flags&flagHandshakeACK != 0
	}
	return c.side[0].bits&sideAck != 0
}

// window notes what a segment advertises.
func (t *Tracker) window(c *conn, x int, s *decode.Segment) {
	from := &c.side[x]
	from.win = s.Window
	from.bits &^= sideUnscaled
	if s.Window != 0 {
		from.bits &^= sideZero
		return
	}
	from.bits |= sideZero
	t.note(c, noteZeroWindow, x).touch(s.Frame, s.Time)
}

// moment records the frame and time of one moment of the handshake.
func (t *Tracker) moment(c *conn, which int, s *decode.Segment) {
	m := momentAt(s.Frame-c.firstFrame, s.Time-c.start)
	c.handshake[which] = m
	if m == farMoment {
		t.newNote(c, noteHandshake, which).touch(s.Frame, s.Time)
	}
}

// handshakeACK records the third step of the handshake, and the first segment of the server after it.
func (t *Tracker) handshakeACK(c *conn, x int, s *decode.Segment) {
	if c.flags&(flagSYNACK|flagServed) != flagSYNACK {
		return
	}
	opens := x == c.opener()
	past := s.Ack.Sub(c.isn[x&1^1])
	if !s.Flags.Has(decode.ACK) {
		past = 0
	}
	switch {
	case c.flags&flagHandshakeACK == 0:
		if opens && past > 0 && c.side[x&1^1].bits&sideSYN != 0 {
			c.flags |= flagHandshakeACK
			t.moment(c, hsACK, s)
		}
	case !opens && (s.Len > 0 || s.Flags.Has(decode.FIN) || past > 1):
		// A bare ACK of the SYN may as well come from SYN-RECEIVED.
		c.flags |= flagServed
		t.moment(c, hsServed, s)
	}
}
