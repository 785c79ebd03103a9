package flows

import (
	"slices"

	"tcpclose/decode"
)

// doubts is the table of what a capture can leave open about a conversation as a whole: where a row's predicate holds, the
// report names the alternatives.
var doubts = [...]struct {
	what  string
	text  string
	alts  []string
	needs has
	holds func(j *judge) bool
}{
	{"shape", "only a later copy of a FIN was captured: the first may have crossed the peer's", shapes[1:], hasOddFIN, (*judge).sentBefore},
	{"shape", "a FIN was never captured, only its acknowledgement: what it acknowledged is not known", shapes[1:], hasOddFIN, (*judge).inferred},
	{
		"shape", lateACKText, shapes[1:],
		hasLateACK | hasFINAgain, (*judge).anyLateACK,
	},
	{
		"shape", "the last octets of a side were never captured: a FIN may have been among them", shapes,
		hasUnseenTail, func(j *judge) bool { return !j.noFIN && (j.unseenTail(Client) || j.unseenTail(Server)) },
	},
	{"shape", "the capture began in mid-stream and the other side sent nothing in it: it may have closed before", shapes, hasMidStream, (*judge).closedBefore},
	{"closer", "only a later copy of a FIN was captured: the first may have crossed the peer's", closers, hasOddFIN, (*judge).sentBefore},
	{
		"closer", "the last octets of a side were never captured: a FIN may have been among them", closers,
		hasUnseenTail, func(j *judge) bool { return j.unseenTail(Client) || j.unseenTail(Server) },
	},
	{
		"closer", lateACKText, closers,
		hasLateACK | hasFINAgain, (*judge).anyLateACK,
	},
	{"closer", "the capture began in mid-stream and one side sent nothing in it: it may have closed first", closers, hasMidStream, (*judge).closedBefore},
	{
		"closer", "only one direction was captured: the other side may have closed first", closers,
		hasOneWay, func(j *judge) bool { return j.oneWay && !j.noFIN },
	},
	{
		"closer", "the FIN that follows the RST may have been under way when that came", closers,
		hasDoubtfulRST, (*judge).finUnderWay,
	},
	{
		"closer", "the FIN comes so long after a RST that this cannot have been accepted, unless the path, on which segments were sent again, held packets up for seconds",
		closers,
		hasDoubtfulRST, (*judge).outlasted,
	},
	{
		"class", "the FIN comes so long after a RST that this cannot have been accepted, unless the path, on which segments were sent again, held packets up for seconds",
		[]string{"rst-abort", "rst-after-fin"},
		hasDoubtfulRST, (*judge).outlasted,
	},
	{
		"class", "the FIN that follows the RST may have been under way when that came",
		[]string{"rst-abort", "rst-after-fin"},
		hasDoubtfulRST, (*judge).finUnderWay,
	},
	{
		"class", "the last octets of a side were never captured: a FIN may have been among them",
		[]string{"rst-abort", "rst-after-fin", "closing", "half-closed-stall", "four-way", "three-way", "simultaneous", "retransmitted-fin"},
		hasUnseenTail, func(j *judge) bool { return j.unseenTail(Client) || j.unseenTail(Server) },
	},
	{
		"shape", "the IP identification passed a number over right before a FIN: an earlier copy of it may not have been captured",
		shapes[1:],
		hasOddFIN, (*judge).passedOver,
	},
	{
		"class", "the IP identification passed a number over right before a FIN: an earlier copy of it may not have been captured",
		[]string{"retransmitted-fin", "simultaneous", "three-way", "four-way"},
		hasOddFIN, func(j *judge) bool {
			return j.passedOver() && (j.out.Class != RetransmittedFIN || j.resentFIN(Client)+j.resentFIN(Server) == 0)
		},
	},
	{
		"class", "a FIN was received twice, says the receiver, but captured once",
		[]string{"retransmitted-fin", "simultaneous", "three-way", "four-way"},
		hasDSACK, func(j *judge) bool {
			return j.bothFIN && j.resentFIN(Client)+j.resentFIN(Server) == 0 && (j.notes[Client][noteDSACK] != nil || j.notes[Server][noteDSACK] != nil)
		},
	},
	{
		"class", "the RST may have answered a challenge to the SYN of the next conversation, whose first copy was not captured",
		unfinished, hasSuccessor, (*judge).clearsTheWay,
	},
	{
		"class", "the RST lies beyond all that was sent: a receiver challenges it, and nothing came after to tell",
		unfinished,
		hasDoubtfulRST, func(j *judge) bool { return j.first != nil && j.first.blind },
	},
	{
		"class", "the RST says that the FIN had been acknowledged, which was not captured: the close may have been over",
		[]string{"rst-after-fin", "four-way", "three-way", "simultaneous", "retransmitted-fin"},
		hasReply, (*judge).afterAll,
	},
	{
		"class", "the capture began in mid-stream: a FIN may have passed before it",
		[]string{"rst-abort", "rst-after-fin", "four-way", "three-way", "simultaneous", "retransmitted-fin"},
		hasMidStream, func(j *judge) bool { return j.first != nil && (j.closedBefore() || j.noFIN && j.silentFromStart()) },
	},
	{
		"class", "only one direction was captured: what came before the RST, and what drew it, is not known",
		[]string{"rst-abort", "rst-after-fin", "four-way", "three-way", "simultaneous", "retransmitted-fin"},
		hasOneWay, func(j *judge) bool { return j.oneWay && j.first != nil },
	},
	{
		"class", "only one direction was captured: silence of the other side proves nothing, and it may have closed, or sent a RST",
		append([]string{"unanswered"}, unfinished...),
		hasOneWay, func(j *judge) bool { return j.oneWay && j.first == nil && !j.bothFIN },
	},
	{
		"class", "the SYN was not captured: what its side sent after the SYN-ACK may not have been either",
		append([]string{"unanswered"}, unfinished...),
		hasUnopened, func(j *judge) bool { return j.out.Class == Unanswered && j.conn.flags&flagSYN == 0 },
	},
	{
		"class", "the capture began in mid-stream: the silent side may have closed before",
		[]string{"half-closed-stall", "closing"},
		hasOneFIN, func(j *judge) bool {
			_, since, ok := j.stalled()
			return ok && !j.oneWay && j.out.Class == ClosingClass && j.until-since >= j.cfg.stall()
		},
	},
	{
		"rst", "whether the receiver accepted the RST is not known: its next expected number lies in a range, and nothing came after",
		[]string{"accepted", "ignored"},
		hasDoubtfulRST, func(j *judge) bool { return j.first != nil && j.first.verdict == VerdictUnknown && !j.first.crossed },
	},
	{
		"rst", "its receiver had left all unanswered before: whether the RST reached it is not known",
		[]string{"accepted", "ignored", "CLOSED"},
		hasUnanswered, func(j *judge) bool { return j.first != nil && j.gaveUp(j.first) != nil },
	},
	{
		"rst", "the receiver went on soon after the RST: what it sent was under way, or the RST did not reach it",
		[]string{"accepted", "ignored"},
		hasDoubtfulRST, func(j *judge) bool { return j.first != nil && j.first.crossed },
	},
	{
		"rst", "after the close a RST met a TIME-WAIT: with tcp_rfc1337 it goes on",
		[]string{"TIME-WAIT", "CLOSED"},
		hasLateRST, func(j *judge) bool {
			return slices.ContainsFunc(j.resets, func(r reset) bool { return j.assassin(&r) })
		},
	},
	{
		"cause", "one sign says that a box on the path sent the RST, and one alone proves nothing",
		[]string{"middlebox-reset", "no-socket", "linger-zero"},
		hasForgery, func(j *judge) bool { return j.first != nil && j.first.signs == ForgedTTL },
	},
	{
		"cause", "the end whose address the RST bears went on as if it had sent none: a packet filter or a box on the path sent it, or another host with that address, without a socket",
		[]string{"middlebox-reset", "no-socket"},
		hasForgery, func(j *judge) bool { return j.first != nil && j.first.signs == ForgedSenderOn && j.livedOn(j.first) },
	},
}

