package flows

import (
	"sync/atomic"
	"testing"
)

func TestStretchesTakeEachElementOnce(t *testing.T) {
	for _, n := range []int{0, 1, leastStretch - 1, 2*leastStretch + 1, 10_000} {
		times := make([]atomic.Int32, n)
		EachStretch(n, func(from, to int) {
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
