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
	idsLeaping          // some were passed over, and none was the next number yet

	idsShift = 14
	sideIDs  = 3 << idsShift
)

// linuxTTL is the TTL that Linux starts from.
const linuxTTL = 64

// windowsTTL is the one that Windows does.
const windowsTTL = 128

// maxIDGap is how many packets of a side at most may be missing between two; a wider jump says that its identifications
// count something else.
const maxIDGap = 64

// largestFrame is the largest payload of one packet on an ordinary link. What is larger was put together by a host or its
// network card, and has used up several identifications.
const largestFrame = 1500

// counts reports whether the segment bears the identification after the side's last, as its segments have done before. The hot
// path asks this in front of identify, in two places: one function of both is too large for the compiler to put in place.
func (h *half) counts(s *decode.Segment) bool {
	return uint32(s.IPID) == uint32(h.ipid)+1 && h.bits&sideIDs == idsRising && s.Len <= largestFrame
}

// identify follows the IP identification of a side's segments, which is 0 over IPv6, and where Linux sends without a full
// socket. A side that sends others with 0 is none of Linux: macOS does so with bare acknowledgements.
func (h *half) identify(s *decode.Segment) {
	step := s.IPID - h.ipid
	switch known := h.bits & sideIDs; {
	case s.IPID|h.ipid == 0: // none, so far
	case s.IPID == 0:
		if h.bits&sideFIN == 0 && s.Flags&(decode.SYN|decode.RST) == 0 {
			h.bits = h.bits&^sideIDs | idsWild
		}
	case h.ipid == 0:
		h.ipid = s.IPID
	case step == 1 && s.Len <= largestFrame:
		h.ipid = s.IPID
		if known == idsRising || known == idsWild {
			return
		}
		h.bits = h.bits&^sideIDs | idsRising
		if known == idsLeaping && s.TTL <= linuxTTL {
			h.bits |= sideRepaired // those passed over before were packets, too
		}
	case s.Len > largestFrame || step > maxIDGap && step < -maxIDGap&0xffff:
		h.bits = h.bits&^sideIDs | idsWild
	case step <= maxIDGap: // otherwise it was overtaken
		if h.passedOver(s) {
			h.bits |= sideRepaired // some were lost on the way here
		}
		if known == idsUnknown && step > 1 {
			h.bits |= idsLeaping
		}
		h.ipid = s.IPID
	}
}

// passedOver reports whether a side has sent something between its last captured segment and this one.
func (h *half) passedOver(s *decode.Segment) bool {
	step := s.IPID - h.ipid
	return h.bits&sideIDs == idsRising && s.TTL <= linuxTTL && s.IPID != 0 && step > 1 && step <= maxIDGap
}

// firstRetry is by how much a copy of a lone FIN follows the one before it at the least: Linux waits for its shortest
// retransmission timer, with a tick of grace.
const firstRetry = shortestRTO - 10*second/1000

// missing tells what most probably was not captured of what a side sent between its last captured segment and its FIN: where
// nothing had come that it had to acknowledge, and a retransmission timer had run, earlier copies of the FIN; where it was one
// packet, nothing but the peer's FIN had come, and no timer can have run, the acknowledgement of that.
func (h *half) missing(fin *decode.Segment, peer *finRecord, peerBits sideBits) finBits {
	waited := fin.Time - h.lastTime
	if fin.Options.Has(decode.OptTimestamps) && h.tsval != 0 {
		waited = int64(int32(fin.TSVal-h.tsval)) * second / 1000 // its own clock, which Linux lets tick in milliseconds
	}
	switch {
	case fin.Seq.After(h.nxt): // octets are missing: it was these
		return 0
	case waited >= firstRetry && fin.Ack == h.ack:
		return finResentUnseen
	case waited < firstRetry && fin.IPID-h.ipid == 2 && peerBits&sideFIN != 0 && h.ack == peer.seq && fin.Ack == peer.seq.Add(1):
		return finAckUnseen
	default:
		return 0
	}
}
