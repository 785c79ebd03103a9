package flows

// lingerZero: an active abort. What made the process's socket end so cannot be seen: SO_LINGER 0, ss -K, or unread
// data, unless another row explains it.
func (j *judge) lingerZero(c *Cause) bool {
	r := j.abort()
	if r == nil {
		r = j.unasked()
	}
	if r == nil || j.keptAlive(r) {
		return false
	}
	return c.is(Possible, By(r.side), r.lastFrame, r.firstFrame)
}

// unreadData: an active abort as well; it leads when the peer's data arrived and the side sent no application data after
// it, and is likely only with a window that really closed.
func (j *judge) unreadData(c *Cause) bool {
	r := j.abort()
	if r == nil || j.keptAlive(r) {
		return false
	}
	peer := j.half[1-r.side]
	full := j.half[r.side].bits&sideZero != 0
	if peer.dataTime == NoTime || !full && j.spokeLast(r.side) {
		return false
	}
	n := j.notes[r.side][noteZeroWindow]
	switch {
	case !full:
		return c.is(Possible, By(r.side), r.lastFrame, r.firstFrame)
	case n == nil:
		return c.is(Likely, By(r.side), r.lastFrame, r.firstFrame)
	default:
		return c.is(Likely, By(r.side), n.lastFrame, r.firstFrame)
	}
}

// unreadBefore: the same where the side sent application data after the peer's: it may have answered what it had not read
// to the end, as a server does that refuses a request by its head.
func (j *judge) unreadBefore(c *Cause) bool {
	r := j.abort()
	if r == nil || j.keptAlive(r) || j.half[r.side].bits&sideZero != 0 || j.half[1-r.side].dataTime == NoTime || !j.spokeLast(r.side) {
		return false
	}
	return c.is(Possible, By(r.side), r.lastFrame, r.firstFrame)
}

// spokeLast reports whether a side sent application data after the last of its peer.
func (j *judge) spokeLast(s Side) bool { return j.half[1-s].dataTime < j.half[s].dataTime }

// linger2Negative: an active abort by the side that had sent its FIN, with nothing received since; or a reply to the bare
// acknowledgement of that FIN, where close() came before it.
func (j *judge) linger2Negative(c *Cause) bool {
	r := j.abort()
	if reply := j.reply(); r == nil && reply != nil {
		f := j.fin[reply.side]
		if drawn := reply.lastFrame; drawn != 0 && drawn == f.ackedFrame && drawn != j.fin[1-reply.side].frame && j.atOnce(reply) {
			r = reply
		}
	}
	if r == nil || r.flags&rstAfterOwnFIN == 0 || r.b&rstACKsMore != 0 || j.notes[1-r.side][noteDataAfterFIN] != nil || r.flags&rstAfterPeerFIN != 0 || j.gaveUp(r) != nil {
		return false
	}
	sure := Likely
	if j.oneWay {
		sure = Possible // what came from the peer was not captured
	}
	return c.is(sure, By(r.side), j.fin[r.side].frame, r.firstFrame)
}

// dataAfterClose: the side's FIN; the peer's data reaches it; it answers with RST: it had called close().
func (j *judge) dataAfterClose(c *Cause) bool {
	for i := range j.resets {
		r := &j.resets[i]
		if r.kind != Reply || r.flags&rstAfterOwnFIN == 0 || !r.counts {
			continue
		}
		sure, drew := Certain, r.lastFrame
		switch data := j.notes[1-r.side][noteDataAfterFIN]; {
		case data != nil && data.firstFrame < r.firstFrame:
			drew = data.firstFrame
		case j.out.Ends[1-r.side].BytesLost > 0:
			sure = Likely // the data had passed before the FIN: the two crossed beyond the vantage
		default:
			continue
		}
		if j.expired(r) {
			sure = Possible
		}
		return c.is(sure, By(r.side), j.fin[r.side].frame, drew, r.firstFrame)
	}
	return j.abortAtData(c)
}

// abortAtData: likewise by a RST in the form of an active abort, which is how Windows answers. A program that had called shutdown()
// and closes with that data unread makes Linux send the same.
func (j *judge) abortAtData(c *Cause) bool {
	r := j.abort()
	if r == nil || r.flags&(rstAfterOwnFIN|rstAfterPeerFIN) != rstAfterOwnFIN || j.out.Ends[1-r.side].BytesLost == 0 {
		return false
	}
	data := j.notes[1-r.side][noteDataAfterFIN]
	if data == nil || data.lastFrame != r.lastFrame || !j.atOnce(r) {
		return false
	}
	sure := Possible
	if r.ttl > linuxTTL && r.ttl <= windowsTTL {
		sure = Likely
	}
	return c.is(sure, By(r.side), j.fin[r.side].frame, r.lastFrame, r.firstFrame)
}

// atOnce reports whether a RST can be a kernel's answer to the segment before it.
func (j *judge) atOnce(r *reset) bool {
	return r.firstTime-r.lastTime <= max(j.trips[r.side], 0)*5/4+answerTime
}

// answerTime is by how much a kernel may take longer for an answer than the handshake did.
const answerTime = 10 * second / 1000

// expired reports whether a RST came so long after its sender's FIN was acknowledged that an orphaned FIN-WAIT-2 had run
// out.
func (j *judge) expired(r *reset) bool {
	f := j.fin[r.side]
	return f.ackedTime != NoTime && f.ackedFrame < r.firstFrame && r.firstTime-f.ackedTime >= j.cfg.finWait2()*9/10
}

