package decode

import (
	"math"
	"math/bits"
)

// A clock turns an interface's time stamps into nanoseconds since 1970, exactly: finer ones are rounded down.
type clock struct {
	mul    uint64 // nanoseconds of a tick where that is a whole number
	below  uint64 // stamps below this one cannot overflow the short way
	div    uint64 // ticks of a nanosecond where that is a whole number
	shift  uint8  // a tick is 2^-shift seconds
	offset int64  // nanoseconds
}

// powersOf10 are those that fit into 64 bits.
var powersOf10 = func() (p [20]uint64) {
	p[0] = 1
	for i := range len(p) - 1 {
		p[i+1] = p[i] * 10
	}
	return p
}()

// newClock reads if_tsresol, and if_tsoffset in seconds.
func newClock(resolution uint8, offset int64) clock {
	c := clock{offset: saturatingSeconds(offset)}
	n := int(resolution & 0x7f)
	switch {
	case resolution&0x80 != 0 && n <= 9: // 2^-n s is a whole number of nanoseconds, since 10^9 = 2^9 * 5^9
		c.mul = 1e9 >> n
	case resolution&0x80 != 0:
		c.shift = uint8(n)
	case n <= 9:
		c.mul = powersOf10[9-n]
	case n-9 < len(powersOf10):
		c.div = powersOf10[n-9]
	default: // 64 bits of such ticks are less than a nanosecond, as they are of this one
		c.shift = 127
	}
	if c.mul != 0 {
		room := uint64(math.MaxInt64)
		if c.offset > 0 {
			room -= uint64(c.offset)
		}
		c.below = room / c.mul
	}
	return c
}

// nanos converts a stamp. What does not fit (before 1678, after 2262) becomes the nearest time that does.
func (c *clock) nanos(stamp uint64) int64 {
	if stamp < c.below {
		return int64(stamp*c.mul) + c.offset
	}
	return c.nanosSlowly(stamp)
}

func (c *clock) nanosSlowly(stamp uint64) int64 {
	var hi, lo uint64
	switch {
	case c.mul != 0:
		hi, lo = bits.Mul64(stamp, c.mul)
	case c.div != 0:
		lo = stamp / c.div
	default:
		hi, lo = bits.Mul64(stamp, 1e9)
		if c.shift >= 64 {
			hi, lo = 0, hi>>(c.shift-64)
		} else {
			lo = lo>>c.shift | hi<<(64-c.shift)
			hi >>= c.shift
		}
	}
	return addOffset(hi, lo, c.offset)
}

// addOffset adds a signed offset to an unsigned 128-bit number of nanoseconds.
func addOffset(hi, lo uint64, offset int64) int64 {
	var carry uint64
	lo, carry = bits.Add64(lo, uint64(offset), 0)
	hi, _ = bits.Add64(hi, uint64(offset>>63), carry) // sign extension
	switch {
	case int64(hi) < 0 && (hi != math.MaxUint64 || int64(lo) >= 0):
		return math.MinInt64
	case int64(hi) < 0:
		return int64(lo)
	case hi != 0 || int64(lo) < 0:
		return math.MaxInt64
	}
	return int64(lo)
}

// saturatingSeconds returns s seconds in nanoseconds.
func saturatingSeconds(s int64) int64 {
	const most = math.MaxInt64 / 1_000_000_000
	return min(max(s, -most), most) * 1_000_000_000
}
