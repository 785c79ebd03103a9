package flows

import (
	"cmp"
	"math/bits"
	"slices"

	"tcpclose/decode"
)

// IdleMark is the silence before a close from which on it is marked: 30 s.
const IdleMark = 30 * second

// noteMarks are the marks that are one note each, of either side.
var noteMarks = [numNoteKinds]MarkID{
	noteDataAfterFIN: MarkDataAfterFIN,
	noteKeepalive:    MarkKeepalive,
	noteChallenge:    MarkChallengeACK,
	noteWandering:    MarkWanderingDuplicate,
	noteDuplicate:    MarkDuplicateCapture,
	noteGap:          MarkCaptureGap,
	noteOddFlags:     MarkOddFlags,
	noteClockJump:    MarkClockJump,
	noteBadChecksum:  MarkBadChecksum,
	noteFINBeyond:    MarkOddFlags,
}

// markedKinds are their kinds, a bit each.
const markedKinds uint32 = 1<<noteDataAfterFIN | 1<<noteKeepalive | 1<<noteChallenge | 1<<noteWandering | 1<<noteDuplicate |
	1<<noteGap | 1<<noteOddFlags | 1<<noteClockJump | 1<<noteBadChecksum | 1<<noteFINBeyond

// finMarks are the marks that are one bit of a FIN each.
var finMarks = [...]struct {
	bit finBits
	id  MarkID
}{
	{finWithData, MarkFINWithData},
	{finOutOfOrder, MarkFINOutOfOrder},
	{finInferred, MarkFINNotCaptured},
	{finSentBefore, MarkFINNotCaptured},
	{finResentUnseen, MarkFINNotCaptured},
}

// flagMarks are the marks that are one flag of the conversation each.
var flagMarks = [...]struct {
	flag connFlags
	id   MarkID
}{
	{flagMPTCP, MarkMPTCP},
	{flagFastOpen, MarkFastOpen},
	{flagSimultaneousOpen, MarkSimultaneousOpen},
	{flagSnapped, MarkTruncated},
}

// The bits that the rows of the last two tables look for: most conversations have none of them.
var markedFINs, markedFlags = func() (fins finBits, flags connFlags) {
	for _, m := range finMarks {
		fins |= m.bit
	}
	for _, m := range flagMarks {
		flags |= m.flag
	}
	return fins, flags
}()

// addMark puts a mark in its place, once: marks stand in the order of their frames.
func (j *judge) addMark(id MarkID, who Who, frame uint64, time int64) {
	marks := append(j.out.Marks, Mark{id, who, frame, time})
	if n := len(marks) - 1; n == 0 || marks[n-1].Frame < frame {
		j.out.Marks = marks
		return
	}
	for i := len(marks) - 1; i > 0; i-- {
		order := marks[i-1].compare(&marks[i])
		if order == 0 {
			marks = slices.Delete(marks, i, i+1)
		}
		if order <= 0 {
			break
		}
		marks[i-1], marks[i] = marks[i], marks[i-1]
	}
	j.out.Marks = marks
}

// compare orders the marks of a conversation.
func (m *Mark) compare(o *Mark) int {
	return cmp.Or(cmp.Compare(m.Frame, o.Frame), cmp.Compare(m.ID, o.ID), cmp.Compare(m.Who, o.Who))
}

// mark collects the conversation's marks.
func (j *judge) mark() {
	out := j.out
	if j.have&(hasMarkedNote|hasMarkedFIN|hasFINAgain|hasSlowClose|hasICMP) != 0 {
		for s := range Side(2) {
			if j.have&hasMarkedNote != 0 {
				j.noteMark(s)
			}
			if j.have&(hasMarkedFIN|hasFINAgain) != 0 {
				j.finMark(s)
			}
			j.slowMark(s)
			j.icmpMarks(s)
		}
	}
	for i := range j.resets {
		j.resetMarks(&j.resets[i])
	}
	if j.conn.flags&markedFlags != 0 {
		for _, m := range flagMarks {
			if j.conn.flags&m.flag != 0 {
				j.addMark(m.id, NoOne, out.FirstFrame, out.Start)
			}
		}
	}
	if j.prev != nil || j.conn.flags&flagReplaced != 0 {
		j.lifeMarks()
	}
	if j.conn.flags&(flagSYN|flagSYNACK) == 0 {
		j.addMark(MarkMidStream, NoOne, out.FirstFrame, out.Start)
	}
	if j.oneWay {
		j.addMark(MarkOneSided, NoOne, out.FirstFrame, out.Start)
	}
	if out.IdleBeforeClose >= IdleMark {
		j.addMark(MarkIdleBeforeClose, NoOne, j.closeFrame(), out.CloseStart)
	}
}

