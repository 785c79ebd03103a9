package model

import (
	"fmt"
	"strings"

	"tcpclose/flows"
)

// copyLine returns what y copies: the one thing under the cursor.
func (m *Model) copyLine() string {
	switch m.Focus {
	case PaneLadder:
		if m.Ladder.Packet != nil {
			return joinLines(m.Ladder.Packet.Lines)
		}
		if row := m.Ladder.current(); row != nil && row.Frame() != 0 {
			return row.Seg.String()
		}
	case PaneExplain:
		if e := &m.Explain; e.Cursor < len(e.Lines) {
			return e.Lines[e.Cursor].Text
		}
	case PaneNetstat:
		if s := m.Netstat.List.Current(); s != nil {
			return fmt.Sprintf("%s %s %s", s.State.SS(), s.Local, s.Peer)
		}
	case PaneServices:
		if s := m.Services.Current(); s != nil {
			return s.Server.String()
		}
	case PaneFindings:
		if f := m.Findings.Current(); f != nil {
			return f.Sentence
		}
	case PaneFlows:
		if g := m.Groups.Current(); m.GroupBy != GroupNone && g != nil {
			return g.Name + "  " + Number(g.Rows, "flow")
		}
	case PaneStates, NumPanes:
	}
	if t := m.Current(); t != nil {
		return fmt.Sprintf("flow %d %s %s %s", t.ID, t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr, t.Class)
	}
	return ""
}

// copyAll returns what Y copies: the whole conversation, explained.
func (m *Model) copyAll() string {
	if m.Focus == PaneNetstat && m.Netstat.Table != nil {
		return SocketText(m.Netstat.Table)
	}
	if t := m.Current(); t != nil {
		return m.copyHead(t) + joinLines(m.Explain.Lines)
	}
	return ""
}

func (m *Model) copyHead(t *flows.Teardown) string {
	return fmt.Sprintf("flow %d  %s -> %s\n", t.ID, t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr)
}

// joinLines writes paragraphs as plain text.
func joinLines(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		if l.Label != "" || l.Text != "" {
			fmt.Fprintf(&b, "%-9s %s", l.Label, l.Text)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// SocketText writes a socket table as ss -tan does.
func SocketText(t *SocketTable) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-11s %-46s %s\n", "State", "Local Address:Port", "Peer Address:Port")
	for _, s := range t.Sockets {
		fmt.Fprintf(&b, "%-11s %-46s %s\n", s.State.SS(), s.Local, s.Peer)
	}
	if n := len(t.Sockets); n < t.Total {
		fmt.Fprintf(&b, "%s more are not listed\n", Count(t.Total-n))
	}
	return b.String()
}
