package model

import (
	"tcpclose/flows"
)

// parts says what of a row is wanted, besides what stands in the columns.
type parts uint8

const (
	symbolParts parts = 1 << iota // what its template tells: states, marks, causes, but for their times and frames
	timeParts                     // when the close began and ended, and how long each state lasted
	countParts                    // the counts of both ends
	addrParts                     // their addresses
)

// A glance looks at one row after the other, no further than is wanted. Sorting and filtering a million rows spend their
// time here, so a row is not unpacked as a whole: rows of the same template share one Teardown, in which only what differs
// from row to row is set. It belongs to one goroutine.
type glance struct {
	want   parts
	shared []*flows.Teardown // by template
	t      flows.Teardown    // of rows that share none
}

// maxShared bounds how many Teardowns are held. The templates of most rows are among the first.
const maxShared = 4096

// read returns a row; what is not wanted of it may be another row's. It is valid until the next call.
func (g *glance) read(s *Snapshot, row int32) *flows.Teardown {
	c, i := s.at(row)
	if g.want&^addrParts == 0 {
		g.columns(c, i, &g.t)
		return &g.t
	}
	n := c.cols.template[i]
	if n >= maxShared || !s.templates[n].plan.plain {
		s.Teardown(row, &g.t)
		return &g.t
	}
	if int(n) < len(g.shared) && g.shared[n] != nil {
		t := g.shared[n]
		g.columns(c, i, t)
		g.differing(s.templates[n], c.records[c.cols.offset[i]:], t)
		return t
	}
	if grow := int(n) + 1 - len(g.shared); grow > 0 {
		g.shared = append(g.shared, make([]*flows.Teardown, grow)...)
	}
	t := new(flows.Teardown)
	s.Teardown(row, t)
	g.shared[n] = t
	return t
}

// columns sets what the columns tell.
func (g *glance) columns(c *chunk, i int, t *flows.Teardown) {
	if g.want&addrParts != 0 {
		c.columns(i, t)
		return
	}
	k := c.cols
	t.ID, t.Start, t.Last = k.id[i], k.start[i], k.last[i]
	t.Class, t.Closer = flows.Class(k.class[i]), flows.Who(k.closer[i])
}

// differing sets what differs between the rows of a template.
func (g *glance) differing(tmpl *template, record []byte, t *flows.Teardown) {
	data := cursor{b: record}
	switch {
	case g.want&timeParts != 0:
		tmpl.plan.times(&data, tmpl.times, t)
	case g.want&countParts != 0:
		for range tmpl.times {
			data.skipSpan()
		}
	}
	if g.want&countParts != 0 {
		for range tmpl.frames {
			data.skip()
		}
		unpackNumbers(&data, t, tmpl.plan.flags)
	}
}

// A plan says where the times of a template's rows go.
type plan struct {
	plain                         bool // both ends' time in each state follows from their states
	flags                         [2]byte
	closeStart, closeEnd, watched uint16 // place among the times, plus one; 0 for none
	stays                         [2][]spent
}

// A spent says that an endpoint was in a state from one time to another.
type spent struct {
	state    flows.State
	from, to uint16 // as in a plan
}

// planOf reads a template once as if each time were its own place.
func planOf(tmpl *template, plain bool) plan {
	sym := reading{symbols: tmpl.symbols, texts: tmpl.texts, frames: make([]uint64, tmpl.frames)}
	for i := range tmpl.times {
		sym.times = append(sym.times, int64(i+1))
	}
	var t flows.Teardown
	p := plan{plain: plain}
	p.flags = unpackSymbols(&sym, &t)
	place := func(at int64) uint16 {
		if at == flows.NoTime {
			return 0
		}
		return uint16(at)
	}
	p.closeStart, p.closeEnd, p.watched = place(t.CloseStart), place(t.CloseEnd), place(t.WatchedUntil)
	for side := range t.Ends {
		states := t.Ends[side].States
		for i := range states {
			from, to := place(reached(&states[i])), p.watched
			if i+1 < len(states) {
				to = place(reached(&states[i+1]))
			} else if states[i].State == flows.Closed {
				break
			}
			if from != 0 && to != 0 {
				p.stays[side] = append(p.stays[side], spent{states[i].State, from, to})
			}
		}
	}
	return p
}

// times reads the times of a row, n of them, and sets what follows from them.
func (p *plan) times(data *cursor, n int, t *flows.Teardown) {
	var room [32]int64
	times := room[:0]
	if n > len(room) {
		times = make([]int64, 0, n)
	}
	at := t.Start
	for range n {
		at += data.span()
		times = append(times, at)
	}
	when := func(place uint16) int64 {
		if place == 0 {
			return flows.NoTime
		}
		return times[place-1]
	}
	t.CloseStart, t.CloseEnd, t.WatchedUntil = when(p.closeStart), when(p.closeEnd), when(p.watched)
	for side := range t.Ends {
		held := &t.Ends[side].Held
		for _, s := range p.stays[side] {
			held[s.state] = 0
		}
		for _, s := range p.stays[side] {
			held[s.state] += max(0, times[s.to-1]-times[s.from-1])
		}
	}
}
