package flows

import "net/netip"

// FindingID names a kind of finding.
type FindingID uint8

// The findings, in the order in which equals are listed.
const (
	FindingForgedRST FindingID = iota
	FindingResetBeyond
	FindingResetByBox
	FindingCloseWaitLeak
	FindingClosedConnectionUsed
	FindingAnswerAfterClose
	FindingUnreadData
	FindingAbortingClose
	FindingIdleTimeout
	FindingForgottenConnections
	FindingTimeWaitExhaustion
	FindingTimeWaitChallenges
	FindingPAWSDrops
	FindingFINLoss
	FindingHalfDeadPeers
	FindingShortLived
	FindingServiceRefuses
	FindingServiceFiltered
	FindingAcceptQueue
	FindingCaptureUnreliable
	NumFindings
)

var findingNames = [NumFindings]string{
	FindingForgedRST:            "forged-rst",
	FindingResetBeyond:          "reset-began-beyond",
	FindingResetByBox:           "reset-by-the-box",
	FindingCloseWaitLeak:        "close-wait-leak",
	FindingClosedConnectionUsed: "closed-connection-used",
	FindingAnswerAfterClose:     "answer-after-close",
	FindingUnreadData:           "reset-with-unread-data",
	FindingAbortingClose:        "aborting-close",
	FindingIdleTimeout:          "idle-timeout",
	FindingForgottenConnections: "forgotten-connections",
	FindingTimeWaitExhaustion:   "time-wait-exhaustion",
	FindingTimeWaitChallenges:   "time-wait-challenges",
	FindingPAWSDrops:            "paws-drops",
	FindingFINLoss:              "fin-loss",
	FindingHalfDeadPeers:        "half-dead-peers",
	FindingShortLived:           "short-lived-connections",
	FindingServiceRefuses:       "service-refuses",
	FindingServiceFiltered:      "service-filtered",
	FindingAcceptQueue:          "accept-queue-full",
	FindingCaptureUnreliable:    "capture-unreliable",
}

// String returns the finding's id.
func (f FindingID) String() string { return findingNames[f] }

// ParseFinding reads a finding's id.
func ParseFinding(id string) (FindingID, bool) {
	for f, n := range findingNames {
		if n == id {
			return FindingID(f), true
		}
	}
	return 0, false
}

// MaxFindingConversations is how many conversations a finding names; Count says how many there are.
const MaxFindingConversations = 16

// A Finding is a sentence that a person can act on, with the numbers and the conversations behind it (TEARDOWN section
// 9). Times are nanoseconds since 1970 UTC, durations nanoseconds.
type Finding struct {
	ID         FindingID
	Confidence Confidence
	Rank       int    // 1 is the first
	Sentence   string // what is wrong, and what to do first
	Evidence   []string

	Service netip.AddrPort // server address and port; not valid where it concerns more than one
	Client  netip.Addr     // not valid where it concerns more than one
	Side    Who            // whose doing it is; NoOne where that is open

	Conversations []uint64 // ids, the smallest first, at most MaxFindingConversations
	Count         uint64   // of all conversations that it touches
	Of            uint64   // out of so many; 0 where there is no whole
	Time          int64    // that they touch, added up
	Longest       int64    // of them
	LongestID     uint64   // the conversation with the longest time
	BytesLost     uint64   // payload octets never acknowledged
	Since, Until  int64    // from the first segment of the first to the last segment of the last conversation
	Numbers       []Number
	Remedies      []string
	Filter        string // the expression that selects its conversations
}

// A Number is one figure of a finding. Its name ends with the unit, as in "since_fin_ns".
type Number struct {
	Name  string
	Value int64
}

// weight is what findings are ranked by: how many conversations they touch, and how much time. A minute counts as much as
// a conversation.
func (f *Finding) weight() float64 { return float64(f.Count) + float64(f.Time)/float64(60*second) }
