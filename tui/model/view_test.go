package model

import (
	"context"
	"slices"
	"testing"

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
		if columnTable[c].cold {
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

// TestACancelledSelectionReturnsNothing holds that a selection that nobody waits for ends early.
func TestACancelledSelectionReturnsNothing(t *testing.T) {
	s := filled(5000)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if v := Select(ctx, s, Query{Sort: ColumnClose}); v != nil {
		t.Fatalf("got %d rows", len(v.Rows))
	}
}

func BenchmarkSelect(b *testing.B) {
	s := filled(1_000_000)
	for _, c := range []Column{ColumnStart, ColumnServer, ColumnDuration, ColumnClose} {
		b.Run("sort-1M-by-"+c.ID(), func(b *testing.B) {
			for b.Loop() {
				Select(b.Context(), s, Query{Sort: c})
			}
		})
	}
	for _, text := range []string{"port 443", "class rst-abort", "mark fin-retransmitted", "server.close-wait > 30s"} {
		f := filter.MustParse(text)
		b.Run("filter-1M-"+text, func(b *testing.B) {
			for b.Loop() {
				matching(b.Context(), s, f)
			}
		})
	}
}
