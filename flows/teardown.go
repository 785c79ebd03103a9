package flows

import (
	"net/netip"

	"tcpclose/decode"
)

// A Teardown is one conversation and the judgement on how it ended. It is derived from the tracker's facts by Judge and
// holds nothing that the facts do not. All times are nanoseconds since 1970 UTC, all durations nanoseconds.
type Teardown struct {
	ID       uint64 // the number of its first frame
	Ends     [2]End // indexed by Side
	RolesBy  RolesBy
	Class    Class
	Shape    Shape
	FirstFIN Who // who sent the first FIN
	Closer   Who // who closed first: the first FIN, or the RST that ended it; ByBoth for simultaneous shapes
	ResetBy  Who // who sent the RST that counts; ByNetwork where middlebox-reset ranks first

	Final   bool // nothing that follows can change the verdict
	GivenUp bool // it is not final, yet none follows: the conversation was given up for want of memory (Config.Mem)

	FirstFrame, LastFrame uint64
	FirstPos, LastPos     decode.Position
	Start, Last           int64 // first and last segment
	CloseStart            int64 // first FIN or RST that counts; NoTime where nobody closed
	CloseEnd              int64 // both FINs acknowledged, or the RST; NoTime while the close is under way
	WatchedUntil          int64 // the capture's clock when the verdict was given
	IdleBeforeClose       int64 // silence before CloseStart

	Marks     []Mark  // in frame order
	Causes    []Cause // best first
	Uncertain []Doubt
	Pairs     []Pair // its other legs; empty unless Config.Annotate knows one

	VLAN  uint16 // of its first segment, as in decode.Segment
	Iface uint16
	Encap decode.Encap
	Scope uint64

	lane uint8 // of the accumulators: see lanes
}

// Over reports whether no other verdict on the conversation follows.
func (t *Teardown) Over() bool { return t.Final || t.GivenUp }

// An End is one endpoint of a conversation.
type End struct {
	Addr      netip.AddrPort
	States    []Transition // in order of time
	ISN       decode.Seq   // valid iff SawSYN
	FirstSeq  decode.Seq   // the lowest sequence number seen; the base of relative numbers where no SYN was seen
	SawSYN    bool
	Packets   uint64
	Bytes     uint64 // payload octets, retransmissions included
	DataBytes uint64 // payload octets of the sequence space that passed, each counted once
	BytesLost uint64 // sent (or skipped over) and never acknowledged
	RTT       int64  // from the vantage to this end and back; NoTime where the handshake does not tell
	Retrans   uint32 // segments with payload sent again
	LastData  int64  // its last segment with new payload; NoTime where there was none
	FIN       FINFacts
	RST       RSTFacts
	MSS       uint16
	WScale    uint8
	HasWScale bool
	TTL       uint8
	Name      string           // what the capture calls its address; hostile, but of printable ASCII. Empty unless Config.Annotate knows one
	NameBy    NameBy           // who says so
	Held      [NumStates]int64 // nanoseconds spent in each state; the last state counts until WatchedUntil unless it is Closed
}

// FINFacts are what the capture shows of one side's FIN. Frame 0 with Acked set means that it was acknowledged but never captured.
type FINFacts struct {
	Frame      uint64 // the first copy seen; 0 where none was
	Time       int64
	Seq        decode.Seq // the FIN's own number
	Ack        decode.Seq // the ack field of the first copy
	Resends    uint32
	LastResend uint64 // frame
	Acked      uint64 // the first frame of the peer that acknowledges it; 0 where none does
	AckedTime  int64
	WithData   bool
}

// Sent reports whether the side sent a FIN, seen or proved by its acknowledgement.
func (f *FINFacts) Sent() bool { return f.Frame != 0 || f.Acked != 0 }

// Verdict is what the receiver made of a RST (RFC 5961 section 3.2).
type Verdict uint8

// The verdicts.
const (
	VerdictUnknown Verdict = iota
	VerdictAccepted
	VerdictIgnored
)

var verdictNames = [...]string{"unknown", "accepted", "ignored"}

// String returns the name that reports use.
func (v Verdict) String() string { return verdictNames[v] }

// RSTKind tells the two kinds of RST apart.
type RSTKind uint8

// The kinds. NoRST is that of a side that sent none.
const (
	NoRST       RSTKind = iota
	ActiveAbort         // RST+ACK at SND.NXT: its sender had a socket and has closed it
	Reply               // bare RST at the ack of the segment that drew it, or RST+ACK with seq 0
)

var rstKindNames = [...]string{"", "active-abort", "reply"}

// String returns the name that reports use; empty for NoRST.
func (k RSTKind) String() string { return rstKindNames[k] }

// RSTFacts are what the capture shows of the RST of one side that matters most: the one that counts, else the first.
type RSTFacts struct {
	Frame   uint64
	Time    int64
	Seq     decode.Seq
	Kind    RSTKind
	Verdict Verdict
	Counts  bool   // it ended the conversation, or would have
	Drawn   uint64 // the frame that it answers, for a Reply; 0 where none is seen
	Number  uint32 // how many RSTs that side sent
	DataLen uint32 // payload octets on it
	Text    string // the payload of the side's first RST that has some, as far as captured and at most maxQuote octets; hostile
	Signs   Forgery
}

// none makes the facts those of a side that sent no RST.
func (f *RSTFacts) none() {
	f.Frame, f.Time, f.Seq, f.Kind, f.Verdict, f.Counts = 0, NoTime, 0, NoRST, VerdictUnknown, false
	f.Drawn, f.Number, f.DataLen, f.Text, f.Signs = 0, 0, 0, "", 0
}

// A Doubt names what the capture leaves open, and what it can have been.
type Doubt struct {
	What         string   // "shape", "server.states", "rst", "cause" …
	Text         string   // one sentence
	Alternatives []string // ids: classes, shapes, states, causes
}

// Duration returns the time from the first to the last segment.
func (t *Teardown) Duration() int64 { return t.Last - t.Start }

// CloseDuration returns how long the close took, or NoTime where it never began or never ended.
func (t *Teardown) CloseDuration() int64 {
	if t.CloseStart == NoTime || t.CloseEnd == NoTime {
		return NoTime
	}
	return t.CloseEnd - t.CloseStart
}

// FirstMark returns the first mark of that id, or nil.
func (t *Teardown) FirstMark(id MarkID) *Mark {
	for i := range t.Marks {
		if t.Marks[i].ID == id {
			return &t.Marks[i]
		}
	}
	return nil
}

// Served reports whether the server took part: one that refuses, that does not answer, or of which too little was seen, is no
// service.
func (t *Teardown) Served() bool {
	return t.Class != Refused && t.Class != Unanswered && t.Class != Partial
}

// StateAt returns the state of a side at a time (nanoseconds since 1970 UTC).
func (t *Teardown) StateAt(side Side, at int64) State {
	s := Unknown
	for _, tr := range t.Ends[side].States {
		if tr.When() > at {
			break
		}
		s = tr.State
	}
	return s
}
