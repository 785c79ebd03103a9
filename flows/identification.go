package flows

import "tcpclose/decode"

// Many stacks count the IP identification of a connection's packets one by one (Linux does, for each socket). Where that
// is seen, a number that was passed over is a packet of that side that the capture does not hold: it was lost before the
// vantage, or by the capture. Nothing of the kind is there for IPv6.

// What is known of a side's identifications, in two bits of its sideBits.
const (
	idsUnknown    sideBits = iota << idsShift
	idsRising              // the last one was the next number
	idsSequential          // that was so twice
	idsWild                // they do not count packets

	idsShift = 14
	sideIDs  = idsWild
)

// maxIDGap is how many packets of a side at most may be missing between two; a wider jump says that its identifications
// count something else.
const maxIDGap = 64

// largestFrame is the largest payload of one packet on an ordinary link. What is larger was put together by a host or its
// network card, and has used up several identifications.
const largestFrame = 1500

// identify follows the IP identification of a side's segments.
func (h *half) identify(s *decode.Segment) {
	step := s.IPID - h.ipid
	if step == 1 && s.Len <= largestFrame {
		h.ipid = s.IPID
		if h.bits&sideIDs < idsSequential {
			h.bits += idsRising
		}
		return
	}
	switch {
	case s.IPID == 0: // IPv6, or what a kernel sends without a socket
	case h.ipid == 0:
		h.ipid = s.IPID
	case s.Len > largestFrame || step > maxIDGap && step < -maxIDGap&0xffff:
		h.bits |= idsWild
	case step <= maxIDGap:
		h.ipid = s.IPID // otherwise it was overtaken
	}
}

// passedOver reports whether a side has sent something between its last captured segment and this one.
func (h *half) passedOver(s *decode.Segment) bool {
	step := s.IPID - h.ipid
	return h.bits&sideIDs == idsSequential && s.IPID != 0 && step > 1 && step <= maxIDGap
}
