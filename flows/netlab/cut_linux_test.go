package netlab

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
)

// cuts are the other captures that somebody could have taken at the same tap: one direction alone, one that starts in the
// middle or ends there, one that missed packets here and there, or one after the other. Of a long capture only the
// beginning, the end and what surrounds its FINs and RSTs is cut everywhere.
func cuts(all []Sighting) []Cut {
	list := []Cut{OneWay(FromA), OneWay(FromB)}
	for _, at := range places(all) {
		list = append(list,
			Cut{fmt.Sprint("starts-at-", at+1), func(_ []Sighting, i int) bool { return i >= at }},
			Cut{fmt.Sprint("ends-at-", at), func(_ []Sighting, i int) bool { return i < at }},
			Cut{fmt.Sprint("misses-only-", at+1), func(_ []Sighting, i int) bool { return i != at }},
		)
	}
	for seed := range uint64(*cutN) {
		rng := rand.New(rand.NewPCG(seed, 8))
		missed := make([]bool, len(all))
		for i := range missed {
			missed[i] = rng.IntN(8) == 0
		}
		list = append(list, Cut{fmt.Sprint("misses-", seed), func(_ []Sighting, i int) bool { return !missed[i] }})
	}
	return list
}

// places are the indices at which a capture is worth being cut.
func places(all []Sighting) (at []int) {
	const edge, around = 12, 4
	near := func(i int) bool {
		for k := max(0, i-around); k < min(len(all), i+around+1); k++ {
			if all[k].Flags()&(decode.FIN|decode.RST|decode.SYN) != 0 && !isNeighbour(all[k].Packet) {
				return true
			}
		}
		return false
	}
	for i := 1; i < len(all); i++ {
		if i < edge || i > len(all)-edge || near(i) {
			at = append(at, i)
		}
	}
	return at
}

// compareCut judges what the tracker said of a capture that holds a part only. Saying less than the truth is no fault
// there (it counts as hidden); saying something else is, unless it is declared uncertain.
func (j *judgement) compareCut(c *connection, td *flows.Teardown, truth end, limit int64) {
	god, orderly := c.verdictOf()
	sideA := flows.Client
	if td.Ends[flows.Client].Addr != c.local {
		sideA = flows.Server
	}
	switch {
	case truth.class == flows.NumClasses:
	case td.Class == truth.class || slices.Contains(truth.or, td.Class):
		j.set(aboutClass, agrees, "")
	case truth.class == flows.RetransmittedFIN && td.Class == classOfShape(truth.shape) && len(c.fins(shown, FromA)) <= 1 && len(c.fins(shown, FromB)) <= 1:
		j.set(aboutClass, hidden, "")
	case lesser(c, td.Class), orderly && c.looksLike(td.Class, shown, god), orderly && td.Class == classOfShape(td.Shape) && c.looksShaped(td.Shape):
		j.set(aboutClass, hidden, "")
	case doubted(td, "class", truth.class.String()), orderly && doubted(td, "shape", god.shape.String()):
		j.set(aboutClass, declared, "%s, was %s", td.Class, truth.class)
	default:
		j.set(aboutClass, wrong, "%s, was %s", td.Class, truth.class)
	}
	if orderly {
		switch {
		case td.Shape == god.shape:
			j.set(aboutShape, agrees, "")
		case td.Shape == flows.ShapeNone || td.Shape == flows.ShapeHalf, c.looksShaped(td.Shape):
			j.set(aboutShape, hidden, "")
		case doubted(td, "shape", god.shape.String()):
			j.set(aboutShape, declared, "%s, was %s", td.Shape, god.shape)
		default:
			j.set(aboutShape, wrong, "%s, was %s", td.Shape, god.shape)
		}
	}
	j.compareCutStates(aboutA, c, FromA, td, sideA, limit)
	j.compareCutStates(aboutB, c, FromB, td, sideA.Peer(), limit)
	if slices.Contains(j.got[:aboutTimes], wrong) && c.untraced() {
		for claim, o := range j.got[:aboutTimes] {
			if o == wrong {
				j.got[claim] = hidden // nobody can know of what left no trace
			}
		}
		j.complaints = slices.DeleteFunc(j.complaints, func(text string) bool { return !strings.Contains(text, claimNames[aboutTimes]+": ") })
	}
}

