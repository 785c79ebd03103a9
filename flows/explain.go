package flows

// causes is the table of why a conversation ended so (TEARDOWN section 7): all rows that fit are listed, the most
// confident first, rows of equal confidence in the table's order.
var causes = [...]struct {
	id    CauseID
	needs has
	fits  func(j *judge, c *Cause) bool
}{
	{CauseMiddleboxReset, hasForgery, (*judge).middleboxReset},
	{CauseListenRefused, hasUnopened, (*judge).listenRefused},
	{CauseICMPRefused, hasICMP, (*judge).icmpRefused},
	{CauseFiltered, hasUnopened, (*judge).filtered},
	{CauseTimeWaitChallenge, hasPrevious, (*judge).timeWaitChallenge},
	{CausePAWSDrop, hasPrevious, (*judge).pawsDrop},
	{CauseHandshakeAborted, hasEarlyRST | hasReply, (*judge).handshakeAborted},
	{CauseAcceptQueueOverflow, hasSYNACKAgain, (*judge).acceptQueueOverflow},
	{CauseKeepaliveTimeout, hasUnanswered, (*judge).keepaliveTimeout},
	{CauseRetransmissionTimeout, hasUnanswered, (*judge).retransmissionTimeout},
	{CausePeerVanished, hasUnanswered, (*judge).peerVanished},
	{CauseFinWait2Expired, hasRSTAfterFIN, (*judge).finWait2Expired},
	{CauseDataAfterClose, hasRSTAfterFIN, (*judge).dataAfterClose},
	{CauseLinger2Negative, hasRSTAfterFIN, (*judge).linger2Negative},
	{CauseUnreadData, hasAbort, (*judge).unreadData},
	{CauseLingerZero, hasAbort | hasForgery, (*judge).lingerZero},
	{CauseUnreadData, hasAbort, (*judge).unreadBefore},
	{CauseNoSocket, hasReply, (*judge).noSocket},
	{CauseTimeWaitAssassination, hasLateRST, (*judge).timeWaitAssassination},
	{CauseLastACKLost, hasFINAgain, (*judge).lastACKLost},
	{CauseFINACKLost, hasFINAgain, (*judge).finACKLost},
	{CauseFINLost, hasFINAgain, (*judge).finLost},
	{CauseCloseWaitLeak, hasSlowClose, (*judge).closeWaitLeak},
	{CauseShutdownWrite, hasDataAfterFIN, (*judge).shutdownWrite},
	{CauseClose, hasBothFINs, (*judge).orderly},
}

// explain collects the causes, best first.
func (j *judge) explain() {
	var row int
	out := j.out
	for asked := j.questions().causes; asked != 0; {
		row, asked = asked.next()
		n := len(out.Causes)
		out.Causes = another(out.Causes)
		list := out.Causes
		list[n].ID = causes[row].id
		if !causes[row].fits(j, &list[n]) {
			out.Causes = out.Causes[:n]
			continue
		}
		for ; n > 0 && list[n-1].Confidence < list[n].Confidence; n-- {
			list[n-1], list[n] = list[n], list[n-1]
		}
	}
	if len(out.Causes) > 0 && out.Causes[0].ID == CauseMiddleboxReset && j.first != nil {
		out.ResetBy = ByNetwork
	}
}

// abort returns the RST that ended the conversation, if it is an active abort by a side that had a socket.
func (j *judge) abort() *reset {
	if j.first == nil || j.first.kind != ActiveAbort || j.first.flags&rstOpening != 0 && j.half[Server].bits&sideSYN == 0 {
		return nil
	}
	return j.first
}

// reply returns the RST that ended the conversation, if it is a reply.
func (j *judge) reply() *reset {
	if j.first == nil || j.first.kind != Reply {
		return nil
	}
	return j.first
}

// gaveUp returns the run of repetitions into silence after which a side sent its RST.
func (j *judge) gaveUp(r *reset) *note {
	n := j.notes[r.side][noteUnanswered]
	if n == nil || n.count < 2 {
		return nil
	}
	if peer := j.half[1-r.side]; peer.packets > 0 && (peer.lastTime > n.firstTime || peer.lastTime >= r.firstTime) {
		return nil
	}
	return n
}

// ranOut returns that run where a timer can have sent the RST: it came no sooner than one more repetition was due. Before that
// it is the program that did not wait any longer.
func (j *judge) ranOut(r *reset) *note {
	n := j.gaveUp(r)
	if n == nil || r.firstTime-n.lastTime < int64(n.b)*1000*9/10 {
		return nil
	}
	return n
}

// keptAlive reports whether it was the timer of the keep-alive.
func (j *judge) keptAlive(r *reset) bool {
	n := j.ranOut(r)
	return n != nil && n.a == unansweredKeepalive
}

func (j *judge) orderly(c *Cause) bool {
	if !j.bothFIN {
		return false
	}
	first := j.begins
	return c.is(Certain, j.out.FirstFIN, j.fin[first].frame, j.fin[1-first].frame, j.fin[1-first].ackedFrame)
}

