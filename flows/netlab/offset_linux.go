package netlab

import (
	"encoding/binary"
	"net/netip"

	"tcpclose/decode"
)

// Numbers say where the sequence numbers of the wire begin, and what becomes of the timestamps. The stage that does it
// stands next to A, so that every tap sees what B sees, and the hosts notice nothing.
type Numbers struct {
	// A holds the initial sequence numbers of A's first, second … connection attempt of a five-tuple, B those of B's
	// answers; where a list ends, its last number's shift stays.
	A, B []decode.Seq
	// Rewind is what A's timestamps are set back by from the second attempt of a five-tuple on.
	Rewind uint32
}

// renumbering is what has been decided for one five-tuple.
type renumbering struct {
	shift    [2]uint32
	isn      [2]decode.Seq // the host's own, of the present attempt
	attempts [2]int
}

func (n *Numbers) stage() Stage {
	known := map[[2]netip.AddrPort]*renumbering{}
	return func(w *Wire, at int, p *Packet) {
		key := [2]netip.AddrPort{p.Src(), p.Dst()}
		if p.Dir == FromB {
			key[0], key[1] = key[1], key[0]
		}
		r := known[key]
		if r == nil {
			r = &renumbering{}
			known[key] = r
		}
		if p.Flags().Has(decode.SYN) && (r.attempts[p.Dir] == 0 || r.isn[p.Dir] != p.Seq()) {
			wanted := n.A
			if p.Dir == FromB {
				wanted = n.B
			}
			if r.attempts[p.Dir] < len(wanted) {
				r.shift[p.Dir] = uint32(wanted[r.attempts[p.Dir]] - p.Seq())
			}
			r.attempts[p.Dir]++
			r.isn[p.Dir] = p.Seq()
		}
		seq, ack := r.shift[p.Dir], -r.shift[p.Dir.Reverse()]
		if p.Flags().Has(decode.RST) && p.Seq() == 0 {
			seq = 0 // the answer of a host without a socket counts from nothing
		}
		if n.Rewind != 0 && r.attempts[FromA] > 1 {
			p.turnBack(n.Rewind)
		}
		p.shift(seq, ack)
		w.next(at, p)
	}
}

// turnBack makes A's clock be late by the given ticks of its timestamps, and B's echoes fit A's real clock.
func (p *Packet) turnBack(ticks uint32) {
	at := p.option(8)
	if at < 0 {
		return
	}
	if p.Dir == FromA {
		binary.BigEndian.PutUint32(p.Data[at+2:], binary.BigEndian.Uint32(p.Data[at+2:])-ticks)
	} else if echo := binary.BigEndian.Uint32(p.Data[at+6:]); echo != 0 {
		binary.BigEndian.PutUint32(p.Data[at+6:], echo+ticks)
	}
}