// The alternatives that several rows name.
var (
	shapes              = []string{"half", "simultaneous", "three-way", "four-way"}
	unfinished          = []string{"rst-abort", "rst-after-fin", "open", "closing", "half-closed-stall", "vanished", "four-way", "three-way", "simultaneous", "retransmitted-fin"}
	closers             = []string{"client", "server", "both"}
	closingAlternatives = []string{"FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"}
	oneWayAlternatives  = []string{"ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSING", "TIME-WAIT", "CLOSE-WAIT", "LAST-ACK", "CLOSED"}
)

// lateACKText says why a late acknowledgement of a FIN leaves open how the two FINs were exchanged.
const lateACKText = "a FIN was acknowledged later than any end may wait: an acknowledgement was not captured, perhaps with a FIN before it"

// finUnderWay reports whether the FIN that follows the RST that ended the conversation may have been under way when that came.
func (j *judge) finUnderWay() bool {
	return j.first != nil && j.first.crossed && !j.finBefore(j.first) && j.finAfter(j.first)
}

// outlasted reports whether a side sent its FIN so long after a RST that it cannot have accepted that, by no other sign than this
// time, on a path that lost or held up segments of the conversation.
func (j *judge) outlasted() bool {
	if j.bothFIN || !j.repaired() && j.notes[0][noteFINResend] == nil && j.notes[1][noteFINResend] == nil {
		return false
	}
	return slices.ContainsFunc(j.resets, func(r reset) bool {
		return r.outlast && !j.finBefore(&r) && j.finAfter(&r) && (j.first == nil || j.first.firstFrame > r.firstFrame)
	})
}

