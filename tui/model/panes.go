package model

import (
	"context"
	"net/netip"
	"time"

	"tcpclose/flows"
)

// ChartStates are the states that the chart draws, in its order: those that closing goes through, then the others.
var ChartStates = [...]flows.State{
	flows.Established, flows.FinWait1, flows.FinWait2, flows.CloseWait, flows.LastAck, flows.Closing, flows.TimeWait,
	flows.SynSent, flows.SynReceived,
}

// populationQuery, socketQuery, mixQuery and groupQuery are what a pane's content was computed for.
type (
	populationQuery struct {
		scope    Scope
		from, to int64
	}
	socketQuery struct {
		scope Scope
		at    int64
	}
	mixQuery   struct{ at int64 }
	groupQuery struct {
		view *View
		by   GroupBy
	}
)

// lookPanes computes again what the panes show, where its question or the rows have changed. New rows alone do not
// cause it more often than it has been paid off.
func (m *Model) lookPanes(asked bool) {
	if m.Snapshot.Rows() == 0 {
		return
	}
	snap := m.Snapshot
	from, to := m.Range()
	if pq := (populationQuery{m.States.Scope, from, to}); m.Visible[PaneStates] {
		m.lookPopulation(asked, snap, pq)
	}
	if sq := (socketQuery{m.States.Scope, m.Now()}); m.Visible[PaneNetstat] || m.Visible[PaneStates] || m.Visible[PaneFlows] {
		m.lookSockets(asked, snap, sq) // the line above the scrubber shows its sums
	}
	if mq := (mixQuery{m.Now()}); m.Visible[PaneServices] {
		m.lookServices(asked, snap, mq)
	}
	if m.GroupBy != GroupNone && m.View != nil && m.View.Query.Filter == m.List.Query.Filter { // else another view is on its way
		m.lookGroups(asked, snap, groupQuery{m.View, m.GroupBy})
	}
}

func (m *Model) lookPopulation(asked bool, snap *Snapshot, pq populationQuery) {
	cfg := m.config.Flows
	lookAgain(m, taskPopulation, asked, pq, m.States.query, m.States.edition, func() {
		m.States.query, m.States.edition = pq, snap.Edition
	}, func(ctx context.Context) func() {
		p := CountPopulation(ctx, snap, cfg, pq.scope, pq.from, pq.to)
		if p == nil {
			return nil
		}
		return func() { m.States.Population = p }
	})
}

func (m *Model) lookSockets(asked bool, snap *Snapshot, sq socketQuery) {
	cfg := m.config.Flows
	lookAgain(m, taskNetstat, asked, sq, m.Netstat.query, m.Netstat.edition, func() {
		m.Netstat.query, m.Netstat.edition = sq, snap.Edition
	}, func(ctx context.Context) func() {
		t := Sockets(ctx, snap, cfg, sq.scope, sq.at)
		if t == nil {
			return nil
		}
		return func() {
			m.Netstat.Table = t
			m.Netstat.List.Rows, m.Netstat.List.Ready = t.Sockets, true
			m.Netstat.Hosts.Rows = t.Hosts
			m.Netstat.List.keep()
			m.Netstat.Hosts.keep()
		}
	})
}

func (m *Model) lookServices(asked bool, snap *Snapshot, mq mixQuery) {
	lookAgain(m, taskServices, asked, mq, m.Services.query, m.Services.edition, func() {
		m.Services.query, m.Services.edition = mq, snap.Edition
	}, func(ctx context.Context) func() {
		list := Services(ctx, snap, mq.at)
		if list == nil {
			return nil
		}
		return func() {
			m.Services.Rows, m.Services.Ready = list, true
			m.Services.keep()
		}
	})
}

