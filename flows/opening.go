package flows

import "tcpclose/decode"

// Flags of a notePrevious: what the conversation before was when the SYN came.
const (
	prevClosed       uint8 = 1 << iota // both FINs were acknowledged
	prevReset                          // a RST was seen
	prevPeerTimeWait                   // the side that now gets the SYN had closed first: it holds the TIME-WAIT
	prevOwnTimeWait                    // the side that now sends the SYN had
)

// incarnation decides to which life of the five-tuple a SYN belongs (TEARDOWN section 1): with the initial sequence
// number that its side used already it is a retransmission; answering the peer's SYN it belongs to the handshake; any
// other one begins a new conversation.
func (t *Tracker) incarnation(i uint32, c *conn, x int, s *decode.Segment) (uint32, *conn, int) {
	from, to := &c.side[x], &c.side[1-x]
	fresh := from.packets == 0 && to.packets == 0
	switch {
	case fresh:
		return i, c, x
	case from.bits&sideSYN != 0 && s.Seq == c.isn[x], t.disowned(c, x, s):
		return i, c, x
	case c.flags&(flagSYN|flagSYNACK) == flagSYNACK && from.bits&sideSYN == 0 && s.Seq == c.isn[x] && !s.Flags.Has(decode.ACK):
		return i, c, x // the SYN-ACK that acknowledges it was captured first
	case c.flags&(flagSYN|flagSYNACK) == 0 && s.Flags.Has(decode.ACK) && from.bits&sideSeq != 0 && s.Seq.Add(1) == c.isn[x]:
		return i, c, x // the capture began after it had been sent for the first time
	case s.Flags.Has(decode.ACK):
		if c.flags&flagTentative != 0 && from.bits&sideSYN == 0 && to.bits&sideSYN != 0 && s.Ack != c.isn[1-x].Add(1) {
			// It may be the predecessor's SYN-ACK, late.
			if o, oc := t.previous(c); oc != nil && oc.side[sideOf(oc, s)].bits&sideSYN != 0 && oc.isn[sideOf(oc, s)] == s.Seq {
				return o, oc, sideOf(oc, s)
			}
		}
		if from.bits&sideSYN == 0 && to.bits&sideSYN != 0 && c.flags&flagSYNACK == 0 {
			return i, c, x // an answer to the SYN, fitting or not
		}
		if from.bits&to.bits&sideSYN != 0 && s.Ack == c.isn[1-x].Add(1) {
			return i, c, x // an old copy of the peer's SYN opened another socket here, of which the peer knows nothing
		}
		if c.flags&flagSYNACK != 0 && c.flags&(flagHandshakeACK|flagClosed|flagRST) == 0 && (from.bits|to.bits)&(sideData|sideFIN) == 0 {
			return i, c, x // the handshake is still open: a SYN-ACK with another number is odd, no new life
		}
	case from.bits&sideSYN == 0 && from.packets == 0 && to.bits&sideSYN != 0 && c.flags&flagSYNACK == 0 && !s.Flags.Has(decode.ACK):
		return i, c, x // both ends open at once
	}
	n, nc := t.replace(i, c, s)
	return n, nc, 0
}

// sideOf returns which side of the conn sent the segment, whose five-tuple it shares.
func sideOf(c *conn, s *decode.Segment) int {
	x, _ := c.match(s)
	return x
}

