package flows

import (
	"slices"

	"tcpclose/decode"
)

// states runs each endpoint's events through the arcs.
func (j *judge) states() {
	if j.out.Class == Partial {
		return
	}
	if j.opened {
		j.fillInOpening()
	}
	for s := range Side(2) {
		p := j.begin(s)
		if j.opened && (p.gone == noFrame || j.openedBefore(p.gone)) {
			p.n, p.state, p.earliest, p.since = 2, Established, p.list[1].Earliest, p.list[1].Earliest
		} else {
			p.end.Held = [NumStates]int64{}
			j.openingStates(s, p)
		}
		if !j.noFIN {
			j.closingStates(s, p)
		}
		if len(j.resets) > 0 {
			j.resetStates(s, p)
		}
		if p.state == TimeWait {
			j.timeWaitEnds(s, p)
		}
		p.finish(j.until)
	}
	if out := j.out; max(out.Ends[Client].Held[CloseWait], out.Ends[Server].Held[CloseWait]) >= j.cfg.stall() || out.Class == HalfClosedStall {
		j.have |= hasSlowClose
	}
}

// closingStates orders the events of an endpoint's close: its own FIN, the acknowledgement of it, and the peer's FIN.
func (j *judge) closingStates(s Side, p *path) {
	var snd, rcv, acked step
	haveSnd := j.sentFIN(s, &snd)
	if r := j.gone[s]; r != nil && haveSnd && snd.frame == j.fin[s].frame && snd.frame > r.firstFrame {
		// No socket was there to send it any more: its side's RST overtook it.
		snd.frame, snd.earliest, snd.latest = r.firstFrame, p.earliest, min(snd.latest, r.firstTime)
	}
	haveRcv := j.receivedFIN(s, &rcv)
	haveAcked := j.ackedFIN(s, &acked)
	if !haveSnd {
		if haveRcv {
			p.apply(&rcv)
		}
		return
	}
	if haveRcv && (j.acks(s) || j.uncaught(s, &rcv)) {
		p.apply(&rcv)
		if j.behind(s) {
			snd.grade = Inferred // it may have closed before (TEARDOWN trap 17)
		}
		p.apply(&snd)
		if haveAcked {
			p.apply(&acked)
		}
		return
	}
	p.apply(&snd)
	switch {
	case haveRcv && haveAcked && j.together(s, &acked):
		rcv.event = rcvFINACK
		p.apply(&rcv)
	case haveRcv && haveAcked && j.finFirst(s, &rcv, &acked):
		p.apply(&rcv)
		acked.earliest = max(acked.earliest, rcv.earliest)
		p.apply(&acked)
	default:
		if haveAcked {
			p.apply(&acked)
		}
		if haveRcv {
			p.apply(&rcv)
		}
	}
}

// uncaught reports whether the side's FIN, never captured, left after it had acknowledged the peer's.
func (j *judge) uncaught(s Side, rcv *step) bool {
	f := j.fin[s]
	return f.frame == 0 && f.prevTime != NoTime && rcv.grade == Seen && rcv.latest <= f.prevTime
}

// behind reports whether the side's FIN may have waited behind queued octets or a closed window when the peer's FIN came,
// so that its state before was FIN-WAIT-1, not CLOSE-WAIT. Where the peer's FIN left nothing unacknowledged, octets can only
// have waited that came after it, but a FIN alone, too, where segments of its side had been lost.
func (j *judge) behind(s Side) bool {
	bits := j.fin[s].bits
	return bits&(finOutstanding|finWindowShut) != 0 || j.notes[s][noteAgainAfterFIN] != nil || bits&finFreed != 0 && (j.notes[s][noteDataAfterFIN] != nil || j.half[s].bits&sideRepaired != 0)
}

