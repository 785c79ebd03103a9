package netlab

import (
	"time"

	"tcpclose/decode"
)

// A Match picks packets; past is what the rule has seen pass so far, in both directions.
type Match func(p *Packet, past *past) bool

// past is what a rule remembers of the connection.
type past struct {
	fin    [2]bool // that direction has sent a FIN
	finEnd [2]decode.Seq
}

func (s *past) note(p *Packet) {
	if p.Flags().Has(decode.FIN) {
		s.fin[p.Dir], s.finEnd[p.Dir] = true, p.End()
	}
}

// The kinds of segment that rules speak of.
func isFIN(p *Packet, _ *past) bool { return p.Flags().Has(decode.FIN) }

func isSYN(p *Packet, _ *past) bool  { return p.Flags().Has(decode.SYN) && !p.Flags().Has(decode.ACK) }
func isData(p *Packet, _ *past) bool { return p.Len() > 0 && !p.Flags().Has(decode.RST) }

// isACK picks segments that do nothing but acknowledge.
func isACK(p *Packet, _ *past) bool { return p.Flags()&^decode.PSH == decode.ACK && p.Len() == 0 }

// isSYNACK picks the second segment of a handshake.
func isSYNACK(p *Packet, _ *past) bool { return p.Flags().Has(decode.SYN | decode.ACK) }

// isACKOfFIN picks bare segments that acknowledge the peer's FIN.
func isACKOfFIN(p *Packet, s *past) bool {
	peer := p.Dir.Reverse()
	return isACK(p, s) && s.fin[peer] && p.Ack() == s.finEnd[peer]
}

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
	var before past
	if to == 0 {
		to = r.From
	}
	return func(w *Wire, at int, p *Packet) {
		before.note(p)
		if p.Dir != r.Dir || p.Forged || isNeighbour(p) || !r.Match(p, &before) {
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

// delay is the stage that makes the wire long: d each way.
func delay(d time.Duration) Stage {
	return func(w *Wire, at int, p *Packet) { w.after(d, func() { w.next(at, p) }) }
}

// A gate lets packets through until it is shut. The neighbour's packets always pass.
type gate struct{ shut [2]bool }

// neighbourPort is that of a connection of which no rule and no cut takes notice: it keeps the capture's clock running.
const neighbourPort = 7

func isNeighbour(p *Packet) bool {
	return p.Src().Port() == neighbourPort || p.Dst().Port() == neighbourPort
}

func (g *gate) stage(w *Wire, at int, p *Packet) {
	if !g.shut[p.Dir] || isNeighbour(p) {
		w.next(at, p)
	}
}