// replace begins a new conversation in the place of one with the same five-tuple. The old one waits until it is sure
// that the new one came to life, since a SYN that is merely challenged takes nothing from it.
func (t *Tracker) replace(i uint32, c *conn, s *decode.Segment) (uint32, *conn) {
	if c.flags&flagTentative != 0 {
		t.settle(c, s.Frame)
	}
	n, nc := t.conns.alloc()
	t.table.replace(s.Hash, i, n)
	t.start(nc, s)
	c.flags |= flagReplaced | flagSlow
	x := sideOf(c, s)
	if s.Flags.Has(decode.SYN) {
		t.note(c, noteSuccessor, x).touch(s.Frame, s.Time)
	}
	p := t.newNote(nc, notePrevious, 0)
	p.count = 1
	p.firstFrame, p.lastFrame = c.firstFrame, max(c.side[0].lastFrame, c.side[1].lastFrame)
	p.firstTime, p.lastTime = c.start, c.lastSeen()
	p.a = i
	p.b, p.c, p.d, p.e = uint32(c.side[1-x].nxt), uint32(c.side[1-x].ack), c.side[x].tsval, uint32(c.side[x].nxt)
	if c.side[x].bits&c.side[1-x].bits&sideFINAcked != 0 {
		p.flags |= prevClosed
	}
	if c.flags&flagRST != 0 {
		p.flags |= prevReset
	}
	if c.closing != 0 && p.flags&prevClosed != 0 {
		cl := t.closings.at(c.closing)
		// Whoever sent a FIN that does not acknowledge the peer's went, or may have gone, through TIME-WAIT.
		if !cl.fin[1-x].acks(&cl.fin[x]) {
			p.flags |= prevPeerTimeWait
		}
		if !cl.fin[x].acks(&cl.fin[1-x]) {
			p.flags |= prevOwnTimeWait
		}
	}
	nc.flags |= flagPrevious | flagTentative
	return n, nc
}

// acks reports whether a FIN's first copy acknowledges the other one.
func (f *finRecord) acks(peer *finRecord) bool {
	return f.frame != 0 && f.bits&finNoACK == 0 && f.ack.After(peer.seq)
}

// previous returns the predecessor that a tentative conversation still waits with; nil where it is gone.
func (t *Tracker) previous(c *conn) (uint32, *conn) {
	p := t.find(c, notePrevious, 0)
	if p == nil {
		return 0, nil
	}
	o := t.conns.at(p.a)
	if o.firstFrame != p.firstFrame || o.flags&flagReplaced == 0 {
		return 0, nil
	}
	return p.a, o
}

// settle makes a tentative conversation the only one of its five-tuple: its predecessor is final.
func (t *Tracker) settle(c *conn, frame uint64) {
	c.flags &^= flagTentative
	if i, o := t.previous(c); o != nil {
		t.finish(i, o, atFrame(frame))
	}
}

// route decides whether a segment on a five-tuple whose new SYN is unanswered belongs to the new conversation or to
// its predecessor. The new one gets what answers its SYN: a RST, one challenge ACK, and the RST that this provokes.
func (t *Tracker) route(i uint32, c *conn, x int, s *decode.Segment) (uint32, *conn, int) {
	o, old := t.previous(c)
	if old == nil {
		c.flags &^= flagTentative
		return i, c, x
	}
	ox := sideOf(old, s)
	opener := c.opener()
	bare := s.Len == 0 && s.Flags&(decode.FIN|decode.RST) == 0
	switch {
	case x == opener && s.Flags.Has(decode.RST):
		// It answers the challenge if its number is the challenge's acknowledgement.
		if n := t.find(c, noteChallenge, 1-x); n != nil && s.Seq == decode.Seq(n.a) {
			return i, c, x
		}
		if s.Seq == c.side[x].nxt || s.Flags&decode.ACK == 0 {
			return i, c, x // its host has a new socket: a bare RST at the old numbers answers a challenge that was not captured
		}
	case x == opener:
		if s.Seq == c.side[x].nxt && s.Seq != old.side[ox].nxt {
			t.settle(c, s.Frame) // it goes on from the new SYN: the answer to that was not captured
			return i, c, x
		}
	case s.Flags.Has(decode.RST):
		if s.Flags.Has(decode.ACK) && s.Ack == c.isn[opener].Add(1) {
			t.settle(c, s.Frame)
			return i, c, x
		}
	case c.covers(opener, s.Ack) && s.Flags.Has(decode.ACK) && !t.answersOld(old, ox, s):
		t.settle(c, s.Frame) // it acknowledges the new SYN: the SYN-ACK was not captured
		return i, c, x
	case bare && s.Flags.Has(decode.ACK) && !t.answersOld(old, ox, s):
		return i, c, x
	}
	return o, old, ox
}