// sentFIN says when the side sent its FIN.
func (j *judge) sentFIN(s Side, e *step) bool {
	f := j.fin[s]
	if j.half[s].bits&sideFIN == 0 {
		return false
	}
	e.event, e.frame, e.earliest, e.latest = sndFIN, f.frame, f.prevTime, f.time
	tail := j.notes[s][noteUnseenTail]
	switch {
	case f.frame == 0:
		e.grade, e.frame, e.latest = Inferred, f.ackedFrame, f.ackedTime
		if tail != nil && tail.b == 1 && decode.Seq(tail.a) == f.seq.Add(1) {
			e.frame, e.latest = tail.firstFrame, tail.firstTime
		}
	case f.bits&finSentBefore == 0 && tail != nil && j.stoodBeyond(s):
		// It was overtaken by a segment that stands beyond it.
		e.earliest, e.latest = j.paths[s].earliest, tail.firstTime
	case f.bits&(finSentBefore|finSentOlder) == finSentBefore && f.prevTime != NoTime:
		// Its side had already sent beyond it when the copy that was captured came.
		e.earliest, e.latest = j.paths[s].earliest, f.prevTime
		if f.ackedFrame != 0 && f.ackedFrame < f.frame {
			e.latest = f.ackedTime // known from its acknowledgement alone, until a later copy came
		}
		if peer := j.fin[1-s]; peer.ackedFrame != 0 && j.ackSeq[1-s] == f.seq.Add(1) {
			e.latest = min(e.latest, peer.ackedTime) // it stood beyond its FIN when it acknowledged the peer's
		}
	case f.bits&(finQueued|finPeerZero|finOutOfOrder|finWithData|finSentOlder) != 0 || j.mayHaveWaited(s) || j.notes[1-s][noteZeroWindow] != nil:
		// close() may have come long before the FIN could leave, with what was still queued; and where segments were lost, a
		// copy of it may have been.
		e.earliest = j.paths[s].earliest
	case j.conn.flags&(flagSYN|flagSYNACK) == 0 && j.half[s].bits&sideData == 0:
		e.earliest = NoTime // in mid-stream, without data of its side, it may be a repetition of one before the capture
	}
	return true
}

// mayHaveWaited reports whether the side's FIN may have waited for the acknowledgement of payload, since after a loss a window holds
// back what follows: of its own, or of any that may have hit it where the path is seen to lose segments.
func (j *judge) mayHaveWaited(s Side) bool {
	own := j.half[s]
	return own.bits&sideRepaired != 0 || own.dataTime != NoTime && j.fin[s].time-own.dataTime < repairTime(j.openedAgain()) && j.loses()
}

// stoodBeyond reports whether a bare segment of the side had shown that its FIN was sent before that was captured.
func (j *judge) stoodBeyond(s Side) bool {
	f, n := j.fin[s], j.notes[s][noteUnseenTail]
	return n.b == 1 && decode.Seq(n.a) == f.seq.Add(1) && n.firstFrame < f.frame
}

// receivedFIN says when the peer's FIN reached the side: seen once it acknowledges it. A FIN that was sent again, and
// never acknowledged, did not arrive as far as anybody can tell.
func (j *judge) receivedFIN(s Side, e *step) bool {
	peer := 1 - s
	f := j.fin[peer]
	if j.half[peer].bits&sideFIN == 0 {
		return false
	}
	e.event, e.received, e.frame, e.earliest, e.latest = rcvFIN, true, f.frame, f.time, NoTime
	if f.frame == 0 {
		e.frame, e.earliest = f.ackedFrame, f.prevTime
	}
	if f.ackedFrame != 0 {
		e.seen(f.ackedFrame, f.ackedTime)
		return true
	}
	if r := j.first; r != nil && r.side == peer && r.verdict == VerdictAccepted && f.frame > r.firstFrame && !decode.Seq(r.a).After(f.seq) {
		return false // the RST before it had ended the socket
	}
	if r := j.gone[s]; r != nil && !j.struckAfter(s, f) {
		if r.b&rstACKsFIN != 0 && r.kind == ActiveAbort {
			e.seen(r.firstFrame, r.firstTime)
			return true
		}
		return false // no socket was there to take it
	}
	if j.resentFIN(peer) > 0 || j.half[s].lastTime > f.time && j.half[s].lastFrame > f.frame && j.unheard(s) && j.half[s].lastTime-f.time > j.trip(s)+shortestDelay {
		return false // whatever a socket sends acknowledges all that it has
	}
	if own := j.fin[s]; own.frame != 0 && f.frame != 0 && own.frame < f.frame && j.unheard(s) {
		return false // in FIN-WAIT-1 a socket acknowledges the peer's FIN at once: that did not come
	}
	e.grade = Inferred
	return true
}