// untraced reports whether the capture lacks a RST that ended a life, or all copies of a FIN before the first that it has,
// and holds no trace of that: no number, acknowledgement or IP identification beyond it. The times of what was told are not
// excused by it: what is missing came earlier than what shows it, never later.
func (c *connection) untraced() bool {
	mortal := c.mortal()
	for _, dir := range [...]Direction{FromA, FromB} {
		var seen []Sighting
		for _, s := range c.seen[shown] {
			if !s.Forged || s.serial >= 0 {
				seen = append(seen, s)
			}
		}
		for _, s := range c.seen[home(dir)] {
			if s.Dir != dir || s.Flags()&(decode.FIN|decode.RST) == 0 {
				continue
			}
			if slices.ContainsFunc(seen, func(o Sighting) bool { return o.same(s) }) {
				if s.Flags().Has(decode.FIN) {
					break // what was sent again after it changes nothing
				}
				continue
			}
			if s.Flags().Has(decode.RST) && !slices.ContainsFunc(mortal, func(m Sighting) bool { return m.same(s) }) {
				continue // it ended nothing
			}
			if !traced(seen, s) {
				return true
			}
		}
	}
	return false
}

// traced reports whether packets show that another one was sent which is not among them: its host's next ones have higher
// numbers or skip its IP identification, or its peer acknowledges it, before a copy of it comes.
func traced(seen []Sighting, lost Sighting) bool {
	id, sent := uint16(0), false
	for _, s := range seen {
		switch after := s.Dir == lost.Dir && s.serial > lost.serial; {
		case s.Dir != lost.Dir:
			if sent && lost.Flags().Has(decode.FIN) && s.Flags().Has(decode.ACK) && !s.Ack().Before(lost.End()) {
				return true
			}
		case !after:
			id = s.id()
			sent = true
		case lost.Flags().Has(decode.FIN) && s.Flags().Has(decode.FIN):
			return s.id() != 0 && id != 0 && s.id() != id+1
		case lost.Flags().Has(decode.FIN) && !s.Seq().Before(lost.End()):
			return true
		}
	}
	return false
}

// id returns the IP identification; 0 for IPv6.
func (p *Packet) id() uint16 {
	if !p.v4() {
		return 0
	}
	return binary.BigEndian.Uint16(p.Data[4:])
}

// looksShaped reports whether the packets that were captured show a shape: both FINs are there, and the bare ACK between
// them is the one that is missing, or has overtaken the second.
func (c *connection) looksShaped(shape flows.Shape) bool {
	a, b := c.fins(shown, FromA), c.fins(shown, FromB)
	if len(a) == 0 || len(b) == 0 || shape != flows.ShapeThreeWay && shape != flows.ShapeFourWay {
		return false
	}
	second := b[0]
	if a[0].Ack() == b[0].End() {
		second = a[0]
	}
	between := slices.ContainsFunc(c.seen[shown], func(s Sighting) bool {
		return s.Dir == second.Dir && s.Time < second.Time && s.Flags().Has(decode.ACK) && s.Ack() == second.Ack()
	})
	acks := a[0].Ack() == b[0].End() || b[0].Ack() == a[0].End()
	return acks && between == (shape == flows.ShapeFourWay)
}

// lesser reports whether a class claims less than the end was, and the capture holds nothing that would show more: no RST that
// ended a life; for open no FIN either, and for partial nothing that belongs to a connection.
func lesser(c *connection, class flows.Class) bool {
	mortal := c.mortal()
	holds := func(what decode.Flags) bool {
		return slices.ContainsFunc(c.seen[shown], func(s Sighting) bool {
			return s.Flags()&what != 0 && (!s.Flags().Has(decode.RST) || slices.ContainsFunc(mortal, func(m Sighting) bool { return m.same(s) }))
		})
	}
	switch class {
	case flows.ClosingClass:
		return !holds(decode.RST)
	case flows.Open:
		return !holds(decode.RST | decode.FIN)
	case flows.Partial:
		return !holds(decode.SYN | decode.FIN)
	case flows.Unanswered: // nothing but SYNs and SYN-ACKs, or no SYN-ACK yet
		all, seen := 0, 0
		for _, s := range c.seen[shown] {
			if s.Flags().Has(decode.SYN) {
				all++
				if s.Flags().Has(decode.ACK) {
					seen++
				}
			}
		}
		return all == len(c.seen[shown]) || seen == 0 && c.seen[shown][0].Flags().Has(decode.SYN)
	default:
		return false
	}
}

