package flows

// lingerZero: an active abort. What made the process's socket end so cannot be seen: SO_LINGER 0, ss -K, or unread
// data, unless another row explains it.
func (j *judge) lingerZero() (proof, bool) {
	r := j.abort()
	if r == nil || j.gaveUp(r) != nil {
		return proof{}, false
	}
	return proof{Possible, By(r.side), [4]uint64{r.lastFrame, r.firstFrame}}, true
}

// unreadData: an active abort as well; it leads when the peer's data arrived and the side sent no application data after
// it, and is likely only with a window that really closed.
func (j *judge) unreadData() (proof, bool) {
	r := j.abort()
	if r == nil || j.gaveUp(r) != nil {
		return proof{}, false
	}
	own, peer := j.half[r.side], j.half[1-r.side]
	if peer.dataTime == NoTime || peer.dataTime < own.dataTime {
		return proof{}, false
	}
	p := proof{Possible, By(r.side), [4]uint64{r.lastFrame, r.firstFrame}}
	if own.bits&sideZero != 0 {
		p.confidence = Likely
		if n := j.notes[r.side][noteZeroWindow]; n != nil {
			p.frames = [4]uint64{n.lastFrame, r.firstFrame}
		}
	}
	return p, true
}

// linger2Negative: an active abort by the side that had sent its FIN, with nothing received since; or a reply to the bare
// acknowledgement of that FIN, where close() came before it.
func (j *judge) linger2Negative() (proof, bool) {
	r := j.abort()
	if reply := j.reply(); r == nil && reply != nil {
		f := j.fin[reply.side]
		if drawn := reply.lastFrame; drawn != 0 && drawn == f.ackedFrame && drawn != j.fin[1-reply.side].frame && !j.expired(reply) {
			r = reply
		}
	}
	if r == nil || r.flags&rstAfterOwnFIN == 0 || j.notes[1-r.side][noteDataAfterFIN] != nil || r.flags&rstAfterPeerFIN != 0 || j.gaveUp(r) != nil {
		return proof{}, false
	}
	return proof{Likely, By(r.side), [4]uint64{j.fin[r.side].frame, r.firstFrame}}, true
}

// dataAfterClose: the side's FIN; the peer's data reaches it; it answers with RST: it had called close().
func (j *judge) dataAfterClose() (proof, bool) {
	for i := range j.resets {
		r := &j.resets[i]
		if r.kind != Reply || r.flags&rstAfterOwnFIN == 0 || !r.counts {
			continue
		}
		p := proof{Certain, By(r.side), [4]uint64{j.fin[r.side].frame, r.lastFrame, r.firstFrame}}
		switch data := j.notes[1-r.side][noteDataAfterFIN]; {
		case data != nil && data.firstFrame < r.firstFrame:
			p.frames = [4]uint64{j.fin[r.side].frame, data.firstFrame, r.firstFrame}
		case j.out.Ends[1-r.side].BytesLost > 0:
			p.confidence = Likely // the data had passed before the FIN: the two crossed beyond the vantage
		default:
			continue
		}
		if j.expired(r) {
			p.confidence = Possible
		}
		return p, true
	}
	return proof{}, false
}

// expired reports whether a RST came so long after its sender's FIN was acknowledged that an orphaned FIN-WAIT-2 had run
// out.
func (j *judge) expired(r *reset) bool {
	f := j.fin[r.side]
	return f.ackedTime != NoTime && f.ackedFrame < r.firstFrame && r.firstTime-f.ackedTime >= j.cfg.finWait2()*9/10
}

// finWait2Expired: the passive closer's late FIN or data draws a reply after the profile's timeout.
func (j *judge) finWait2Expired() (proof, bool) {
	r := j.reply()
	if r == nil || r.flags&rstAfterOwnFIN == 0 || !j.expired(r) {
		return proof{}, false
	}
	return proof{Likely, By(r.side), [4]uint64{j.fin[r.side].frame, j.fin[r.side].ackedFrame, r.lastFrame, r.firstFrame}}, true
}

