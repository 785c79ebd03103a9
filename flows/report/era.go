package report

import (
	"encoding/binary"

	"tcpclose/flows"
)

// An era is the thousand seconds of the time that was written last: their times, as nanoseconds since 1970, begin with the
// same seven digits of nineteen. The zero value is ready to use.
type era struct {
	begin int64
	span  uint64 // eraSpan, less in the last era that there is; 0 as long as no time was written
	text  uint64 // the seven digits, as they lie in memory
}

const eraSpan = 1_000_000_000_000

// nullText is "null" as it lies in memory.
const nullText = 'n' | 'u'<<8 | 'l'<<16 | 'l'<<24

// append appends a time, or null for flows.NoTime. b has numberRoom octets of room.
func (e *era) append(b []byte, ns int64) []byte {
	n := len(b)
	return b[:n+e.put((*[numberRoom]byte)(b[n:n+numberRoom]), ns)]
}

// put writes a time, or null for flows.NoTime, and returns how many octets it takes. Times from 2001 to 2262, which have
// nineteen digits, take the short way.
func (e *era) put(w *[numberRoom]byte, ns int64) int {
	beyond := uint64(ns - e.begin)
	switch {
	case beyond < e.span:
	case ns == flows.NoTime:
		binary.LittleEndian.PutUint32(w[:4], nullText)
		return 4
	case ns < 1e18:
		return len(appendInt(w[:0], ns))
	default:
		high := uint64(ns) / eraSpan
		begin := high * eraSpan
		beyond = uint64(ns) - begin
		e.begin, e.span, e.text = int64(begin), min(eraSpan, 1<<63-begin), (digits8(high)|zeros8)>>8
	}
	put19(w, e.text, beyond)
	return 19
}

// put19 writes the nineteen digits of a time of an era.
func put19(w *[numberRoom]byte, era, beyond uint64) {
	mid := beyond / 10_000
	binary.LittleEndian.PutUint32(w[:4], uint32(era))
	binary.LittleEndian.PutUint32(w[3:7], uint32(era>>24))
	put8(w[7:15], mid)
	put4(w[15:19], uint32(beyond-mid*10_000))
}

// A span is what stands between the frame of a state and the next state: both times. Where they are of the era, or one of
// them is not known, it is copied as a block, and the digits are put into it.
const (
	spanRoom                  = 96
	earliestKey, latestKey    = `,"earliest_ns":`, `,"latest_ns":`
	any19, null               = "0000000000000000000", "null"
	earliestAt                = len(earliestKey)
	latestAt, latestAfterNull = earliestAt + len(any19+latestKey), earliestAt + len(null+latestKey)
)

// A spanText is a span as a block.
type spanText struct {
	text [80]byte
	n    int
}

var knownSpan, earliestSpan, latestSpan = newSpanText(any19, any19), newSpanText(any19, null), newSpanText(null, any19)

func newSpanText(earliest, latest string) (s spanText) {
	s.n = copy(s.text[:], earliestKey+earliest+latestKey+latest+"},")
	return s
}

// put writes the block, and returns how long it is.
func (s *spanText) put(w *[spanRoom]byte) int {
	*(*[80]byte)(w[:80]) = s.text
	return s.n
}

// putSpan writes both times of a state, and returns how many octets they take.
func (e *era) putSpan(w *[spanRoom]byte, earliest, latest int64) int {
	first, last := uint64(earliest-e.begin), uint64(latest-e.begin)
	switch {
	case first < e.span && last < e.span:
		n := knownSpan.put(w)
		put19((*[numberRoom]byte)(w[earliestAt:]), e.text, first)
		put19((*[numberRoom]byte)(w[latestAt:]), e.text, last)
		return n
	case first < e.span && latest == flows.NoTime:
		n := earliestSpan.put(w)
		put19((*[numberRoom]byte)(w[earliestAt:]), e.text, first)
		return n
	case last < e.span && earliest == flows.NoTime:
		n := latestSpan.put(w)
		put19((*[numberRoom]byte)(w[latestAfterNull:]), e.text, last)
		return n
	}
	b := e.append(append(w[:0], earliestKey...), earliest)
	b = e.append(append(b, latestKey...), latest)
	return len(append(b, "},"...))
}
