package flows

import (
	"cmp"
	"slices"
)

// A cell is by how much the number of sockets changes at a sample.
type cell struct{ certain, maybe int32 }

func (c *cell) add(o cell) {
	c.certain += o.certain
	c.maybe += o.maybe
}

// chunkSteps is how many samples are kept together: most sockets of a service lie in a few of these.
const chunkSteps = 64

// A line is one state's changes over time; sample i is at i modulo gridSteps.
type line [gridSteps / chunkSteps]*[chunkSteps]cell

func (l *line) at(i int64) *cell {
	slot := uint64(i) % gridSteps
	c := l[slot/chunkSteps]
	if c == nil {
		c = new([chunkSteps]cell)
		l[slot/chunkSteps] = c
	}
	return &c[slot%chunkSteps]
}

// changes goes through the samples at which something changes, by their places modulo gridSteps.
func (l *line) changes(yield func(place int64, c cell) bool) {
	for n, chunk := range l {
		if chunk == nil {
			continue
		}
		for i, c := range chunk {
			if c != (cell{}) && !yield(int64(n*chunkSteps+i), c) {
				return
			}
		}
	}
}

// A change is one socket more or less in one state of one role at one sample, in 16 bits.
type change uint16

// From the lowest bit: the sample modulo gridSteps, the state, the role, whether the socket is one that only may be there,
// and whether it is one less.
const (
	changeState = 9
	changeSide  = changeState + 4
	changeMaybe = changeSide + 1
	changeLess  = changeMaybe + 1
)

func changeOf(side Side, state State, at int64, kind change) change {
	return change(uint64(at)%gridSteps) | change(state)<<changeState | change(side)<<changeSide | kind
}

// index returns the sample: the one from first on, and fewer than gridSteps after it, that has the change's place.
func (c change) index(first int64) int64 { return first + int64((uint64(c)-uint64(first))%gridSteps) }

func (c change) state() State { return State(c >> changeState & 15) }

func (c change) side() Side { return Side(c >> changeSide & 1) }

func (c change) cell() (n cell) {
	by := 1 - 2*int32(c>>changeLess&1)
	if c>>changeMaybe&1 != 0 {
		n.maybe = by
	} else {
		n.certain = by
	}
	return n
}

// fewChanges is how many changes a series lists before it counts them by sample instead: most pairs never have as many,
// and a list of so many takes no more room than one chunk of a line. The first few stand in the series itself.
const (
	fewChanges   = 256
	firstChanges = 14
)

// A series is the changes of every state of the sockets that are counted together. All lie from the grid's first sample
// on, fewer than gridSteps after it.
type series struct {
	conversations uint64
	width         uint16 // how many of the grid's coarsenings it has followed
	begun         uint16 // how many of first are taken
	first         [firstChanges]change
	more          []change             // where those did not suffice
	lines         *[2][NumStates]*line // nil as long as all changes are listed
	ids           smallest
}

// add counts one socket from sample from on: certain until sure, perhaps until to.
func (s *series) add(side Side, state State, from, sure, to int64) {
	if sure > from {
		s.change(changeOf(side, state, from, 0))
		s.change(changeOf(side, state, sure, 1<<changeLess))
	}
	if to > sure {
		s.change(changeOf(side, state, sure, 1<<changeMaybe))
		s.change(changeOf(side, state, to, 1<<changeMaybe|1<<changeLess))
	}
}

func (s *series) change(c change) {
	if s.lines == nil {
		if i := s.begun; i < firstChanges {
			s.first[i] = c
			s.begun++
			return
		}
		s.further(c)
		return
	}
	s.line(c.side(), c.state()).at(int64(c % gridSteps)).add(c.cell())
}

// further lists a change for which first has no room.
func (s *series) further(c change) {
	if firstChanges+len(s.more) < fewChanges {
		s.more = append(s.more, c)
		return
	}
	s.unfold()
	s.change(c)
}

// listed returns the changes that are listed, in two parts.
func (s *series) listed() [2][]change { return [2][]change{s.first[:s.begun], s.more} }

// unfold counts by sample what was listed.
func (s *series) unfold() {
	s.lines = new([2][NumStates]*line)
	for _, part := range s.listed() {
		for _, c := range part {
			s.change(c)
		}
	}
	s.begun, s.more = 0, nil
}

func (s *series) line(side Side, state State) *line {
	l := s.lines[side][state]
	if l == nil {
		l = new(line)
		s.lines[side][state] = l
	}
	return l
}

// merge adds the changes of another series of the same grid, which is of no use afterwards.
func (s *series) merge(o *series) {
	s.conversations += o.conversations
	for _, id := range o.ids.of[:o.ids.n] {
		s.ids.add(id)
	}
	for _, part := range o.listed() {
		for _, c := range part {
			s.change(c)
		}
	}
	if o.lines == nil {
		return
	}
	if s.lines == nil {
		s.unfold()
	}
	for side := range o.lines {
		for state, from := range o.lines[side] {
			if from == nil {
				continue
			}
			if s.lines[side][state] == nil {
				s.lines[side][state] = from
				continue
			}
			for place, c := range from.changes {
				s.lines[side][state].at(place).add(c)
			}
		}
	}
}

// follow brings the series to the grid's width.
func (s *series) follow(g *grid) {
	if int(s.width) != len(g.past) {
		s.catchUp(g)
	}
}

func (s *series) catchUp(g *grid) {
	if s.begun > 0 || s.lines != nil {
		for _, by := range g.past[s.width:] {
			s.coarsen(by)
		}
	}
	s.width = uint16(len(g.past))
}

// coarsen takes one step to another width. A sample keeps its value where it stays one: a change moves to the next sample
// that stays.
func (s *series) coarsen(by coarsening) {
	for _, part := range s.listed() {
		for i, c := range part {
			part[i] = c&^(gridSteps-1) | change(uint64(ceilDiv(c.index(by.first), by.factor))%gridSteps)
		}
	}
	if s.lines == nil {
		return
	}
	for side := range s.lines {
		for state, old := range s.lines[side] {
			if old == nil {
				continue
			}
			fresh := new(line)
			for place, c := range old.changes {
				fresh.at(ceilDiv(change(place).index(by.first), by.factor)).add(c)
			}
			s.lines[side][state] = fresh
		}
	}
}

// walk goes through the samples, with how many sockets were in each state at each. The census is the walk's own.
func (s *series) walk(g *grid, yield func(i int64, census *Census) bool) {
	s.follow(g)
	few := slices.Concat(s.first[:s.begun], s.more)
	slices.SortFunc(few, func(a, b change) int { return cmp.Compare(a.index(g.first), b.index(g.first)) })
	var census Census
	for i := g.first; i <= g.last; i++ {
		for len(few) > 0 && few[0].index(g.first) == i {
			census.add(few[0].side(), few[0].state(), few[0].cell())
			few = few[1:]
		}
		if s.lines != nil {
			for side := range s.lines {
				for state, l := range s.lines[side] {
					if l == nil {
						continue
					}
					if chunk := l[uint64(i)%gridSteps/chunkSteps]; chunk != nil {
						census.add(Side(side), State(state), chunk[uint64(i)%chunkSteps])
					}
				}
			}
		}
		if !yield(i, &census) {
			return
		}
	}
}

func (c *Census) add(side Side, state State, by cell) {
	c[side][state].Certain += int(by.certain)
	c[side][state].Maybe += int(by.maybe)
}
