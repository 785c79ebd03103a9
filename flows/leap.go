package flows

import "tcpclose/decode"

// A noteLeap keeps a number too far ahead to be believed (maxAhead), until the other side speaks of it too: a wandering
// or forged segment finds no echo, but a capture that was filtered down to SYN, FIN and RST, or that lost half a
// gigabyte, goes on there. Its side is the one whose octets are meant; a and b: first number of its last such segment,
// and the one after its last; c: the peer's last such acknowledgement; d: what the segment acknowledges; first: the
// segment.
const (
	leapSegment uint8 = 1 << iota // a, b and d are known
	leapACK                       // c is known
	leapFIN                       // the segment carried a FIN
)

// leapt takes a segment of side x whose number is not to be believed by itself. Where the peer has acknowledged that
// very number, the sequence goes on there.
func (t *Tracker) leapt(i uint32, c *conn, x int, s *decode.Segment) (agreed bool) {
	to := &c.side[1-x]
	if !s.Flags.Has(decode.ACK) || to.bits&sideSeq == 0 || far(s.Ack.Sub(to.nxt)) {
		return false // both of its numbers are wild: it is another conversation's
	}
	n := t.note(c, noteLeap, x)
	if n.flags&leapACK != 0 && (s.Seq == decode.Seq(n.c) || s.End() == decode.Seq(n.c)) {
		t.leap(i, c, x, s.Seq, decode.Seq(n.c), s)
		return true
	}
	n.flags = n.flags&leapACK | leapSegment
	if s.Flags.Has(decode.FIN) {
		n.flags |= leapFIN
	}
	n.a, n.b, n.d = uint32(s.Seq), uint32(s.End()), uint32(s.Ack)
	n.count = 0
	n.touch(s.Frame, s.Time)
	return false
}

// leaptACK takes an acknowledgement by side x that is not to be believed by itself. Where it meets the peer's last
// segment of that kind, the peer's sequence goes on there.
func (t *Tracker) leaptACK(i uint32, c *conn, x int, s *decode.Segment) (agreed bool) {
	n := t.note(c, noteLeap, 1-x)
	if n.flags&leapSegment == 0 || s.Ack != decode.Seq(n.a) && s.Ack != decode.Seq(n.b) {
		n.flags |= leapACK
		n.c = uint32(s.Ack)
		return false
	}
	peer := &c.side[1-x]
	segment := *n
	t.leap(i, c, 1-x, decode.Seq(n.a), s.Ack, s)
	peer.nxt = decode.Seq(segment.b)
	if w := t.find(c, noteWandering, 1-x); w != nil && w.lastFrame == segment.firstFrame {
		if w.count--; w.count == 0 {
			t.drop(c, noteWandering, 1-x) // it was none
		}
	}
	if segment.flags&leapFIN != 0 && peer.bits&sideFIN == 0 {
		f := &t.closingOf(c).fin[1-x]
		*f = finRecord{
			frame: segment.firstFrame, time: segment.firstTime, prevTime: NoTime, ackedTime: NoTime,
			seq: decode.Seq(segment.b) - 1, ack: decode.Seq(segment.d), bits: f.bits & (finOutstanding | finWindowShut),
		}
		peer.bits |= sideFIN
	}
	return true
}

// leap moves side x's sequence to where both sides say it is; what lies between was not captured.
func (t *Tracker) leap(i uint32, c *conn, x int, seq, ack decode.Seq, s *decode.Segment) {
	h, peer := &c.side[x], &c.side[1-x]
	t.gap(c, x, uint32(seq-h.nxt), s)
	t.holes.clear(i, x)
	h.bits = h.bits&^sideHoles | sideData
	h.nxt = seq
	peer.ack = ack
	peer.bits |= sideAck | sideACKedData
	t.drop(c, noteLeap, x)
}

// far reports whether a number lies so far from another that it is not believed by itself.
func far(d int32) bool { return d > maxAhead || d < -maxAhead }
