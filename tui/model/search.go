package model

import (
	"context"
	"slices"

	"tcpclose/flows/filter"
)

// search moves to the next or previous conversation that the last filter wants, among those that are listed.
func (m *Model) search(by int) {
	text := m.Filter.Last
	switch {
	case m.View == nil || len(m.View.Rows) == 0:
		return
	case text == "":
		m.say(Info, "no filter yet: / sets one")
		return
	case text == m.Filter.Text: // all that is listed matches
		m.moveTo(m.List.Cursor + by)
		return
	}
	f, err := filter.Parse(text)
	if err != nil {
		return
	}
	v, from := m.View, m.List.Cursor
	m.jobs.start(taskSearch, 0, func(ctx context.Context) func() {
		i := nextMatch(ctx, v, f, from, by)
		if ctx.Err() != nil {
			return nil
		}
		return func() {
			if i < 0 {
				m.say(Info, "no further match of %s", text)
				return
			}
			row := v.Rows[i]
			if at := slices.Index(m.View.Rows, row); at >= 0 {
				m.moveTo(at)
			}
		}
	})
}

// Abandon puts the filter back that was in force before a draft. What was drafted was never wanted: n and N go on with the
// filter that they had.
func (m *Model) Abandon(before string) {
	m.Filter.Text = before
	m.SetFilter(before)
}

// Unlearned says what the filter asks for and no conversation can have, since nobody learned it from the capture beforehand.
func (m *Model) Unlearned() string {
	f := m.List.Query.Filter
	switch {
	case m.config.Flows.Annotate != nil:
		return ""
	case f.Names():
		return "No names are known: the option -N learns them."
	case f.Pairs():
		return "No other legs are known: the option --pairs finds them."
	}
	return ""
}

func nextMatch(ctx context.Context, v *View, f *filter.Filter, from, by int) int {
	m := newRowMatcher(f)
	for i := from + by; i >= 0 && i < len(v.Rows); i += by {
		if i%stretch == 0 && ctx.Err() != nil {
			return -1
		}
		if m.match(v.Snapshot, v.Rows[i]) {
			return i
		}
	}
	return -1
}