// sentBefore reports whether both sides sent a FIN, and of one only a later copy was captured.
func (j *judge) sentBefore() bool {
	return j.half[0].bits&j.half[1].bits&sideFIN != 0 && (j.fin[0].bits|j.fin[1].bits)&finSentBefore != 0
}

// inferred reports whether a FIN was never captured.
func (j *judge) inferred() bool { return (j.fin[0].bits|j.fin[1].bits)&finInferred != 0 }

// finAfter reports whether the other side's FIN follows a RST.
func (j *judge) finAfter(r *reset) bool { return j.fin[1-r.side].frame > r.firstFrame }

// unseenTail reports whether the last octets of a side were not captured, so that they may have held its FIN.
func (j *judge) unseenTail(s Side) bool {
	n := j.notes[s][noteUnseenTail]
	return n != nil && j.half[s].bits&sideFIN == 0 && uint32(j.half[s].nxt) == n.a
}

// afterAll reports whether the RST that ended the conversation says by its number that its sender's FIN was acknowledged,
// which was not captured, when the other side's FIN had been: both ends may have been through.
func (j *judge) afterAll() bool {
	r := j.first
	if r == nil || r.kind != Reply {
		return false
	}
	own, peer := j.half[r.side], j.half[1-r.side]
	return own.bits&(sideFIN|sideFINAcked) == sideFIN && peer.bits&(sideFIN|sideFINAcked) == sideFIN|sideFINAcked &&
		decode.Seq(r.a) == j.fin[r.side].seq.Add(1)
}

// resentUnseen reports whether a FIN came again, most probably, after a copy that was not captured.
func (j *judge) resentUnseen() bool { return (j.fin[0].bits|j.fin[1].bits)&finResentUnseen != 0 }

// passedOver reports whether something was not captured right before a FIN.
func (j *judge) passedOver() bool { return (j.fin[0].bits|j.fin[1].bits)&finPassedOver != 0 }

// clearsTheWay reports whether the RST that ended the conversation may have answered a challenge to the SYN of the next one
// on its five-tuple, whose first copy was not captured (TEARDOWN section 1).
func (j *judge) clearsTheWay() bool {
	r := j.first
	if r == nil || r.kind != Reply {
		return false
	}
	n := j.notes[r.side][noteSuccessor]
	return n != nil && n.firstFrame > r.firstFrame && n.firstTime-r.firstTime <= synTimeout
}

// synTimeout is how long an opener waits at most before it repeats a SYN for the second time.
const synTimeout = 3 * second

// maybeFinWait2 reports whether it is open if the side went on from FIN-WAIT-1 through FIN-WAIT-2: an acknowledgement of its
// FIN passed before, or beside, what it went on with.
func (j *judge) maybeFinWait2(s Side) bool {
	if j.half[s].bits&sideFINAcked == 0 || j.out.Ends[s].Held[CloseWait] != 0 {
		return false // or it went on from ESTABLISHED through CLOSE-WAIT
	}
	list := j.out.Ends[s].States
	for i := range list[:max(0, len(list)-1)] {
		if list[i].State != FinWait1 {
			continue
		}
		switch next := &list[i+1]; next.State {
		case TimeWait:
			peer := j.fin[1-s]
			again, data, re := j.notes[1-s][noteFINResend], j.notes[1-s][noteDataAgain], j.notes[s][noteFINReACK]
			switch {
			case j.fin[s].ackedFrame < peer.frame, j.fin[s].bits&finAckRepeated != 0, j.miniTook(s):
				return true
			case peer.bits&(finOutOfOrder|finAckOvertaken|finDupACKed) != 0: // what it overtook before the vantage may have overtaken it behind
				return true
			}
			// What follows the FIN in the capture may have reached the side before another copy of that, or completed it.
			return re != nil && re.firstFrame < peer.ackedFrame || again != nil && again.firstFrame < peer.ackedFrame ||
				data != nil && data.firstFrame < peer.ackedFrame
		case FinWait2:
			return j.completedLater(s)
		case Closed:
			return j.fin[s].ackedFrame < next.Frame
		}
	}
	return false
}

