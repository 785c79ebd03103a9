package model

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
)

// A Query says which rows are wanted and in which order.
type Query struct {
	Filter     *filter.Filter // nil matches all
	Sort       Column
	Descending bool
}

// A View is the answer to a Query: the numbers of the rows in their order. It never changes.
type View struct {
	Snapshot *Snapshot
	Query    Query
	Rows     []int32
}

// stretch is how many rows a worker takes at once; between two, it looks whether it was told to stop.
const stretch = chunkRows

// Select answers a query. It uses all processors, holds no lock and stops early when ctx ends; the view is then nil.
func Select(ctx context.Context, s *Snapshot, q Query) *View {
	rows := matching(ctx, s, q.Filter)
	if ctx.Err() != nil {
		return nil
	}
	rows = order(ctx, s, rows, q)
	if ctx.Err() != nil {
		return nil
	}
	return &View{Snapshot: s, Query: q, Rows: rows}
}

// forStretches calls fn for each stretch of rows, on all processors.
func forStretches(ctx context.Context, rows int, fn func(worker, from, to int)) {
	var next struct {
		sync.Mutex
		at int
	}
	take := func() (from, to int, ok bool) {
		next.Lock()
		defer next.Unlock()
		from = next.at
		to = min(rows, from+stretch)
		next.at = to
		return from, to, from < to && ctx.Err() == nil
	}
	var wg sync.WaitGroup
	for w := range min(runtime.GOMAXPROCS(0), (rows+stretch-1)/stretch) {
		wg.Go(func() {
			for {
				from, to, ok := take()
				if !ok {
					return
				}
				fn(w, from, to)
			}
		})
	}
	wg.Wait()
}

// matching returns the rows that the filter wants, in the order of the store.
func matching(ctx context.Context, s *Snapshot, f *filter.Filter) []int32 {
	if f.All() {
		rows := make([]int32, s.rows)
		for i := range rows {
			rows[i] = int32(i)
		}
		return rows
	}
	found := make([][]int32, (s.rows+stretch-1)/stretch)
	matchers := make([]*rowMatcher, runtime.GOMAXPROCS(0))
	forStretches(ctx, s.rows, func(worker, from, to int) {
		if matchers[worker] == nil {
			matchers[worker] = newRowMatcher(f)
		}
		var hits []int32
		for row := from; row < to; row++ {
			if matchers[worker].match(s, int32(row)) {
				hits = append(hits, int32(row))
			}
		}
		found[from/stretch] = hits
	})
	return slices.Concat(found...)
}

// columnWords are the filter's words that the columns answer, symbolWords those that need the template as well. Every
// other word needs the whole record. What timelessWords ask is the same for all rows that share class, closer and
// template: the answer is found once.
var (
	timelessWords = []string{
		"class", "closer", "shape", "reset-by", "mark", "cause", "first-cause", "state", "last-state", "fin", "rst", "final", "roles-by",
	}
	columnWords = []string{"host", "net", "port", "portrange", "ip", "ip6", "tcp", "class", "closer", "id", "start", "duration"}
	symbolWords = []string{
		"shape", "reset-by", "mark", "cause", "first-cause", "state", "last-state", "final", "roles-by", "close-duration",
		"syn-sent", "syn-received", "established", "fin-wait-1", "fin-wait-2", "close-wait", "closing", "last-ack", "time-wait", "closed",
	}
)

