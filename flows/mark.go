package flows

// MarkID names something that happened to a conversation, whatever its class.
type MarkID uint8

// The marks.
const (
	MarkFINRetransmitted MarkID = iota
	MarkACKOfFINLost
	MarkLastACKLost
	MarkFINWithData
	MarkFINOutOfOrder
	MarkFINNotCaptured
	MarkDataAfterFIN
	MarkSlowCloseWait
	MarkRSTAfterClose
	MarkRSTIgnored
	MarkRSTOutOfWindow
	MarkRSTWithData
	MarkChallengeACK
	MarkForgedRSTSuspected
	MarkHandshakeAborted
	MarkTimeWaitReused
	MarkTimeWaitChallenged
	MarkTimeWaitAssassinated
	MarkPAWSSYNDropSuspected
	MarkPortReused
	MarkSuperseded
	MarkWanderingDuplicate
	MarkZeroWindowAtClose
	MarkKeepalive
	MarkIdleBeforeClose
	MarkICMPUnreachable
	MarkICMPProhibited
	MarkICMPFragNeeded
	MarkCaptureGap
	MarkOneSided
	MarkMidStream
	MarkTruncated
	MarkDuplicateCapture
	MarkClockJump
	MarkMPTCP
	MarkFastOpen
	MarkSimultaneousOpen
	MarkBadChecksum
	MarkOddFlags
	NumMarks
)

var markNames = [NumMarks]string{
	MarkFINRetransmitted:     "fin-retransmitted",
	MarkACKOfFINLost:         "ack-of-fin-lost",
	MarkLastACKLost:          "last-ack-lost",
	MarkFINWithData:          "fin-with-data",
	MarkFINOutOfOrder:        "fin-out-of-order",
	MarkFINNotCaptured:       "fin-not-captured",
	MarkDataAfterFIN:         "data-after-fin",
	MarkSlowCloseWait:        "slow-close-wait",
	MarkRSTAfterClose:        "rst-after-close",
	MarkRSTIgnored:           "rst-ignored",
	MarkRSTOutOfWindow:       "rst-out-of-window",
	MarkRSTWithData:          "rst-with-data",
	MarkChallengeACK:         "challenge-ack",
	MarkForgedRSTSuspected:   "forged-rst-suspected",
	MarkHandshakeAborted:     "handshake-aborted",
	MarkTimeWaitReused:       "time-wait-reused",
	MarkTimeWaitChallenged:   "time-wait-challenged",
	MarkTimeWaitAssassinated: "time-wait-assassinated",
	MarkPAWSSYNDropSuspected: "paws-syn-drop-suspected",
	MarkPortReused:           "port-reused",
	MarkSuperseded:           "superseded",
	MarkWanderingDuplicate:   "wandering-duplicate",
	MarkZeroWindowAtClose:    "zero-window-at-close",
	MarkKeepalive:            "keepalive",
	MarkIdleBeforeClose:      "idle-before-close",
	MarkICMPUnreachable:      "icmp-unreachable",
	MarkICMPProhibited:       "icmp-prohibited",
	MarkICMPFragNeeded:       "icmp-frag-needed",
	MarkCaptureGap:           "capture-gap",
	MarkOneSided:             "one-sided",
	MarkMidStream:            "mid-stream",
	MarkTruncated:            "truncated",
	MarkDuplicateCapture:     "duplicate-capture",
	MarkClockJump:            "clock-jump",
	MarkMPTCP:                "mptcp",
	MarkFastOpen:             "fast-open",
	MarkSimultaneousOpen:     "simultaneous-open",
	MarkBadChecksum:          "bad-checksum",
	MarkOddFlags:             "odd-flags",
}

// String returns the mark's id.
func (m MarkID) String() string { return markNames[m] }

// ParseMark reads a mark's id.
func ParseMark(id string) (MarkID, bool) {
	for m, n := range markNames {
		if n == id {
			return MarkID(m), true
		}
	}
	return 0, false
}

// A Mark is one mark of one conversation, with the frame and the time that show it. Who is the side that did or
// suffered it, NoOne where it concerns the conversation as a whole.
type Mark struct {
	ID    MarkID
	Who   Who
	Frame uint64
	Time  int64
}
