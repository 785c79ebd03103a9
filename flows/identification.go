package flows

import "tcpclose/decode"

// Linux counts the IP identifications of each socket's packets one by one. Where that is seen, a number that was passed
// over is a packet of that side which the capture does not hold: it was lost before the vantage, or by the capture. Other
// stacks draw the numbers at random, or count those of all connections together, as Windows does; that one starts from a
// TTL of 128. Nothing of the kind is there for IPv6.

// What is known of a side's identifications, in two bits of its sideBits.
const (
	idsUnknown sideBits = iota << idsShift
	idsRising           // one was the next number
	idsWild             // they do not count packets of this connection

	idsShift = 14
	sideIDs  = 3 << idsShift
)

// linuxTTL is the TTL that Linux starts from.
const linuxTTL = 64

// maxIDGap is how many packets of a side at most may be missing between two; a wider jump says that its identifications
// count something else.
const maxIDGap = 64

// largestFrame is the largest payload of one packet on an ordinary link. What is larger was put together by a host or its
// network card, and has used up several identifications.
const largestFrame = 1500

// identify follows the IP identification of a side's segments.
func (h *half) identify(s *decode.Segment) {
	step := s.IPID - h.ipid
	if step == 1 && h.ipid != 0 && s.Len <= largestFrame {
		h.ipid = s.IPID
		h.bits |= idsRising
		return
	}
	switch {
	case s.IPID == 0: // IPv6, or what a kernel sends without a socket
	case h.ipid == 0:
		h.ipid = s.IPID
	case s.Len > largestFrame || step > maxIDGap && step < -maxIDGap&0xffff:
		h.bits |= idsWild
	case step <= maxIDGap: // otherwise it was overtaken
		if h.passedOver(s) {
			h.bits |= sideRepaired // some were lost on the way here
		}
		h.ipid = s.IPID
	}
}

// passedOver reports whether a side has sent something between its last captured segment and this one.
func (h *half) passedOver(s *decode.Segment) bool {
	step := s.IPID - h.ipid
	return h.bits&sideIDs == idsRising && s.TTL <= linuxTTL && s.IPID != 0 && step > 1 && step <= maxIDGap
}
