package held

import (
	"bytes"

	"tcpclose/decode"
	"tcpclose/flows"
)

// maxRead is how many packets Read returns at the most: no honest conversation has more, but SYNs of ever new numbers can
// make as many lives.
const maxRead = 2048

// A Packet is one that is held. Its data are the caller's.
type Packet struct {
	decode.Packet
	Missing uint64 // how many of its conversation came right before it and are not held
}

func packetOf(b []byte, missing uint64) Packet {
	p := Packet{packet(b), missing}
	p.Data = bytes.Clone(p.Data)
	return p
}

// Read returns the packets that are held of a conversation from one frame to another, in their order, and whether none
// before them was given up. They stay.
func (s *Store) Read(t *flows.Teardown, from, to uint64) (list []Packet, whole bool) {
	newest := s.newestOf(t)
	if newest == 0 {
		return nil, false
	}
	// The lives follow each other: go back to the one that holds the first frame, then forth.
	i := newest
	for s.lives[i].older != 0 && frameOf(s.lives[i].buf) > from {
		i = s.lives[i].older
	}
	for ; i != 0 && len(list) < maxRead; i = s.lives[i].newer {
		s.lives[i].records(func(b []byte, missing uint64) {
			if f := frameOf(b); f >= from && f <= to {
				list = append(list, packetOf(b, missing))
			}
		})
	}
	return list, len(list) > 0 && list[0].Frame == from
}

// Take removes what is held of a conversation, and of what its endpoints sent before it. It returns the packets of the
// conversation, in their order, and how many of it are missing.
func (s *Store) Take(t *flows.Teardown) (list []Packet, missing uint64) {
	oldest := s.newestOf(t)
	for oldest != 0 && s.lives[oldest].older != 0 {
		oldest = s.lives[oldest].older
	}
	for i := oldest; i != 0; {
		l := &s.lives[i]
		next := l.newer
		var rest []byte
		left, taken := 0, len(list)
		l.records(func(b []byte, gap uint64) {
			switch f := frameOf(b); {
			case f > t.LastFrame:
				rest = append(rest, b...)
				left++
			case f >= t.FirstFrame:
				list = append(list, packetOf(b, gap))
			}
		})
		if len(list) > taken {
			missing += l.skipped
		}
		switch {
		case left == 0:
			s.drop(i)
		case frameOf(l.buf) <= t.LastFrame: // what is left are the last ones of a life that goes on
			s.size += int64(cap(rest) - cap(l.buf))
			l.buf, l.opening, l.at, l.first, l.last = rest, 0, 0, 0, left
			l.skipped = 0
		}
		i = next
	}
	return list, missing
}

// newestOf returns the latest life of a conversation's endpoints; 0 where there is none.
func (s *Store) newestOf(t *flows.Teardown) int32 {
	a, b := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	return s.newest[pairOf(decode.AddrFrom(a.Addr()), a.Port(), decode.AddrFrom(b.Addr()), b.Port(), t.Scope)]
}