// struckAfter reports whether a RST of the peer counts that followed the peer's FIN, so that the side's socket was there when that
// came, whatever shows that it was gone later.
func (j *judge) struckAfter(s Side, fin *finRecord) bool {
	r := j.first
	return r != nil && r.side != s && fin.frame != 0 && fin.frame < r.firstFrame && r.firstFrame < j.gone[s].firstFrame && r.verdict != VerdictIgnored
}

// crossing reports whether a FIN was sent again so soon after its acknowledgement had passed the vantage that the two
// may have crossed on the way: no loss follows from it.
func (j *judge) crossing(s Side, again *note) bool {
	return again.lastTime-j.fin[s].ackedTime <= max(j.trip(s)*5/4, reACKWindow)
}

// diedBefore reports whether the side's socket was gone before the acknowledgement of its FIN reached it. A segment that
// draws a reply RST changes no state but to CLOSED, and the reply's number is that segment's acknowledgement.
func (j *judge) diedBefore(s Side, acked uint64, at int64) bool {
	r := j.gone[s]
	switch {
	case r == nil:
		return false
	case r.firstFrame < acked:
		return true
	case r.kind == ActiveAbort:
		rtt := j.trips[s]
		return rtt != NoTime && at > r.firstTime-rtt/2
	case !decode.Seq(r.a).After(j.fin[s].seq):
		return true // what drew it did not acknowledge the FIN, and came before what does
	}
	// What drew it acknowledges the FIN: is it the first segment that does, or data, a FIN, or anything long after that?
	data := j.notes[1-s][noteDataAfterFIN]
	again := j.notes[1-s][noteAgainAfterFIN]
	later := data != nil && data.firstFrame >= acked && data.firstFrame < r.firstFrame ||
		again != nil && again.lastFrame >= acked && again.firstFrame < r.firstFrame ||
		j.fin[1-s].frame > acked && j.fin[1-s].frame < r.firstFrame ||
		r.lastFrame > acked && r.firstTime-at > j.trip(s)*5/4+shortestDelay
	return !later
}

// shortestDelay is by how much a path may be slower than in the handshake, and nobody would wonder.
const shortestDelay = second / 10

// ackedFIN says when the acknowledgement of the side's FIN reached it: the first one, or where the side sent its FIN
// again nevertheless, the first one after that.
func (j *judge) ackedFIN(s Side, e *step) bool {
	f := j.fin[s]
	if j.half[s].bits&sideFINAcked == 0 {
		return false
	}
	e.event, e.grade, e.received, e.frame, e.earliest, e.latest = finAcked, Inferred, true, f.ackedFrame, f.ackedTime, NoTime
	if f.frame == 0 {
		e.earliest = max(f.ackedTime, f.prevTime)
		return true
	}
	if again := j.notes[s][noteFINResend]; again != nil && again.lastFrame > f.ackedFrame && j.resentFIN(s) > 0 {
		re := j.notes[s][noteFINReACK]
		switch {
		case j.crossing(s, again):
			// The first one may have arrived after the FIN had left again.
		case j.acks(1-s) && j.fin[1-s].ackedFrame != 0:
			// The peer's FIN acknowledges it too, and did arrive: the first one may have come late, or never.
		case re == nil:
			return false
		default:
			// The first one may have come late, not never: it stays the earliest.
			e.frame, e.at = re.firstFrame, re.firstTime
		}
	}
	if len(j.resets) == 0 {
		return true
	}
	if j.diedBefore(s, e.frame, e.earliest) {
		return false
	}
	j.goneBefore(s, e)
	return true
}

// goneBefore moves the end of a LAST-ACK whose acknowledgement drew a RST: a socket would have taken that in silence, so the
// side had given up before, some time after its last segment.
func (j *judge) goneBefore(s Side, e *step) {
	for i := range j.resets {
		r := &j.resets[i]
		if r.side != s || r.kind != Reply || r.lastFrame != e.frame || !j.acks(s) || r.signs.Count() >= 2 {
			continue
		}
		if n := j.notes[s][noteBeforeRST]; n != nil {
			e.earliest, e.latest = n.firstTime, r.firstTime
		}
		return
	}
}

