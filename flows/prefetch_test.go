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

// TestLinesCoverARecord: whoever asks for a record's lines gets all of it.
func TestLinesCoverARecord(t *testing.T) {
	var c conn
	var cl closing
	lines := c.lines()
	covers(t, lines[:], unsafe.Pointer(&c), unsafe.Sizeof(c))
	first, second := cl.lines()
	covers(t, []*uint64{first, second}, unsafe.Pointer(&cl), unsafe.Sizeof(cl))
}

func covers(t *testing.T, lines []*uint64, record unsafe.Pointer, size uintptr) {
	t.Helper()
	seen := map[uintptr]bool{}
	for _, l := range lines {
		seen[(uintptr(unsafe.Pointer(l))-uintptr(record))/cacheLine] = true
	}
	if uintptr(len(seen)) != size/cacheLine || size%cacheLine != 0 {
		t.Errorf("lines %v of %d octets", seen, size)
	}
}
