package flows

import (
	"context"
	"sync/atomic"
	"testing"
)

func TestEachElementIsTakenOnceSideBySide(t *testing.T) {
	const size = 64
	for _, n := range []int{0, 1, size - 1, 2*size + 1, 10_000} {
		times := make([]atomic.Int32, n)
		SideBySide(context.Background(), n, size, func(_, from, to int) {
			for i := from; i < to; i++ {
				times[i].Add(1)
			}
		})
		for i := range times {
			if got := times[i].Load(); got != 1 {
				t.Errorf("element %d of %d was taken %d times", i, n, got)
			}
		}
	}
}
