package decode

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestEveryResolutionIsExactToTheNanosecond(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	giga := big.NewInt(1e9)
	for resolution := range 256 {
		for range 200 {
			stamp := random.Uint64() >> random.IntN(64)
			offset := int64(random.Uint64()) >> (32 + random.IntN(32))
			base, n := int64(10), int64(resolution&0x7f)
			if resolution&0x80 != 0 {
				base = 2
			}
			// floor(stamp * 10^9 / base^n) + offset * 10^9, with arbitrary precision
			want := new(big.Int).Mul(new(big.Int).SetUint64(stamp), giga)
			want.Div(want, new(big.Int).Exp(big.NewInt(base), big.NewInt(n), nil))
			want.Add(want, new(big.Int).Mul(big.NewInt(offset), giga))
			c := newClock(uint8(resolution), offset)
			got := c.nanos(stamp)
			switch {
			case want.IsInt64():
				if got != want.Int64() {
					t.Fatalf("resolution %#x, stamp %d, offset %d: %d, want %v", resolution, stamp, offset, got, want)
				}
			case want.Sign() < 0 && got != math.MinInt64, want.Sign() > 0 && got != math.MaxInt64:
				t.Fatalf("resolution %#x, stamp %d, offset %d: %d, want the nearest to %v", resolution, stamp, offset, got, want)
			}
		}
	}
}

func TestResolutionAndOffsetOfAnInterfaceCount(t *testing.T) {
	for _, v := range []struct {
		resolution uint8
		offset     int64
		stamp      uint64
		want       int64
	}{
		{0, 0, 5, 5_000_000_000},
		{6, -3, 5_500_000, 2_500_000_000},
		{9, 1_700_000_000, 1, 1_700_000_000_000_000_001},
		{12, 0, 5_500_000_000_999, 5_500_000_000},
		{0x80 | 20, 0, 5<<20 | 1<<19, 5_500_000_000},
		{0x80 | 32, 0, 5<<32 | 3<<30, 5_750_000_000},
		{0x80 | 10, 0, 5<<10 | 1, 5_000_976_562},
		{0x80 | 64, 0, 1 << 63, 500_000_000},
		{64, 0, math.MaxUint64, 0},
	} {
		for _, order := range bothOrders {
			f := buildPcapng(order)
			f.iface(1, 0, f.option(optIfResolution, v.resolution), f.option64(optIfTimeOffset, uint64(v.offset)))
			c := open(t, f.packet(1, 0, v.stamp, 60).b)
			if got := readAll(t, c)[0].Time; got != v.want {
				t.Errorf("%v, resolution %#x, stamp %d: %d, want %d", order, v.resolution, v.stamp, got, v.want)
			}
			if i := c.Interfaces()[0]; i.Resolution != v.resolution || i.TimeOffset != v.offset {
				t.Errorf("%+v", i)
			}
		}
	}
}
