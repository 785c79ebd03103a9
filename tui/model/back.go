package model

import "tcpclose/flows"

// backStep is where back leads: to what was shown, and to the filter that was in force, if the one that the way here set still
// is.
type backStep struct {
	focus       Pane
	zoom        bool
	group       GroupBy
	before, set string // the filters
	flow        uint64 // the conversation that was explained, where the way led to another one's explanation; 0 elsewhere
}

// maxBack bounds how many steps lead back.
const maxBack = 32

// lead goes somewhere that back leads away from.
func (m *Model) lead(to func()) {
	b := backStep{focus: m.Focus, zoom: m.Zoom, group: m.GroupBy, before: m.Filter.Text}
	to()
	b.set = m.Filter.Text
	m.backlog = append(m.backlog, b)
	if len(m.backlog) > maxBack {
		m.backlog = m.backlog[1:]
	}
}

// filters reports whether the step brings another filter back.
func (m *Model) filters(b *backStep) bool { return b.before != b.set && m.Filter.Text == b.set }

// forget drops the steps that would lead to where the user is already, having gone there by another key.
func (m *Model) forget() {
	for n := len(m.backlog); n > 0; n-- {
		b := &m.backlog[n-1]
		if b.focus != m.Focus || b.zoom != m.Zoom || b.group != m.GroupBy || b.flow != 0 || m.filters(b) {
			return
		}
		m.backlog = m.backlog[:n-1]
	}
}

// takeBack goes back one step.
func (m *Model) takeBack() {
	b := m.backlog[len(m.backlog)-1]
	m.backlog = m.backlog[:len(m.backlog)-1]
	m.Focus, m.Zoom, m.GroupBy = b.focus, b.zoom, b.group
	switch {
	case !m.filters(&b):
	case b.before == "":
		m.clearFilter()
	default:
		m.SetFilter(b.before)
		m.say(Info, "the filter from before is back")
	}
	if b.flow != 0 {
		m.Goto(b.flow)
	}
}

// back goes one level out: it closes what is open, then clears the filter, then returns to the list.
func (m *Model) back() {
	m.forget()
	switch {
	case m.Focus == PaneLadder && m.Ladder.Packet != nil:
		m.Ladder.Packet = nil
	case m.Focus == PaneNetstat && m.Netstat.Pick:
		m.Netstat.Pick = false
	case len(m.backlog) > 0:
		m.takeBack()
	case m.Zoom:
		m.Zoom = false
	case m.Focus != PaneFlows:
		m.Focus = PaneFlows
	case m.GroupBy != GroupNone:
		m.groupBy(GroupNone)
	case m.Filter.Text != "":
		m.clearFilter()
	case m.Scrub.At != flows.NoTime:
		m.setTime(flows.NoTime)
	}
}

// quit leaves what is open, and the program from its first level.
func (m *Model) quit() {
	m.forget()
	inside := m.Focus == PaneLadder && m.Ladder.Packet != nil || m.Focus == PaneNetstat && m.Netstat.Pick
	if inside || len(m.backlog) > 0 || m.Zoom {
		m.back()
		return
	}
	m.effect(EffectQuit, "")
}

// clearFilter shows all conversations again.
func (m *Model) clearFilter() {
	m.SetFilter("")
	m.say(Info, "filter cleared; n finds its matches")
}
