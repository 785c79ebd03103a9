package flows

import "tcpclose/decode"

// A noteRST keeps what a RST's verdict needs, as it was when the RST passed:
// a: its sequence number; b: payload octets on it, and three more bits (rstACKsFIN …); c: the receiver's highest acknowledgement (RCV.NXT is there or
// beyond); d: the sender's next number as seen; e: the receiver's window; last: the receiver's segment before it, which
// it may answer; ttl: its TTL.
const (
	rstACK          uint8 = 1 << iota // it carries an ACK
	rstACKFitsSYN                     // its ACK covers the receiver's unanswered SYN
	rstAtPeerACK                      // its number is the acknowledgement of the receiver's last segment
	rstPeerACKKnown                   // c is known
	rstAfterOwnFIN                    // its sender's FIN had passed
	rstAfterPeerFIN                   // the receiver's FIN had passed
	rstAfterClose                     // both FINs were acknowledged
	rstOpening                        // the handshake was not over
)

// The bits of b beside the length.
const (
	rstACKsFIN  = 1 << 31 // its ACK covers the receiver's FIN
	rstOutrun   = 1 << 30 // the receiver acknowledged later what lies beyond its number
	rstACKsMore = 1 << 29 // its ACK covers more than its sender had acknowledged before
)

// length returns the payload octets of a noteRST.
func (n *note) length() uint32 { return n.b &^ (rstACKsFIN | rstOutrun | rstACKsMore) }

// reset takes a RST. Its numbers never move what is expected next (TEARDOWN trap 14).
func (t *Tracker) reset(i uint32, c *conn, x int, s *decode.Segment) {
	c.flags |= flagRST | flagSlow
	if s.Len > 0 {
		t.keepQuote(i, x, s.Frame)
	}
	n := t.rstSlot(c, x)
	from, to := &c.side[x], &c.side[1-x]
	n.flags = 0
	n.touch(s.Frame, s.Time)
	n.firstFrame, n.firstTime = s.Frame, s.Time // of those that are not kept apart the newest, which may be the one that counts
	n.a, n.b, n.c, n.d, n.e = uint32(s.Seq), s.Len, uint32(to.ack), uint32(from.nxt), from.widest(to)
	n.ttl = s.TTL
	n.lastFrame, n.lastTime = to.lastFrame, to.lastTime
	if to.packets == 0 {
		n.lastFrame, n.lastTime = 0, NoTime
	}
	if from.packets > 0 && t.find(c, noteBeforeRST, x) == nil {
		t.note(c, noteBeforeRST, x).touch(from.lastFrame, from.lastTime)
	}
	if s.Flags.Has(decode.ACK) {
		n.flags |= rstACK
		if to.bits&sideSYN != 0 && s.Ack == to.nxt || to.bits&sideSYN != 0 && s.Ack == c.isn[1-x].Add(1) {
			n.flags |= rstACKFitsSYN
		}
	}
	if to.bits&sideAck != 0 {
		n.flags |= rstPeerACKKnown
		if s.Seq == to.ack {
			n.flags |= rstAtPeerACK
		}
	}
	if ch := t.find(c, noteChallenge, 1-x); ch != nil && s.Seq == decode.Seq(ch.a) {
		n.flags |= rstAtPeerACK
	}
	if s.Flags.Has(decode.ACK) && c.closing != 0 && to.bits&sideFIN != 0 && s.Ack.After(t.closings.at(c.closing).fin[1-x].seq) {
		n.b |= rstACKsFIN
	}
	if s.Flags.Has(decode.ACK) && from.bits&sideAck != 0 && s.Ack.After(from.ack) {
		n.b |= rstACKsMore
	}
	if from.bits&sideFIN != 0 {
		n.flags |= rstAfterOwnFIN
	}
	if to.bits&sideFIN != 0 {
		n.flags |= rstAfterPeerFIN
	}
	if from.bits&to.bits&sideFINAcked != 0 {
		n.flags |= rstAfterClose
	}
	if c.flags&(flagSYN|flagSYNACK) != 0 && c.flags&flagHandshakeACK == 0 && (from.bits|to.bits)&(sideFIN|sideACKedData) == 0 {
		n.flags |= rstOpening
	}
	if from.bits&sideSeq == 0 {
		n.d = uint32(s.Seq)
	}
}

// rstSlot returns a free note for one more RST of a side. Where all are taken, the one gives way that is told best by others: one
// between two that are the same but for frame and time; else the newest.
func (t *Tracker) rstSlot(c *conn, x int) *note {
	var kept [maxRSTNotes]*note // the newest first, as the list is
	n := 0
	for j := c.notes; j != 0; j = t.notes.at(j).next {
		if r := t.notes.at(j); r.kind == noteRST && int(r.side) == x {
			kept[n] = r
			n++
		}
	}
	if n < maxRSTNotes {
		return t.newNote(c, noteRST, x)
	}
	for i := 1; i < n-1; i++ {
		if kept[i].repeats(kept[i+1]) && kept[i-1].repeats(kept[i]) {
			// The newer ones move down, so that the list keeps its order.
			kept[i+1].count += kept[i].count
			for ; i > 0; i-- {
				kept[i].become(kept[i-1])
			}
			kept[0].count = 0
			break
		}
	}
	return kept[0]
}