// finWait2Expired: the passive closer's late FIN or data draws a reply after the profile's timeout; or what has no new data in it does
// before that, which the orphan would have taken, or acknowledged: it had a shorter time, or none.
func (j *judge) finWait2Expired(c *Cause) bool {
	r := j.reply()
	if r == nil || r.flags&rstAfterOwnFIN == 0 {
		return false
	}
	f, peer, sure := j.fin[r.side], 1-r.side, Likely
	if !j.expired(r) {
		if f.ackedFrame == 0 || r.lastFrame <= f.ackedFrame || r.firstTime-f.ackedTime < shortestFinWait2 || j.notes[peer][noteDataAfterFIN] != nil || j.out.Ends[peer].BytesLost > 0 || j.outOfTheBlue(r) {
			return false
		}
		sure = Possible
	}
	return c.is(sure, By(r.side), f.frame, f.ackedFrame, r.lastFrame, r.firstFrame)
}

// shortestFinWait2 is how long Linux keeps an orphan in FIN-WAIT-2 at the least: three and a half times its shortest
// retransmission timeout (tcp_fin_time), whatever tcp_fin_timeout says.
const shortestFinWait2 = shortestRTO * 7 / 2

// noSocket: a reply to a segment of an established conversation: its sender knows nothing of it.
func (j *judge) noSocket(c *Cause) bool {
	r := j.reply()
	if r == nil || r.flags&(rstOpening|rstAfterOwnFIN) != 0 || j.out.Class == Refused || j.out.Class == Partial || j.livedOn(r) || j.refusesACK(r) {
		return false
	}
	sure := Possible
	if r.flags&rstAtPeerACK != 0 && !j.outOfTheBlue(r) && (j.conn.flags&(flagSYN|flagSYNACK) != 0 || j.half[r.side].bits&sideData != 0) {
		sure = Likely // else its sender may have closed before the capture
	}
	return c.is(sure, By(r.side), r.lastFrame, r.firstFrame)
}

// outOfTheBlue reports whether a RST in the form of a reply came so long after all that it could answer that nothing drew it, as far
// as was captured. Apple's systems give an active abort that form.
func (j *judge) outOfTheBlue(r *reset) bool {
	return j.undrawn(r) && (r.lastFrame == 0 || r.firstTime-r.lastTime > second+2*j.trip(r.side))
}

// unasked returns the RST that ended the conversation, if it is such a one.
func (j *judge) unasked() *reset {
	if r := j.reply(); r != nil && r.flags&rstOpening == 0 && j.outOfTheBlue(r) {
		return r
	}
	return nil
}

// keepaliveTimeout: unanswered keep-alive probes, then RST or silence. Probes of a closed window can have the same form.
func (j *judge) keepaliveTimeout(c *Cause) bool {
	return j.abortAfter(c, unansweredKeepalive, Certain) || j.abortAfter(c, unansweredBareProbe, Possible) ||
		j.silenceAfter(c, unansweredKeepalive)
}

// retransmissionTimeout: unanswered retransmissions, then RST or a silence in which the next one is overdue. Linux gives up
// without a RST, so that one shows little: a program that has waited for long enough can send it as well.
func (j *judge) retransmissionTimeout(c *Cause) bool {
	for _, what := range [...]uint32{unansweredData, unansweredFIN, unansweredProbe, unansweredBareProbe} {
		if j.abortAfter(c, what, Possible) || j.silenceAfter(c, what) {
			return true
		}
	}
	return false
}

// abortAfter reports whether a timer can have sent the RST of a side that had repeated itself into silence.
func (j *judge) abortAfter(c *Cause, what uint32, sure Confidence) bool {
	if j.have&hasAbort == 0 {
		return false
	}
	for i := range j.resets {
		r := &j.resets[i]
		if r.kind != ActiveAbort || !r.counts {
			continue
		}
		if n := j.ranOut(r); n != nil && n.a == what {
			return c.is(sure, By(r.side), n.firstFrame, n.lastFrame, r.firstFrame)
		}
	}
	return false
}

// silenceAfter reports whether a side that had repeated itself fell silent.
func (j *judge) silenceAfter(c *Cause, what uint32) bool {
	if j.out.Class != Vanished {
		return false
	}
	for _, s := range j.sides(noteUnanswered) {
		n := j.silentRun(s)
		if n == nil || n.a != what || n.count < 3 {
			continue
		}
		// The next repetition would come after twice the last interval: none came, so the side has given up.
		if j.until-n.lastTime > max(3*int64(n.b)*1000, second) {
			return c.is(Likely, By(s), n.firstFrame, n.lastFrame)
		}
	}
	return false
}

// peerVanished: the peer is silent to the end while a side repeats itself.
func (j *judge) peerVanished(c *Cause) bool {
	if j.out.Class != Vanished {
		return false
	}
	for _, s := range j.sides(noteUnanswered) {
		if n := j.silentRun(s); n != nil {
			return c.is(Likely, By(1-s), n.firstFrame, n.lastFrame)
		}
	}
	return false
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
func (j *judge) middleboxReset(c *Cause) bool {
	for i := range j.resets {
		r := &j.resets[i]
		signs := r.signs.Count()
		if signs < 2 || j.first != nil && r != j.first {
			continue
		}
		sure, wentOn := Likely, uint64(0)
		if on := j.notes[r.side][noteRSTSenderOn]; on != nil && on.lastFrame > r.firstFrame {
			wentOn = on.lastFrame
		}
		if signs >= 3 {
			sure = Certain
		}
		return c.is(sure, ByNetwork, r.lastFrame, r.firstFrame, wentOn)
	}
	return false
}

func (j *judge) timeWaitAssassination(c *Cause) bool {
	for i := range j.resets {
		if r := &j.resets[i]; j.assassin(r) {
			return c.is(Likely, By(1-r.side), r.lastFrame, r.firstFrame)
		}
	}
	return false
}
