package model

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/tui/model/modeltest"
)

func filled(rows int) *Snapshot {
	s, m := NewStore(), modeltest.NewMaker()
	for range rows {
		s.Put(m.Next())
	}
	return s.Publish()
}

func compareBy(s *Snapshot, c Column, a, b int32) int {
	if less := columnTable[c].less; less != nil {
		return less(s, a, b)
	}
	key := func(row int32) uint64 {
		if columnTable[c].key != nil {
			var t flows.Teardown
			s.Teardown(row, &t)
			return columnTable[c].key(&t)
		}
		ch, i := s.at(row)
		return columnTable[c].hot(ch.cols, ch, i)
	}
	ka, kb := key(a), key(b)
	switch {
	case ka < kb:
		return -1
	case ka > kb:
		return 1
	}
	return 0
}

// TestEveryColumnSortsAsAPlainSortWould compares the radix sort with a comparing one.
func TestEveryColumnSortsAsAPlainSortWould(t *testing.T) {
	s := filled(10_000)
	for c := range NumColumns {
		v := Select(context.Background(), s, Query{Sort: c})
		want := make([]int32, s.Rows())
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortStableFunc(want, func(a, b int32) int { return compareBy(s, c, a, b) })
		if !slices.Equal(v.Rows, want) {
			i := 0
			for v.Rows[i] == want[i] {
				i++
			}
			t.Errorf("column %s: row %d is flow %d, want %d", c.ID(), i, s.ID(v.Rows[i]), s.ID(want[i]))
		}
		down := Select(context.Background(), s, Query{Sort: c, Descending: true})
		slices.Reverse(down.Rows)
		if !slices.Equal(down.Rows, want) {
			t.Errorf("column %s: descending is not ascending turned round", c.ID())
		}
	}
}

// TestAFilterFindsWhatMatchFinds compares the store's filter with one asked row by row.
func TestAFilterFindsWhatMatchFinds(t *testing.T) {
	s := filled(10_000)
	for _, text := range []string{"port 443", "class rst-abort or half-closed-stall", "server.close-wait > 30s", "not port 443 and src 10.0.0.0/8", "class four-way and port 22", "duration > 100ms", "cause close", "bytes > 100k", "mark slow-close-wait and rtt > 1ms", "server.state close-wait", "not client.fin or shape simultaneous", "reset-by server and closer server", "last-state close-wait"} {
		f, err := filter.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		v := Select(context.Background(), s, Query{Filter: f})
		var want []int32
		var td flows.Teardown
		for row := range int32(s.Rows()) {
			s.Teardown(row, &td)
			if f.Match(&td) {
				want = append(want, row)
			}
		}
		if len(want) == 0 || !slices.Equal(v.Rows, want) {
			t.Errorf("%s: %d rows, want %d", text, len(v.Rows), len(want))
		}
	}
}

