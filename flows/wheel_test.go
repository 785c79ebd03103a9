package flows

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestWhatIsDueIsOrderedByFirstFrames(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range 5 * fewDue {
		var w wheel
		for reach := uint64(1) << 9; reach != 0; reach <<= 11 {
			w.due = w.due[:0]
			base := rng.Uint64()>>1 - reach/2&(1<<62-1)
			taken := map[uint64]bool{}
			for i := range n {
				e := timer{conn: uint32(i), hash: rng.Uint32(), first: base + rng.Uint64N(reach)}
				if !taken[e.first] {
					w.due = append(w.due, e)
				}
				taken[e.first] = true
			}
			want := slices.Clone(w.due)
			slices.SortFunc(want, func(a, b timer) int { return cmp.Compare(a.first, b.first) })
			if w.orderDue(); !slices.Equal(w.due, want) {
				t.Fatalf("%d that reach over %d: %v, not %v", n, reach, w.due, want)
			}
		}
	}
}