// noteMark marks what one side's notes tell.
func (j *judge) noteMark(s Side) {
	for kinds := j.kinds & markedKinds; kinds != 0; kinds &= kinds - 1 {
		kind := bits.TrailingZeros32(kinds)
		if n := j.notes[s][kind]; n != nil {
			j.addMark(noteMarks[kind], By(s), n.firstFrame, n.firstTime)
		}
	}
}

// closeFrame returns the frame with which the close began.
func (j *judge) closeFrame() uint64 {
	for s := range j.fin {
		switch f := j.fin[s]; {
		case f.frame != 0 && f.time == j.out.CloseStart:
			return f.frame
		case f.bits&finInferred != 0 && f.ackedTime == j.out.CloseStart:
			return f.ackedFrame
		}
	}
	if j.first != nil {
		return j.first.firstFrame
	}
	return 0
}

// finMark marks what happened to one side's FIN.
func (j *judge) finMark(s Side) {
	f := j.fin[s]
	if j.half[s].bits&sideFIN == 0 {
		return
	}
	frame, time := f.frame, f.time
	if frame == 0 {
		frame, time = f.ackedFrame, f.ackedTime
	}
	for _, m := range finMarks {
		if f.bits&m.bit != 0 {
			j.addMark(m.id, By(s), frame, time)
		}
	}
	if f.bits&finPeerZero != 0 {
		j.addMark(MarkZeroWindowAtClose, By(1-s), frame, time)
	} else if n := j.notes[1-s][noteZeroWindow]; n != nil && j.half[1-s].bits&sideZero != 0 && n.lastTime <= f.time {
		j.addMark(MarkZeroWindowAtClose, By(1-s), n.lastFrame, n.lastTime)
	}
	if f.bits&(finSentBefore|finResentUnseen) != 0 {
		j.addMark(MarkFINRetransmitted, By(s), frame, time)
	}
	if n := j.notes[s][noteFINResend]; n != nil && j.resentFIN(s) > 0 {
		j.addMark(MarkFINRetransmitted, By(s), n.firstFrame, n.firstTime)
		if id, ok := j.ackLost(s, n); ok {
			j.addMark(id, By(1-s), n.firstFrame, n.firstTime)
		}
	}
}

// slowMark marks a side that was in CLOSE-WAIT for longer than the stall time.
func (j *judge) slowMark(s Side) {
	if j.oneWay || j.out.Ends[s].Held[CloseWait] <= j.cfg.stall() {
		return
	}
	for i := range j.out.Ends[s].States {
		if tr := &j.out.Ends[s].States[i]; tr.State == CloseWait {
			j.addMark(MarkSlowCloseWait, By(s), tr.Frame, tr.When())
		}
	}
}

// ackLost tells which acknowledgement was lost where a FIN came again although it had arrived: the acknowledgement had
// passed the vantage, or the receiver says by D-SACK that it had the FIN. The last ACK is that of the FIN that closed
// second.
func (j *judge) ackLost(s Side, again *note) (MarkID, bool) {
	f := j.fin[s]
	passed := f.ackedFrame != 0 && f.ackedFrame < again.firstFrame && !j.crossing(s, again)
	if !passed && !j.arrivedTwice(s, again) || j.heard(s, again) {
		return 0, false
	}
	if j.acks(s) {
		return MarkLastACKLost, true
	}
	return MarkACKOfFINLost, true
}

// arrivedTwice reports whether the receiver of a FIN says by D-SACK that it had that before a copy came, while an acknowledgement of
// the earlier one did not pass, or passed before the FIN was sent once more. Where it passed after the last copy, both copies
// were late, and nothing need be lost.
func (j *judge) arrivedTwice(s Side, again *note) bool {
	f := j.fin[s]
	if j.notes[1-s][noteDSACK] == nil || f.bits&finArrived != 0 {
		return false
	}
	return f.bits&finAckedBefore != 0 || f.ackedFrame < again.lastFrame && !j.crossing(s, again)
}

// neverCame reports whether the acknowledgement of a FIN that came again was lost, not just late: the one before was never captured;
// or the FIN came again later than a path is slow; or the acknowledgement of the copy found the sender still in LAST-ACK, since
// it drew no RST.
func (j *judge) neverCame(s Side, again *note) bool {
	f := j.fin[s]
	if f.bits&finAckedBefore != 0 || again.lastTime-f.ackedTime-j.trip(s) > slowPath {
		return true
	}
	re := j.notes[s][noteFINReACK]
	return re != nil && j.acks(s) && j.until-re.firstTime > j.trip(s)*5/4+shortestDelay
}

// heard reports whether a side that sent its FIN again had got the acknowledgement of the first copy, late: it answers the one of
// the copy by the RST of a host without a socket, long before LAST-ACK would have given up.
func (j *judge) heard(s Side, again *note) bool {
	if j.have&hasLateRST == 0 || j.resentFIN(s) > 2 {
		return false
	}
	for i := range j.resets {
		if r := &j.resets[i]; r.side == s && r.kind == Reply && r.flags&rstAfterClose != 0 && r.flags&rstAtPeerACK != 0 && r.firstFrame > again.lastFrame {
			return true
		}
	}
	return false
}

