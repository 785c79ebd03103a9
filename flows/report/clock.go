package report

import (
	"strconv"
	"sync/atomic"
	"time"

	"tcpclose/flows"
)

// rfc3339Len is the length of "2026-11-20T09:24:52.248220672Z".
const rfc3339Len = 30

// A clock writes times of one conversation. Most of them fall into a few seconds, so it keeps the text of the second that
// it wrote last: what remains is one division and nine digits.
type clock struct {
	second int64 // since 1970
	valid  bool
	terse  bool     // leave the text out of the members of states, FINs, RSTs and marks
	date   [20]byte // "2026-11-20T09:24:52."
	epoch  [10]byte // "1795166692"
	epochs epochs   // the numbers of a terse clock
}

// set makes the clock hold the second of ns, and returns the nanoseconds beyond it; ok is false for times before 2001 or
// after 2286, whose epoch does not have ten digits.
func (c *clock) set(ns int64) (rest uint32, ok bool) {
	if ns < 1e18 {
		return 0, false
	}
	second := ns / 1e9
	rest = uint32(ns - second*1e9)
	if !c.valid || c.second != second {
		c.move(second)
	}
	return rest, true
}

// move writes the texts of another second.
func (c *clock) move(second int64) {
	old := c.second
	c.second = second
	high := uint32(second / 1_000_000_000)
	c.epoch[0] = '0' + byte(high)
	put9(c.epoch[1:], uint32(second-int64(high)*1_000_000_000))
	if c.valid && second/60 == old/60 {
		copy(c.date[17:], digits3[second%60][1:])
		return
	}
	day := second / 86_400
	if !c.valid || day != old/86_400 {
		c.date = dateOf(day)
		c.valid = true
	}
	of := uint32(second - day*86_400)
	copy(c.date[11:], digits3[of/3600][1:])
	copy(c.date[14:], digits3[of/60%60][1:])
	copy(c.date[17:], digits3[of%60][1:])
}

// A dayText is how the times of one day begin.
type dayText struct {
	day  int64 // since 1970
	text [20]byte
}

// lastDay is the day that was asked for last, by any goroutine: a capture has few.
var lastDay atomic.Pointer[dayText]

// dateOf returns the text of a day's first second.
func dateOf(day int64) [20]byte {
	if kept := lastDay.Load(); kept != nil && kept.day == day {
		return kept.text
	}
	d := &dayText{day: day}
	year, month, date := time.Unix(day*86_400, 0).UTC().Date()
	copy(d.text[:], "2000-00-00T00:00:00.")
	copy(d.text[:2], digits3[year/100][1:])
	copy(d.text[2:], digits3[year%100][1:])
	copy(d.text[5:], digits3[month][1:])
	copy(d.text[8:], digits3[date][1:])
	lastDay.Store(d)
	return d.text
}

// A stamp is a pair of members that tell one time twice: as RFC 3339 text, since an epoch in nanoseconds exceeds the 2^53
// that a JavaScript reader can hold, and as that number.
type stamp struct {
	known   string // both members, for 1970 with ten digits of seconds
	unknown string // both members, null
	date    int    // where the text begins in known
	epoch   int    // where the number begins in known
	terse   string // the number's member alone, up to its value; "" for a stamp that always tells both
}

// stampOf returns the stamp of the members name and name_ns.
func stampOf(name string) stamp {
	before := `,"` + name + `":"`
	between := `Z","` + name + `_ns":`
	return stamp{
		known:   before + "1970-01-01T00:00:00.000000000" + between + "0000000000000000000",
		unknown: `,"` + name + `":null,"` + name + `_ns":null`,
		date:    len(before),
		epoch:   len(before) + len("1970-01-01T00:00:00.000000000") + len(between),
	}
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
		return c.epochs.append(append(room(b, numberRoom+len(s.terse)), s.terse...), ns)
	}
	if ns == flows.NoTime {
		return append(b, s.unknown...)
	}
	rest, ok := c.set(ns)
	if !ok {
		b = append(b, s.known[:s.date]...)
		b = c.appendText(b, ns)
		b = append(b, s.known[s.date+rfc3339Len:s.epoch]...)
		return strconv.AppendInt(b, ns, 10)
	}
	n := len(b)
	b = append(b, s.known...)
	text, number := b[n+s.date:], b[n+s.epoch:]
	_, _ = text[28], number[18]
	copy(text[:20], c.date[:])
	put9(text[20:29], rest)
	copy(number[:10], c.epoch[:])
	copy(number[10:19], text[20:29])
	return b
}

// appendText appends the time as RFC 3339 UTC with nanoseconds.
func (c *clock) appendText(b []byte, ns int64) []byte {
	rest, ok := c.set(ns)
	if !ok {
		return time.Unix(0, ns).UTC().AppendFormat(b, "2006-01-02T15:04:05.000000000Z")
	}
	b = append(b, c.date[:]...)
	b = append(b, "000000000Z"...)
	put9(b[len(b)-10:], rest)
	return b
}