// resetStates ends the endpoint's states where a RST counts, and where one ends a TIME-WAIT early.
func (j *judge) resetStates(s Side, p *path) {
	outlasted := NoTime
	for i := range j.resets {
		r := &j.resets[i]
		if r.outlast && r.side != s && outlasted == NoTime {
			outlasted = r.firstTime
		}
		if !r.counts && r.flags&rstAfterClose == 0 && r != j.gone[s] || p.state == Closed {
			continue
		}
		if r.side == s {
			if r.signs.Count() >= 2 || j.livedOn(r) {
				continue // somebody else sent it
			}
			if r.kind == Reply && (r.flags&rstOpening != 0 && !j.refusesOwn(r) && !j.forgets(r) || p.state == TimeWait) {
				continue // in the opening states a reply leaves its sender where it was
			}
			e := step{event: sndRST, frame: r.firstFrame, earliest: NoTime, latest: r.firstTime}
			if n := j.notes[s][noteBeforeRST]; n != nil {
				e.earliest = n.firstTime
			}
			p.apply(&e)
			continue
		}
		if j.gaveUp(r) != nil {
			continue // what was repeated before it did not arrive, or its answers did not: why should it have?
		}
		if r.flags&rstOpening != 0 && (r.crossed || s == Client && j.opensAgain(r)) && slices.ContainsFunc(j.resets[i+1:], func(later reset) bool {
			return later.side == r.side && later.verdict == VerdictAccepted
		}) {
			continue // its receiver repeated its SYN or SYN-ACK after it, and then a later one came
		}
		// TIME-WAIT ends only at exactly RCV.NXT.
		if r.verdict != VerdictIgnored && (r.counts || p.state == TimeWait && r.a == r.c) {
			e := step{event: rcvRST, grade: Inferred, frame: r.firstFrame, earliest: r.firstTime, latest: NoTime, received: true}
			if outlasted != NoTime {
				e.earliest = min(e.earliest, outlasted)
			}
			if since := j.mute(s, r); since != NoTime {
				e.earliest = min(e.earliest, since)
			}
			p.apply(&e)
		}
	}
}

// opensAgain reports whether the client repeated its SYN after a RST, as Windows does where it is refused.
func (j *judge) opensAgain(r *reset) bool {
	again := j.notes[Client][noteSYNResend]
	return again != nil && again.lastFrame > r.firstFrame
}

// mute returns since when a side may have given up before a RST came: it had octets or a FIN to send again, and did not for so long
// that a copy was due, the next one of a FIN after twice the time of the one before; NoTime where it had no reason to.
func (j *judge) mute(s Side, r *reset) int64 {
	own := j.half[s]
	if r.lastTime == NoTime || own.bits&sideFINAcked != 0 && j.fin[s].ackedTime < r.firstTime {
		return NoTime
	}
	due := r.lastTime + second
	if again := j.notes[s][noteFINResend]; again != nil {
		due = again.lastTime + 2*int64(again.d)*1000
	} else if !j.owes(s) {
		return NoTime
	}
	if due >= r.firstTime {
		return NoTime
	}
	return r.lastTime
}

// owes reports whether octets of a side were not acknowledged.
func (j *judge) owes(s Side) bool {
	own, peer := j.half[s], j.half[1-s]
	return peer.bits&sideAck != 0 && own.nxt.After(peer.ack)
}

// refusesOwn reports whether a client answered the SYN-ACK of its own SYN with a RST: SYN-SENT would have taken it, so
// the socket was gone.
func (j *judge) refusesOwn(r *reset) bool {
	return r.side == Client && j.conn.flags&flagSYNACK != 0 && j.notes[Server][noteChallenge] == nil
}

// forgets reports whether a server refuses the SYN that it had answered with a SYN-ACK: it has given the connection up.
func (j *judge) forgets(r *reset) bool {
	return r.side == Server && r.a == 0 && r.flags&rstACKFitsSYN != 0 && j.half[Server].bits&sideSYN != 0 && j.conn.flags&flagSimultaneousOpen == 0
}

// timeWaitEnds lets 2 MSL run out where the conversation was watched so long. A FIN that came again started them anew.
func (j *judge) timeWaitEnds(s Side, p *path) {
	since := p.since
	if again := j.notes[1-s][noteFINResend]; again != nil && j.resentFIN(1-s) > 0 {
		since = max(since, again.lastTime)
	}
	if end := since + j.cfg.timeWait(); end <= j.until {
		p.apply(&step{event: timeout, grade: Assumed, earliest: end, latest: NoTime}) // kernels round their timers up
	}
}
