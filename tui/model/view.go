package model

import (
	"context"
	"runtime"
	"slices"
	"strings"

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

// matching returns the rows that the filter wants, in the order of the store.
func matching(ctx context.Context, s *Snapshot, f *filter.Filter) []int32 {
	if f.All() {
		rows := make([]int32, s.Rows())
		for i := range rows {
			rows[i] = int32(s.floor + i)
		}
		return rows
	}
	found := make([][]int32, (s.Rows()+stretch-1)/stretch)
	matchers := make([]*rowMatcher, runtime.GOMAXPROCS(0))
	s.stretches(ctx, func(worker, from, to int) {
		if matchers[worker] == nil {
			matchers[worker] = newRowMatcher(f)
		}
		var hits []int32
		for row := from; row < to; row++ {
			if matchers[worker].match(s, int32(row)) {
				hits = append(hits, int32(row))
			}
		}
		found[(from-s.floor)/stretch] = hits
	})
	return slices.Concat(found...)
}

// What a filter's words look at. What symbolWords ask is the same for all rows that share class, closer and template: the
// answer is found once. Words that are not here look at the counts of both ends.
var (
	addressWords = []string{"host", "net", "port", "portrange", "ip", "ip6", "tcp"}
	columnWords  = []string{"id", "start", "end", "since", "until", "duration"}
	symbolWords  = []string{
		"class", "closer", "shape", "reset-by", "mark", "cause", "first-cause", "state", "last-state", "fin", "rst", "final", "roles-by",
		"fin-resends", "rsts",
	}
	momentWords = []string{
		"close-duration", "close-start",
		"syn-sent", "syn-received", "established", "fin-wait-1", "fin-wait-2", "close-wait", "closing", "last-ack", "time-wait",
	}
)

// A scrutiny is what a filter looks at.
type scrutiny struct {
	want     parts
	timeless bool // at nothing that differs between rows of the same template
}

func scrutinyOf(f *filter.Filter) scrutiny {
	named := map[string]scrutiny{}
	for _, w := range filter.Words() {
		s := scrutiny{want: symbolParts | countParts}
		switch {
		case slices.Contains(addressWords, w.Name):
			s = scrutiny{want: addrParts}
		case slices.Contains(columnWords, w.Name):
			s = scrutiny{}
		case slices.Contains(symbolWords, w.Name):
			s = scrutiny{want: symbolParts, timeless: true}
		case slices.Contains(momentWords, w.Name):
			s = scrutiny{want: symbolParts | timeParts}
		case w.Name == "idle": // the close's start says whether there was one
			s.want |= timeParts
		}
		for _, name := range append([]string{w.Name}, w.Aliases...) {
			named[name] = s
		}
	}
	all := scrutiny{timeless: true}
	for token := range strings.FieldsFuncSeq(f.String(), func(r rune) bool { return !(r == '-' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		if s, ok := named[token]; ok { // a value that is spelled like a word does no harm
			all.want |= s.want
			all.timeless = all.timeless && s.timeless
		}
	}
	return all
}

// A rowMatcher tests one row after the other. It belongs to one goroutine.
type rowMatcher struct {
	filter *filter.Filter
	scrutiny
	answers []answer // by template
	glance  glance
}

// An answer is what the filter says of a template's rows, by class and closer. Nearly always there is one class to a
// template.
type answer struct {
	class, closer uint8
	known, yes    bool
}

func newRowMatcher(f *filter.Filter) *rowMatcher {
	m := &rowMatcher{filter: f, scrutiny: scrutinyOf(f)}
	m.glance.want = m.want
	return m
}

// match tests a row. A filter on addresses and ports refuses most rows before they are read.
func (m *rowMatcher) match(s *Snapshot, row int32) bool {
	c, i := s.at(row)
	k := c.cols
	n := k.template[i]
	if m.timeless && n < maxShared {
		for len(m.answers) <= int(n) {
			m.answers = append(m.answers, answer{})
		}
		a := &m.answers[n]
		if !a.known || a.class != k.class[i] || a.closer != k.closer[i] {
			*a = answer{k.class[i], k.closer[i], true, m.filter.Match(m.glance.read(s, row))}
		}
		return a.yes
	}
	if m.want&addrParts != 0 && m.want != addrParts {
		seg := decode.Segment{Src: c.addrs[k.client[i]], Dst: c.addrs[k.server[i]], SrcPort: k.clientPort[i], DstPort: k.serverPort[i]}
		if !m.filter.MatchSegment(&seg) {
			return false
		}
	}
	return m.filter.Match(m.glance.read(s, row))
}

// keyed is a row with what it is ordered by.
type keyed struct {
	key uint64
	row int32
}

// order sorts rows: by the column's key, rows of equal key by the number of their first frame.
func order(ctx context.Context, s *Snapshot, rows []int32, q Query) []int32 {
	keys := make([]keyed, len(rows))
	flows.SideBySide(ctx, len(rows), stretch, func(_, from, to int) {
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
	glances := make([]glance, runtime.GOMAXPROCS(0))
	flows.SideBySide(ctx, len(keys), stretch, func(worker, from, to int) {
		g := &glances[worker]
		g.want = col.want
		for i := from; i < to; i++ {
			if col.key != nil {
				keys[i].key = col.key(g.read(s, keys[i].row))
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