// shutdownWrite: the side's FIN, then the peer's data still acknowledged without RST. Its process reads on, so it called
// shutdown(SHUT_WR), not close().
func (j *judge) shutdownWrite(c *Cause) bool {
	for _, s := range j.sides(noteAckAfterFIN) {
		n := j.notes[s][noteAckAfterFIN]
		data := j.notes[1-s][noteDataAfterFIN]
		if n == nil || data == nil || n.lastFrame < data.firstFrame || j.resetFrom(s) != nil {
			continue
		}
		return c.is(Likely, By(s), j.fin[s].frame, data.firstFrame, n.lastFrame)
	}
	return false
}

// resetFrom returns the first RST of a side.
func (j *judge) resetFrom(s Side) *reset {
	for i := range j.resets {
		if j.resets[i].side == s {
			return &j.resets[i]
		}
	}
	return nil
}

// closeWaitLeak: a half-closed stall whose passive closer is silent. A closed window or unacknowledged data excludes it:
// then the passive closer waits for its peer, not its process.
func (j *judge) closeWaitLeak(c *Cause) bool {
	var passive Side
	switch m := j.out.FirstMark(MarkSlowCloseWait); {
	case j.out.Class == HalfClosedStall:
		passive, _, _ = j.stalled()
	case m != nil:
		passive = Side(m.Who - ByClient)
	default:
		return false
	}
	peer := 1 - passive
	if j.half[peer].bits&sideZero != 0 || j.out.Ends[passive].BytesLost > 0 {
		return false
	}
	if n := j.notes[passive][noteDataAfterFIN]; n != nil && n.lastTime-j.fin[peer].ackedTime > j.cfg.stall() {
		return false // it used its half
	}
	sure := Possible
	if j.out.Ends[passive].Held[CloseWait] >= 300*second && !j.closedBefore() {
		sure = Likely
	}
	return c.is(sure, By(passive), j.fin[peer].frame, j.fin[peer].ackedFrame)
}

func (j *judge) listenRefused(c *Cause) bool {
	if j.out.Class != Refused || j.first == nil {
		return false
	}
	return c.is(Certain, ByServer, j.out.FirstFrame, j.first.firstFrame)
}

func (j *judge) icmpRefused(c *Cause) bool {
	if j.out.Class != Refused && j.out.Class != Unanswered {
		return false
	}
	n := j.refusedByICMP()
	if n == nil {
		return false
	}
	return c.is(Certain, NoOne, j.out.FirstFrame, n.firstFrame)
}

func (j *judge) filtered(c *Cause) bool {
	if j.out.Class != Unanswered || j.conn.flags&flagSYN == 0 || j.notes[Server][noteChallenge] != nil {
		return false
	}
	again, answer := j.notes[Client][noteSYNResend], j.steps[hsSYNACK].frame // which did not arrive; 0 for none
	switch {
	case again == nil:
		return c.is(Possible, NoOne, j.out.FirstFrame, answer)
	case again.count < 2:
		return c.is(Possible, NoOne, j.out.FirstFrame, answer, again.firstFrame, again.lastFrame)
	default:
		return c.is(Likely, NoOne, j.out.FirstFrame, answer, again.firstFrame, again.lastFrame)
	}
}

func (j *judge) timeWaitChallenge(c *Cause) bool {
	m := j.out.FirstMark(MarkTimeWaitChallenged)
	if m == nil {
		return false
	}
	return c.is(Certain, ByServer, j.out.FirstFrame, m.Frame)
}

func (j *judge) pawsDrop(c *Cause) bool {
	m := j.out.FirstMark(MarkPAWSSYNDropSuspected)
	if m == nil || j.out.Class != Unanswered {
		return false
	}
	return c.is(Likely, ByServer, m.Frame)
}

func (j *judge) handshakeAborted(c *Cause) bool {
	m := j.out.FirstMark(MarkHandshakeAborted)
	if m == nil {
		return false
	}
	sure := Certain
	if j.oneWay {
		sure = Possible // the handshake may have been over
	}
	return c.is(sure, m.Who, j.out.FirstFrame, m.Frame)
}

// acceptQueueOverflow: the SYN-ACK came again after the client's ACK or data had passed, and had had the time to reach the
// server: that let the ACK fall. A server that waits for data (TCP_DEFER_ACCEPT) does so as well, but repeats the SYN-ACK only when
// it has waited long enough.
func (j *judge) acceptQueueOverflow(c *Cause) bool {
	if !j.droppedACK() {
		return false
	}
	again, frame := j.notes[Server][noteSYNACKResend], j.steps[hsACK].frame
	if again.firstTime-j.steps[hsSYNACK].time > firstTimer {
		return false
	}
	sure := Possible
	if again.count >= 2 && again.firstFrame > frame {
		sure = Likely
	}
	return c.is(sure, ByServer, frame, again.firstFrame, again.lastFrame)
}

// firstTimer is how long a kernel waits at most before it repeats a SYN-ACK: 3 s (RFC 1122 section 4.2.3.1), where RFC 6298 asks for
// one second, and its timer may be late.
const firstTimer = 7 * second / 2
