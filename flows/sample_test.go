package flows

import (
	"math/rand/v2"
	"testing"
)

// unmix turns mix round.
func unmix(x uint64) uint64 {
	invert := func(x uint64, shift uint) uint64 {
		for y := x; ; {
			if next := x ^ y>>shift; next == y {
				return y
			} else {
				y = next
			}
		}
	}
	inverse := func(odd uint64) uint64 {
		y := odd
		for odd*y != 1 {
			y *= 2 - odd*y
		}
		return y
	}
	x = invert(x, 31) * inverse(0x94d049bb133111eb)
	x = invert(x, 27) * inverse(0xbf58476d1ce4e5b9)
	return invert(x, 30)
}

// keyRanked returns the i-th key of all that have a rank.
func keyRanked(rank uint64, i int) endKey {
	high := 0x2001_0db8_0000_0000 + uint64(i)
	sum := unmix(rank)
	return endKey{high: high, low: unmix(sum - mix(high^0x9e3779b97f4a7c15))}
}

// TestKeysChosenToHaveOneRank sends more keys of one rank than are kept, among others and alone.
func TestKeysChosenToHaveOneRank(t *testing.T) {
	const limit = 300
	random := rand.New(rand.NewPCG(3, 9))
	for _, c := range []struct {
		name          string
		rank          uint64
		equal, others int
		want          int
	}{
		{"alone, the least rank", 0, 5 * limit, 0, 0},
		{"alone, the greatest rank", ^uint64(0), 5 * limit, 0, 0},
		{"as many as are kept", 77, limit, 0, limit},
		{"before all others", 77, limit / 3, 10 * limit, limit},
		{"too many, before all others", 77, 2 * limit, 10 * limit, 0},
		{"too many, behind all others", ^uint64(0), 2 * limit, limit / 2, limit / 2},
	} {
		var keys []endKey
		for i := range c.equal {
			k := keyRanked(c.rank, i)
			if k.rank() != c.rank {
				t.Fatalf("%v has the rank %d", k, k.rank())
			}
			keys = append(keys, k)
		}
		for range c.others {
			keys = append(keys, endKey{low: random.Uint64(), port: uint64(random.IntN(65536))})
		}
		parts := [2]sample[endKey, int]{newSample[endKey, int](limit, newSecret()), newSample[endKey, int](limit, newSecret())}
		for n, i := range random.Perm(3 * len(keys)) {
			if v := parts[n%2].at(&keys[i%len(keys)], keys[i%len(keys)].hash(parts[n%2].secret)); v != nil {
				*v++
			}
		}
		parts[0].merge(&parts[1], func(to, from *int) { *to += *from })
		kept := parts[0].keys(compareKeys)
		if len(kept) != c.want || parts[0].cut != (len(keys) > c.want) {
			t.Errorf("%s: %d keys kept of %d, want %d", c.name, len(kept), len(keys), c.want)
		}
		for _, k := range kept {
			if n := *parts[0].get(k); n != 3 {
				t.Errorf("%s: %v was counted %d times", c.name, k, n)
			}
		}
	}
}
