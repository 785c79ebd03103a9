package decode

import (
	"encoding/binary"
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
			offset := int64(random.Uint64()) >> (25 + random.IntN(39))
			base, n := int64(10), int64(resolution&0x7f)
			if resolution&0x80 != 0 {
				base = 2
			}
			// floor(stamp * 10^9 / base^n) + offset * 10^9, with arbitrary precision
			want := new(big.Int).Mul(new(big.Int).SetUint64(stamp), giga)
			want.Div(want, new(big.Int).Exp(big.NewInt(base), big.NewInt(n), nil))
			want.Add(want, new(big.Int).Mul(big.NewInt(offset), giga))
			bent, beyond := uint64(0), uint64(0)
			c := newClock(uint8(resolution), offset, &bent)
			got := c.nanos(stamp)
			for _, bound := range [...]*big.Int{big.NewInt(earliest), big.NewInt(latest)} {
				if want.Cmp(bound) == bound.Sign() {
					want, beyond = bound, 1
				}
			}
			if got != want.Int64() || bent != beyond {
				t.Fatalf("resolution %#x, stamp %d, offset %d: %d, want %v; %d beyond, want %d", resolution, stamp, offset, got, want, bent, beyond)
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

func TestTimesAtAndBeyondThoseThatAreTold(t *testing.T) {
	const second, first = 1_000_000_000, int64(earliest / 1_000_000_000)
	for _, v := range []struct {
		offset int64
		stamp  uint64
		want   int64
		bent   uint64
	}{
		{0, latest, latest, 0},
		{0, latest + 1, latest, 1},
		{0, math.MaxUint64, latest, 1},
		{first, 0, first * second, 0},
		{first - 1, 0, earliest, 1},
		{first - 1, 2 * second, (first + 1) * second, 0},
		{math.MinInt64, 0, earliest, 1},
		{math.MaxInt64, 0, latest, 1},
	} {
		f := buildPcapng(binary.LittleEndian)
		f.iface(1, 0, f.option(optIfResolution, 9), f.option64(optIfTimeOffset, uint64(v.offset)))
		c := open(t, f.packet(1, 0, v.stamp, 60).b)
		if got := readAll(t, c)[0].Time; got != v.want || c.Files()[0].TimesBent != v.bent {
			t.Errorf("stamp %d, offset %d: %d, want %d; %d beyond, want %d", v.stamp, v.offset, got, v.want, c.Files()[0].TimesBent, v.bent)
		}
	}
}
