package flows

import (
	"testing"
	"unsafe"
)

// TestPrefetchLeavesAllAsItWas: it only asks, also for nothing.
func TestPrefetchLeavesAllAsItWas(t *testing.T) {
	prefetch(nil)
	words := make([]uint64, 1000)
	var lines []*uint64
	for i := range words {
		words[i] = uint64(i)
		lines = append(lines, &words[i])
	}
	prefetch(lines)
	prefetch(lines[:1])
	prefetch(lines[999:])
	for i, w := range words {
		if w != uint64(i) || lines[i] != &words[i] {
			t.Fatalf("word %d has become %d", i, w)
		}
	}
	if n := testing.AllocsPerRun(10, func() { prefetch(lines) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestLinesCoverARecord: whoever asks for a record gets all of it.
func TestLinesCoverARecord(t *testing.T) {
	covers(t, newSlab[conn]())
	covers(t, newSlab[closing]())
	covers(t, newSlab[note]())
}

func covers[T any](t *testing.T, s slab[T]) {
	t.Helper()
	i, record := s.alloc()
	var lines [largestRecord]*uint64
	seen := map[uintptr]bool{}
	for _, l := range lines[:s.lines(i, &lines)] {
		seen[(uintptr(unsafe.Pointer(l))-uintptr(unsafe.Pointer(record)))/cacheLine] = true
	}
	if size := unsafe.Sizeof(*record); uintptr(len(seen)) != size/cacheLine || size%cacheLine != 0 {
		t.Errorf("lines %v of %d octets", seen, size)
	}
}
