package flows

// This file has the causes that say which packet of a close was lost.

// lastACKLost: the second closer's FIN came again though its acknowledgement had been sent.
func (j *judge) lastACKLost(c *Cause) bool { return j.lostACK(c, MarkLastACKLost) }

// finACKLost: likewise of the first closer's FIN.
func (j *judge) finACKLost(c *Cause) bool { return j.lostACK(c, MarkACKOfFINLost) }

func (j *judge) lostACK(c *Cause, want MarkID) bool {
	for _, s := range j.sides(noteFINResend) {
		n := j.notes[s][noteFINResend]
		if n == nil || j.resentFIN(s) == 0 || j.heard(s, n) {
			continue
		}
		id, ok := j.ackLost(s, n)
		f := j.fin[s]
		switch {
		case ok && id == want:
			sure := Likely
			if j.neverCame(s, n) {
				sure = Certain
			}
			return c.is(sure, By(1-s), f.frame, f.ackedFrame, n.firstFrame)
		case !ok && (want == MarkLastACKLost) == j.acks(s):
			// The acknowledgement may as well have been lost before the vantage, or come late.
			return c.is(Possible, By(1-s), f.frame, n.firstFrame)
		}
	}
	return false
}

// answersFirst reports whether the acknowledgement of a FIN passed sooner after the copy than the way to its sender and back takes: it
// is the first one's, which had arrived.
func (j *judge) answersFirst(s Side, again *note) bool {
	f, trip := j.fin[s], j.trips[1-s]
	return f.ackedFrame > again.lastFrame && trip != NoTime && f.ackedTime-again.lastTime < trip/2
}

// finLost: a FIN came again before any acknowledgement of it passed: it was lost beyond the vantage, or its
// acknowledgement before it.
func (j *judge) finLost(c *Cause) bool {
	first, found := Client, false
	for s := range Side(2) { // of two the one captured first
		if f := j.fin[s]; f.bits&(finSentBefore|finResentUnseen) != 0 && j.bothFIN && (!found || f.frame < j.fin[first].frame) {
			first, found = s, true
		}
	}
	if f := j.fin[first]; found { // its side had sent beyond it before: the copy captured first is a repetition
		sure := Likely
		if f.bits&finSentBefore == 0 {
			sure = Possible
		}
		return c.is(sure, By(first), f.frame, f.ackedFrame)
	}
	for _, s := range j.sides(noteFINResend) {
		n := j.notes[s][noteFINResend]
		if n == nil || j.resentFIN(s) == 0 || j.fin[s].bits&finArrived != 0 || j.heard(s, n) {
			continue
		}
		if _, acked := j.ackLost(s, n); acked || j.notes[1-s][noteDSACK] != nil && j.resentFIN(s) == 1 {
			continue // of two copies none was lost if both arrived
		}
		if j.resentFIN(s) == 1 && j.answersFirst(s, n) {
			continue
		}
		f, sure := j.fin[s], Likely
		if j.oneWay {
			sure = Possible // an acknowledgement would not have been captured
		}
		return c.is(sure, By(s), f.frame, n.firstFrame, f.ackedFrame)
	}
	return false
}