func (j *judgement) compareCutStates(claim int, c *connection, dir Direction, td *flows.Teardown, side flows.Side, limit int64) {
	var was, is []flows.State
	if c.life[dir] != nil {
		was = c.life[dir].States()
	}
	told := td.Ends[side].States
	for _, tr := range told {
		is = append(is, tr.State)
	}
	if opening := slices.Index(was, flows.Established); opening > 0 && len(is) > 0 && is[0] == flows.Established {
		was = was[opening:] // the capture began later
	}
	at := infix(was, is)
	switch {
	case at >= 0:
		j.set(claim, agrees, "")
	case (subsequence(was, is) || subsequence(was, is[:proved(told)])) && c.tellsAllShown(dir, is):
		j.set(claim, hidden, "")
	case coversStates(td, side, was, is):
		j.set(claim, declared, "%v, was %v", is, was)
	default:
		j.set(claim, wrong, "%v\n      was  %v", is, was)
	}
	if at < 0 {
		return
	}
	far := c.distance(dir, shown, limit) + slack
	zero := c.seen[shown][0].Time
	for i, tr := range told {
		s := c.life[dir].Steps[len(c.life[dir].Steps)-len(was)+at+i]
		switch {
		case i == 0 && tr.Grade == flows.Inferred && s.State == flows.Established && s.From > tr.Latest+far:
			j.got[aboutTimes] = max(j.got[aboutTimes], hidden) // Fast Open, and the SYN is not in this capture
		case s.State == flows.Closed && s.From > tr.Latest+far && c.seemsToReset(dir, tr.Latest):
			j.got[aboutTimes] = max(j.got[aboutTimes], hidden) // what it really died of is not in this capture
		case tr.Latest != flows.NoTime && s.From > tr.Latest+far:
			j.set(aboutTimes, wrong, "%s of %s in [%s, %s] ±%.1f ms, was %s … %s ms", s.State, side,
				ms(tr.Earliest, zero), ms(tr.Latest, zero), float64(far)/1e6, ms(s.From, zero), ms(s.To, zero))
		case tr.Earliest != flows.NoTime && s.To < tr.Earliest-far:
			j.got[aboutTimes] = max(j.got[aboutTimes], hidden) // the packet that showed it first is not in this capture
		default:
			j.got[aboutTimes] = max(j.got[aboutTimes], agrees)
		}
	}
}

// seemsToReset reports whether what the capture shows at that time is a RST that was forged in a host's name: when the host
// itself died, nothing of its side tells.
func (c *connection) seemsToReset(dir Direction, at int64) bool {
	return slices.ContainsFunc(c.seen[shown], func(s Sighting) bool {
		return s.Dir == dir && s.Forged && s.serial < 0 && s.Flags().Has(decode.RST) && s.Time == at
	})
}

// tellsAllShown reports whether states leave out nothing that the capture itself holds of a host: a FIN that it sent, and the
// RST that it died sending.
func (c *connection) tellsAllShown(dir Direction, is []flows.State) bool {
	if len(c.fins(shown, dir)) > 0 && !slices.Contains(is, flows.FinWait1) && !slices.Contains(is, flows.LastAck) {
		return false
	}
	l := c.life[dir]
	return l == nil || !l.aborted() || slices.Contains(is, flows.Closed) || !slices.ContainsFunc(c.mortal(), func(m Sighting) bool {
		return m.Dir == dir && slices.ContainsFunc(c.seen[shown], func(s Sighting) bool { return s.same(m) })
	})
}

// infix returns where part stands in whole without a gap, or -1.
func infix(whole, part []flows.State) int {
	for at := 0; at+len(part) <= len(whole); at++ {
		if slices.Equal(whole[at:at+len(part)], part) {
			return at
		}
	}
	return -1
}

// subsequence reports whether the states of part come in whole in that order.
func subsequence(whole, part []flows.State) bool {
	for _, s := range whole {
		if len(part) > 0 && part[0] == s {
			part = part[1:]
		}
	}
	return len(part) == 0
}
