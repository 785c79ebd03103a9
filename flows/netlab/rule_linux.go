package netlab

import (
	"time"

	"tcpclose/decode"
)

// A Match picks packets.
type Match func(p *Packet) bool

// The kinds of segment that rules speak of.
func isFIN(p *Packet) bool  { return p.Flags().Has(decode.FIN) }
func isSYN(p *Packet) bool  { return p.Flags().Has(decode.SYN) && !p.Flags().Has(decode.ACK) }
func isRST(p *Packet) bool  { return p.Flags().Has(decode.RST) }
func isData(p *Packet) bool { return p.Len() > 0 && !p.Flags().Has(decode.RST) }
func isACK(p *Packet) bool  { return p.Flags()&^decode.PSH == decode.ACK && p.Len() == 0 }
func isAny(*Packet) bool    { return true }

// isSYNACK picks the second segment of a handshake.
func isSYNACK(p *Packet) bool { return p.Flags().Has(decode.SYN | decode.ACK) }

// An Action does something to a packet that a rule picked. It calls w.next itself where the packet goes on.
type Action func(w *Wire, at int, p *Packet)

// A Rule acts on the From-th to the To-th packet that match in one direction, counted from 1; To of 0 means From alone,
// and Forever that there is no end. Rules stand in a row: a packet passes all those of its side of the middle.
type Rule struct {
	Dir      Direction
	Match    Match
	From, To int
	Do       Action
}

// Forever is a To without end.
const Forever = 1 << 30

func (r Rule) stage() Stage {
	seen, to := 0, r.To
	if to == 0 {
		to = r.From
	}
	return func(w *Wire, at int, p *Packet) {
		if p.Dir != r.Dir || p.Forged || !r.Match(p) {
			w.next(at, p)
			return
		}
		seen++
		if seen < r.From || seen > to {
			w.next(at, p)
			return
		}
		r.Do(w, at, p)
	}
}

// lose drops the packet.
func lose(*Wire, int, *Packet) {}

// late holds the packet back, so that those behind it overtake it.
func late(d time.Duration) Action {
	return func(w *Wire, at int, p *Packet) { w.after(d, func() { w.next(at, p) }) }
}

// again sends the packet on, and one copy of it later.
func again(d time.Duration) Action {
	return func(w *Wire, at int, p *Packet) {
		twin := p.Clone()
		twin.Forged = true // a rule must not count the copy
		w.next(at, p)
		w.after(d, func() { w.next(at, twin) })
	}
}

// beside sends the packet on, and then what make returns, each in its own direction; nil is nothing.
func beside(build func(p *Packet) *Packet) Action {
	return func(w *Wire, at int, p *Packet) {
		forged := build(p)
		w.next(at, p)
		if forged != nil {
			w.next(at, forged)
		}
	}
}

// delay is the stage that makes the wire long: d each way.
func delay(d time.Duration) Stage {
	return func(w *Wire, at int, p *Packet) { w.after(d, func() { w.next(at, p) }) }
}

// A gate lets packets through until it is shut.
type gate struct{ shut [2]bool }

func (g *gate) stage(w *Wire, at int, p *Packet) {
	if !g.shut[p.Dir] {
		w.next(at, p)
	}
}

// offset is the stage next to A that moves each side's sequence numbers, so that the first SYN and the first SYN-ACK of
// a five-tuple have the numbers that start names. Hosts on both ends notice nothing.
func offset(start [2]decode.Seq) Stage {
	type tuple struct{ src, dst string }
	moves := map[tuple]*[2]uint32{}
	fixed := map[tuple]*[2]bool{}
	return func(w *Wire, at int, p *Packet) {
		key := tuple{p.Src().String(), p.Dst().String()}
		if p.Dir == FromB {
			key.src, key.dst = key.dst, key.src
		}
		move := moves[key]
		if move == nil {
			move = &[2]uint32{}
			moves[key], fixed[key] = move, &[2]bool{}
		}
		if p.Flags().Has(decode.SYN) && !fixed[key][p.Dir] {
			move[p.Dir] = uint32(start[p.Dir] - p.Seq())
			fixed[key][p.Dir] = true
		}
		seq, ack := move[p.Dir], -move[p.Dir.Reverse()]
		if isRST(p) && p.Seq() == 0 {
			seq = 0 // the answer of a host without a socket counts from nothing
		}
		p.shift(seq, ack)
		w.next(at, p)
	}
}
