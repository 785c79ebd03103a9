package tui

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A socketTable shows the sockets of a host, or of all, at the time of all panes.
type socketTable struct{ pane }

func newSocketTable(app *App) *socketTable { return &socketTable{newPane(app, model.PaneNetstat)} }

// Draw paints the sockets, or the hosts to choose from.
func (s *socketTable) Draw(screen tcell.Screen) {
	c := s.canvas(screen)
	m := s.app.model
	n := &m.Netstat
	if n.Pick {
		all := 0
		if n.Table != nil {
			all = n.Table.HostCount
		}
		body := s.frame(&c, s.unfiltered("choose a host"), ofAll(len(n.Hosts.Rows), all, "host"))
		s.drawHosts(&body)
		return
	}
	what := m.States.Scope.String()
	place := ""
	if n.Table != nil {
		place = ofAll(len(n.Table.Sockets), n.Table.Total, "socket")
		if c.w >= 60 {
			what += " at " + s.app.timeText(n.Table.At)
		}
	}
	body := s.frame(&c, s.unfiltered(what), place)
	if n.Table == nil || n.Table.Total == 0 {
		s.drawEmpty(&body)
		return
	}
	col := socketColumnsOf(body.w, m.Kernel.Holders != nil)
	body.text(rowIndent, 0, cut("State", col.local-rowIndent-1), body.theme.header)
	body.text(col.local, 0, cut("Local Address:Port", col.localWidth), body.theme.header)
	if col.queues > 0 {
		body.right(col.queues+6, 0, "Recv-Q", body.theme.header)
		body.right(col.queues+14, 0, "Send-Q", body.theme.header)
	}
	if col.peerWidth > 0 {
		body.text(col.peer, 0, cut("Peer Address:Port", col.peerWidth), body.theme.header)
	}
	if col.age > 0 {
		body.text(col.age, 0, "for", body.theme.header)
	}
	if col.holder > 0 {
		body.text(col.holder, 0, "held by", body.theme.header)
	}
	list := body.inner(0, 1, body.w, body.h-1)
	n.List.Height = list.h
	if n.List.Cursor < n.List.Top {
		n.List.Top = n.List.Cursor
	}
	if n.List.Cursor >= n.List.Top+list.h {
		n.List.Top = n.List.Cursor - list.h + 1
	}
	for y := range list.h {
		i := n.List.Top + y
		if i >= len(n.List.Rows) {
			break
		}
		r := &n.List.Rows[i]
		state := r.State.SS()
		if col.short {
			state = r.State.Short()
		}
		if !r.Certain {
			state += "?"
		}
		list.text(rowIndent, y, state, list.theme.state[r.State])
		if col.queues > 0 {
			list.right(col.queues+6, y, queueText(r.RecvQ), list.theme.base)
			list.right(col.queues+14, y, queueText(r.SendQ), list.theme.base)
		}
		list.text(col.local, y, model.Endpoint(r.Local, col.localWidth), list.theme.base)
		if col.peerWidth > 0 {
			list.text(col.peer, y, model.Endpoint(r.Peer, col.peerWidth), list.theme.base)
		}
		if col.age > 0 {
			list.text(col.age, y, model.Span(n.Table.At-r.Since), list.theme.base)
		}
		if col.holder > 0 {
			s.drawHolder(&list, col.holder, y, r)
		}
		if i == n.List.Cursor {
			style, mark := s.selection()
			list.text(0, y, mark, list.theme.base)
			list.restyle(0, y, list.w-1, style)
		}
	}
	list.scrollbar(n.List.Top, list.h, len(n.List.Rows))
}

// ofAll says how many are listed, and of how many where those are more.
func ofAll(listed, all int, noun string) string {
	if listed < all {
		return model.Count(listed) + " of " + model.Number(all, noun)
	}
	return model.Number(listed, noun)
}

// drawHolder writes who holds a socket, and in which state the kernel has it where that is another one than is shown.
func (s *socketTable) drawHolder(c *canvas, x, y int, r *model.Socket) {
	of, ok := s.app.model.HolderOf(r.Local, r.Peer)
	if !ok {
		return
	}
	text, style := of.Short(), c.theme.base
	if !of.Gone && of.State != r.State {
		text, style = "kernel "+of.State.SS()+" "+text, c.theme.roles[model.Warning]
	}
	c.text(x, y, cut(text, holderWidth-1), style)
}

