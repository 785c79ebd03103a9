package flows

import "math/bits"

// has says what a conversation has that rows of the judge's tables need: each row names signs, and cannot hold without one of
// them, so that an ordinary conversation is not asked dozens of questions.
type has uint32

// What a conversation can have.
const (
	hasRST           has = 1 << iota
	hasAbort             // a RST that is an active abort
	hasReply             // one that is a reply
	hasEarlyRST          // one in the opening
	hasRSTAfterFIN       // one after a FIN
	hasLateRST           // one after the close
	hasDoubtfulRST       // one of which it is not known what its receiver made of it
	hasForgery           // a sign that a RST is forged
	hasNoFIN             // nobody sent a FIN
	hasOneFIN            // a FIN, but not both sent and acknowledged
	hasBothFINs          // both
	hasCrossedFINs       // and neither acknowledges the other
	hasFINAgain          // a FIN came again
	hasOddFIN            // a FIN was not captured at first, or may have waited
	hasOddACK            // a FIN was overtaken, or its acknowledgement is odd
	hasLateACK           // a FIN was acknowledged later than any end may wait
	hasAgainAfterFIN     // payload came again after the peer's FIN
	hasDataAfterFIN      // new payload
	hasUnseenTail        // the last octets of a side were not captured
	hasDSACK             // a FIN was received twice, says its receiver
	hasUnanswered        // a side repeated itself into silence
	hasSYNACKAgain       // the SYN-ACK came again
	hasICMP              // an ICMP error quoted a segment
	hasPrevious          // another conversation had the five-tuple before
	hasSuccessor         // another one began on it
	hasUnopened          // the handshake was not captured as a whole
	hasMidStream         // nothing of it was
	hasOneWay            // only one direction was captured
	hasMarkedFIN         // a FIN bears a mark, or met a closed window
	hasMarkedNote        // there is a note that is a mark
	hasSlowClose         // a side was in CLOSE-WAIT for the stall time; known once the states are
)

// noteSigns are the signs that a note of either side is.
var noteSigns = func() [numNoteKinds]has {
	signs := [numNoteKinds]has{
		noteFINResend:     hasFINAgain,
		noteAgainAfterFIN: hasAgainAfterFIN,
		noteDataAfterFIN:  hasDataAfterFIN,
		noteUnseenTail:    hasUnseenTail,
		noteDSACK:         hasDSACK,
		noteUnanswered:    hasUnanswered,
		noteSYNACKResend:  hasSYNACKAgain,
		noteICMP:          hasICMP,
		noteSuccessor:     hasSuccessor,
		noteZeroWindow:    hasMarkedFIN,
	}
	for kinds := markedKinds; kinds != 0; kinds &= kinds - 1 {
		signs[bits.TrailingZeros32(kinds)] |= hasMarkedNote
	}
	return signs
}()

// signs returns what the conversation has by its flags and its FINs.
func (j *judge) signs() (h has) {
	flags := j.conn.flags
	if flags&(flagSYNACK|flagHandshakeACK) != flagSYNACK|flagHandshakeACK {
		h |= hasUnopened
		if flags&(flagSYN|flagSYNACK) == 0 {
			h |= hasMidStream
		}
	}
	if j.prev != nil {
		h |= hasPrevious
	}
	if j.oneWay {
		h |= hasOneWay
	}
	if j.noFIN {
		return h | hasNoFIN
	}
	if j.bothFIN {
		h |= hasBothFINs
		if !j.acks(Client) && !j.acks(Server) {
			h |= hasCrossedFINs
		}
	} else {
		h |= hasOneFIN
	}
	if fins := j.fin[Client].bits | j.fin[Server].bits; fins != 0 {
		if fins&(finSentBefore|finResent|finResentUnseen) != 0 {
			h |= hasFINAgain
		}
		if fins&(finSentBefore|finInferred|finPassedOver|finHeld) != 0 {
			h |= hasOddFIN
		}
		if fins&(finAckRepeated|finAckOvertaken|finDupACKed|finOutOfOrder|finMini|finMiniLater) != 0 {
			h |= hasOddACK
		}
		if fins&(markedFINs|finPeerZero) != 0 {
			h |= hasMarkedFIN
		}
	}
	for s := range j.fin {
		if f := j.fin[s]; f.ackedTime-f.time > quickACK {
			h |= hasLateACK
		}
	}
	return h
}

// have returns what the conversation has by one of its RSTs.
func (r *reset) have() has {
	h := hasRST
	switch r.kind {
	case ActiveAbort:
		h |= hasAbort
	case Reply:
		h |= hasReply
	case NoRST:
	}
	if r.flags&rstOpening != 0 {
		h |= hasEarlyRST
	}
	if r.flags&(rstAfterOwnFIN|rstAfterPeerFIN) != 0 {
		h |= hasRSTAfterFIN
	}
	if r.flags&rstAfterClose != 0 {
		h |= hasLateRST
	}
	if r.verdict == VerdictUnknown || r.outlast {
		h |= hasDoubtfulRST
	}
	if r.signs != 0 {
		h |= hasForgery
	}
	return h
}

// rows is a set of a table's rows, the first one bit 0.
type rows uint64

// next returns the first row of the set and the set without it.
func (r rows) next() (row int, rest rows) { return bits.TrailingZeros64(uint64(r)), r & (r - 1) }

// questions are the rows of the judge's tables that a conversation is asked.
type questions struct {
	have                                  has // what it has
	outcomes, causes, doubts, stateDoubts rows
}

// questions returns what a conversation is asked that has what j.have says. Most have the same as others before.
func (j *judge) questions() *questions {
	q := &j.asked[j.have*0x9e3779b1>>26] // by Fibonacci hashing
	if q.have == j.have {
		return q
	}
	*q = questions{have: j.have}
	for h := j.have; h != 0; h &= h - 1 {
		need := &needs[bits.TrailingZeros32(uint32(h))]
		q.outcomes |= need.outcomes
		q.causes |= need.causes
		q.doubts |= need.doubts
		q.stateDoubts |= need.stateDoubts
	}
	return q
}

// needs says which rows need each sign, by its bit.
var needs = func() (list [32]questions) {
	put := func(row int, h has, of func(q *questions) *rows) {
		for ; h != 0; h &= h - 1 {
			*of(&list[bits.TrailingZeros32(uint32(h))]) |= 1 << row
		}
	}
	for row := range outcomes {
		put(row, outcomes[row].needs, func(q *questions) *rows { return &q.outcomes })
	}
	for row := range causes {
		put(row, causes[row].needs, func(q *questions) *rows { return &q.causes })
	}
	for row := range doubts {
		put(row, doubts[row].needs, func(q *questions) *rows { return &q.doubts })
	}
	for row := range stateDoubts {
		put(row, stateDoubts[row].needs, func(q *questions) *rows { return &q.stateDoubts })
	}
	return list
}()