// covers reports whether an acknowledgement is of what the side has sent in this conversation.
func (c *conn) covers(x int, ack decode.Seq) bool {
	return ack.After(c.isn[x]) && !ack.After(c.side[x].nxt)
}

// answersOld reports whether a bare acknowledgement moves the old conversation on, which a challenge never does.
func (t *Tracker) answersOld(old *conn, ox int, s *decode.Segment) bool {
	h := &old.side[ox]
	return h.bits&sideAck != 0 && s.Ack.After(h.ack) || h.bits&sideSeq != 0 && s.Seq != h.nxt
}

// beyond reports whether a segment lies, by both its numbers, beyond both FINs: nobody sends there any more. Linux starts
// the next life no further off than that (65,537 numbers, where it takes a SYN in TIME-WAIT).
func (t *Tracker) beyond(c *conn, x int, s *decode.Segment) bool {
	if c.closing == 0 || !s.Flags.Has(decode.ACK) || c.side[0].bits&c.side[1].bits&sideFIN == 0 {
		return false
	}
	own, peer := &t.closings.at(c.closing).fin[x], &t.closings.at(c.closing).fin[1-x]
	return (own.bits|peer.bits)&finInferred == 0 && s.Seq.After(own.seq.Add(1)) && s.Ack.After(peer.seq.Add(1))
}

// strange reports whether a segment on the five-tuple of a closed conversation lies so far from its numbers that it
// must belong to another one, whose SYN was not captured.
func (t *Tracker) strange(c *conn, x int, s *decode.Segment) bool {
	const far = 1 << 20
	if c.flags&flagClosed == 0 || s.Flags.Has(decode.RST) {
		return false
	}
	h, p := &c.side[x], &c.side[1-x]
	if t.beyond(c, x, s) {
		return true
	}
	if s.Len == 0 || !s.Flags.Has(decode.ACK) {
		return false
	}
	d, a := s.Seq.Sub(h.nxt), s.Ack.Sub(p.nxt)
	return h.bits&p.bits&sideSeq != 0 && (d > far || d < -far) && (a > far || a < -far)
}

// succeed ends a closed conversation because another one, begun before its first captured segment, holds its five-tuple.
func (t *Tracker) succeed(i uint32, c *conn, s *decode.Segment) {
	n, nc := t.replace(i, c, s)
	t.settle(nc, s.Frame)
	t.slow(n, nc, sideOf(nc, s), s, fingerprint(s))
}

// opening takes a SYN or a SYN-ACK that belongs to the conversation.
func (t *Tracker) opening(i uint32, c *conn, x int, s *decode.Segment) {
	from, to := &c.side[x], &c.side[1-x]
	isACK := s.Flags.Has(decode.ACK)
	switch {
	case t.disowned(c, x, s):
		t.wandered(c, x, s)
		return
	case from.bits&sideSYN != 0 && s.Seq == c.isn[x]:
		t.openedAgain(c, x, s, isACK)
	case from.bits&sideSYN != 0 || from.bits&sideSeq != 0 && c.flags&flagSYNACK != 0:
		n := t.note(c, noteOddFlags, x) // a second SYN-ACK with another number
		n.a |= uint32(s.Flags)
		n.touch(s.Frame, s.Time)
		return
	case isACK && c.flags&(flagSYN|flagSYNACK) == 0 && from.packets > 0:
		c.isn[x] = s.Seq
		t.note(c, noteSYNACKResend, x).touch(s.Frame, s.Time)
		return
	case isACK && to.bits&sideSYN != 0 && (!s.Ack.After(c.isn[1-x]) || s.Ack.After(to.nxt)):
		n := t.note(c, noteChallenge, x) // a SYN-ACK that acknowledges something else
		n.a, n.b = uint32(s.Ack), uint32(s.Seq)
		n.touch(s.Frame, s.Time)
		return
	default:
		t.firstSYN(c, x, s, isACK)
	}
	if isACK {
		from.bits |= sideAck
		if to.bits&sideSeq == 0 {
			to.bits |= sideSeq
			to.nxt, c.isn[1-x] = s.Ack, s.Ack.Add(^uint32(0))
		}
		from.ack = s.Ack
		if c.flags&flagTentative != 0 {
			t.settle(c, s.Frame)
		}
	}
	from.win = s.Window
	from.bits |= sideUnscaled
	t.fastOpen(c, x, s)
}

