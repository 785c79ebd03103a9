package report

import (
	"encoding/binary"
	"math/bits"
)

// An era is a thousand seconds: their times, as nanoseconds since 1970, begin with the same seven digits of nineteen. The
// zero value is none.
type era struct {
	begin int64
	text  uint64 // the seven digits, as they lie in memory
}

const (
	eraSpan   = 1_000_000_000_000
	eraMicros = eraSpan / 1000
	firstEra  = 1_000_000 * eraSpan // in 2001: what is before has fewer digits
	lastEra   = 9_223_372 * eraSpan // in 2262: its end is none that an int64 holds, so it is not used
)

// hasEra reports whether a time is of an era.
func hasEra(ns int64) bool { return uint64(ns-firstEra) < lastEra-firstEra }

// nullText is "null" as it lies in memory.
const nullText = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24

// eraOf returns the era of a time that has one.
func eraOf(ns int64) era {
	high := uint64(ns) / eraSpan
	return era{begin: int64(high * eraSpan), text: (digits8(high) | zeros8) >> 8}
}

// put writes the nineteen digits of a time of the era, which is so many nanoseconds after the era's begin.
func (e era) put(w *[numberRoom]byte, beyond uint64) {
	micros := beyond / 1000
	e.putMicros(w, micros)
	binary.LittleEndian.PutUint32(w[16:20], digits3[beyond-micros*1000])
}

// putMicros writes the first sixteen of nineteen digits: those of microseconds, which are fewer than 10^9.
func (e era) putMicros(w *[numberRoom]byte, micros uint64) {
	binary.LittleEndian.PutUint64(w[:8], e.text)
	of := uint32(micros)
	binary.LittleEndian.PutUint32(w[7:11], digits3[of/1_000_000])
	of %= 1_000_000
	binary.LittleEndian.PutUint32(w[10:14], digits3[of/1000])
	binary.LittleEndian.PutUint32(w[13:17], digits3[of%1000])
}

// thousandth returns a thousandth of v, or a number beyond 2^53 where v is below 0 or no multiple of a thousand. Most
// captures tell microseconds: their times are such multiples, and have three digits less to make. Odd factors are divided
// by with their inverses, and what is not divided by 8 then turns up in the uppermost bits.
func thousandth(v int64) uint64 { return bits.RotateLeft64(uint64(v)*inverse125, -3) }

// inverse125 is the inverse of 125 modulo 2^64.
const inverse125 = 0x1cac083126e978d5