// noSocket: a reply to a segment of an established conversation: its sender knows nothing of it.
func (j *judge) noSocket() (proof, bool) {
	r := j.reply()
	if r == nil || r.flags&(rstOpening|rstAfterOwnFIN) != 0 || j.out.Class == Refused || j.out.Class == Partial {
		return proof{}, false
	}
	p := proof{Possible, By(r.side), [4]uint64{r.lastFrame, r.firstFrame}}
	if r.flags&rstAtPeerACK != 0 {
		p.confidence = Likely
	}
	return p, true
}

// keepaliveTimeout: unanswered keep-alive probes, then RST or silence.
func (j *judge) keepaliveTimeout() (proof, bool) { return j.timeoutOf(unansweredKeepalive) }

// retransmissionTimeout: unanswered retransmissions, then RST or a silence in which the next one is overdue.
func (j *judge) retransmissionTimeout() (proof, bool) {
	for _, what := range [...]uint32{unansweredData, unansweredFIN, unansweredProbe} {
		if p, ok := j.timeoutOf(what); ok {
			return p, true
		}
	}
	return proof{}, false
}

func (j *judge) timeoutOf(what uint32) (proof, bool) {
	for i := range j.resets {
		r := &j.resets[i]
		if r.kind != ActiveAbort || !r.counts {
			continue
		}
		if n := j.gaveUp(r); n != nil && n.a == what {
			return proof{Certain, By(r.side), [4]uint64{n.firstFrame, n.lastFrame, r.firstFrame}}, true
		}
	}
	if j.out.Class != Vanished {
		return proof{}, false
	}
	for _, s := range j.sides(noteUnanswered) {
		n := j.silentRun(s)
		if n == nil || n.a != what || n.count < 3 {
			continue
		}
		// The next repetition would come after twice the last interval: none came, so the side has given up.
		if j.until-n.lastTime > max(3*int64(n.b)*1000, second) {
			return proof{Likely, By(s), [4]uint64{n.firstFrame, n.lastFrame}}, true
		}
	}
	return proof{}, false
}

// peerVanished: the peer is silent to the end while a side repeats itself.
func (j *judge) peerVanished() (proof, bool) {
	if j.out.Class != Vanished {
		return proof{}, false
	}
	for _, s := range j.sides(noteUnanswered) {
		if n := j.silentRun(s); n != nil {
			return proof{Likely, By(1 - s), [4]uint64{n.firstFrame, n.lastFrame}}, true
		}
	}
	return proof{}, false
}

// forged returns the independent signs that a RST is not from the end whose address it bears.
func (j *judge) forged(r *reset) Forgery {
	var signs Forgery
	if j.answersChallenge(r) {
		return 0 // it speaks for the socket that its sender has not got any more, and its sender goes on
	}
	sender := j.half[r.side]
	ttl := sender.kernelTTL
	if ttl == 0 {
		ttl = sender.ttl
	}
	if diff := int(r.ttl) - int(ttl); ttl != 0 && (diff >= 2 || diff <= -2) && !initialTTLs(r.ttl, ttl) {
		signs |= ForgedTTL
	}
	if rtt := j.trips[r.side]; rtt != NoTime && rtt > second/1000 && r.kind == Reply && r.lastFrame != 0 && r.flags&rstAtPeerACK != 0 &&
		r.firstTime-r.lastTime < rtt/2 {
		signs |= ForgedTooSoon
	}
	if on := j.notes[r.side][noteRSTSenderOn]; on != nil && on.lastFrame > r.firstFrame {
		signs |= ForgedSenderOn
	}
	if j.undrawn(r) {
		signs |= ForgedUndrawn
	}
	if r.flags&rstPeerACKKnown != 0 && r.flags&rstACK != 0 && r.a != r.d && r.a != r.c && sender.packets > 0 && r.a != 0 {
		signs |= ForgedNumber
	}
	return signs
}

// undrawn reports whether a RST has the form of a reply but no segment that could have drawn it: a host without a socket
// speaks only when spoken to, and at once.
func (j *judge) undrawn(r *reset) bool {
	if r.kind != Reply || r.flags&rstPeerACKKnown == 0 || j.oneWay {
		return false
	}
	patience := second / 2
	if rtt := j.trips[r.side]; rtt != NoTime {
		patience = 2*rtt + 20*second/1000
	}
	return r.lastFrame == 0 || r.firstTime-r.lastTime > patience
}

