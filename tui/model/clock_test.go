package model

import (
	"testing"
	"time"
)

func TestATimeOfAnotherDaySaysSo(t *testing.T) {
	first := time.Date(2026, 11, 20, 23, 30, 0, 0, time.UTC).UnixNano()
	for _, c := range []struct {
		after       time.Duration
		long, short string
	}{
		{0, "23:30:00.000", "23:30:00"},
		{29 * time.Minute, "23:59:00.000", "23:59:00"},
		{time.Hour, "+1d 00:30:00.000", "+1d00:30"},
		{-24 * time.Hour, "-1d 23:30:00.000", "-1d23:30"},
		{30 * 24 * time.Hour, "+30d 23:30:00.000", "+30d"},
	} {
		at := first + int64(c.after)
		if got := Clock(at, first, TimeUTC, 3); got != c.long {
			t.Errorf("%s after: %q, want %q", c.after, got, c.long)
		}
		if got := clockStart(at, first, TimeUTC, 8); got != c.short {
			t.Errorf("%s after, in 8 cells: %q, want %q", c.after, got, c.short)
		}
	}
	for text, want := range map[string]time.Duration{"23:30:00": 0, "23:59:00.5": 29*time.Minute + 500*time.Millisecond, "00:30:00": time.Hour} {
		if at, ok := parseClock(text, first, TimeUTC); !ok || at != first+int64(want) {
			t.Errorf("%s is %s after the start, %v", text, time.Duration(at-first), ok)
		}
	}
	if _, ok := parseClock("12.9", first, TimeUTC); ok {
		t.Error("12.9 is taken for a time of day")
	}
}
