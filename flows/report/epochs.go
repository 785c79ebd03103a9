package report

import (
	"encoding/binary"

	"tcpclose/flows"
)

// epochs writes times as nanoseconds since 1970, and keeps the digits of the last ones: what one end sent the other
// received, so half of the times of a conversation stand in it more than once. The zero value is ready to use.
type epochs [16]struct {
	ns   int64
	text [3]uint64 // nineteen digits, as they lie in memory
}

// slot returns the place of a time.
func (e *epochs) slot(ns int64) int { return int(uint64(ns) * 0x9e3779b97f4a7c15 >> 60) }

// append appends a time, or null for flows.NoTime. Times from 2001 to 2262, which have nineteen digits, take the short
// way. b has numberRoom octets of room.
func (e *epochs) append(b []byte, ns int64) []byte {
	n := len(b)
	if ns < 1e18 {
		if ns == flows.NoTime {
			binary.LittleEndian.PutUint32(b[n:n+4], nullText)
			return b[:n+4]
		}
		return appendInt(b, ns)
	}
	kept := &e[e.slot(ns)]
	if kept.ns != ns {
		v := uint64(ns)
		high := v / 1e11
		v -= high * 1e11
		mid := v / 1e3
		last := &digits3[v-mid*1e3]
		kept.ns = ns
		kept.text = [3]uint64{digits8(high) | zeros8, digits8(mid) | zeros8, uint64(last[0]) | uint64(last[1])<<8 | uint64(last[2])<<16}
	}
	w := b[n : n+24]
	binary.LittleEndian.PutUint64(w, kept.text[0])
	binary.LittleEndian.PutUint64(w[8:], kept.text[1])
	binary.LittleEndian.PutUint64(w[16:], kept.text[2])
	return b[:n+19]
}

// nullText is "null" as it lies in memory.
const nullText = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24
