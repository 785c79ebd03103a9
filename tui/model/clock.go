package model

import (
	"fmt"
	"strings"
	"time"

	"tcpclose/flows"
)

// zone puts a time into the zone of a mode.
func (m TimeMode) zone(at int64) time.Time {
	if m == TimeLocal {
		return time.Unix(0, at)
	}
	return time.Unix(0, at).UTC()
}

// days counts the midnights between two times.
func (m TimeMode) days(from, to int64) int {
	date := func(at int64) time.Time {
		y, month, d := m.zone(at).Date()
		return time.Date(y, month, d, 0, 0, 0, 0, time.UTC)
	}
	return int(date(to).Sub(date(from)) / (24 * time.Hour))
}

// Clock writes a time of day with digits behind the second, and before it how many days lie between it and the day of first,
// where they are not the same: +1d 09:24:50.000.
func Clock(at, first int64, mode TimeMode, digits int) string {
	if at == flows.NoTime {
		return "-"
	}
	layout := "15:04:05"
	if digits > 0 {
		layout += "." + strings.Repeat("0", digits)
	}
	text := mode.zone(at).Format(layout)
	if first == flows.NoTime {
		return text
	}
	if n := mode.days(first, at); n != 0 {
		return fmt.Sprintf("%+dd %s", n, text)
	}
	return text
}

// clockStart writes when a conversation began in at most width cells: of another day than that of first, without seconds, or
// without more than the day.
func clockStart(at, first int64, mode TimeMode, width int) string {
	n := mode.days(first, at)
	text := Clock(at, first, mode, 1)
	switch day := fmt.Sprintf("%+dd", n); {
	case len(text) <= width:
		return text
	case n == 0:
		return text[:min(len(text), width)]
	case len(day)+len("15:04") <= width:
		return day + mode.zone(at).Format("15:04")
	default:
		return day
	}
}

// parseClock reads a time of day as the first one at or after first.
func parseClock(text string, first int64, mode TimeMode) (int64, bool) {
	clock, err := time.Parse("15:04:05", text)
	if err != nil {
		return 0, false
	}
	begin := mode.zone(first)
	y, month, d := begin.Date()
	at := time.Date(y, month, d, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), begin.Location())
	if at.UnixNano() < first {
		at = at.AddDate(0, 0, 1)
	}
	return at.UnixNano(), true
}

// clockOf returns how times of a conversation are written.
func (m *Model) clockOf(t *flows.Teardown) func(at int64) string {
	base := m.baseOf(t)
	mode := m.TimeMode
	return func(at int64) string {
		if mode == TimeUTC || mode == TimeLocal {
			return Clock(at, m.Snapshot.First, mode, 6)
		}
		return seconds(at, base)
	}
}

// seconds writes a time as seconds since a base, with their unit.
func seconds(at, base int64) string {
	if text := Since(at, base); text != "-" {
		return text + "s"
	}
	return "-"
}

// baseOf returns the time that counts as zero for a conversation.
func (m *Model) baseOf(t *flows.Teardown) int64 {
	switch {
	case m.TimeMode == TimeFromCapture:
		return m.Snapshot.First
	case m.TimeMode == TimeFromClose && t.CloseStart != flows.NoTime:
		return t.CloseStart
	}
	return t.Start
}

// baseText says what counts as zero for a conversation.
func (m *Model) baseText(t *flows.Teardown) string {
	switch {
	case m.TimeMode == TimeUTC, m.TimeMode == TimeLocal:
		return m.TimeMode.String()
	case m.TimeMode == TimeFromCapture:
		return "from the capture's first segment"
	case m.TimeMode == TimeFromClose && t.CloseStart != flows.NoTime:
		return "from the first FIN or RST that closed"
	}
	return "from its first segment"
}
