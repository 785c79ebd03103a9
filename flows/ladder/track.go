package ladder

import "tcpclose/decode"

const (
	maxHoles   = 8
	maxResends = 8
)

// A span is a range of one side's stream, relative to its first number: [from, to).
type span struct{ from, to int64 }

// A resend remembers how often a segment was sent.
type resend struct {
	from int64
	n    uint32
}

// A track follows one side's sequence numbers, so far as a ladder needs: what comes next, which holes are open, and
// what was sent before. Its numbers are 64 bits wide and relative, so that they do not wrap.
type track struct {
	known   bool
	base    decode.Seq // its number is 0 if a SYN was seen, else 1, as Wireshark counts
	offset  int64      // the relative number of base
	next    int64      // the number after the highest sent
	top     int64      // the highest number that the peer acknowledged
	window  uint64     // that this side offered last
	offered bool

	syns, synacks, fins uint32
	finAt               int64 // the FIN's own number; valid iff fins > 0

	holes   [maxHoles]span
	nHoles  int
	resends [maxResends]resend // a ring
	at      int
}

// begin fixes the base of the relative numbers.
func (k *track) begin(base decode.Seq, syn bool) {
	k.known, k.base, k.offset = true, base, 1
	if syn {
		k.offset = 0
	}
	k.next, k.top = k.offset, k.offset
}

// relative returns the number that stands for seq nearest to what this side sends now.
func (k *track) relative(seq decode.Seq) int64 {
	return k.next + int64(seq.Sub(k.base.Add(uint32(k.next-k.offset))))
}

// sent takes a segment of this side into account and says what it is. The segment is no RST: those move nothing.
func (k *track) sent(s *decode.Segment, peerClosed bool) (from int64, again uint32, traits Trait) {
	from = k.relative(s.Seq)
	to := from + int64(s.SpaceLen())
	switch {
	case s.Flags.Has(decode.SYN | decode.ACK): // in a simultaneous open it follows a SYN
		again = k.synacks
		k.synacks++
	case s.Flags.Any(decode.SYN):
		again = k.syns
		k.syns++
	case s.Flags.Any(decode.FIN):
		again = k.fins
		k.fins++
		k.finAt = to - 1
	case s.Len <= 1 && from == k.next-1 && k.next > k.offset+1 && !peerClosed:
		return from, 0, KeepAlive
	case s.Len == 0 && peerClosed && from == k.next-1 && k.next > k.offset+1: // Linux asks a closed window in the form of a keep-alive
		return from, 0, Probe
	case s.Len == 1 && peerClosed && from >= k.next-1:
		traits = Probe
		if from < k.next {
			return from, 0, traits
		}
		return from, 0, traits // the octet does not count before it is acknowledged
	case s.Len == 0:
		return from, 0, 0
	case to <= k.next && k.fills(from, to):
		traits = OutOfOrder
	case to <= k.next:
		again = k.again(from)
	}
	if from > k.next && !s.Flags.Any(decode.SYN) {
		k.open(k.next, from)
	}
	k.next = max(k.next, to)
	return from, again, traits
}

// open notes a hole. One too many is not remembered: what fills it then looks like a retransmission.
func (k *track) open(from, to int64) {
	if k.nHoles < maxHoles {
		k.holes[k.nHoles] = span{from, to}
		k.nHoles++
	}
}

// fills reports whether the range lies in a hole, and closes that part of it.
func (k *track) fills(from, to int64) bool {
	for i := range k.nHoles {
		h := k.holes[i]
		if from < h.from || to > h.to {
			continue
		}
		k.nHoles--
		k.holes[i] = k.holes[k.nHoles]
		if from > h.from {
			k.open(h.from, from)
		}
		if to < h.to {
			k.open(to, h.to)
		}
		return true
	}
	return false
}

// again counts one more copy of the segment that begins at from, and returns the how-manieth retransmission it is.
func (k *track) again(from int64) uint32 {
	for i := range k.resends {
		if r := &k.resends[i]; r.n > 0 && r.from == from {
			r.n++
			return r.n
		}
	}
	k.resends[k.at] = resend{from, 1}
	k.at = (k.at + 1) % maxResends
	return 1
}

// acknowledged takes the peer's ack into account and returns how many octets it covers that were never captured.
func (k *track) acknowledged(ack int64) (missing uint64) {
	kept := 0
	for _, h := range k.holes[:k.nHoles] {
		if h.from >= ack {
			k.holes[kept] = h
			kept++
			continue
		}
		missing += uint64(min(h.to, ack) - h.from)
		if h.to > ack {
			k.holes[kept] = span{ack, h.to}
			kept++
		}
	}
	k.nHoles = kept
	if k.fins == 0 && ack > k.next {
		missing += uint64(ack - k.next)
		k.next = ack
	}
	k.top = max(k.top, ack)
	return missing
}

// lost tells that segments were left out here: what follows is taken as it comes.
func (k *track) skip() {
	k.nHoles = 0
	k.resends = [maxResends]resend{}
}
