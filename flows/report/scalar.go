package report

import (
	"net/netip"
	"unicode/utf8"
)

// digits3 holds the numbers 000 to 999 as text: three digits are written with one copy.
var digits3 = func() (table [1000][3]byte) {
	for i := range table {
		table[i] = [3]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)}
	}
	return table
}()

// put9 writes the nine digits of v, which is below 10^9.
func put9(b []byte, v uint32) {
	_ = b[8]
	high, rest := v/1_000_000, v%1_000_000
	copy(b, digits3[high][:])
	copy(b[3:], digits3[rest/1000][:])
	copy(b[6:], digits3[rest%1000][:])
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
	return a.AppendTo(b)
}

const hexDigits = "0123456789abcdef"

// plain says which bytes stand for themselves in a JSON string: printable ASCII but the quote and the backslash.
var plain = func() (table [256]bool) {
	for c := ' '; c < 0x7f; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// appendString appends s as a JSON string. Names and comments of a capture are hostile: bytes that are no UTF-8 become
// U+FFFD, and whatever a terminal or a JavaScript reader would act upon (C0, DEL, C1, U+2028, U+2029, the marks that turn
// the direction of writing) is escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		start := i
		for i < len(s) && plain[s[i]] {
			i++
		}
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
