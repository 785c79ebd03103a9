package tui

import (
	"flag"
	"slices"
	"testing"
	"time"

	"tcpclose/tui/model"
	"tcpclose/tui/model/modeltest"
)

var huge = flag.Bool("huge", false, "also measure with ten million conversations, which takes 2 GB")

// BenchmarkKeyToScreen measures the time from a key to the finished frame on a screen of 160x50, with a million
// conversations: each step moves the cursor and paints everything.
func BenchmarkKeyToScreen(b *testing.B) {
	counts := []int{1_000_000}
	if *huge {
		counts = append(counts, 10_000_000)
	}
	for _, rows := range counts {
		store := storeOf(rows)
		size, n := store.Bytes()
		b.Run(model.Count(rows), func(b *testing.B) {
			b.ReportMetric(float64(size)/float64(n), "B/row")
			s := newTestScreen(b, store, 160, 50, "terminal", "UTF-8", nil)
			keys := []string{"j", "PgDn", "G", "PgUp", "g", "]", "}"}
			var took, used []time.Duration
			i := 0
			for b.Loop() {
				began, before := time.Now(), modeltest.CPUTime()
				s.keys(keys[i%len(keys)])
				took, used = append(took, time.Since(began)), append(used, modeltest.CPUTime()-before)
				i++
			}
			slices.Sort(took)
			slices.Sort(used)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(used[len(used)*99/100].Microseconds())/1000, "p99-cpu-ms")
		})
	}
}

// TestAFrameTakesLessThanSixteenMilliseconds holds the speed that a key has to reach the screen at, with room for a busy
// machine: the median instead of the 99th percentile, which the benchmark measures.
func TestAFrameTakesLessThanSixteenMilliseconds(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	s := newTestScreen(t, storeOf(100_000), 160, 50, "terminal", "UTF-8", nil)
	var took []time.Duration
	for range 100 {
		began := time.Now()
		s.keys("j")
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	if median := took[len(took)/2]; median > 16*time.Millisecond {
		t.Errorf("a frame takes %v", median)
	}
}

// TestOnlyRowsOnTheScreenAreFormatted holds that a frame costs the same however many rows there are.
func TestOnlyRowsOnTheScreenAreFormatted(t *testing.T) {
	allocs := func(rows int) float64 {
		s := newTestScreen(t, storeOf(rows), 160, 50, "terminal", "UTF-8", nil)
		return testing.AllocsPerRun(20, s.draw)
	}
	few, many := allocs(1000), allocs(100_000)
	if many > few*1.2 {
		t.Errorf("a frame makes %.0f allocations with 1,000 rows, %.0f with 100,000", few, many)
	}
}
