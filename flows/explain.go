package flows

import (
	"cmp"
	"slices"
)

// A finding of fact for one cause: how sure, who, and which frames show it, in any order; 0 is none.
type proof struct {
	confidence Confidence
	who        Who
	frames     [4]uint64
}

// causes is the table of why a conversation ended so (TEARDOWN section 7): all rows that fit are listed, the most
// confident first, rows of equal confidence in the table's order.
var causes = [...]struct {
	id    CauseID
	needs has
	fits  func(j *judge) (proof, bool)
}{
	{CauseMiddleboxReset, hasForgery, (*judge).middleboxReset},
	{CauseListenRefused, hasUnopened, (*judge).listenRefused},
	{CauseICMPRefused, hasICMP, (*judge).icmpRefused},
	{CauseFiltered, hasUnopened, (*judge).filtered},
	{CauseTimeWaitChallenge, hasPrevious, (*judge).timeWaitChallenge},
	{CausePAWSDrop, hasPrevious, (*judge).pawsDrop},
	{CauseHandshakeAborted, hasEarlyRST, (*judge).handshakeAborted},
	{CauseAcceptQueueOverflow, hasSYNACKAgain, (*judge).acceptQueueOverflow},
	{CauseKeepaliveTimeout, hasUnanswered, (*judge).keepaliveTimeout},
	{CauseRetransmissionTimeout, hasUnanswered, (*judge).retransmissionTimeout},
	{CausePeerVanished, hasUnanswered, (*judge).peerVanished},
	{CauseFinWait2Expired, hasRSTAfterFIN, (*judge).finWait2Expired},
	{CauseDataAfterClose, hasRSTAfterFIN, (*judge).dataAfterClose},
	{CauseLinger2Negative, hasRSTAfterFIN, (*judge).linger2Negative},
	{CauseUnreadData, hasAbort, (*judge).unreadData},
	{CauseLingerZero, hasAbort, (*judge).lingerZero},
	{CauseNoSocket, hasReply, (*judge).noSocket},
	{CauseTimeWaitAssassination, hasLateRST, (*judge).timeWaitAssassination},
	{CauseLastACKLost, hasFINAgain, (*judge).lastACKLost},
	{CauseFINACKLost, hasFINAgain, (*judge).finACKLost},
	{CauseFINLost, hasFINAgain, (*judge).finLost},
	{CauseCloseWaitLeak, hasSlowClose, (*judge).closeWaitLeak},
	{CauseShutdownWrite, hasDataAfterFIN, (*judge).shutdownWrite},
	{CauseClose, hasBothFINs, (*judge).orderly},
}

// causeNeeds is what the rows need.
var causeNeeds = needsOf(len(causes), func(row int) has { return causes[row].needs })

