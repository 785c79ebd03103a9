package netlab

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A connection is one incarnation of a five-tuple as it really was: what both hosts did, and what passed each tap.
type connection struct {
	local, remote netip.AddrPort
	life          [2]*Life // of A and of B; nil where that host never had a socket for it
	seen          map[string][]Sighting
	delay         time.Duration // the wire's, one way
	nth           int           // its place in the story; -1 where its packets never passed near A
}

// shown is the name of the view that is judged, beside the taps that are always there.
const shown = "shown"

// connections pairs the lives of both hosts and gives each its packets: those at every tap, and those of a view.
func (p *production) connections(view []Sighting) []*connection {
	var all []*connection
	for _, l := range p.a {
		all = append(all, &connection{local: l.Local, remote: l.Remote, life: [2]*Life{l, nil}, seen: map[string][]Sighting{}})
	}
	for _, l := range p.b {
		var mine *connection
		for _, c := range all {
			if c.local == l.Remote && c.remote == l.Local && (mine == nil || c.life[0].begin() <= l.Steps[0].To) {
				mine = c
			}
		}
		if mine != nil && mine.life[1] == nil {
			mine.life[1] = l
		}
	}
	taps := append(slices.Clip(p.taps), &Tap{shown, view})
	for _, tap := range taps {
		for _, s := range tap.sightings {
			var mine *connection
			for _, c := range all {
				src, dst := s.Src(), s.Dst()
				if s.Dir == FromB {
					src, dst = dst, src
				}
				if c.local == src && c.remote == dst && (mine == nil || c.life[0].begin() <= s.Time) {
					mine = c
				}
			}
			if mine != nil {
				mine.seen[tap.Name] = append(mine.seen[tap.Name], s)
			}
		}
	}
	all = slices.DeleteFunc(all, func(c *connection) bool { return c.remote.Port() == neighbourPort })
	for _, c := range all {
		c.nth, c.delay = -1, 2*p.delay
	}
	for i, c := range sortByFirst(all, home(FromA)) {
		c.nth = i
	}
	return all
}

// fins returns a host's FINs at a tap.
func (c *connection) fins(tap string, dir Direction) (fins []Sighting) {
	for _, s := range c.seen[tap] {
		if s.Dir == dir && s.Flags().Has(decode.FIN) {
			fins = append(fins, s)
		}
	}
	return fins
}

// home is the tap beside a host: what it sees from that host was sent, what it sees to it arrived.
func home(dir Direction) string {
	if dir == FromA {
		return "near-a"
	}
	return "near-b"
}

// orderly reports whether both ends closed with FINs that were acknowledged.
func (c *connection) orderly() bool {
	for dir, l := range c.life {
		if l == nil {
			return false
		}
		states := l.States()
		last := states[len(states)-1]
		before := flows.Unknown
		if len(states) > 1 {
			before = states[len(states)-2]
		}
		if last != flows.TimeWait && !(last == flows.Closed && (before == flows.TimeWait || before == flows.LastAck && !l.reset() && c.gotACK(Direction(dir)))) {
			return false
		}
	}
	return true
}

// gotACK reports whether an acknowledgement of its FIN ever reached a host; without one it gave up.
func (c *connection) gotACK(dir Direction) bool {
	fins := c.fins(home(dir), dir)
	return len(fins) > 0 && slices.ContainsFunc(c.seen[home(dir)], func(s Sighting) bool {
		return s.Dir != dir && s.Flags().Has(decode.ACK) && !s.Ack().Before(fins[0].End())
	})
}

// reset reports whether a RST ended the life.
func (l *Life) reset() bool {
	end := l.Steps[len(l.Steps)-1]
	return end.State == flows.Closed && slices.ContainsFunc(l.Resets, func(e Event) bool {
		return e.Point == "tcp_receive_reset" && e.Time >= end.From-2_000_000 && e.Time <= end.To+2_000_000
	})
}

