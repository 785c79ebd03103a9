package flows

// outcomes is the table of classes: the first row that fits, from the top, is the conversation's class (TEARDOWN
// section 5). A RST counts here only as judgeResets says.
var outcomes = [...]struct {
	class Class
	needs has
	fits  func(j *judge) bool
}{
	{Partial, hasNoFIN, (*judge).isPartial},
	{Refused, hasUnopened, (*judge).isRefused},
	{Unanswered, hasUnopened, (*judge).isUnanswered},
	{RSTAbort, hasRST, func(j *judge) bool { return j.first != nil && !j.finBefore(j.first) }},
	{RSTAfterFIN, hasRST, func(j *judge) bool { return j.first != nil }},
	{RetransmittedFIN, hasFINAgain, func(j *judge) bool {
		return j.bothFIN && (j.resentFIN(Client)+j.resentFIN(Server) > 0 || j.resentUnseen())
	}},
	{Simultaneous, hasCrossedFINs, func(j *judge) bool { return j.bothFIN && j.out.Shape == ShapeSimultaneous }},
	{ThreeWay, hasBothFINs, func(j *judge) bool { return j.bothFIN && j.out.Shape == ShapeThreeWay }},
	{FourWay, hasBothFINs, func(j *judge) bool { return j.bothFIN }},
	{Vanished, hasUnanswered, (*judge).isVanished},
	{HalfClosedStall, hasOneFIN, (*judge).isStalled},
	{ClosingClass, hasOneFIN, func(j *judge) bool { return !j.noFIN }},
	{Open, hasNoFIN, func(*judge) bool { return true }},
}

// classify decides shape, class and who closed.
func (j *judge) classify() {
	out := j.out
	out.Shape = j.shape()
	out.FirstFIN = j.firstFIN()
	var row int
	for asked := j.questions().outcomes; asked != 0; {
		row, asked = asked.next()
		if outcomes[row].fits(j) {
			out.Class = outcomes[row].class
			break
		}
	}
	j.closer()
	j.closeTimes()
}

// finBefore reports whether any FIN passed before a RST.
func (j *judge) finBefore(r *reset) bool { return r.flags&(rstAfterOwnFIN|rstAfterPeerFIN) != 0 }

// isPartial: no SYN, no data or ACK of data, no FIN passed.
func (j *judge) isPartial() bool {
	all := j.half[0].bits | j.half[1].bits
	return all&(sideSYN|sideData|sideACKedData|sideFIN) == 0
}

// handshook reports whether a SYN-ACK passed, or data proves that there was one.
func (j *judge) handshook() bool {
	all := j.half[0].bits | j.half[1].bits
	return j.conn.flags&flagSYNACK != 0 || all&(sideACKedData|sideFIN) != 0 || j.half[Server].bits&sideData != 0 || j.oneWay
}

// isRefused: the SYN was answered by RST, or by ICMP and nothing else, before any SYN-ACK.
func (j *judge) isRefused() bool {
	if j.conn.flags&flagSYN == 0 || j.handshook() {
		return false
	}
	if j.first != nil && j.first.side == Server {
		return true
	}
	return j.half[Server].packets == 0 && j.refusedByICMP() != nil
}

// refusedByICMP returns the ICMP error that says that the SYN cannot reach its port.
func (j *judge) refusedByICMP() *note {
	n := j.notes[Client][noteICMP]
	if n == nil || n.b&(1<<1|1<<2) == 0 { // unreachable, prohibited
		return nil
	}
	return n
}

// isUnanswered: SYNs, or SYN-ACKs, with nothing back. With one direction captured nothing can be said.
func (j *judge) isUnanswered() bool {
	if j.oneWay || j.first != nil {
		return false
	}
	c := j.conn
	switch {
	case c.flags&flagSYN != 0 && c.flags&flagSYNACK == 0:
		return j.half[Server].packets == 0 && j.half[Client].bits&sideFIN == 0 || j.notes[Server][noteChallenge] != nil && !j.handshook()
	case c.flags&flagSYNACK != 0:
		return j.half[Client].bits&(sideData|sideFIN) == 0 && c.flags&flagHandshakeACK == 0 && j.half[Client].packets == j.syns() &&
			c.flags&flagSimultaneousOpen == 0
	}
	return false
}

// syns returns how many SYNs the client sent.
func (j *judge) syns() uint32 {
	if j.conn.flags&flagSYN == 0 {
		return 0
	}
	n := uint32(1)
	if again := j.notes[Client][noteSYNResend]; again != nil {
		n += again.count
	}
	return n
}

// silentRun returns the run of repetitions that a side sends into silence, where it lasted long enough to say that the
// peer is gone: max(stall time, 4 × the RTO seen).
func (j *judge) silentRun(s Side) *note {
	n := j.notes[s][noteUnanswered]
	if n == nil || n.count < 2 || j.oneWay {
		return nil
	}
	if peer := j.half[1-s]; peer.packets > 0 && peer.lastTime >= n.lastTime {
		return nil
	}
	if peer := j.half[1-s]; peer.packets > 0 && peer.lastTime > n.firstTime {
		return nil
	}
	if again := j.notes[s][noteDSACK]; again != nil && again.lastFrame > n.firstFrame {
		return nil // it reports what the peer sent meanwhile, and the capture does not hold
	}
	if j.until-n.firstTime < max(j.cfg.stall(), 4*int64(n.b)*1000) {
		return nil
	}
	return n
}

func (j *judge) isVanished() bool {
	return j.silentRun(Client) != nil || j.silentRun(Server) != nil
}