// silentFromStart reports whether the capture began in mid-stream and holds no payload of at least one side, which may
// therefore have closed before.
func (j *judge) silentFromStart() bool {
	return j.conn.flags&(flagSYN|flagSYNACK) == 0 && j.half[0].bits&j.half[1].bits&sideData == 0
}

// closedBefore reports whether the one FIN that was captured in mid-stream may have been the second.
func (j *judge) closedBefore() bool {
	for s := range Side(2) {
		if j.half[s].bits&sideFIN != 0 && j.half[1-s].bits&(sideFIN|sideData) == 0 {
			return j.conn.flags&(flagSYN|flagSYNACK) == 0
		}
	}
	return false
}

// crossed reports whether the order in which the peer's FIN and the acknowledgement of its own reached the side is open.
func (j *judge) crossed(s Side) bool {
	if !j.bothFIN || j.acks(s) {
		return false
	}
	if again := j.notes[s][noteFINResend]; again != nil && again.lastFrame > j.fin[s].ackedFrame && j.crossing(s, again) {
		return true // its FIN came again just when the acknowledgement had passed
	}
	if j.acks(1 - s) {
		return false
	}
	// Its own acknowledgement of the peer's FIN, captured before the peer's of its FIN, would prove the order.
	proved := j.fin[1-s].ackedFrame < j.fin[s].ackedFrame
	return j.resentFIN(1-s) > 0 || j.notes[1-s][noteDataAgain] != nil || !proved
}

// withheld reports whether the acknowledgement of the side's FIN passed, but the FIN came again later: the first one was
// lost, or late.
func (j *judge) withheld(s Side) bool {
	again := j.notes[s][noteFINResend]
	if again == nil && j.notes[1-s][noteDSACK] != nil {
		return true // the receiver says so
	}
	return again != nil && j.half[s].bits&sideFINAcked != 0 && again.lastFrame > j.fin[s].ackedFrame && j.resentFIN(s) > 0
}

// shortestRTO is by how much a retransmission timer exceeds the round trip at the least.
const shortestRTO = 200 * second / 1000

// unrepeated reports whether the side's FIN was not acknowledged, and yet not sent again.
func (j *judge) unrepeated(s Side) bool {
	f := j.fin[s]
	return j.half[s].bits&(sideFIN|sideFINAcked) == sideFIN && f.frame != 0 && j.resentFIN(s) == 0 && j.out.Ends[s].last() != Closed &&
		j.until-f.time > shortestRTO+max(j.trips[Client], 0)+max(j.trips[Server], 0)
}

// unheard reports whether the side never acknowledged the peer's FIN, though it had the time to.
func (j *judge) unheard(s Side) bool {
	f := j.fin[1-s]
	if f.frame == 0 || f.ackedFrame != 0 || j.half[1-s].bits&sideFIN == 0 {
		return false
	}
	if r := j.gone[s]; r != nil && r.b&rstACKsFIN != 0 {
		return false // its RST does
	}
	// An endpoint that has it acknowledges it within half a second (TEARDOWN trap 14).
	return j.resentFIN(1-s) > 0 || j.until-f.time > second/2+j.trip(s)
}

// doubt says what the capture leaves open.
func (j *judge) doubt() {
	var row int
	q := j.questions()
	for asked := q.doubts; asked != 0; {
		row, asked = asked.next()
		if d := &doubts[row]; d.holds(j) {
			j.out.Uncertain = append(j.out.Uncertain, Doubt{What: d.what, Text: d.text, Alternatives: d.alts})
		}
	}
	if q.stateDoubts == 0 {
		return
	}
	for s := range Side(2) {
		for asked := q.stateDoubts; asked != 0; {
			row, asked = asked.next()
			if d := &stateDoubts[row]; d.holds(j, s) {
				j.out.Uncertain = append(j.out.Uncertain, Doubt{What: statesOf[s], Text: d.text, Alternatives: d.alts})
			}
		}
	}
}

// statesOf is what a doubt about a side's states is called.
var statesOf = [...]string{Client: "client.states", Server: "server.states"}