// fastOpen notes data on a SYN, and follows its numbers.
func (t *Tracker) fastOpen(c *conn, x int, s *decode.Segment) {
	from := &c.side[x]
	if s.Options.Has(decode.OptFastOpen) || s.Len > 0 {
		c.flags |= flagFastOpen
	}
	if s.Len > 0 && s.End().After(from.nxt) {
		from.nxt = s.End()
	}
	if s.Len > 0 {
		from.bits |= sideData
		from.dataTime = s.Time
	}
}

// introduce takes what a side's first SYN or SYN-ACK says of the side.
func (c *conn) introduce(x int, s *decode.Segment) {
	from := &c.side[x&1]
	from.bits |= sideSYN | sideSeq
	c.isn[x&1] = s.Seq
	from.nxt = s.Seq.Add(1)
	from.kernelTTL = s.TTL
	if s.Options.Has(decode.OptMSS) {
		c.mss[x&1] = s.MSS
	}
	if s.Options.Has(decode.OptWindowScale) {
		from.bits |= sideScale
		from.wscale = min(s.WindowScale, maxWindowScale)
	}
}

func (t *Tracker) firstSYN(c *conn, x int, s *decode.Segment, isACK bool) {
	c.introduce(x, s)
	to := &c.side[1-x]
	switch {
	case !isACK && to.bits&sideSYN != 0:
		c.flags |= flagSimultaneousOpen
		t.agreeOnScale(c)
		if c.flags&flagSYNACK == 0 {
			c.flags |= flagSYNACK
			t.moment(c, hsSYNACK, s)
		}
	case !isACK:
		c.flags |= flagSYN
		if x == 1 {
			c.flags |= flagOpenerB
		}
	default:
		if to.bits&sideSYN != 0 {
			t.agreeOnScale(c)
		}
		if x == 0 && c.flags&flagSYN == 0 {
			c.flags |= flagOpenerB
		}
		c.flags |= flagSYNACK
		t.moment(c, hsSYNACK, s)
	}
}

// agreeOnScale turns window scaling off where one side did not offer it (RFC 7323 section 2.2).
func (t *Tracker) agreeOnScale(c *conn) {
	if c.side[0].bits&c.side[1].bits&sideScale == 0 {
		for x := range c.side {
			c.side[x].wscale = 0
			c.side[x].bits |= sideScaleOff
		}
	}
}

// openedAgain takes a SYN or SYN-ACK that was sent before.
func (t *Tracker) openedAgain(c *conn, x int, s *decode.Segment, isACK bool) {
	if c.flags&flagSimultaneousOpen != 0 && isACK && t.find(c, noteSYNACKResend, x) == nil && c.side[x].bits&sideAck == 0 {
		t.newNote(c, noteHandshake, hsCrossed+x).touch(s.Frame, s.Time)
		return // the SYN-ACK of a simultaneous open repeats the SYN's number
	}
	if isACK && c.flags&(flagSYN|flagSYNACK) == flagSYN && c.side[1-x].packets == 0 {
		// Who sends a SYN and then acknowledges one under the same number has received a SYN that was not captured.
		c.flags |= flagSimultaneousOpen | flagSYNACK
		t.moment(c, hsSYNACK, s)
		t.newNote(c, noteHandshake, hsCrossed+x).touch(s.Frame, s.Time)
		return
	}
	kind := noteSYNResend
	if isACK {
		kind = noteSYNACKResend
	} else if c.flags&flagHandshakeACK != 0 {
		t.wandered(c, x, s)
		return
	}
	n := t.note(c, kind, x)
	if n.count > 0 {
		n.b = uint32(min(max(s.Time-n.lastTime, 0)/1000, int64(^uint32(0))))
	}
	n.touch(s.Frame, s.Time)
	if isACK && c.flags&flagRST != 0 {
		t.afterReset(c, x, s)
	}
}