// explain collects the causes, best first.
func (j *judge) explain() {
	out := j.out
	if max(out.Ends[Client].Held[CloseWait], out.Ends[Server].Held[CloseWait]) >= j.cfg.stall() || out.Class == HalfClosedStall {
		j.have |= hasSlowClose
	}
	row := 0
	for asked := causeNeeds.asked(j.have); asked != 0; {
		row, asked = asked.next()
		p, ok := causes[row].fits(j)
		if !ok {
			continue
		}
		// Filled where it stands: a copy of what was just written would wait for it.
		out.Causes = append(out.Causes, Cause{})
		c := &out.Causes[len(out.Causes)-1]
		c.ID, c.Confidence, c.Who = causes[row].id, p.confidence, p.who
		for _, f := range &p.frames {
			if f != 0 {
				c.show(f)
			}
		}
	}
	if len(out.Causes) > 1 {
		slices.SortStableFunc(out.Causes, func(a, b Cause) int { return cmp.Compare(b.Confidence, a.Confidence) })
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

func (j *judge) orderly() (proof, bool) {
	if !j.bothFIN {
		return proof{}, false
	}
	first := j.firstSide()
	return proof{Certain, j.out.FirstFIN, [4]uint64{j.fin[first].frame, j.fin[1-first].frame, j.fin[1-first].ackedFrame}}, true
}

// shutdownWrite: the side's FIN, then the peer's data still acknowledged without RST. Its process reads on, so it called
// shutdown(SHUT_WR), not close().
func (j *judge) shutdownWrite() (proof, bool) {
	for _, s := range j.sides(noteAckAfterFIN) {
		n := j.notes[s][noteAckAfterFIN]
		data := j.notes[1-s][noteDataAfterFIN]
		if n == nil || data == nil || n.lastFrame < data.firstFrame || j.resetFrom(s) != nil {
			continue
		}
		return proof{Likely, By(s), [4]uint64{j.fin[s].frame, data.firstFrame, n.lastFrame}}, true
	}
	return proof{}, false
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
func (j *judge) closeWaitLeak() (proof, bool) {
	var passive Side
	switch m := j.out.FirstMark(MarkSlowCloseWait); {
	case j.out.Class == HalfClosedStall:
		passive, _, _ = j.stalled()
	case m != nil:
		passive = Side(m.Who - ByClient)
	default:
		return proof{}, false
	}
	peer := 1 - passive
	if j.half[peer].bits&sideZero != 0 || j.out.Ends[passive].BytesLost > 0 {
		return proof{}, false
	}
	if n := j.notes[passive][noteDataAfterFIN]; n != nil && n.lastTime-j.fin[peer].ackedTime > j.cfg.stall() {
		return proof{}, false // it used its half
	}
	p := proof{Possible, By(passive), [4]uint64{j.fin[peer].frame, j.fin[peer].ackedFrame}}
	if j.out.Ends[passive].Held[CloseWait] >= 300*second {
		p.confidence = Likely
	}
	return p, true
}

func (j *judge) listenRefused() (proof, bool) {
	if j.out.Class != Refused || j.first == nil {
		return proof{}, false
	}
	return proof{Certain, ByServer, [4]uint64{j.out.FirstFrame, j.first.firstFrame}}, true
}

func (j *judge) icmpRefused() (proof, bool) {
	if j.out.Class != Refused && j.out.Class != Unanswered {
		return proof{}, false
	}
	n := j.refusedByICMP()
	if n == nil {
		return proof{}, false
	}
	return proof{Certain, NoOne, [4]uint64{j.out.FirstFrame, n.firstFrame}}, true
}

func (j *judge) filtered() (proof, bool) {
	if j.out.Class != Unanswered || j.conn.flags&flagSYN == 0 || j.notes[Server][noteChallenge] != nil {
		return proof{}, false
	}
	p := proof{Possible, NoOne, [4]uint64{j.out.FirstFrame}}
	if again := j.notes[Client][noteSYNResend]; again != nil {
		p.frames = [4]uint64{j.out.FirstFrame, again.firstFrame, again.lastFrame}
		if again.count >= 2 {
			p.confidence = Likely
		}
	}
	return p, true
}

func (j *judge) timeWaitChallenge() (proof, bool) {
	m := j.out.FirstMark(MarkTimeWaitChallenged)
	if m == nil {
		return proof{}, false
	}
	return proof{Certain, ByServer, [4]uint64{j.out.FirstFrame, m.Frame}}, true
}

func (j *judge) pawsDrop() (proof, bool) {
	m := j.out.FirstMark(MarkPAWSSYNDropSuspected)
	if m == nil || j.out.Class != Unanswered {
		return proof{}, false
	}
	return proof{Likely, ByServer, [4]uint64{m.Frame}}, true
}

func (j *judge) handshakeAborted() (proof, bool) {
	m := j.out.FirstMark(MarkHandshakeAborted)
	if m == nil {
		return proof{}, false
	}
	return proof{Certain, m.Who, [4]uint64{j.out.FirstFrame, m.Frame}}, true
}

// acceptQueueOverflow: the SYN-ACK came again after the client's ACK or data had passed: the server let the ACK fall.
func (j *judge) acceptQueueOverflow() (proof, bool) {
	again := j.notes[Server][noteSYNACKResend]
	frame, _, ok := j.moment(hsACK)
	if again == nil || !ok || again.lastFrame < frame {
		return proof{}, false
	}
	p := proof{Possible, ByServer, [4]uint64{frame, again.firstFrame, again.lastFrame}}
	if again.count >= 2 {
		p.confidence = Likely
	}
	return p, true
}