// verdictOf says how an orderly close was, from what the hosts really sent; ok is false for any other end.
func (c *connection) verdictOf() (e end, ok bool) {
	if !c.orderly() {
		return e, false
	}
	e.cause = flows.NumCauses // the oracle knows none
	a, b := c.fins("near-a", FromA), c.fins("near-b", FromB)
	if len(a) == 0 || len(b) == 0 {
		return e, false
	}
	e.shape, e.closer = c.shape(a[0], b[0])
	e.class = classOfShape(e.shape)
	if distinct(a) > 1 || distinct(b) > 1 {
		e.class = flows.RetransmittedFIN
	}
	return e, true
}

// resettable reports whether a story's end may have a RST in it; one that ends otherwise was not told as written if one
// came.
func resettable(e end) bool {
	switch e.class {
	case flows.RSTAbort, flows.RSTAfterFIN, flows.Refused, flows.Unanswered, flows.Open, flows.Partial:
		return true
	default:
		return false
	}
}

// asTold reports whether the story went as it is written: on a busy machine a packet can be late enough to make it
// another one.
func (p *production) asTold() (why string, ok bool) {
	conns := sortByFirst(p.connections(nil), "near-a")
	if len(conns) != len(p.scenario.ends) {
		return fmt.Sprintf("%d connections instead of %d", len(conns), len(p.scenario.ends)), false
	}
	for i, c := range conns {
		want := p.scenario.ends[i]
		got, orderly := c.verdictOf()
		switch {
		case orderly && (got.class != want.class && !slices.Contains(want.or, got.class) || got.shape != want.shape || got.closer != want.closer):
			return fmt.Sprintf("connection %d ended %s, %s by %s", i+1, got.class, got.shape, got.closer), false
		case !orderly && want.class.Orderly() && want.at == nil:
			return fmt.Sprintf("connection %d did not end orderly", i+1), false
		case (want.class == flows.RSTAbort || want.class == flows.RSTAfterFIN) && want.at == nil && !c.killed() && !c.answered():
			return fmt.Sprintf("connection %d was not reset", i+1), false
		case !orderly && !resettable(want) && (c.killed() || c.answered()):
			return fmt.Sprintf("connection %d was reset", i+1), false
		}
	}
	return "", true
}

// resetAt says whether and how a RST ended the connection, in the order in which things passed a tap. A RST counts if a
// host died of it, or died sending it.
func (c *connection) resetAt(tap string) (e end, ok bool) {
	mortal := c.mortal()
	return c.resetBy(tap, func(s Sighting) bool {
		return slices.ContainsFunc(mortal, func(m Sighting) bool { return m.same(s) })
	})
}

// afterlifeAt says the same where the first RST counts that a host's kernel answered with when its socket was gone, whatever
// that had died of: it may have overtaken the one that counts, or its receiver may have died of another one, and at a tap
// nothing shows which of them arrived.
func (c *connection) afterlifeAt(tap string) (e end, ok bool) {
	return c.resetBy(tap, func(s Sighting) bool {
		life := c.life[s.Dir]
		return life != nil && life.Steps[len(life.Steps)-1].State == flows.Closed && slices.ContainsFunc(c.seen[home(s.Dir)], func(sent Sighting) bool {
			return sent.same(s) && sent.Time >= life.Steps[len(life.Steps)-1].From-slack
		})
	})
}

