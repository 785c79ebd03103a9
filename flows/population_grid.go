package flows

// gridSteps is how many samples a population has at most; a power of two.
const gridSteps = 512

// gridWidths are the steps that are easy to read, each a multiple of the one before.
var gridWidths = [...]int64{
	second / 1000, second / 200, second / 100, second / 20, second / 10, second / 2,
	second, 5 * second, 10 * second, 30 * second, 60 * second, 300 * second, 600 * second, 1800 * second,
	3600 * second, 6 * 3600 * second, 86400 * second, 864000 * second, 8640000 * second, 86400000 * second,
}

// A grid is the moments of the samples: the multiples of its width since 1970, so that it does not depend on where the
// first conversation lies. Sample i is at i × width.
type grid struct {
	width       int64
	own         bool // the width was asked for: it grows by doubling
	first, last int64
	used        bool
	low, high   int64 // times strictly between lie on samples that are covered
}

func newGrid(step int64) grid {
	if step > 0 {
		return grid{width: step, own: true}
	}
	return grid{width: gridWidths[0]}
}

// index returns the first sample at or after a time: a socket that is there from a time on is counted from this sample.
func (g *grid) index(at int64) int64 { return ceilDiv(at, g.width) }

// A finger finds the samples of times that lie close together without dividing.
type finger struct {
	index     int64
	low, high int64 // times above low, up to high, belong to index
}

func (f *finger) find(g *grid, at int64) int64 {
	if at > f.low && at <= f.high {
		return f.index
	}
	f.index = g.index(at)
	f.high = f.index * g.width
	f.low = f.high - g.width
	return f.index
}

// cover takes a stretch of time in; it reports false where the grid must be made coarser first.
func (g *grid) cover(from, to int64) bool { return g.join(g.index(from), g.index(to)) }

// join does the same for a run of samples.
func (g *grid) join(first, last int64) bool {
	if g.used {
		first, last = min(first, g.first), max(last, g.last)
	}
	if last-first >= gridSteps {
		return false
	}
	g.first, g.last, g.used = first, last, true
	g.low, g.high = 0, 0
	if first > -1<<62/g.width && last < 1<<62/g.width { // times that wild are looked at one by one
		g.low, g.high = (first-1)*g.width, last*g.width
	}
	return true
}

// coarsen takes the next width, and returns from which sample on was covered before, and by how much the width grew.
func (g *grid) coarsen() (first, factor int64) {
	factor = 2
	if !g.own {
		for i := range len(gridWidths) - 1 {
			if gridWidths[i] == g.width {
				factor = gridWidths[i+1] / g.width
			}
		}
	}
	first = g.first
	g.width *= factor
	if g.used {
		g.first, g.last = ceilDiv(first, factor), ceilDiv(g.last, factor)
	}
	g.low, g.high = 0, 0 // until join says
	return first, factor
}

func ceilDiv(a, b int64) int64 {
	q := a / b
	if a > q*b {
		q++
	}
	return q
}

// chunkSteps is how many samples are kept together: most sockets of a service lie in a few of these.
const chunkSteps = 64

// A cell is by how much the number of sockets changes at a sample.
type cell struct{ certain, maybe int32 }

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

// changes goes through the samples at which something changes. All lie from first on, fewer than gridSteps after it.
func (l *line) changes(first int64) func(yield func(i int64, c cell) bool) {
	return func(yield func(i int64, c cell) bool) {
		for n, chunk := range l {
			if chunk == nil {
				continue
			}
			for at, c := range chunk {
				if c != (cell{}) && !yield(first+int64(uint64(int64(n*chunkSteps+at)-first)%gridSteps), c) {
					return
				}
			}
		}
	}
}

// peek returns the change at a sample without making room for it.
func (l *line) peek(i int64) cell {
	slot := uint64(i) % gridSteps
	if c := l[slot/chunkSteps]; c != nil {
		return c[slot%chunkSteps]
	}
	return cell{}
}

// A series is the changes of every state of the sockets that are counted together.
type series struct {
	lines         [2][NumStates]*line
	conversations uint64
	ids           smallest
}

// add counts one socket from sample from on: certain until sure, perhaps until to.
func (s *series) add(side Side, state State, from, sure, to int64) {
	l := s.lines[side][state]
	if l == nil {
		l = new(line)
		s.lines[side][state] = l
	}
	if sure > from {
		l.at(from).certain++
		l.at(sure).certain--
	}
	if to > sure {
		l.at(sure).maybe++
		l.at(to).maybe--
	}
}

// merge adds the changes of another series, which lie from sample first on of the same grid.
func (s *series) merge(o *series, first int64) {
	for side := range o.lines {
		for state, from := range o.lines[side] {
			if from == nil {
				continue
			}
			if s.lines[side][state] == nil {
				s.lines[side][state] = from
				continue
			}
			for i, c := range from.changes(first) {
				to := s.lines[side][state].at(i)
				to.certain += c.certain
				to.maybe += c.maybe
			}
		}
	}
	s.conversations += o.conversations
	for _, id := range o.ids.of[:o.ids.n] {
		s.ids.add(id)
	}
}

// coarsen brings the series to a width that is factor times as large. A sample keeps its value where it stays one: a
// change moves to the next sample that stays.
func (s *series) coarsen(first, factor int64) {
	for side := range s.lines {
		for state, old := range s.lines[side] {
			if old == nil {
				continue
			}
			fresh := new(line)
			for i, c := range old.changes(first) {
				to := fresh.at(ceilDiv(i, factor))
				to.certain += c.certain
				to.maybe += c.maybe
			}
			s.lines[side][state] = fresh
		}
	}
}
