package report

import (
	"encoding/binary"
	"strconv"
	"sync/atomic"
	"time"

	"tcpclose/flows"
)

// rfc3339Len is the length of "2026-11-20T09:24:52.248220672Z".
const rfc3339Len = 30

// A clock writes times of one conversation. Most of them fall into a few seconds, so it keeps the text of the second that
// it wrote last: what remains is the number.
type clock struct {
	second int64 // since 1970
	valid  bool
	terse  bool     // leave the text out of the members of states, FINs, RSTs and marks
	date   [20]byte // "2026-11-20T09:24:52."
	era    era
}

// set makes the clock hold the second of ns; ok is false for times that have no era.
func (c *clock) set(ns int64) (ok bool) {
	if !hasEra(ns) {
		return false
	}
	if second := int64(uint64(ns) / 1e9); !c.valid || c.second != second {
		c.move(second)
	}
	return true
}

// move writes the text of another second.
func (c *clock) move(second int64) {
	day := dayOf(second)
	c.second, c.valid = second, true
	copy(c.date[:], day.text.text[:11])
	binary.LittleEndian.PutUint64(c.date[11:19], timeOfDay(second-day.begin))
	c.date[19] = '.'
}

// timeOfDay returns the text of a second of a day, as it lies in memory: the digits of 9 h 7 min 3 s are those of 09007003,
// with colons in place of two of the zeros.
func timeOfDay(second int64) uint64 {
	minutes := uint32(second) / 60
	hours := minutes / 60
	return digits8(uint64(uint32(second)+minutes*(1000-60)+hours*(1_000_000-60*1000))) | zeros8 | (':'^'0')<<16 | (':'^'0')<<40
}

// A dayText is how the times of one day begin.
type dayText struct {
	begin int64   // its first second since 1970
	text  halfKey // "2026-11-20T"
}

// lastDay is the day that was asked for last, by any goroutine: a capture has few.
var lastDay atomic.Pointer[dayText]

// dayOf returns the day of a second.
func dayOf(second int64) *dayText {
	if kept := lastDay.Load(); kept != nil && uint64(second-kept.begin) < 86_400 {
		return kept
	}
	d := &dayText{begin: second / 86_400 * 86_400}
	time.Unix(d.begin, 0).UTC().AppendFormat(d.text.text[:0], "2006-01-02T")
	lastDay.Store(d)
	return d
}

// A stamp is a pair of members that tell one time twice: as RFC 3339 text, since an epoch in nanoseconds exceeds the 2^53
// that a JavaScript reader can hold, and as that number.
type stamp struct {
	known   [stampRoom]byte // both members, for 1970 with nineteen digits
	size    int             // of known that counts
	unknown string          // both members, null
	date    int             // where the text begins in known
	epoch   int             // where the number begins in known
	terse   string          // the number's member alone, up to its value; "" for a stamp that always tells both
}

// stampRoom is room for both members.
const stampRoom = 96

// stampOf returns the stamp of the members name and name_ns.
func stampOf(name string) stamp {
	before := `,"` + name + `":"`
	between := `Z","` + name + `_ns":`
	s := stamp{
		unknown: `,"` + name + `":null,"` + name + `_ns":null`,
		date:    len(before),
		epoch:   len(before) + len("1970-01-01T00:00:00.000000000") + len(between),
	}
	s.size = copy(s.known[:], before+"1970-01-01T00:00:00.000000000"+between+"0000000000000000000")
	return s
}

// The stamps of a conversation's members.
var (
	stampStart        = stampOf("start")
	stampEnd          = stampOf("end")
	stampCloseStart   = stampOf("close_start")
	stampWatchedUntil = stampOf("watched_until")
	stampEarliest     = innerStamp("earliest")
	stampLatest       = innerStamp("latest")
	stampTime         = innerStamp("time")
	stampAcked        = innerStamp("acked")
)

// innerStamp returns the stamp of members that a terse clock tells once.
func innerStamp(name string) stamp {
	s := stampOf(name)
	s.terse = `,"` + name + `_ns":`
	return s
}

// append appends both members for a time, or null twice for flows.NoTime.
func (c *clock) append(b []byte, s *stamp, ns int64) []byte {
	if c.terse && s.terse != "" {
		return appendNullableInt(append(b, s.terse...), ns)
	}
	if ns == flows.NoTime {
		return append(b, s.unknown...)
	}
	if !c.set(ns) {
		b = append(b, s.known[:s.date]...)
		b = c.appendText(b, ns)
		b = append(b, s.known[s.date+rfc3339Len:s.epoch]...)
		return strconv.AppendInt(b, ns, 10)
	}
	b = room(b, stampRoom+numberRoom)
	n := len(b)
	w := (*[stampRoom + numberRoom]byte)(b[n : n+stampRoom+numberRoom])
	*(*[stampRoom]byte)(w[:stampRoom]) = s.known
	number := (*[numberRoom]byte)(w[s.epoch : s.epoch+numberRoom])
	if uint64(ns-c.era.begin) >= eraSpan {
		c.era = eraOf(ns) // of the zero value, too: no time that has an era is of 1970
	}
	c.era.put(number, uint64(ns-c.era.begin))
	text := w[s.date : s.date+29]
	copy(text[:20], c.date[:])
	copy(text[20:], number[10:19])
	return b[:n+s.size]
}

// appendText appends the time as RFC 3339 UTC with nanoseconds.
func (c *clock) appendText(b []byte, ns int64) []byte {
	if !c.set(ns) {
		return time.Unix(0, ns).UTC().AppendFormat(b, "2006-01-02T15:04:05.000000000Z")
	}
	b = append(b, c.date[:]...)
	b = append(b, "000000000Z"...)
	put9(b[len(b)-10:], uint32(ns-c.second*1e9))
	return b
}
