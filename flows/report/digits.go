package report

import (
	"encoding/binary"
	"math/bits"
	"strconv"

	"tcpclose/flows"
)

// Numbers are most of what a report writes, so their digits are made eight at a time, in one register: each step splits
// all numbers in it into two halves of their digits.

// numberRoom is more octets than any 64-bit number takes, and room for the eight that are stored at once.
const numberRoom = 32

const zeros8 = 0x3030303030303030 // "00000000"

// digits8 returns the eight digits of v, which is below 10^8, as octets 0 to 9, the first in the lowest octet. Each step
// replaces numbers by their halves: number + high * (2^n - 10^k) is high in the n bits above low.
func digits8(v uint64) uint64 {
	v += v * 3_518_437_209 >> 45 * (1<<32 - 10_000)
	v += v * 10_486 >> 20 & 0x7f0000007f * (1<<16 - 100)
	v += v * 103 >> 10 & 0x000f000f000f000f * (1<<8 - 10)
	return bits.ReverseBytes64(v)
}

// digits3 holds the numbers 000 to 999 as text, as it lies in memory.
var digits3 = func() (table [1000]uint32) {
	for i := range uint32(1000) {
		table[i] = '0' + i/100 | ('0'+i/10%10)<<8 | ('0'+i%10)<<16
	}
	return table
}()

// put8 writes the eight digits of v, which is below 10^8.
func put8(b []byte, v uint64) { binary.LittleEndian.PutUint64(b, digits8(v)|zeros8) }

// room makes sure that b can grow by n octets without being moved.
func room(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	grown := make([]byte, len(b), 2*cap(b)+n)
	copy(grown, b)
	return grown
}

// strip takes the zeros in front away from digits that digits8 made, but for the last one, and makes text of the n that
// remain, as it lies in memory.
func strip(digits uint64) (text uint64, n int) {
	zeros := bits.TrailingZeros64(digits|1<<56) & 56
	return (digits | zeros8) >> zeros, 8 - zeros/8
}

// decimal returns the n digits of v, which is below 10^8, as they lie in memory.
func decimal(v uint64) (text uint64, n int) { return strip(digits8(v)) }

// appendUint appends v in decimal. It may store beyond the digits that it appends.
func appendUint(b []byte, v uint64) []byte {
	n := len(b)
	if cap(b)-n < numberRoom {
		b = room(b, numberRoom)
	}
	w := b[n : n+8]
	switch {
	case v < 10: // as many counts are
		w[0] = '0' + byte(v)
		return b[:n+1]
	case v < 1e8:
		text, length := decimal(v)
		binary.LittleEndian.PutUint64(w, text)
		return b[:n+length]
	}
	b = appendUint(b, v/1e8)
	n = len(b)
	put8(b[n:n+8], v%1e8)
	return b[:n+8]
}

// appendInt appends v in decimal.
func appendInt(b []byte, v int64) []byte {
	if v < 0 {
		return strconv.AppendInt(b, v, 10)
	}
	return appendUint(b, uint64(v))
}

// appendNullableInt appends v in decimal, or null for flows.NoTime.
func appendNullableInt(b []byte, v int64) []byte {
	if v == flows.NoTime {
		return append(b, "null"...)
	}
	return appendInt(b, v)
}

// appendFrame appends a frame number, or null for 0, which no frame has.
func appendFrame(b []byte, frame uint64) []byte {
	if frame == 0 {
		return append(b, "null"...)
	}
	return appendUint(b, frame)
}
