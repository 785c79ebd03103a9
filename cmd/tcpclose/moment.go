package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// momentLayouts are the ways to write a time; without a zone it is UTC.
var momentLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly}

// parseBound reads the time of --since or --until; 0 where there is none. The moment 0 itself would be taken for that: it is
// moved outwards by a nanosecond, the finest step that captures know.
func parseBound(flag, text string, outwards int64) (int64, error) {
	ns, err := parseMoment(flag, text)
	if err == nil && text != "" && ns == 0 {
		return outwards, nil
	}
	return ns, err
}

// parseMoment reads a time; 0 where there is none.
func parseMoment(flag, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	for _, layout := range momentLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return clampedNano(t), nil
		}
	}
	whole, fraction, _ := strings.Cut(text, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	nanos, err2 := strconv.ParseUint((fraction + "000000000")[:9], 10, 32)
	if err != nil || err2 != nil || len(fraction) > 9 || strings.HasPrefix(text, "-") || seconds < 0 || seconds > math.MaxInt64/1_000_000_000-1 {
		return 0, &usageError{
			text: fmt.Sprintf("%s %q is no time", flag, text),
			hint: "write it as 2026-11-20T09:24:52Z, or as seconds since 1970",
		}
	}
	return seconds*1e9 + int64(nanos), nil
}

// clampedNano returns the nanoseconds since 1970 of a time, or the nearest number where they are none of 64 bits (before 1677
// and after 2262): no packet's time lies beyond it, so bounds there leave out what they say.
func clampedNano(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}
