package flows

// Which of the peer's FIN and the acknowledgement of its own FIN an endpoint received first.

// together reports whether the peer's FIN is itself the first to acknowledge the side's FIN.
func (j *judge) together(s Side, acked *step) bool {
	peer := j.fin[1-s]
	if peer.frame == 0 || !j.acks(1-s) {
		return false
	}
	if j.notes[1-s][noteFINSACKed] != nil || j.miniTook(s) && j.resentFIN(1-s) == 0 {
		return false // it was there before what completed it; or a mini-socket took it, which is in FIN-WAIT-2
	}
	if j.tookLater(s) {
		return true
	}
	if j.completedLater(s) {
		return false
	}
	again := j.notes[1-s][noteFINResend]
	return acked.frame == peer.frame || again != nil && (acked.frame == again.firstFrame || acked.frame == again.lastFrame)
}

// miniTook reports whether it was a mini-socket in FIN-WAIT-2 that took the peer's FIN. One acknowledged that, but so does one in
// TIME-WAIT, where the socket's own acknowledgement was lost: a side that takes octets after its FIN is no orphan and has none in
// FIN-WAIT-2; and it was not there yet if nothing but the peer's FIN can have acknowledged the side's.
func (j *judge) miniTook(s Side) bool {
	peer := j.fin[1-s]
	only := j.acks(1-s) && j.fin[s].ackedFrame == peer.frame && j.fin[s].bits&finAckRepeated == 0 && peer.bits&finUnbroken != 0
	return peer.bits&finMini != 0 && j.notes[s][noteAckAfterFIN] == nil && !only
}

// tookLater reports whether the acknowledgement of the side's FIN that was captured before the peer's FIN most probably reached the
// side after it: a full socket took the FIN, and in TIME-WAIT it acknowledged it again, though that had not come again.
func (j *judge) tookLater(s Side) bool {
	const both = finFull | finMiniLater
	return j.fin[1-s].bits&(both|finResent) == both && j.fin[s].ackedFrame < j.fin[1-s].frame &&
		j.notes[s][noteAckAfterFIN] == nil && j.notes[1-s][noteDataAfterFIN] == nil
}

// completedLater reports whether the peer's FIN, which acknowledges the side's, came again until it was acknowledged, and a bare
// acknowledgement between: the first copy was lost, most probably, and that reached the side before the next one.
func (j *judge) completedLater(s Side) bool {
	again := j.notes[1-s][noteFINResend]
	return again != nil && j.fin[1-s].bits&(finAfterReACK|finArrived) == finAfterReACK && j.resentFIN(1-s) > 0 && j.fin[1-s].ackedFrame > again.firstFrame
}

// finFirst reports whether the peer's FIN, which does not acknowledge the side's, reached it before the acknowledgement
// did. The peer sent the FIN first; only if that copy was lost can the acknowledgement have come before.
func (j *judge) finFirst(s Side, rcv, acked *step) bool {
	if j.acks(1 - s) {
		return false
	}
	peer := j.fin[1-s]
	if peer.frame == 0 {
		return false
	}
	if rcv.grade == Seen && rcv.frame < acked.frame {
		return true
	}
	if peer.bits&finNotEchoed != 0 {
		return false
	}
	if peer.bits&finSentBefore != 0 || peer.frame > acked.frame {
		return false // its first copy was not captured, or overtaken: what was reached the side after the acknowledgement
	}
	if again := j.notes[1-s][noteDataAgain]; again != nil && acked.frame < again.lastFrame && rcv.frame > again.firstFrame {
		return false // the FIN waited behind octets that came after the acknowledgement
	}
	if j.resentFIN(1-s) > 0 {
		again := j.notes[1-s][noteFINResend]
		// Acknowledged only after the peer sent it again: the first copy was lost, unless the echoed timestamp says otherwise.
		return peer.bits&finArrived != 0 || rcv.frame < again.firstFrame || again.lastFrame < acked.frame
	}
	return !j.miniTook(s)
}
