package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"tcpclose/flows"
)

// A Mix counts how conversations ended. The zero value is empty; Add may be called by several goroutines at once.
type Mix struct {
	mu     sync.Mutex
	groups [flows.NumClasses]tally
	total  uint64
}

// Add counts one conversation.
func (m *Mix) Add(t *flows.Teardown) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total++
	m.groups[t.Class].add(t)
}

// Total returns how many conversations were counted.
func (m *Mix) Total() uint64 { return m.total }

// WriteText writes the classes that occur, most frequent first, with their shares and how long their closes took.
func (m *Mix) WriteText(w io.Writer, color bool) error {
	order := make([]flows.Class, 0, flows.NumClasses)
	for c := range flows.NumClasses {
		if m.groups[c].conversations > 0 {
			order = append(order, c)
		}
	}
	slices.SortStableFunc(order, func(a, b flows.Class) int {
		return cmp.Compare(m.groups[b].conversations, m.groups[a].conversations)
	})
	columns := []gridColumn{
		{title: "class"},
		{title: "number", right: true},
		{title: "share", right: true},
		{title: "close p50", right: true},
		{title: "p99", right: true},
	}
	if color {
		columns[0].paint = paintClass
	}
	return writeGrid(w, columns, func(yield func([]string) bool) {
		for _, c := range order {
			g := &m.groups[c]
			if !yield([]string{
				c.String(), strconv.FormatUint(g.conversations, 10), percent(g.conversations, m.total),
				duration(g.quantile(50)), duration(g.quantile(99)),
			}) {
				return
			}
		}
	}, 0)
}

// A tally is what a group of conversations adds up to.
type tally struct {
	conversations uint64
	orderly       uint64
	reset         uint64 // conversations with a RST that counts
	rsts          [2]uint64
	lost          uint64  // octets never acknowledged
	closes        []int64 // how long each close took that ended
	sorted        bool
}

func (g *tally) add(t *flows.Teardown) {
	g.conversations++
	if t.Class.Orderly() {
		g.orderly++
	}
	if t.ResetBy != flows.NoOne {
		g.reset++
	}
	for side := range t.Ends {
		g.rsts[side] += uint64(t.Ends[side].RST.Number)
		g.lost += t.Ends[side].BytesLost
	}
	if d := t.CloseDuration(); d != flows.NoTime {
		g.closes, g.sorted = append(g.closes, d), false
	}
}

// quantile returns the close duration that percent of the closes did not exceed (nearest rank), or flows.NoTime where
// none ended.
func (g *tally) quantile(percent int) int64 {
	if len(g.closes) == 0 {
		return flows.NoTime
	}
	if !g.sorted {
		slices.Sort(g.closes)
		g.sorted = true
	}
	rank := (len(g.closes)*percent + 99) / 100
	return g.closes[max(rank, 1)-1]
}

// percent renders a share; one that is not zero is never shown as if it were, nor one that is not whole as 100.
func percent(part, whole uint64) string {
	if whole == 0 {
		return "-"
	}
	p := 100 * float64(part) / float64(whole)
	switch {
	case part > 0 && p < 0.1:
		return "<0.1%"
	case part < whole && p > 99.9:
		return ">99.9%"
	}
	return fmt.Sprintf("%.1f%%", p)
}
