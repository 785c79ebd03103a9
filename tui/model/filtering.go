package model

import (
	"context"
	"errors"
	"time"

	"tcpclose/flows/filter"
)

// SetFilter puts a filter in force, or says what is wrong with it and leaves the old one.
func (m *Model) SetFilter(text string) bool {
	f, err := filter.Parse(text)
	if err != nil {
		m.Filter.Error = filterError(err)
		return false
	}
	m.Filter.Error = nil
	if m.Filter.Text != "" {
		m.Filter.Last = m.Filter.Text
	}
	m.Filter.Text = text
	if text != "" {
		m.Filter.Last = text
	}
	m.List.Query.Filter = f
	m.look(true)
	return true
}

// Draft takes what is being typed into the filter line; what parses is applied after a short pause.
func (m *Model) Draft(text string) {
	m.Filter.Draft = text
	f, err := filter.Parse(text)
	if err != nil {
		m.Filter.Error = filterError(err)
		return
	}
	m.Filter.Error = nil
	m.List.Query.Filter = f
	m.Filter.Text = text
	snap, query := m.Snapshot, m.List.Query
	m.jobs.start(taskView, 100*time.Millisecond, func(ctx context.Context) func() {
		v := Select(ctx, snap, query)
		if v == nil {
			return nil
		}
		return func() { m.show(v) }
	})
}

// filterError keeps the column of a filter's error.
func filterError(err error) *filter.Error {
	fe := &filter.Error{}
	if errors.As(err, &fe) {
		return fe
	}
	return &filter.Error{Column: 1, Message: err.Error()}
}