// stalled returns the side that does not close its half of a half-closed conversation, and since when nothing new was
// sent.
func (j *judge) stalled() (passive Side, since int64, ok bool) {
	for s := range Side(2) {
		active := j.half[s]
		if active.bits&(sideFIN|sideFINAcked) != sideFIN|sideFINAcked || j.half[1-s].bits&sideFIN != 0 {
			continue
		}
		return 1 - s, max(j.fin[s].ackedTime, j.half[0].dataTime, j.half[1].dataTime), true
	}
	return 0, 0, false
}

// isStalled: one FIN acknowledged, the other side sent none, and no new data for the stall time. Without a handshake the
// silent side may have closed before the capture began, unless it sent data in it.
func (j *judge) isStalled() bool {
	passive, since, ok := j.stalled()
	if !ok || j.oneWay || j.until-since < j.cfg.stall() {
		return false
	}
	return j.conn.flags&(flagSYN|flagSYNACK) != 0 || j.half[passive].bits&sideData != 0
}

// shape is the geometry of the two FINs, judged on the first copies (TEARDOWN trap 2).
func (j *judge) shape() Shape {
	sent := [2]bool{j.half[0].bits&sideFIN != 0, j.half[1].bits&sideFIN != 0}
	switch {
	case !sent[0] && !sent[1]:
		return ShapeNone
	case sent[0] != sent[1]:
		return ShapeHalf
	}
	first := j.begins
	if !j.acks(1-first) && j.fin[1-first].bits&finInferred == 0 {
		return ShapeSimultaneous
	}
	if j.half[0].bits&j.half[1].bits&sideFINAcked == 0 {
		return ShapeHalf // one was never acknowledged
	}
	f, g := j.fin[first], j.fin[1-first]
	switch {
	case g.bits&(finAckOvertaken|finAckUnseen) != 0:
		return ShapeFourWay
	case j.answeredBefore(1 - first):
		return ShapeThreeWay
	}
	if g.frame != 0 && (f.ackedFrame == g.frame || f.ackedFrame == 0 || f.ackedFrame > g.frame && f.ackedTime >= g.time && j.resentFIN(first) == 0 && f.bits&finAckUnordered == 0) {
		return ShapeThreeWay
	}
	return ShapeFourWay
}

// firstSide returns the side whose FIN came first: the other one's acknowledges it. Where neither does, the order of
// capture decides.
func (j *judge) firstSide() Side {
	switch {
	case j.half[Client].bits&sideFIN == 0:
		return Server
	case j.half[Server].bits&sideFIN == 0:
		return Client
	case j.acks(Client) && !j.acks(Server):
		return Server
	case j.acks(Server) && !j.acks(Client):
		return Client
	}
	// An inferred FIN lies before the acknowledgement that shows it.
	at := func(s Side) uint64 {
		if j.fin[s].frame != 0 {
			return j.fin[s].frame<<1 | 1
		}
		return j.fin[s].ackedFrame << 1
	}
	if at(Server) < at(Client) {
		return Server
	}
	return Client
}

func (j *judge) firstFIN() Who {
	switch {
	case j.noFIN:
		return NoOne
	case j.out.Shape == ShapeSimultaneous:
		return ByBoth
	default:
		return By(j.begins)
	}
}

// closer says who closed first, and whose RST ended it.
func (j *judge) closer() {
	out := j.out
	out.Closer = out.FirstFIN
	if j.first == nil {
		return
	}
	out.ResetBy = By(j.first.side)
	for i := range j.resets {
		if r := &j.resets[i]; r.counts && r.side != j.first.side {
			out.ResetBy = ByBoth
		}
	}
	if !j.finBefore(j.first) {
		out.Closer = By(j.first.side)
	}
}

// closeTimes says when the close began and ended.
func (j *judge) closeTimes() {
	out := j.out
	for s := range j.fin {
		at := j.fin[s].time
		if j.fin[s].bits&finInferred != 0 {
			at = j.fin[s].ackedTime
		}
		if at != NoTime && (out.CloseStart == NoTime || at < out.CloseStart) {
			out.CloseStart = at
		}
	}
	switch {
	case j.first != nil:
		if out.CloseStart == NoTime || j.first.firstTime < out.CloseStart {
			out.CloseStart = j.first.firstTime
		}
		out.CloseEnd = j.first.firstTime
	case j.bothFIN:
		out.CloseEnd = max(j.fin[0].ackedTime, j.fin[1].ackedTime)
		if j.have&hasFINAgain != 0 {
			for s := range j.notes {
				if n := j.notes[s][noteFINReACK]; n != nil {
					out.CloseEnd = max(out.CloseEnd, n.firstTime)
				}
			}
		}
	}
	if r := j.first; r != nil && r.kind == Reply && !j.finBefore(r) && r.lastTime != NoTime && !j.outOfTheBlue(r) {
		// The silence lies before the segment that drew the RST.
		if n := j.notes[r.side][noteBeforeRST]; n != nil {
			out.IdleBeforeClose = max(0, r.lastTime-n.firstTime)
		}
	} else if out.CloseStart != NoTime {
		if last := j.lastBeforeClose(); last != NoTime {
			out.IdleBeforeClose = max(0, out.CloseStart-last)
		}
	}
}

// lastBeforeClose returns the time of the last segment before the close began.
func (j *judge) lastBeforeClose() int64 {
	start := j.out.CloseStart
	last := NoTime
	for s := range j.fin {
		f := j.fin[s]
		if f.time == start {
			last = max(last, f.prevTime)
		}
	}
	if j.first != nil && j.first.firstTime == start {
		last = max(last, j.first.lastTime)
		if n := j.notes[j.first.side][noteBeforeRST]; n != nil {
			last = max(last, n.firstTime)
		}
	}
	for s := range j.half {
		h := j.half[s]
		if h.dataTime < start {
			last = max(last, h.dataTime)
		}
	}
	return last
}
