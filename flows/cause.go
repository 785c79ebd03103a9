package flows

// CauseID names a reason why a conversation ended as it did.
type CauseID uint8

// The causes.
const (
	CauseClose CauseID = iota
	CauseShutdownWrite
	CauseLingerZero
	CauseUnreadData
	CauseLinger2Negative
	CauseDataAfterClose
	CauseCloseWaitLeak
	CauseFinWait2Expired
	CauseNoSocket
	CauseKeepaliveTimeout
	CauseRetransmissionTimeout
	CausePeerVanished
	CauseLastACKLost
	CauseFINLost
	CauseFINACKLost
	CauseTimeWaitAssassination
	CauseMiddleboxReset
	CauseListenRefused
	CauseFiltered
	CauseICMPRefused
	CauseHandshakeAborted
	CauseAcceptQueueOverflow
	CauseTimeWaitChallenge // a SYN met a TIME-WAIT socket that answered with an ACK
	CausePAWSDrop
	NumCauses
)

var causeNames = [NumCauses]string{
	CauseClose:                 "close",
	CauseShutdownWrite:         "shutdown-write",
	CauseLingerZero:            "linger-zero",
	CauseUnreadData:            "closed-with-unread-data",
	CauseLinger2Negative:       "linger2-negative",
	CauseDataAfterClose:        "data-after-close",
	CauseCloseWaitLeak:         "close-wait-leak",
	CauseFinWait2Expired:       "fin-wait-2-expired",
	CauseNoSocket:              "no-socket",
	CauseKeepaliveTimeout:      "keepalive-timeout",
	CauseRetransmissionTimeout: "retransmission-timeout",
	CausePeerVanished:          "peer-vanished",
	CauseLastACKLost:           "last-ack-lost",
	CauseFINLost:               "fin-lost",
	CauseFINACKLost:            "fin-ack-lost",
	CauseTimeWaitAssassination: "time-wait-assassination",
	CauseMiddleboxReset:        "middlebox-reset",
	CauseListenRefused:         "listen-refused",
	CauseFiltered:              "filtered",
	CauseICMPRefused:           "icmp-refused",
	CauseHandshakeAborted:      "handshake-aborted",
	CauseAcceptQueueOverflow:   "accept-queue-overflow",
	CauseTimeWaitChallenge:     "time-wait-challenge",
	CausePAWSDrop:              "paws-drop",
}

// String returns the cause's id.
func (c CauseID) String() string { return causeNames[c] }

// ParseCause reads a cause's id.
func ParseCause(id string) (CauseID, bool) {
	for c, n := range causeNames {
		if n == id {
			return CauseID(c), true
		}
	}
	return 0, false
}

// Confidence says how sure a cause is.
type Confidence uint8

// From the weakest to the strongest.
const (
	Possible Confidence = iota
	Likely
	Certain
)

var confidenceNames = [...]string{"possible", "likely", "certain"}

// String returns the name that reports use.
func (c Confidence) String() string { return confidenceNames[c] }

// A Cause is one candidate reason of one conversation's end. Who is the side whose doing it was.
type Cause struct {
	ID         CauseID
	Confidence Confidence
	Who        Who
	NFrames    uint8
	Frames     [4]uint64 // the first NFrames are the evidence, in capture order
}

// another returns the causes with one more, which is what it was when there was room for it before.
func another(causes []Cause) []Cause {
	if len(causes) == cap(causes) {
		return append(causes, Cause{})
	}
	return causes[:len(causes)+1]
}

// is says how sure a cause is, whose doing it was, and which frames show it, at most four in any order; 0 is none.
func (c *Cause) is(sure Confidence, who Who, frames ...uint64) bool {
	c.Confidence, c.Who, c.NFrames, c.Frames = sure, who, 0, [len(c.Frames)]uint64{}
	for _, f := range frames {
		if f == 0 {
			continue
		}
		i := c.NFrames
		for ; i > 0 && c.Frames[i-1] > f; i-- {
			c.Frames[i] = c.Frames[i-1]
		}
		c.Frames[i] = f
		c.NFrames++
	}
	return true
}

// Evidence returns the frames that show the cause.
func (c *Cause) Evidence() []uint64 { return c.Frames[:c.NFrames] }
