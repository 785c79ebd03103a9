package flows

import "tcpclose/decode"

// A Summary says what was read, and what of it could not be used. Times are nanoseconds since 1970 UTC.
type Summary struct {
	Packets       uint64
	Segments      uint64 // TCP segments among the packets
	ICMPErrors    uint64 // ICMP errors that quote a segment
	Conversations uint64 // judged, also those that a filter left out
	Reported      uint64 // handed to the report
	ByClass       [NumClasses]uint64
	First, Last   int64 // the earliest and the latest packet; NoTime where there was none
	Skips         []decode.SkipCount
	Files         []decode.FileInfo
	Interfaces    []decode.Interface
	Damages       []decode.Damage // the first thousand
	DamageCount   uint64
	Drops         uint64    // packets that the capture itself says it lost
	Stray         uint64    // ICMP errors about conversations that were not captured
	Late          uint64    // segments of conversations that were given up early
	Evicted       uint64    // conversations given up early for want of memory
	ClockJumps    uint64    // steps of the packets' times that the clock did not follow
	Outside       uint64    // packets before Since or after Until
	Complete      bool      // everything was read, undamaged and to the end
	Interrupted   bool      // the user stopped it
	ReadError     error     // what ended reading before the end, if anything
	Findings      []Finding // what conversations have in common, once somebody gathered it (Findings.List)
}

// Faulty returns how many frames gave no segment for a reason that is a fault of the frame or the capture.
func (s *Summary) Faulty() (n uint64) {
	for _, k := range s.Skips {
		if k.Reason.Faulty() {
			n += k.Count
		}
	}
	return n
}