// repeats reports whether a RST tells the same as an earlier one of its side.
func (n *note) repeats(o *note) bool {
	return n.a == o.a && n.b == o.b && n.c == o.c && n.d == o.d && n.flags == o.flags && n.ttl == o.ttl
}

// become makes a note tell what another of the list tells.
func (n *note) become(o *note) {
	next := n.next
	*n = *o
	n.next = next
}

// rstPending reports whether the side's last segment was a RST.
func (t *Tracker) rstPending(c *conn, x int) bool {
	if c.flags&flagRST == 0 {
		return false
	}
	for j := c.notes; j != 0; {
		n := t.notes.at(j)
		if n.kind == noteRST && int(n.side) == x && n.firstFrame == c.side[x].lastFrame {
			return true
		}
		j = n.next
	}
	return false
}

// overtaken reports whether a segment's timestamp is not newer than its side's last: it may have been sent before that.
func (h *half) overtaken(s *decode.Segment) bool {
	return s.Options.Has(decode.OptTimestamps) && h.tsval != 0 && int32(s.TSVal-h.tsval) <= 0
}

// mayPrecede reports whether a segment without a timestamp may have been sent before its side's RST, which overtook it: nothing in it
// lies beyond that, nor answers what the peer h sent since.
func (h *half) mayPrecede(rst *note, s *decode.Segment) bool {
	return !s.Options.Has(decode.OptTimestamps) && s.Time-rst.firstTime < shortestDelay && !s.End().After(decode.Seq(rst.a)) &&
		h.dataTime <= rst.firstTime && (h.bits&sideFIN == 0 || rst.flags&rstAfterPeerFIN != 0)
}

// repeats reports whether a side sends again what it had sent, or a keep-alive probe: only who has a socket does. What the network
// repeats bears no newer timestamp, and comes sooner.
func (h *half) repeats(s *decode.Segment) bool {
	if s.SpaceLen() == 0 && (h.bits&sideSeq == 0 || s.Seq != h.nxt-1) {
		return false
	}
	soonest := slowestPath
	if s.Flags.Has(decode.SYN) {
		soonest = openingTimer
	}
	return s.Options.Has(decode.OptTimestamps) && h.tsval != 0 && int32(s.TSVal-h.tsval) > 0 || s.Time-h.lastTime > soonest
}

// openingTimer is after what time a SYN-ACK is repeated at the soonest: RFC 6298 section 2.1 lets a timer start with a second.
const openingTimer = second * 9 / 10

// afterReset notes that a side goes on after a RST: the receiver that acknowledges or sends something new, or sends something
// again, did not accept it, the sender that does something new never sent it.
func (t *Tracker) afterReset(c *conn, x int, s *decode.Segment) {
	from, to := c.sides(x)
	newOctets := s.SpaceLen() > 0 && from.bits&sideSeq != 0 && s.End().After(from.nxt)
	newACK := s.Flags.Has(decode.ACK) && from.bits&sideAck != 0 && s.Ack.After(from.ack)
	again := !newOctets && from.repeats(s)
	for j := c.notes; j != 0; {
		n := t.notes.at(j)
		j = n.next
		if n.kind != noteRST {
			continue
		}
		if int(n.side) == x {
			if (newOctets || newACK) && !from.overtaken(s) && !to.mayPrecede(n, s) {
				t.note(c, noteRSTSenderOn, x).touch(s.Frame, s.Time)
			}
			continue
		}
		// The receiver may have had this under way when the RST reached it; what acknowledges octets that the other side
		// sent after the RST cannot have been.
		answers := newACK && s.Ack.After(decode.Seq(n.d))
		if newACK && s.Ack.After(decode.Seq(n.a)) {
			n.b |= rstOutrun
		}
		if newOctets || newACK || again {
			on := t.note(c, noteAfterRST, x)
			if answers && on.a == 0 {
				on.a = 1
				on.b = uint32(min((s.Time-n.firstTime)/1000, int64(^uint32(0))))
			}
			stamp, at := from.tsval, from.lastTime
			if on.count > 0 {
				stamp, at = on.c, on.lastTime
			}
			on.touch(s.Frame, sentBy(s, stamp, at))
			on.c = s.TSVal
		}
	}
}

// sentBy returns when a segment had been sent at the latest: where timestamps show that its side sent it sooner after
// another one, with the timestamp stamp and sent by the time at, than it was captured, it was held up on the way. Clocks
// tick in milliseconds, or slower.
func sentBy(s *decode.Segment, stamp uint32, at int64) int64 {
	if !s.Options.Has(decode.OptTimestamps) || stamp == 0 || at == NoTime {
		return s.Time
	}
	return min(s.Time, at+int64(s.TSVal-stamp)*second/1000)
}