// partsFor returns how much of a row a filter looks at, and whether it looks at nothing that differs between rows of the
// same template.
func partsFor(f *filter.Filter) (want parts, timeless bool) {
	known, bound := map[string]parts{}, map[string]bool{}
	for _, w := range filter.Words() {
		for _, name := range append(w.Aliases, w.Name) {
			switch {
			case slices.Contains(columnWords, w.Name):
				known[name] = columnsOnly
			case slices.Contains(symbolWords, w.Name):
				known[name] = symbolsToo
			default:
				known[name] = everything
			}
			bound[name] = !slices.Contains(timelessWords, w.Name)
		}
	}
	want, timeless = columnsOnly, true
	for token := range strings.FieldsFuncSeq(f.String(), func(r rune) bool { return !(r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		want = max(want, known[token]) // a value that is spelled like a word does no harm
		timeless = timeless && !bound[token]
	}
	return want, timeless
}

// A rowMatcher tests one row after the other. It belongs to one goroutine.
type rowMatcher struct {
	filter   *filter.Filter
	want     parts
	timeless bool
	answers  map[uint64]bool // by template, class and closer
	t        flows.Teardown
}

func newRowMatcher(f *filter.Filter) *rowMatcher {
	m := &rowMatcher{filter: f, answers: map[uint64]bool{}}
	m.want, m.timeless = partsFor(f)
	return m
}

// match tests a row. A filter on addresses and ports refuses most rows before they are unpacked.
func (m *rowMatcher) match(s *Snapshot, row int32) bool {
	c, i := s.at(row)
	k := c.cols
	key := uint64(k.template[i])<<16 | uint64(k.class[i])<<8 | uint64(k.closer[i])
	keep := m.timeless && k.template[i] != inlineTemplate
	switch {
	case keep:
		if answer, ok := m.answers[key]; ok {
			return answer
		}
	case m.want > columnsOnly:
		seg := decode.Segment{Src: c.addrs[k.client[i]], Dst: c.addrs[k.server[i]], SrcPort: k.clientPort[i], DstPort: k.serverPort[i]}
		if !m.filter.MatchSegment(&seg) {
			return false
		}
	}
	want := m.want
	if keep {
		want = everything
	}
	s.unpack(row, &m.t, want)
	answer := m.filter.Match(&m.t)
	if keep {
		m.answers[key] = answer
	}
	return answer
}

// keyed is a row with what it is ordered by.
type keyed struct {
	key uint64
	row int32
}

// order sorts rows: by the column's key, rows of equal key by the number of their first frame.
func order(ctx context.Context, s *Snapshot, rows []int32, q Query) []int32 {
	keys := make([]keyed, len(rows))
	forStretches(ctx, len(rows), func(_, from, to int) {
		for i := from; i < to; i++ {
			keys[i] = keyed{s.ID(rows[i]), rows[i]}
		}
	})
	room := make([]keyed, len(rows))
	keys, room = radixSort(ctx, keys, room)
	if q.Sort != ColumnFlow {
		setKeys(ctx, s, keys, q.Sort)
		keys, _ = radixSort(ctx, keys, room)
		if less := columnTable[q.Sort].less; less != nil {
			settleTies(s, keys, less)
		}
	}
	if ctx.Err() != nil {
		return nil
	}
	for i := range keys {
		rows[i] = keys[i].row
	}
	if q.Descending {
		slices.Reverse(rows)
	}
	return rows
}

func setKeys(ctx context.Context, s *Snapshot, keys []keyed, column Column) {
	col := &columnTable[column]
	scratch := make([]flows.Teardown, runtime.GOMAXPROCS(0))
	forStretches(ctx, len(keys), func(worker, from, to int) {
		t := &scratch[worker]
		for i := from; i < to; i++ {
			if col.cold {
				s.Teardown(keys[i].row, t)
				keys[i].key = col.key(t)
				continue
			}
			c, n := s.at(keys[i].row)
			keys[i].key = col.hot(c.cols, c, n)
		}
	})
}

// settleTies orders the runs of IPv6 endpoints whose keys are equal by their whole addresses.
func settleTies(s *Snapshot, keys []keyed, compare func(s *Snapshot, a, b int32) int) {
	for from := 0; from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to].key == keys[from].key {
			to++
		}
		if to-from > 1 && keys[from].key>>63 == 1 {
			slices.SortStableFunc(keys[from:to], func(a, b keyed) int { return compare(s, a.row, b.row) })
		}
		from = to
	}
}

// radixSort sorts by key, keeping the order of equal ones, in passes of eleven bits; passes in which all keys agree are
// left out. It returns the sorted slice and the other one.
func radixSort(ctx context.Context, a, b []keyed) (sorted, other []keyed) {
	const bits, buckets = 11, 1 << 11
	var all, any uint64 = ^uint64(0), 0
	for i := range a {
		all &= a[i].key
		any |= a[i].key
	}
	differ := any &^ all
	for shift := 0; shift < 64; shift += bits {
		if differ>>shift&(buckets-1) == 0 || ctx.Err() != nil {
			continue
		}
		var count [buckets]int
		for i := range a {
			count[a[i].key>>shift&(buckets-1)]++
		}
		sum := 0
		for i, n := range count {
			count[i] = sum
			sum += n
		}
		for i := range a {
			d := a[i].key >> shift & (buckets - 1)
			b[count[d]] = a[i]
			count[d]++
		}
		a, b = b, a
	}
	return a, b
}
