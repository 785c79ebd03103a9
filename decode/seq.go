package decode

// Seq is a TCP sequence number. Its order is modulo 2^32 (RFC 9293 section 3.4): a number is before another if the
// shorter way round the circle leads forward to it.
type Seq uint32

// Add returns the sequence number n octets further on.
func (s Seq) Add(n uint32) Seq { return s + Seq(n) }

// Sub returns how many octets s lies after t; negative if s lies before t.
func (s Seq) Sub(t Seq) int32 { return int32(s - t) }

// Before reports whether s lies before t.
func (s Seq) Before(t Seq) bool { return int32(s-t) < 0 }

// After reports whether s lies after t.
func (s Seq) After(t Seq) bool { return int32(s-t) > 0 }