func (c *connection) resetBy(tap string, counts func(Sighting) bool) (e end, ok bool) {
	if !c.killed() || c.orderly() {
		return e, false
	}
	e = end{class: flows.RSTAbort, cause: flows.NumCauses, closer: flows.ByNetwork}
	var fin [2]bool
	for _, at := range [...][2]string{{tap, tap}, {home(FromA), home(FromB)}} {
		a, b := c.fins(at[0], FromA), c.fins(at[1], FromB)
		if len(a) > 0 && len(b) > 0 && a[0].Ack() != b[0].End() && b[0].Ack() != a[0].End() {
			e.orCloser = flows.ByBoth // they crossed
		}
	}
	for _, s := range c.seen[tap] {
		switch {
		case s.Flags().Has(decode.RST) && counts(s):
			overtook := slices.ContainsFunc(c.fins(tap, s.Dir), func(f Sighting) bool { return f.serial < s.serial })
			if !fin[0] && !fin[1] {
				e.closer = flows.ByClient + flows.Who(s.Dir)
			}
			switch {
			case fin[0] || fin[1]:
				e.class = flows.RSTAfterFIN
			case overtook: // by what was sent it comes after the FIN, by what passed before it
				e.or = append(e.or, flows.RSTAfterFIN)
			}
			return e, true
		case s.Flags().Has(decode.FIN):
			if !fin[0] && !fin[1] {
				e.closer = flows.ByClient + flows.Who(s.Dir)
			}
			fin[s.Dir] = true
		}
	}
	return e, false // no RST passed here
}

// answered reports whether a host answered anything with a RST.
func (c *connection) answered() bool {
	return slices.ContainsFunc(c.life[:], func(l *Life) bool {
		return l != nil && slices.ContainsFunc(l.Resets, func(e Event) bool { return e.Point == "tcp_send_reset" })
	})
}

// killed reports whether a host died of a RST, or died sending one. The trace is silent where a RST ends the mini-socket of
// an orphan in FIN-WAIT-2: there the RST's arrival tells.
func (c *connection) killed() bool {
	for dir, l := range c.life {
		if l != nil && (l.reset() || l.aborted() || l.lastlyIn(flows.FinWait2) && c.struck(Direction(dir))) {
			return true
		}
	}
	return false
}

// mortal returns the RSTs that count: the one that a host died of, and the one that it died sending.
func (c *connection) mortal() (all []Sighting) {
	for dir, l := range c.life {
		if l == nil {
			continue
		}
		dir, end := Direction(dir), l.Steps[len(l.Steps)-1]
		var taken, sent *Sighting
		seen := c.seen[home(dir)]
		for i := range seen {
			s := &seen[i]
			switch {
			case !s.Flags().Has(decode.RST):
			case s.Dir != dir && s.Time <= end.To+slack:
				taken = s // the last one before its end
			case s.Dir == dir && s.Time >= end.From-slack && sent == nil:
				sent = s // the first one from its end on
			}
		}
		if taken != nil && (l.reset() || c.struck(dir)) {
			all = append(all, *taken)
		}
		if sent != nil && l.aborted() {
			all = append(all, *sent)
		}
	}
	return all
}

// same reports whether two taps saw the same packet, or a copy of it.
func (s Sighting) same(o Sighting) bool {
	return s.Dir == o.Dir && s.serial == o.serial && s.Seq() == o.Seq()
}

// lastlyIn reports whether the life went from a state to CLOSED.
func (l *Life) lastlyIn(s flows.State) bool {
	n := len(l.Steps)
	return n > 1 && l.Steps[n-1].State == flows.Closed && l.Steps[n-2].State == s
}

// struck reports whether a RST reached a host when its socket was gone from one moment to the next.
func (c *connection) struck(dir Direction) bool {
	end := c.life[dir].Steps[len(c.life[dir].Steps)-1]
	return slices.ContainsFunc(c.seen[home(dir)], func(s Sighting) bool {
		return s.Dir != dir && s.Flags().Has(decode.RST) && s.Time >= end.From-slack && s.Time <= end.To+slack
	})
}

// aborted reports whether the life ended with a RST that its own host sent.
func (l *Life) aborted() bool {
	end := l.Steps[len(l.Steps)-1]
	return end.State == flows.Closed && slices.ContainsFunc(l.Resets, func(e Event) bool {
		return e.Point == "tcp_send_reset" && e.Reason != "NO_SOCKET" && e.Time >= end.From-2_000_000 && e.Time <= end.To+2_000_000
	})
}