// queueText writes how many octets wait; a dash where the capture does not tell.
func queueText(n int64) string {
	if n < 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

// socketColumns is where the socket table's columns stand. Queues, peer and age are 0 where there is no room for them.
type socketColumns struct {
	queues, local, localWidth, peer, peerWidth, age, holder int
	short                                                   bool // states by their short names
}

// holderWidth is the room of who holds a socket; holderFrom the width of a list that has it.
const holderWidth, holderFrom = 32, 112

// socketColumnsOf places the columns in a width; held: who holds the sockets is one of them.
func socketColumnsOf(w int, held bool) socketColumns {
	if held && w >= holderFrom {
		c := socketColumnsOf(w-holderWidth-1, false)
		c.holder = w - holderWidth - 1
		return c
	}
	c := socketColumns{local: rowIndent + 13}
	room := w - 1
	switch {
	case w < 60:
		c.short, c.local = true, rowIndent+9
	case w >= 80:
		c.queues, c.local = c.local, c.local+16
		fallthrough
	default:
		room -= 9
	}
	if w < 44 {
		c.localWidth = max(1, room-c.local)
		return c
	}
	each := min(47, (room-c.local)/2-1)
	c.localWidth, c.peerWidth = each, each
	c.peer = c.local + each + 1
	if w >= 60 {
		c.age = c.peer + each + 1
	}
	return c
}

func (s *socketTable) drawEmpty(c *canvas) {
	m := s.app.model
	switch {
	case m.Snapshot.Rows() == 0:
		c.empty("No conversation yet.")
	case m.Netstat.Table == nil:
		c.empty("Counting …")
	default:
		c.empty(fmt.Sprintf("%s has no socket at this time.", m.States.Scope), "h chooses a host, , and . move the time.")
	}
}

func (s *socketTable) drawHosts(c *canvas) {
	n := &s.app.model.Netstat
	list := c.inner(0, 1, c.w, c.h-1)
	h := &n.Hosts
	h.Height = list.h
	if len(h.Rows) == 0 {
		c.empty("No host has a socket at this time.")
		return
	}
	name := min(40, max(15, c.w-50))
	c.text(rowIndent, 0, "host", c.theme.header)
	c.right(rowIndent+name+9, 0, "sockets", c.theme.header)
	if h.Cursor < h.Top {
		h.Top = h.Cursor
	}
	if h.Cursor >= h.Top+list.h {
		h.Top = h.Cursor - list.h + 1
	}
	for y := range list.h {
		i := h.Top + y
		if i >= len(h.Rows) {
			break
		}
		r := &h.Rows[i]
		list.text(rowIndent, y, clip(r.Addr.String(), name), list.theme.base)
		list.right(rowIndent+name+9, y, model.Count(r.Total), list.theme.base)
		list.text(rowIndent+name+11, y, countsText(&r.Count), list.theme.roles[model.Dim])
		if i == h.Cursor {
			style, mark := s.selection()
			list.text(0, y, mark, list.theme.base)
			list.restyle(0, y, list.w-1, style)
		}
	}
	list.scrollbar(h.Top, list.h, len(h.Rows))
}

// countsText writes how many sockets are in each state that has any.
func countsText(count *[flows.NumStates]int32) string {
	var parts []string
	for _, s := range model.ChartStates {
		if count[s] > 0 {
			parts = append(parts, s.Short()+" "+model.Count(count[s]))
		}
	}
	return strings.Join(parts, "  ")
}

// MouseHandler puts the cursor on the row that is clicked.
func (s *socketTable) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return s.mouse(func(_, y int, double bool) {
		n := &s.app.model.Netstat
		switch {
		case y < 2:
			return
		case n.Pick && n.Hosts.Top+y-2 < len(n.Hosts.Rows):
			n.Hosts.Cursor = n.Hosts.Top + y - 2
		case !n.Pick && n.List.Top+y-2 < len(n.List.Rows):
			n.List.Cursor = n.List.Top + y - 2
		}
		if double {
			s.app.model.Do(model.ActionEnter)
		}
	})
}