// icmpMarks marks what ICMP errors said of the side's segments.
func (j *judge) icmpMarks(s Side) {
	n := j.notes[s][noteICMP]
	if n == nil {
		return
	}
	for kind, id := range icmpMark[1:] {
		if n.b&(2<<kind) != 0 {
			j.addMark(id, By(s), n.firstFrame, n.firstTime)
		}
	}
}

// icmpMark holds the mark of each kind of ICMP error that has one.
var icmpMark = [...]MarkID{
	decode.ICMPUnreachable: MarkICMPUnreachable,
	decode.ICMPProhibited:  MarkICMPProhibited,
	decode.ICMPFragNeeded:  MarkICMPFragNeeded,
}

// resetMarks marks what is notable about one RST.
func (j *judge) resetMarks(r *reset) {
	who := By(r.side)
	if r.flags&rstAfterClose != 0 {
		j.addMark(MarkRSTAfterClose, who, r.firstFrame, r.firstTime)
	} else if r.verdict == VerdictIgnored {
		j.addMark(MarkRSTIgnored, who, r.firstFrame, r.firstTime)
	}
	if j.outOfWindow(r) {
		j.addMark(MarkRSTOutOfWindow, who, r.firstFrame, r.firstTime)
	}
	if r.length() > 0 {
		j.addMark(MarkRSTWithData, who, r.firstFrame, r.firstTime)
	}
	if r.signs.Count() >= 2 {
		j.addMark(MarkForgedRSTSuspected, who, r.firstFrame, r.firstTime)
	}
	if (r.flags&rstOpening != 0 && !j.openedUnseen(r) || j.refusesACK(r)) && r.counts && j.conn.flags&flagSYNACK != 0 {
		j.addMark(MarkHandshakeAborted, who, r.firstFrame, r.firstTime)
	}
	if j.assassin(r) {
		j.addMark(MarkTimeWaitAssassinated, By(1-r.side), r.firstFrame, r.firstTime)
	}
}

// openedUnseen reports whether a server, of which alone segments were captured, aborted a socket of its own: a handshake that is not over
// has none yet that a program could close.
func (j *judge) openedUnseen(r *reset) bool {
	return r.side == Server && r.kind == ActiveAbort && j.half[Client].packets == 0
}

// assassin reports whether a RST ended the receiver's TIME-WAIT early (RFC 1337): it came after both FINs were
// acknowledged, to the side that holds the TIME-WAIT, at the number that it expects, in answer to an ACK that an old
// duplicate had drawn.
func (j *judge) assassin(r *reset) bool {
	holder := 1 - r.side
	if r.flags&rstAfterClose == 0 || r.flags&rstAtPeerACK == 0 || r.verdict == VerdictIgnored {
		return false
	}
	held := false
	for i := range j.out.Ends[holder].States {
		held = held || j.out.Ends[holder].States[i].State == TimeWait
	}
	return held
}

// lifeMarks marks how the conversation stands to the others on its five-tuple.
func (j *judge) lifeMarks() {
	c, out := j.conn, j.out
	if c.flags&flagReplaced != 0 && !j.bothFIN && j.first == nil {
		j.addMark(MarkSuperseded, NoOne, out.LastFrame, out.Last)
	}
	if j.prev == nil || c.flags&(flagSYN|flagSYNACK) == 0 {
		return
	}
	j.addMark(MarkPortReused, NoOne, out.FirstFrame, out.Start)
	if !j.intoTimeWait() {
		return
	}
	challenge, holder := j.notes[Server][noteChallenge], ByServer
	if j.prev.flags&prevPeerTimeWait == 0 {
		challenge, holder = nil, ByClient
	}
	switch {
	case challenge != nil:
		j.addMark(MarkTimeWaitChallenged, ByServer, challenge.firstFrame, challenge.firstTime)
	case c.flags&flagSYNACK != 0:
		frame, time, _ := j.moment(hsSYNACK)
		j.addMark(MarkTimeWaitReused, holder, frame, time)
	case holder == ByServer && j.half[Server].packets == 0 && j.half[Client].tsval != 0 && j.prev.d != 0 && before(j.half[Client].tsval, j.prev.d):
		j.addMark(MarkPAWSSYNDropSuspected, ByServer, out.FirstFrame, out.Start)
	}
}

// intoTimeWait reports whether the SYN met a TIME-WAIT of its five-tuple that cannot have run out.
func (j *judge) intoTimeWait() bool {
	p := j.prev
	return p != nil && p.flags&prevClosed != 0 && p.flags&(prevPeerTimeWait|prevOwnTimeWait) != 0 && p.flags&prevReset == 0 &&
		j.out.Start-p.lastTime < j.cfg.timeWait()
}