func (m *Model) lookGroups(asked bool, snap *Snapshot, gq groupQuery) {
	lookAgain(m, taskGroups, asked, gq, m.Groups.query, m.Groups.edition, func() {
		m.Groups.query, m.Groups.edition = gq, snap.Edition
	}, func(ctx context.Context) func() {
		list := Groups(ctx, gq.view, gq.by)
		if list == nil {
			return nil
		}
		return func() {
			m.Groups.Rows, m.Groups.Ready = list, true
			m.Groups.keep()
		}
	})
}

// lookAgain starts a task whose question has changed at once, and one whose rows have changed when its last run has been
// paid off.
func lookAgain[Q comparable](m *Model, t task, asked bool, q Q, old any, edition uint64, begun func(), work func(ctx context.Context) func()) {
	previous, known := old.(Q)
	same := known && previous == q
	if same && edition == m.Snapshot.Edition {
		return
	}
	var delay time.Duration
	if !asked || edition != m.Snapshot.Edition && same {
		if m.jobs.busy(t) {
			m.wakeIn(100 * time.Millisecond)
			return
		}
		if wait := m.jobs.rest(t, m.config.Now()); wait > 0 && !m.config.Inline {
			m.wakeIn(wait)
			return
		}
	} else if !m.config.Inline {
		delay = 40 * time.Millisecond // a key that repeats asks once
	}
	begun()
	m.jobs.start(t, delay, work)
}

// enterNetstat opens the list of hosts, chooses one of it, or goes to the conversation of a socket.
func (m *Model) enterNetstat() {
	n := &m.Netstat
	if n.Pick {
		if h := n.Hosts.Current(); h != nil {
			m.setScope(Scope{Addr: h.Addr})
		}
		n.Pick = false
		return
	}
	s := n.List.Current()
	if s == nil {
		return
	}
	m.lead(func() { m.toFlows(); m.Goto(m.Snapshot.ID(s.Row)) })
}

// nextScope cycles whose sockets are shown: all, the server's service, the server, the client of the conversation under
// the cursor. In the netstat pane it opens the list of hosts.
func (m *Model) nextScope() {
	if m.Focus == PaneNetstat {
		m.Netstat.Pick = !m.Netstat.Pick
		return
	}
	if m.Focus == PaneServices {
		if s := m.Services.Current(); s != nil {
			m.setScope(Scope{s.Server.Addr(), s.Server.Port()})
		}
		return
	}
	t := m.Current()
	if t == nil {
		return
	}
	client, server := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	order := []Scope{{}, {server.Addr(), server.Port()}, {Addr: server.Addr()}, {Addr: client.Addr()}}
	next := order[0]
	for i, s := range order {
		if s == m.States.Scope {
			next = order[(i+1)%len(order)]
		}
	}
	m.setScope(next)
}

func (m *Model) setScope(s Scope) {
	m.States.Scope = s
	m.say(Info, "sockets of %s", s)
	m.lookPanes(true)
}

// parseScope reads an address, an address and port, or "all".
func parseScope(text string) (Scope, bool) {
	if text == "" || text == "all" {
		return Scope{}, true
	}
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return Scope{ap.Addr(), ap.Port()}, true
	}
	a, err := netip.ParseAddr(text)
	return Scope{Addr: a}, err == nil
}

// jumpToLine goes to what the explanation's line names: a frame's row in the ladder, or another conversation's explanation.
func (m *Model) jumpToLine() {
	e := &m.Explain
	if e.Cursor >= len(e.Lines) {
		return
	}
	switch l := e.Lines[e.Cursor]; {
	case l.Frame != 0:
		m.lead(func() { m.Focus = PaneLadder; m.Ladder.gotoFrame(m, l.Frame) })
	case l.Flow != 0:
		if _, there := m.Snapshot.Find(l.Flow); !there {
			m.say(Info, "conversation %d is not in the list", l.Flow)
			return
		}
		from := m.View.Snapshot.ID(m.List.Row)
		m.lead(func() { m.Goto(l.Flow) })
		m.backlog[len(m.backlog)-1].flow = from
	}
}
