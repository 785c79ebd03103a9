package ladder

import (
	"tcpclose/decode"
	"tcpclose/flows"
)

// Kind says what a row shows.
type Kind uint8

// The kinds of rows.
const (
	Segment Kind = iota // one TCP segment
	Run                 // several segments of data and ACKs, collapsed
	Gap                 // something that must have been sent, and was never captured
	Timer               // a timer that must have run out: assumed, not seen
	Change              // states that changed with no row of their own, and the states at the beginning
	Pause               // a long silence
	ICMP                // an ICMP error about a segment of the conversation
	Note                // a remark, such as segments that were not kept
	numKinds
)

var kindNames = [numKinds]string{"segment", "run", "gap", "timer", "change", "pause", "icmp", "note"}

// String returns the kind's name.
func (k Kind) String() string { return kindNames[k] }

// A Margin is the state of one endpoint after a row.
type Margin struct {
	State   flows.State
	Grade   flows.Grade
	Changed bool // by this row
}

// Trait is a set of what the sequence numbers of a segment say of it.
type Trait uint8

// The traits.
const (
	KeepAlive  Trait = 1 << iota // a probe below the next sequence number
	OutOfOrder                   // fills a hole that a later segment had left
	Probe                        // one octet, or none, against a closed window
	Abandoned                    // the row's RST had no effect
)

// Has reports whether all traits of u are set.
func (t Trait) Has(u Trait) bool { return t&u == u }

// A Tally counts what a Run row stands for.
type Tally struct {
	Segments   uint32    // in all
	Data       uint32    // of those, with payload
	KeepAlives uint32    // of those, keep-alive probes
	Probes     uint32    // of those, probes of a closed window
	Resends    uint32    // of those, sent again
	Octets     [2]uint64 // payload, indexed by the side that sent it
	LastFrame  uint64
}

// A Row is one row of a ladder. Times are nanoseconds since 1970 UTC, flows.NoTime where there is none.
type Row struct {
	Kind    Kind
	From    flows.Side // who sent the segment; the sender of what an ICMP error quotes
	Lost    bool       // passed the capture point, and was lost beyond it
	Traits  Trait
	Resend  uint32    // the how-manieth retransmission; 0 for a first copy
	Margins [2]Margin // indexed by flows.Side

	Time  int64
	Until int64 // when a Run or a Pause ends; else as Time
	Delta int64 // since the row before; NoTime for the first

	Seg    decode.Segment // of a Segment or an ICMP row; the first of a Run
	Seq    int64          // relative to its side's first
	Ack    int64          // relative to the peer's first
	Window uint64         // scaled, where both scales are known

	Tally Tally        // of a Run
	Gap   uint64       // octets that a Gap row misses; 0 for a FIN
	Marks []flows.Mark // of this row; shared with the Teardown
	Text  string       // of a Timer, a Change or a Note
}

// Frame returns the number of the row's first frame; 0 where it has none.
func (r *Row) Frame() uint64 { return r.Seg.Frame }
