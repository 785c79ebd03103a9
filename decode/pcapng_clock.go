package decode

import (
	"math/bits"
)

// The times that are told, in nanoseconds since 1970: from 1823-11-12 to 2116-02-20. So the distance between any two of them
// fits into 64 bits, and none is the least number, which stands for no time.
const (
	earliest = -1 << 62
	latest   = 1<<62 - 1
)

// A clock turns an interface's time stamps into nanoseconds since 1970, exactly: finer ones are rounded down.
type clock struct {
	bent    *uint64 // counts the stamps beyond what is told
	mul     uint64  // nanoseconds of a tick where that is a whole number
	below   uint64  // stamps below this one cannot overflow the short way
	div     uint64  // ticks of a nanosecond where that is a whole number
	shift   uint8   // a tick is 2^-shift seconds
	offset  int64   // nanoseconds, for the short way
	seconds int64   // the same, whole
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
func newClock(resolution uint8, offset int64, bent *uint64) clock {
	c := clock{seconds: offset, bent: bent}
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
	const second = 1_000_000_000
	if c.mul != 0 && offset >= earliest/second && offset <= latest/second {
		c.offset = offset * second
		c.below = uint64(latest-max(c.offset, 0)) / c.mul
	}
	return c
}

// nanos converts a stamp. One beyond what is told becomes the nearest time that is, and is counted.
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
	ns, fits := addSeconds(hi, lo, c.seconds)
	if !fits {
		*c.bent++
	}
	return ns
}

// addSeconds adds a signed offset to an unsigned 128-bit number of nanoseconds, and returns the nearest time that is told.
func addSeconds(hi, lo uint64, seconds int64) (ns int64, fits bool) {
	size := uint64(seconds)
	if seconds < 0 {
		size = -size
	}
	high, low := bits.Mul64(size, 1e9)
	var carry uint64
	if seconds < 0 {
		lo, carry = bits.Sub64(lo, low, 0)
		hi, _ = bits.Sub64(hi, high, carry)
	} else {
		lo, carry = bits.Add64(lo, low, 0)
		hi, _ = bits.Add64(hi, high, carry)
	}
	switch ns = int64(lo); {
	case int64(hi) != ns>>63: // more than 64 bits
		ns = earliest
		if int64(hi) >= 0 {
			ns = latest
		}
		return ns, false
	case ns < earliest:
		return earliest, false
	case ns > latest:
		return latest, false
	}
	return ns, true
}
