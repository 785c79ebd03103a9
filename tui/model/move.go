package model

import (
	"fmt"
	"strconv"
	"strings"

	"tcpclose/flows"
)

// page is how far a page key moves in the focused pane.
func (m *Model) page() int {
	h := m.List.Height
	switch m.Focus {
	case PaneLadder:
		h = m.Ladder.Height
	case PaneNetstat:
		h = m.Netstat.List.Height
		if m.Netstat.Pick {
			h = m.Netstat.Hosts.Height
		}
	case PaneServices:
		h = m.Services.Height
	case PaneFindings:
		h = m.Findings.Height
	case PaneFlows:
		if m.GroupBy != GroupNone {
			h = m.Groups.Height
		}
	case PaneStates, PaneExplain, NumPanes:
		h = 10
	}
	return max(1, h-1)
}

// move moves the cursor of the focused pane.
func (m *Model) move(by int) {
	switch m.Focus {
	case PaneFlows:
		if m.GroupBy != GroupNone {
			m.Groups.move(by)
			return
		}
		if by < 0 && m.Follow && m.config.Follow && !m.Load.Finished {
			m.Follow = false
			m.say(Info, "no longer following; f follows again")
		}
		m.moveTo(m.List.Cursor + by)
	case PaneLadder:
		m.Ladder.move(m, by)
	case PaneExplain:
		m.Explain.Cursor = max(0, min(m.Explain.Cursor+by, len(m.Explain.Lines)-1))
	case PaneNetstat:
		if m.Netstat.Pick {
			m.Netstat.Hosts.move(by)
			return
		}
		m.Netstat.List.move(by)
	case PaneServices:
		m.Services.move(by)
	case PaneFindings:
		m.Findings.move(by)
	case PaneStates:
		m.States.Cursor = max(0, min(m.States.Cursor+by, len(ChartStates)-1))
	case NumPanes:
	}
}

// Scroll moves the cursor of the focused pane by some rows.
func (m *Model) Scroll(by int) {
	m.Message = ""
	m.move(by)
	m.lookPanes(false)
	m.lookWindow()
}

// SelectAt moves the cursor of the focused pane to a part of its rows: 0 is the first, 1 the last.
func (m *Model) SelectAt(part float64) {
	m.Scroll(-1 << 40)
	m.Scroll(int(max(0, min(part, 1))*float64(max(0, m.length()-1)) + 0.5))
}

// length is how many rows the focused pane has.
func (m *Model) length() int {
	switch m.Focus {
	case PaneFlows:
		if m.GroupBy != GroupNone {
			return len(m.Groups.Rows)
		}
		shown, _ := m.Shown()
		return shown
	case PaneLadder:
		if m.Ladder.Packet != nil {
			return len(m.Ladder.Packet.Lines)
		}
		return m.Ladder.Count
	case PaneStates:
		return len(ChartStates)
	case PaneNetstat:
		if m.Netstat.Pick {
			return len(m.Netstat.Hosts.Rows)
		}
		return len(m.Netstat.List.Rows)
	case PaneServices:
		return len(m.Services.Rows)
	case PaneExplain:
		return len(m.Explain.Lines)
	case PaneFindings:
		return len(m.Findings.Rows)
	case NumPanes:
	}
	return 0
}

func (m *Model) focus(p Pane) {
	if p == PaneFindings && len(m.Findings.Rows) == 0 && m.Focus != PaneFindings {
		m.Focus = p // its empty state says why
		return
	}
	m.Focus = p
}

// enter goes one level in: from a list to what is behind its row.
func (m *Model) enter() {
	switch m.Focus {
	case PaneFlows:
		if m.GroupBy != GroupNone {
			if g := m.Groups.Current(); g != nil {
				m.lead(func() { m.GroupBy = GroupNone; m.narrow(g.Filter) })
			}
			return
		}
		if m.List.Row >= 0 {
			m.lead(func() { m.Focus = PaneLadder })
		}
	case PaneLadder:
		m.Ladder.enter(m)
	case PaneExplain:
		m.jumpToLine()
	case PaneNetstat:
		m.enterNetstat()
	case PaneServices:
		if s := m.Services.Current(); s != nil {
			m.lead(func() { m.toFlows(); m.narrow(serviceFilter(s)) })
		}
	case PaneFindings:
		if f := m.Findings.Current(); f != nil {
			m.lead(func() { m.toFlows(); m.SetFilter(findingFilter(f)) })
		}
	case PaneStates:
		m.lead(func() { m.Focus = PaneNetstat })
	case NumPanes:
	}
}

// toFlows goes to the list of conversations, which no sums hide any more: what leads there leads to conversations.
func (m *Model) toFlows() {
	m.GroupBy = GroupNone
	m.Focus = PaneFlows
}

func serviceFilter(s *ServiceMix) string {
	return fmt.Sprintf("server.host %s and server.port %d", s.Server.Addr(), s.Server.Port())
}

