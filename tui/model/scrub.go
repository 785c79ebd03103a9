package model

import (
	"slices"

	"tcpclose/flows"
)

// Scrub is the point in time that all panes show, and the stretch of time that the screen draws.
type Scrub struct {
	At       int64   // NoTime for the end of the capture
	From, To int64   // the stretch that is drawn; equal while it is the whole capture
	Factor   float64 // how far it is zoomed in; 1 for the whole
}

// Range returns the stretch of time that is drawn.
func (m *Model) Range() (from, to int64) {
	if m.Snapshot.First == flows.NoTime {
		return 0, 0
	}
	if m.Scrub.From < m.Scrub.To {
		return m.Scrub.From, m.Scrub.To
	}
	return m.Snapshot.First, max(m.Snapshot.Latest, m.Snapshot.First+1)
}

// Now returns the time that the panes show.
func (m *Model) Now() int64 {
	if m.Scrub.At != flows.NoTime {
		return m.Scrub.At
	}
	return m.Snapshot.Latest
}

// TimeStep is how far one key press moves the time: a hundredth of what is drawn, as a round number.
func (m *Model) TimeStep() int64 {
	from, to := m.Range()
	return roundStep((to - from) / 100)
}

// roundStep returns 1, 2 or 5 times a power of ten that is at least d.
func roundStep(d int64) int64 {
	step := int64(1)
	for step < d {
		for _, f := range [...]int64{2, 5, 10} {
			if step*f >= d || f == 10 {
				if step*f >= d {
					return step * f
				}
				step *= 10
				break
			}
		}
		if step > 1<<59 {
			break
		}
	}
	return step
}

func (m *Model) scrub(by int) {
	if m.Snapshot.First == flows.NoTime {
		return
	}
	m.setTime(m.Now() + int64(by)*m.TimeStep())
}

// setTime puts all panes at a time; NoTime, and every time after the end, is the end.
func (m *Model) setTime(at int64) {
	s := &m.Scrub
	switch {
	case at == flows.NoTime || m.Snapshot.First == flows.NoTime || at >= m.Snapshot.Latest:
		s.At = flows.NoTime
	default:
		s.At = max(at, m.Snapshot.First)
	}
	m.keepTime()
	m.lookPanes(true)
}

// SetTime puts all panes at a time; the scrubber calls it where it is clicked.
func (m *Model) SetTime(at int64) { m.setTime(at) }

// keepTime moves the drawn stretch so that it holds the time.
func (m *Model) keepTime() {
	s := &m.Scrub
	if s.From >= s.To {
		return
	}
	at, width := m.Now(), s.To-s.From
	switch {
	case at < s.From:
		s.From, s.To = at, at+width
	case at > s.To:
		s.From, s.To = at-width, at
	}
}

// zoomTime draws a shorter or longer stretch around the time.
func (m *Model) zoomTime(by float64) {
	from, to := m.Range()
	first, last := m.Snapshot.First, m.Snapshot.Latest
	width := int64(float64(to-from) / by)
	if width >= last-first || first == flows.NoTime {
		m.Scrub.From, m.Scrub.To = 0, 0
		m.lookPanes(true)
		return
	}
	width = max(width, 1000)
	at := m.Now()
	m.Scrub.From = max(first, min(at-width/2, last-width))
	m.Scrub.To = m.Scrub.From + width
	m.lookPanes(true)
}

// timeHere puts the time where the cursor is: at a ladder's row, else at the end of the conversation's close.
func (m *Model) timeHere() {
	t := m.Current()
	if t == nil {
		return
	}
	at := t.Last
	if t.CloseStart != flows.NoTime {
		at = t.CloseStart
	}
	if m.Focus == PaneLadder {
		if row := m.Ladder.current(); row != nil && row.Time != flows.NoTime {
			at = row.Time
		}
	}
	m.setTime(at)
}

// jumpEvent puts the time at the next or previous change of state of the conversation under the cursor.
func (m *Model) jumpEvent(by int) {
	t := m.Current()
	if t == nil {
		return
	}
	var times []int64
	for side := range t.Ends {
		for i := range t.Ends[side].States {
			if at := reached(&t.Ends[side].States[i]); at != flows.NoTime && at <= m.Snapshot.Latest {
				times = append(times, at)
			}
		}
	}
	slices.Sort(times)
	now := m.Now()
	if by > 0 {
		for _, at := range times {
			if at > now {
				m.setTime(at)
				return
			}
		}
		m.setTime(flows.NoTime)
		return
	}
	for _, at := range slices.Backward(times) {
		if at < now {
			m.setTime(at)
			return
		}
	}
	m.say(Info, "no earlier change of this conversation")
}
