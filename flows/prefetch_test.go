package flows

import (
	"testing"
	"unsafe"
)

// TestPrefetchLeavesAllAsItWas: it only asks, also for nothing.
func TestPrefetchLeavesAllAsItWas(t *testing.T) {
	prefetch(nil, 1)
	words := make([]uint64, 1000)
	list := make([]unsafe.Pointer, len(words))
	for i := range words {
		words[i], list[i] = uint64(i), unsafe.Pointer(&words[i])
	}
	prefetch(list, 1)
	prefetch(list[:1], 1)
	prefetch(list[500:501], 4)
	prefetch(list[:len(words)-3*cacheLine/8], 3)
	prefetch(list[999:], 1)
	for i, w := range words {
		if w != uint64(i) || list[i] != unsafe.Pointer(&words[i]) {
			t.Fatalf("word %d has become %d", i, w)
		}
	}
	if n := testing.AllocsPerRun(10, func() { prefetch(list, 1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestARecordIsWholeLines: what asks for a record asks for line after line from where it begins.
func TestARecordIsWholeLines(t *testing.T) {
	wholeLines(t, newSlab[conn]())
	wholeLines(t, newSlab[closing]())
	wholeLines(t, newSlab[note]())
	if usedByAll*cacheLine != int(unsafe.Sizeof(conn{}))-cacheLine {
		t.Errorf("every segment needs %d lines of a conversation", usedByAll)
	}
}

func wholeLines[T any](t *testing.T, s slab[T]) {
	t.Helper()
	_, record := s.alloc()
	if size := unsafe.Sizeof(*record); size == 0 || size%cacheLine != 0 {
		t.Errorf("%T has %d octets", record, size)
	}
	if at := uintptr(unsafe.Pointer(record)); at%cacheLine != 0 {
		t.Errorf("%T begins %d octets into a line", record, at%cacheLine)
	}
	if n := testing.AllocsPerRun(10, func() { s.ask(1) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
