package flows

import "strings"

// State is a TCP state of one endpoint, as RFC 9293 section 3.3.2 names them. LISTEN is never reported.
type State uint8

// The states, in the order in which a connection lives through them. Unknown is that of an endpoint of which the
// capture shows too little.
const (
	Unknown State = iota
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	Closing
	TimeWait
	CloseWait
	LastAck
	Closed
	NumStates
)

// stateNames holds the spelling of RFC 9293, that of ss(8), and one for narrow places.
var stateNames = [NumStates]struct{ rfc, ss, short string }{
	Unknown:     {"UNKNOWN", "UNKNOWN", ""},
	SynSent:     {"SYN-SENT", "SYN-SENT", "SYNS"},
	SynReceived: {"SYN-RECEIVED", "SYN-RECV", "SYNR"},
	Established: {"ESTABLISHED", "ESTAB", "ESTAB"},
	FinWait1:    {"FIN-WAIT-1", "FIN-WAIT-1", "FINW1"},
	FinWait2:    {"FIN-WAIT-2", "FIN-WAIT-2", "FINW2"},
	Closing:     {"CLOSING", "CLOSING", "CLSING"},
	TimeWait:    {"TIME-WAIT", "TIME-WAIT", "TIMEW"},
	CloseWait:   {"CLOSE-WAIT", "CLOSE-WAIT", "CLOSEW"},
	LastAck:     {"LAST-ACK", "LAST-ACK", "LASTA"},
	Closed:      {"CLOSED", "CLOSED", "CLOSED"},
}

// String returns the name as RFC 9293 writes it.
func (s State) String() string { return stateNames[s].rfc }

// SS returns the name as ss(8) writes it.
func (s State) SS() string { return stateNames[s].ss }

// Short returns the name in at most six letters; empty for Unknown.
func (s State) Short() string { return stateNames[s].short }

// ParseState reads a state's name in any case, with - or _, in RFC 9293's or ss's spelling.
func ParseState(text string) (State, bool) {
	want := strings.ReplaceAll(strings.ToUpper(text), "_", "-")
	for s, n := range stateNames {
		if want == n.rfc || want == n.ss {
			return State(s), true
		}
	}
	return Unknown, false
}

// Grade says how a state change is known (TEARDOWN: seen, inferred, assumed).
type Grade uint8

// The grades, from the strongest.
const (
	Seen     Grade = iota // the endpoint itself did it on the wire
	Inferred              // the peer's segment passed the vantage, so the endpoint probably received it
	Assumed               // only a timer can have done it
)

var gradeNames = [...]string{"seen", "inferred", "assumed"}

// String returns the name that reports use.
func (g Grade) String() string { return gradeNames[g] }

// NoTime is the time of something that was never proved; null in reports.
const NoTime int64 = -1 << 63

// A Transition is one state change of one endpoint.
type Transition struct {
	State    State
	Grade    Grade
	Received bool   // brought about by the peer's segment, not by the endpoint itself
	Frame    uint64 // the frame that shows it; 0 where none does (a timer)
	Earliest int64  // nanoseconds since 1970 UTC; NoTime where unknown
	Latest   int64  // NoTime where nothing ever proved it
	Probable int64  // the most probable time, where that is neither Earliest nor Latest; else 0
}

// When returns the one time at which a picture puts the change: what the endpoint did itself when its segment passed,
// what it received when the peer's did.
func (t *Transition) When() int64 {
	if t.Probable != 0 {
		return t.Probable
	}
	if t.Received && t.Earliest != NoTime || t.Latest == NoTime {
		return t.Earliest
	}
	return t.Latest
}

// last returns the endpoint's last state; Unknown where it has none.
func (e *End) last() State {
	if n := len(e.States); n > 0 {
		return e.States[n-1].State
	}
	return Unknown
}
