package filter

import (
	"math"
	"strings"
	"time"
)

// momentLayouts are the forms of a date with a time; without a zone it is UTC. Seconds may have a fraction in each.
var momentLayouts = [...]string{
	time.RFC3339,
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04",
	"2006-01-02 15:04",
	"2006-01-02",
}

// The earliest and the latest moment that a nanosecond count since 1970 can hold, to the second.
var (
	earliestMoment = time.Unix(math.MinInt64/int64(time.Second)+1, 0)
	latestMoment   = time.Unix(math.MaxInt64/int64(time.Second)-1, 0)
)

var momentKind = &valueKind{
	what: "a time",
	parse: func(text string, _ bool) (value, *complaint) {
		if d, rest, ok := readDecimal(text); ok && rest == "" && d.whole >= 1e8 {
			// Seconds since 1970, as tcpdump -tt prints them; a shorter number is more likely a year or an hour.
			n, ok := d.times(uint64(time.Second))
			if !ok {
				return value{}, complain("", "the time %s is out of range", quoted(text))
			}
			return number(n), nil
		}
		for _, layout := range momentLayouts {
			t, err := time.Parse(layout, strings.ToUpper(text))
			if err != nil {
				continue
			}
			if t.Before(earliestMoment) || t.After(latestMoment) {
				return value{}, complain("", "the time %s is out of range", quoted(text))
			}
			return number(t.UnixNano()), nil
		}
		return value{}, complain("", "%s is not a time such as 2026-11-20T09:24:52Z, 2026-11-20 or 1795166692.5", quoted(text))
	},
	format: func(v *value) string { return time.Unix(0, v.low).UTC().Format(time.RFC3339Nano) },
	offers: func() []offer {
		return []offer{{"", "a time, UTC without a zone: 2026-11-20T09:24:52Z, \"2026-11-20 09:24\", 1795166692.5"}}
	},
}
