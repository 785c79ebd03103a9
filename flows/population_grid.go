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
	low, high   int64        // times strictly between lie on samples that are covered
	past        []coarsening // since the first width
}

// A coarsening is a step to another width.
type coarsening struct{ first, factor int64 } // the first sample that was covered before, and by how much the width grew

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

// span returns the samples from which on a socket is there, until which it is certain, and until which it may be there.
// Where the first is the last it was over before the next sample.
func (f *finger) span(g *grid, s *stay) (from, sure, to int64) {
	from, to = f.find(g, s.from), f.find(g, s.to)
	sure = to
	if s.sure != s.to && from != to {
		sure = g.index(s.sure)
	}
	return from, sure, to
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

// coarsen takes the next width.
func (g *grid) coarsen() {
	factor := int64(2)
	if !g.own {
		for i := range len(gridWidths) - 1 {
			if gridWidths[i] == g.width {
				factor = gridWidths[i+1] / g.width
			}
		}
	}
	g.past = append(g.past, coarsening{g.first, factor})
	g.width *= factor
	if g.used {
		g.first, g.last = ceilDiv(g.first, factor), ceilDiv(g.last, factor)
	}
	g.low, g.high = 0, 0 // until join says
}

func ceilDiv(a, b int64) int64 {
	q := a / b
	if a > q*b {
		q++
	}
	return q
}