// findingFilter finds the conversations behind a finding: by what they have in common, else by their ids.
func findingFilter(f *flows.Finding) string {
	if f.Filter != "" {
		return f.Filter
	}
	ids := make([]string, len(f.Conversations))
	for i, id := range f.Conversations {
		ids[i] = strconv.FormatUint(id, 10)
	}
	return "id " + strings.Join(ids, ",")
}

// narrow adds a condition to the filter.
func (m *Model) narrow(text string) {
	if m.Filter.Text != "" {
		text = "(" + m.Filter.Text + ") and " + text
	}
	if !m.SetFilter(text) {
		m.say(Bad, "cannot filter by %s: %s", text, m.Filter.Error.Message)
		m.Filter.Error = nil
	}
}

// stop ends the load first, and the program when there is nothing to stop.
func (m *Model) stop() {
	if !m.Load.Finished && m.stopLoad != nil && !m.Load.Stopped {
		m.stopLoad()
		m.Load.Stopped = true
		m.say(Warning, "loading stopped: what is shown is a part of the capture; Ctrl-C again quits")
		return
	}
	m.effect(EffectQuit, "")
}

func (m *Model) nextSort() {
	cells := Cells(1<<10, m.List.Hidden, 0)
	next := cells[0].Column
	for i, c := range cells {
		if c.Column == m.List.Query.Sort {
			next = cells[(i+1)%len(cells)].Column
		}
	}
	m.sortBy(next, false)
}

func (m *Model) sortBy(c Column, down bool) {
	m.List.Query.Sort, m.List.Query.Descending = c, down
	order := "ascending"
	if down {
		order = "descending"
	}
	m.say(Info, "sorted by %s, %s", c.Title(), order)
	m.look(true)
}

// SortBy sorts by a column; a second time, the other way round.
func (m *Model) SortBy(c Column) {
	m.sortBy(c, m.List.Query.Sort == c && !m.List.Query.Descending)
}

func (m *Model) groupBy(by GroupBy) {
	m.GroupBy = by
	m.Groups.Cursor, m.Groups.Top, m.Groups.Ready = 0, 0, false
	m.Groups.Rows = nil
	if by != GroupNone {
		m.Focus = PaneFlows
		m.say(Info, "summed up by %s; Enter opens a group, a goes on", by)
	}
}

// nextProblem moves to the next listed conversation that did not end as it should.
func (m *Model) nextProblem(by int) {
	if m.View == nil {
		return
	}
	for i := m.List.Cursor + by; i >= 0 && i < len(m.View.Rows); i += by {
		if Problem(m.View.Snapshot.Class(m.View.Rows[i])) {
			m.moveTo(i)
			return
		}
	}
	m.say(Info, "no further problem in the list")
}

func (m *Model) nextTimeMode() {
	m.TimeMode = (m.TimeMode + 1) % numTimeModes
	m.say(Info, "times %s", m.TimeMode)
	m.selected(false)
}

func (m *Model) mark() {
	switch {
	case m.List.Row < 0:
		return
	case m.Focus == PaneFlows && m.GroupBy != GroupNone: // no conversation can be seen
		m.say(Info, "Enter opens the group, whose conversations can be marked")
		return
	}
	id := m.View.Snapshot.ID(m.List.Row)
	if m.Marked[id] {
		delete(m.Marked, id)
	} else {
		m.Marked[id] = true
	}
	m.moveTo(m.List.Cursor + 1)
	m.say(Info, "%s marked", Count(len(m.Marked)))
}

// maxMarked bounds what can be marked at once.
const maxMarked = 100_000

// markAll marks all listed conversations, or none if all are marked.
func (m *Model) markAll() {
	if len(m.Marked) > 0 {
		clear(m.Marked)
		m.say(Info, "no conversation is marked")
		return
	}
	if m.View == nil {
		return
	}
	for _, row := range m.View.Rows[:min(len(m.View.Rows), maxMarked)] {
		m.Marked[m.View.Snapshot.ID(row)] = true
	}
	if n := len(m.Marked); n < len(m.View.Rows) {
		m.say(Warning, "only the first %s of %s marked: more cannot be", Count(n), Count(len(m.View.Rows)))
		return
	}
	m.say(Info, "%s marked", Count(len(m.Marked)))
}

func (m *Model) follow() {
	m.Follow = !m.Follow
	switch {
	case !m.config.Follow:
		m.say(Info, "the capture is not being followed: open it with -F")
	case m.Follow:
		m.say(Info, "following the newest")
		if m.View != nil {
			m.moveTo(len(m.View.Rows) - 1)
		}
	default:
		m.say(Info, "no longer following")
	}
}

func (m *Model) copy(text string) {
	if text == "" {
		m.say(Info, "nothing to copy here")
		return
	}
	m.effect(EffectCopy, text)
}

// Goto moves to a conversation by its id.
func (m *Model) Goto(id uint64) bool {
	row, ok := m.Snapshot.Find(id)
	if !ok {
		return false
	}
	if m.View != nil {
		if i := m.View.position(row, m.List.Cursor); i >= 0 {
			m.moveTo(i)
			return true
		}
	}
	m.List.Row, m.List.moved = row, true
	m.SetFilter("")
	return true
}