// initialTTLs reports whether two TTLs differ only because a host uses 64 for its sockets and 128 or 255 for its kernel's
// replies, over the same number of hops.
func initialTTLs(a, b uint8) bool {
	hops := func(ttl uint8) int {
		switch {
		case ttl <= 64:
			return 64 - int(ttl)
		case ttl <= 128:
			return 128 - int(ttl)
		default:
			return 255 - int(ttl)
		}
	}
	d := hops(a) - hops(b)
	return a != b && d <= 1 && d >= -1
}

// middleboxReset: two independent signs that the RST was forged.
func (j *judge) middleboxReset() (proof, bool) {
	for i := range j.resets {
		r := &j.resets[i]
		signs := r.signs.Count()
		if signs < 2 || j.first != nil && r != j.first {
			continue
		}
		p := proof{Likely, ByNetwork, [4]uint64{r.lastFrame, r.firstFrame}}
		if on := j.notes[r.side][noteRSTSenderOn]; on != nil && on.lastFrame > r.firstFrame {
			p.frames = [4]uint64{r.lastFrame, r.firstFrame, on.lastFrame}
		}
		if signs >= 3 {
			p.confidence = Certain
		}
		return p, true
	}
	return proof{}, false
}

func (j *judge) timeWaitAssassination() (proof, bool) {
	for i := range j.resets {
		if r := &j.resets[i]; j.assassin(r) {
			return proof{Likely, By(1 - r.side), [4]uint64{r.lastFrame, r.firstFrame}}, true
		}
	}
	return proof{}, false
}

// lastACKLost: the second closer's FIN came again though its acknowledgement had been sent.
func (j *judge) lastACKLost() (proof, bool) { return j.lostACK(MarkLastACKLost) }

// finACKLost: likewise of the first closer's FIN.
func (j *judge) finACKLost() (proof, bool) { return j.lostACK(MarkACKOfFINLost) }

func (j *judge) lostACK(want MarkID) (proof, bool) {
	for _, s := range j.sides(noteFINResend) {
		n := j.notes[s][noteFINResend]
		if n == nil || j.resentFIN(s) == 0 {
			continue
		}
		id, ok := j.ackLost(s, n)
		f := j.fin[s]
		switch {
		case ok && id == want:
			return proof{Certain, By(1 - s), [4]uint64{f.frame, f.ackedFrame, n.firstFrame}}, true
		case !ok && (want == MarkLastACKLost) == j.acks(s):
			// The acknowledgement may as well have been lost before the vantage.
			return proof{Possible, By(1 - s), [4]uint64{f.frame, n.firstFrame}}, true
		}
	}
	return proof{}, false
}

// finLost: a FIN came again before any acknowledgement of it passed: it was lost beyond the vantage, or its
// acknowledgement before it.
func (j *judge) finLost() (proof, bool) {
	var before proof
	for s := range Side(2) { // of two the one captured first
		if f := j.fin[s]; f.bits&(finSentBefore|finResentUnseen) != 0 && j.bothFIN && (before.who == NoOne || f.frame < before.frames[0]) {
			// Its side had sent beyond it before: the copy captured first is a repetition.
			before = proof{Likely, By(s), [4]uint64{f.frame, f.ackedFrame}}
			if f.bits&finSentBefore == 0 {
				before.confidence = Possible
			}
		}
	}
	if before.who != NoOne {
		return before, true
	}
	for _, s := range j.sides(noteFINResend) {
		n := j.notes[s][noteFINResend]
		if n == nil || j.resentFIN(s) == 0 {
			continue
		}
		if _, acked := j.ackLost(s, n); acked {
			continue
		}
		f := j.fin[s]
		p := proof{Likely, By(s), [4]uint64{f.frame, n.firstFrame, f.ackedFrame}}
		return p, true
	}
	return proof{}, false
}