// disown takes a SYN that was challenged for none of its side, which goes on at the number that the challenge named: it was
// forged, or old, and the capture began in mid-stream.
func (t *Tracker) disown(c *conn, x int, s *decode.Segment) {
	from, to := &c.side[x], &c.side[1-x]
	n := t.find(c, noteChallenge, 1-x)
	if n == nil || c.flags&(flagSYN|flagSYNACK) != flagSYN || x != c.opener() || s.Seq != decode.Seq(n.a) || s.Seq == c.isn[x] || s.Flags.Has(decode.RST) {
		return
	}
	c.flags &^= flagSYN
	w := t.note(c, noteWandering, x)
	w.a, w.b = uint32(c.isn[x]), 1
	c.isn[x], c.mss[x] = s.Seq, 0
	from.nxt, from.wscale = s.Seq, 0
	from.bits &^= sideSYN | sideScale | sideUnscaled
	to.bits |= sideAck | sideSeq
	to.ack, to.nxt, c.isn[1-x] = s.Seq, decode.Seq(n.b), decode.Seq(n.b)
	t.wandered(c, x, s)
}

// disowned reports whether a SYN is a copy of one that was found to be none of its side's.
func (t *Tracker) disowned(c *conn, x int, s *decode.Segment) bool {
	if c.side[x].bits&sideWandered == 0 || s.Flags.Has(decode.ACK) {
		return false
	}
	n := t.find(c, noteWandering, x)
	return n != nil && n.b == 1 && decode.Seq(n.a) == s.Seq
}

// challenged notes an ACK that answers a SYN or a RST that its sender could not accept (RFC 5961): it repeats what the
// side had acknowledged before, and comes right after the segment that it challenges. It reports whether the ACK speaks
// of another conversation: its numbers are those of the socket that the SYN met.
func (t *Tracker) challenged(c *conn, x int, s *decode.Segment) (foreign bool) {
	if s.Len > 0 || s.Flags&(decode.FIN|decode.ACK) != decode.ACK {
		return false
	}
	opener := c.opener()
	from, to := &c.side[x], &c.side[1-x]
	switch {
	case c.flags&(flagSYN|flagSYNACK) == flagSYN && x != opener && from.bits&(sideSYN|sideAck) == 0 && !c.covers(opener, s.Ack):
		// An ACK in answer to a SYN: the other end has a socket left from before.
		foreign = true
	case from.bits&sideSYN != 0 && c.flags&flagHandshakeACK != 0 && t.justAfterSYN(c, 1-x) && s.Ack == from.ack && s.Seq == from.nxt:
	case t.rstPending(c, 1-x) && from.bits&sideAck != 0 && s.Ack == from.ack && s.Seq == from.nxt && from.lastFrame < to.lastFrame:
	default:
		return false
	}
	n := t.note(c, noteChallenge, x)
	n.a, n.b = uint32(s.Ack), uint32(s.Seq)
	n.touch(s.Frame, s.Time)
	return foreign
}

// justAfterSYN reports whether the side's last segment was a SYN in mid-conversation.
func (t *Tracker) justAfterSYN(c *conn, x int) bool {
	if c.side[x].bits&sideWandered == 0 {
		return false
	}
	n := t.find(c, noteWandering, x)
	return n != nil && n.lastFrame == c.side[x].lastFrame && n.flags != 0
}
