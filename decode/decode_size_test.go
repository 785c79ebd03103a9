package decode

import (
	"testing"
	"unsafe"
)

// TestSegmentIsTwoCacheLines holds the size that the hot path is laid out for.
func TestSegmentIsTwoCacheLines(t *testing.T) {
	if got := unsafe.Sizeof(Segment{}); got != 128 {
		t.Fatalf("a Segment takes %d bytes, want 128", got)
	}
}