// TestAGlanceTellsWhatTheWholeRowTells asks every word of the language, and every column, of rows in which each field is
// random: what a glance leaves out must be what nobody asks.
func TestAGlanceTellsWhatTheWholeRowTells(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	store := NewStore()
	var kinds [40]flows.Teardown // rows of few templates: kinds of which only times and counts differ
	for i := range kinds {
		fillRandom(reflect.ValueOf(&kinds[i]).Elem(), rng)
	}
	for id := range uint64(4000) {
		td := kinds[rng.IntN(len(kinds))].Clone()
		td.ID = id + 1
		normalize(&td)
		shift := rng.Int64N(1e15)
		for _, at := range timesIn(&td) {
			if *at != flows.NoTime && *at > 0 && *at < 1<<62 {
				*at += shift + rng.Int64N(1e10)
			}
		}
		for side := range td.Ends {
			e := &td.Ends[side]
			e.Bytes, e.Packets, e.Retrans = rng.Uint64N(1e7), rng.Uint64N(1e5), rng.Uint32N(100)
			if rng.IntN(10) > 0 {
				e.Held = heldIn(e.States, td.WatchedUntil)
			}
		}
		if rng.IntN(10) > 0 { // most conversations have no names and no other leg
			td.Ends[0].Name, td.Ends[1].Name, td.Pairs = "", "", nil
		}
		store.Put(&td)
	}
	s := store.Publish()
	filters := []string{
		"not final and close-wait > 10s", "close-duration > 1s and server.host 10.0.0.0/8", "time-wait > 1ms or bytes > 1M",
		"client.established <= 10m and not mark fin-retransmitted",
	}
	for _, w := range filter.Words() {
		filters = append(filters, w.Example, "not ("+w.Example+")")
	}
	var td flows.Teardown
	plain, some := 0, 0
	for _, text := range filters {
		f := filter.MustParse(text)
		got := Select(t.Context(), s, Query{Filter: f, Sort: ColumnFlow}).Rows
		var want []int32
		for row := range int32(s.Rows()) {
			if s.Teardown(row, &td); f.Match(&td) {
				want = append(want, row)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d rows, want %d", text, len(got), len(want))
		}
		if len(want) > 0 && len(want) < s.Rows() {
			some++
		}
	}
	for _, tmpl := range s.templates {
		if tmpl.plan.plain {
			plain++
		}
	}
	if some < len(filters)/3 || plain < 20 || len(s.templates) > maxShared {
		t.Errorf("%d of %d filters tell rows apart; %d of %d templates are plain", some, len(filters), plain, len(s.templates))
	}
	for c := range NumColumns {
		v := Select(t.Context(), s, Query{Sort: c})
		for i := 1; i < len(v.Rows); i++ {
			if compareBy(s, c, v.Rows[i-1], v.Rows[i]) > 0 {
				t.Errorf("column %s: rows %d and %d stand the wrong way round", c.ID(), i-1, i)
				break
			}
		}
	}
}

// timesIn lists the times of a Teardown.
func timesIn(t *flows.Teardown) []*int64 {
	list := []*int64{&t.Start, &t.Last, &t.CloseStart, &t.CloseEnd, &t.WatchedUntil}
	for side := range t.Ends {
		for i := range t.Ends[side].States {
			tr := &t.Ends[side].States[i]
			list = append(list, &tr.Earliest, &tr.Latest)
		}
	}
	return list
}

// TestACancelledSelectionReturnsNothing holds that a selection that nobody waits for ends early.
func TestACancelledSelectionReturnsNothing(t *testing.T) {
	s := filled(5000)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if v := Select(ctx, s, Query{Sort: ColumnClose}); v != nil {
		t.Fatalf("got %d rows", len(v.Rows))
	}
}

var huge = flag.Bool("huge", false, "also measure with ten million conversations, which takes 2 GB")

// measuredFilters are one of each kind: on what the columns tell, on what a template tells, on times, on counts.
var measuredFilters = []string{
	"port 443", "host 10.0.0.0/8", "class rst-abort", "mark fin-retransmitted", "server.close-wait > 30s", "time-wait > 10ms and port 443",
	"close-duration > 100ms", "bytes > 100k", "rtt > 10ms",
}

func BenchmarkSelect(b *testing.B) {
	counts := []int{1_000_000}
	if *huge {
		counts = append(counts, 10_000_000)
	}
	for _, rows := range counts {
		s := filled(rows)
		for c := range NumColumns {
			b.Run(fmt.Sprintf("%d/sort-by-%s", rows, c.ID()), func(b *testing.B) {
				timed(b, func() { Select(b.Context(), s, Query{Sort: c}) })
			})
		}
		for _, text := range measuredFilters {
			f := filter.MustParse(text)
			b.Run(fmt.Sprintf("%d/filter-%s", rows, text), func(b *testing.B) {
				timed(b, func() { matching(b.Context(), s, f) })
			})
		}
	}
}

// timed runs the benchmark's loop, and reports the processor time as well.
func timed(b *testing.B, fn func()) {
	before := modeltest.CPUTime()
	for b.Loop() {
		fn()
	}
	b.ReportMetric(float64((modeltest.CPUTime()-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

// fastest returns the shortest of a few runs: the one that the rest of the machine disturbed least.
func fastest(n int, fn func()) time.Duration {
	best := time.Duration(1<<63 - 1)
	for range n {
		began := time.Now()
		fn()
		best = min(best, time.Since(began))
	}
	return best
}

// TestAMillionRowsAreSortedAndFilteredInTime holds the second that sorting may take and the tenth of one that filtering
// may, several times over for slow and busy machines; the benchmark measures, and the next test holds the ratio.
func TestAMillionRowsAreSortedAndFilteredInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	s := filled(1_000_000)
	for c := range NumColumns {
		if took := fastest(3, func() { Select(t.Context(), s, Query{Sort: c}) }); took > 5*time.Second {
			t.Errorf("sorting by %s takes %v", c.ID(), took)
		}
	}
	for _, text := range measuredFilters {
		f := filter.MustParse(text)
		if took := fastest(5, func() { matching(t.Context(), s, f) }); took > time.Second {
			t.Errorf("%s takes %v", text, took)
		}
	}
}

// TestAGlanceCostsLessThanTheWholeRow holds what makes filters on time in a state fast, whatever the machine.
func TestAGlanceCostsLessThanTheWholeRow(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	s := filled(20_000)
	var td flows.Teardown
	whole := fastest(20, func() {
		for row := range int32(s.Rows()) {
			s.Teardown(row, &td)
		}
	})
	for _, want := range []parts{timeParts, countParts} {
		g := glance{want: want}
		if took := fastest(20, func() {
			for row := range int32(s.Rows()) {
				g.read(s, row)
			}
		}); took > whole*6/10 {
			t.Errorf("a glance at %b takes %v, the whole rows %v", want, took, whole)
		}
	}
}
