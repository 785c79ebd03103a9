package report

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"unicode/utf8"
)

// put9 writes the nine digits of v, which is below 10^9.
func put9(b []byte, v uint32) {
	high := v / 1e8
	b[0] = '0' + byte(high)
	put8(b[1:9], uint64(v-high*1e8))
}

// appendAddr appends an address in quotes.
func appendAddr(b []byte, a netip.Addr) []byte {
	b = append(b, '"')
	return append(appendIP(b, a), '"')
}

// appendIP appends an address as RFC 5952 writes it; nothing for one that is not valid.
func appendIP(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		quad := a.As4()
		b = appendUint(b, uint64(quad[0]))
		b = append(b, '.')
		b = appendUint(b, uint64(quad[1]))
		b = append(b, '.')
		b = appendUint(b, uint64(quad[2]))
		b = append(b, '.')
		return appendUint(b, uint64(quad[3]))
	}
	if a.Is4In6() || a.Zone() != "" {
		return a.AppendTo(b)
	}
	return appendIP6(b, a.As16())
}

// ip6Room is room for the longest text of an IPv6 address, and for what is stored beyond it.
const ip6Room = 48

// appendIP6 appends an IPv6 address.
func appendIP6(b []byte, a [16]byte) []byte {
	b = room(b, ip6Room)
	n := len(b)
	return b[:n+putIP6((*[ip6Room]byte)(b[n:n+ip6Room]), a)]
}

// putIP6 writes an IPv6 address, and returns how long it is: each half of four digits without its zeros in front, and ::
// for the longest run of halves that are 0, the first of equal ones, but for a single one (RFC 5952 section 4).
func putIP6(w *[ip6Room]byte, a [16]byte) int {
	run := &zeroRuns[zeroLanes(binary.BigEndian.Uint64(a[:8]))<<4|zeroLanes(binary.BigEndian.Uint64(a[8:]))]
	k := putHalves(w, 0, &a, 0, run.from)
	if run.from == 8 {
		return k - 1
	}
	if run.from == 0 {
		w[0] = ':'
		k = 1
	}
	w[k] = ':'
	if k++; run.to == 8 {
		return k
	}
	return putHalves(w, k, &a, run.to, 8) - 1
}

// putHalves writes the halves of an address from one to another at k, each with a colon behind it.
func putHalves(w *[ip6Room]byte, k int, a *[16]byte, from, to uint8) int {
	for i := from; i < to; i++ {
		high, low := a[2*i&15], a[(2*i+1)&15]
		text := uint64(hexPairs[high]) | uint64(hexPairs[low])<<16 | ':'<<32
		zeros := bits.LeadingZeros16(uint16(high)<<8|uint16(low)|1) / 4
		binary.LittleEndian.PutUint64(w[k:k+8], text>>(8*zeros&31))
		k += 5 - zeros
	}
	return k
}

// zeroLanes returns a bit for each of four numbers of 16 bits that is 0, the highest for the first.
func zeroLanes(v uint64) uint64 {
	const low15 = 0x7fff_7fff_7fff_7fff
	return ^(v&low15 + low15 | v | low15) >> 15 * 0x0001_0002_0004_0008 >> 48
}

// zeroRuns says for every set of halves that are 0, the first in the highest bit, which run of them is left out: from 8 on where none is.
var zeroRuns = func() (table [256]struct{ from, to uint8 }) {
	for set := range table {
		longest := 1
		table[set].from, table[set].to = 8, 8
		for from := range 8 {
			if n := bits.LeadingZeros8(^uint8(set << from)); n > longest {
				longest = n
				table[set].from, table[set].to = uint8(from), uint8(from+n)
			}
		}
	}
	return table
}()

// hexPairs holds the two hexadecimal digits of each byte, the first in the lower one.
var hexPairs = func() (table [256]uint16) {
	for i := range table {
		table[i] = uint16(hexDigits[i>>4]) | uint16(hexDigits[i&15])<<8
	}
	return table
}()

const hexDigits = "0123456789abcdef"

// plain says which bytes stand for themselves in a JSON string: printable ASCII but the quote and the backslash.
var plain = func() (table [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// plainPrefix returns how many bytes of s stand for themselves before one that does not. It looks at eight at once: what is
// not printable ASCII shows in the top bit of a byte, of itself or of what is left when one too many is taken away.
func plainPrefix(s string) (n int) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; n+8 <= len(s); n += 8 {
		c := s[n : n+8]
		v := uint64(c[0]) | uint64(c[1])<<8 | uint64(c[2])<<16 | uint64(c[3])<<24 |
			uint64(c[4])<<32 | uint64(c[5])<<40 | uint64(c[6])<<48 | uint64(c[7])<<56
		quote, slash := v^'"'*ones, v^'\\'*ones
		if (v|(v-' '*ones)|(v+ones)|(quote-ones)|(slash-ones))&tops != 0 {
			break
		}
	}
	for n < len(s) && plain[s[n]] {
		n++
	}
	return n
}

// appendString appends s as a JSON string. Names and comments of a capture are hostile: bytes that are no UTF-8 become
// U+FFFD, and whatever a terminal or a JavaScript reader would act upon (C0, DEL, C1, U+2028, U+2029, the marks that turn
// the direction of writing) is escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		start := i
		i += plainPrefix(s[i:])
		b = append(b, s[start:i]...)
		if i == len(s) {
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, `\ufffd`...)
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case Unprintable(r):
			b = append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
		default:
			b = append(b, s[i:i+size]...)
		}
		i += size
	}
	return append(b, '"')
}

// Unprintable reports whether a rune of the basic plane may do harm on a screen: control characters, line separators and
// the bidirectional overrides.
func Unprintable(r rune) bool {
	return r == 0x61c || r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200e && r <= 0x200f || r >= 0x2028 && r <= 0x202e ||
		r >= 0x2066 && r <= 0x2069 || r == 0xfeff
}

// appendPrintable appends s for a terminal, with what could act on it shown as U+FFFD.
func appendPrintable(b []byte, s string) []byte {
	for _, r := range s {
		if Unprintable(r) {
			r = utf8.RuneError
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}