// shape tells the geometry from the first copy of each FIN, and who closed first.
func (c *connection) shape(a, b Sighting) (flows.Shape, flows.Who) {
	aAcks, bAcks := a.Ack() == b.End(), b.Ack() == a.End()
	switch {
	case !aAcks && !bAcks:
		return flows.ShapeSimultaneous, flows.ByBoth
	case bAcks && c.firstACK(FromB, a) == b.Seq():
		return flows.ShapeThreeWay, flows.ByClient
	case bAcks:
		return flows.ShapeFourWay, flows.ByClient
	case c.firstACK(FromA, b) == a.Seq():
		return flows.ShapeThreeWay, flows.ByServer
	}
	return flows.ShapeFourWay, flows.ByServer
}

// firstACK returns the sequence number of the segment that was the first of a host to acknowledge the peer's FIN, where
// that segment was a FIN itself; else another number.
func (c *connection) firstACK(dir Direction, fin Sighting) decode.Seq {
	for _, s := range c.seen[home(dir)] {
		if s.Dir == dir && s.Flags().Has(decode.ACK) && !s.Ack().Before(fin.End()) {
			if s.Flags().Has(decode.FIN) {
				return decode.Seq(uint32(s.End()) - 1)
			}
			return s.Seq() - 1
		}
	}
	return 0
}

func classOfShape(s flows.Shape) flows.Class {
	switch s {
	case flows.ShapeThreeWay:
		return flows.ThreeWay
	case flows.ShapeFourWay:
		return flows.FourWay
	case flows.ShapeSimultaneous:
		return flows.Simultaneous
	default:
		return flows.Open
	}
}

// distinct counts the FINs that the host itself sent: a copy that the network made is no second FIN.
func distinct(fins []Sighting) int {
	n := 0
	for _, f := range fins {
		if !f.Forged {
			n++
		}
	}
	return n
}

// deliveredAgain reports whether a host got the peer's FIN, and another one that the peer sent: then an acknowledgement
// was lost, or too late.
func (c *connection) deliveredAgain() bool {
	for _, dir := range [...]Direction{FromA, FromB} {
		got := map[int]bool{}
		for _, f := range c.fins(home(dir.Reverse()), dir) {
			got[f.serial] = true
		}
		if len(got) > 1 {
			return true
		}
	}
	return false
}

// looksLike reports whether an orderly close could have this class as far as a tap could see it: a FIN that passed there
// once was sent once, and one that passed again after both had been acknowledged can be the network's own copy.
func (c *connection) looksLike(class flows.Class, tap string, god end) bool {
	var early, all, acked [2]int
	own := map[[2]int]bool{} // the FINs that a host itself sent
	for _, s := range c.seen[tap] {
		if s.Flags().Has(decode.FIN) {
			all[s.Dir]++
			if id := [2]int{int(s.Dir), s.serial}; !own[id] && (acked[0] == 0 || acked[1] == 0) {
				early[s.Dir]++
				own[id] = true
			}
		}
		for _, fin := range c.fins(tap, s.Dir.Reverse()) {
			if s.Flags().Has(decode.ACK) && s.Ack() == fin.End() {
				acked[s.Dir.Reverse()]++
			}
		}
	}
	switch class {
	case flows.RetransmittedFIN:
		return max(all[0], all[1]) > 1
	case classOfShape(god.shape):
		return max(early[0], early[1]) <= 1
	default:
		return false
	}
}

// sortByFirst orders connections by the first packet at a tap.
func sortByFirst(all []*connection, tap string) []*connection {
	kept := slices.DeleteFunc(slices.Clone(all), func(c *connection) bool { return len(c.seen[tap]) == 0 })
	slices.SortStableFunc(kept, func(x, y *connection) int {
		return cmp.Compare(x.seen[tap][0].Time, y.seen[tap][0].Time)
	})
	return kept
}
