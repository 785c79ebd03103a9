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

// A flowList is the list of conversations. Only the rows that are on the screen are formatted.
type flowList struct {
	pane
	reader model.RowReader
	cells  []model.Cell
}

func newFlowList(app *App) *flowList { return &flowList{pane: newPane(app, model.PaneFlows)} }

// Draw paints the list, or the groups that it is summed up by.
func (l *flowList) Draw(screen tcell.Screen) {
	c := l.canvas(screen)
	m := l.app.model
	shown, all := m.Shown()
	what := ""
	if m.GroupBy != model.GroupNone {
		body := l.frame(&c, "by "+m.GroupBy.String(), model.Number(len(m.Groups.Rows), "group"))
		l.drawGroups(&body)
		return
	}
	if c.w >= 60 && m.Scrub.At != flows.NoTime {
		what = "states at T"
	}
	place := ""
	if shown > 0 {
		place = fmt.Sprintf("%s of %s", model.Count(m.List.Cursor+1), model.Count(shown))
	}
	body := l.frame(&c, what, place)
	list := body.inner(0, 1, body.w, body.h-1)
	if body.h < 3 {
		list = body // no room for headings
	}
	m.Resize(list.h)
	if shown == 0 {
		l.drawEmpty(&body, all)
		return
	}
	if body.h >= 3 {
		l.drawHeader(&body)
	} else {
		l.cells = l.columns(body.w)
	}
	l.reader.At, l.reader.Mode = m.Scrub.At, m.TimeMode
	for y := range list.h {
		i := m.List.Top + y
		if i >= shown {
			break
		}
		l.drawRow(&list, y, i)
	}
	list.scrollbar(m.List.Top, list.h, shown)
}

// rowIndent is the room for the selection's and the mark's characters.
const rowIndent = 2

// columns chooses the columns of a list of that width; the selection's and the scroll bar's are not theirs.
func (l *flowList) columns(width int) []model.Cell {
	m := l.app.model
	if l.holders(width) {
		width -= flowHolderWidth + 1
	}
	digits := len(strconv.FormatUint(m.Snapshot.Highest, 10))
	return model.Cells(width-rowIndent-1, m.List.Hidden, digits)
}

// flowHolderWidth is the room of who holds the sockets of a conversation, in a list of at least flowHolderFrom cells.
const flowHolderWidth, flowHolderFrom = 16, 90

// holders reports whether a list of that width says who holds the sockets.
func (l *flowList) holders(width int) bool {
	return l.app.model.Kernel.Holders != nil && width >= flowHolderFrom
}

func (l *flowList) drawHeader(c *canvas) {
	m := l.app.model
	l.cells = l.columns(c.w)
	x := rowIndent
	for _, cell := range l.cells {
		title := cell.Column.Title()
		if cell.Column == m.List.Query.Sort {
			if m.List.Query.Descending {
				title += "v"
			} else {
				title += "^"
			}
		}
		title = cut(title, cell.Width)
		if cell.Right {
			c.right(x+cell.Width, 0, title, c.theme.header)
		} else {
			c.text(x, 0, title, c.theme.header)
		}
		x += cell.Width + 1
	}
	if l.holders(c.w) {
		c.text(c.w-1-flowHolderWidth, 0, "held by", c.theme.header)
	}
}

func (l *flowList) drawRow(c *canvas, y, i int) {
	m := l.app.model
	snap := m.View.Snapshot
	row := m.View.Rows[i]
	l.reader.Read(snap, row)
	if m.Marked[snap.ID(row)] {
		c.text(1, y, "*", c.theme.marked)
	}
	x := rowIndent
	for _, cell := range l.cells {
		text := l.reader.Text(cell)
		style := l.cellStyle(cell.Column, row)
		if cell.Right {
			c.right(x+cell.Width, y, cut(text, cell.Width), style)
		} else {
			c.text(x, y, cut(text, cell.Width), style)
		}
		x += cell.Width + 1
	}
	if l.holders(c.w) {
		text := m.HolderText(l.reader.Teardown())
		style := c.theme.base
		if strings.Contains(text, "!") {
			style = c.theme.roles[model.Warning]
		}
		c.text(c.w-1-flowHolderWidth, y, cut(text, flowHolderWidth), style)
	}
	if i == m.List.Cursor {
		style, mark := l.selection()
		c.text(0, y, mark, c.theme.base)
		c.restyle(0, y, c.w-1, style)
	}
}

func (l *flowList) cellStyle(column model.Column, row int32) tcell.Style {
	t := l.app.theme
	snap := l.app.model.View.Snapshot
	switch column {
	case model.ColumnClass:
		return t.roles[model.ClassRole(snap.Class(row))]
	case model.ColumnClientState:
		return t.state[l.reader.State(flows.Client)]
	case model.ColumnServerState:
		return t.state[l.reader.State(flows.Server)]
	case model.ColumnMarks, model.ColumnLost:
		return t.roles[model.Warning]
	default:
		return t.base
	}
}

// drawEmpty says why no conversation is listed.
func (l *flowList) drawEmpty(c *canvas, all int) {
	m := l.app.model
	switch {
	case all > 0 && m.Filter.Text != "":
		lines := []string{"No conversation matches " + m.Filter.Text + "."}
		if why := m.Unlearned(); why != "" {
			lines = append(lines, why)
		}
		c.empty(append(lines, fmt.Sprintf("%s are hidden. Esc clears the filter.", model.Count(all)))...)
	case all > 0:
		c.empty("Looking …")
	case m.Load.Error != "":
		c.empty("Nothing could be read: " + m.Load.Error)
	case m.Load.Finished && m.Load.Packets == 0:
		c.empty("The capture holds no packets.")
	case m.Load.Finished && m.Load.Segments == 0:
		kinds := " of other kinds."
		if m.Load.Packets == 1 {
			kinds = " of another kind."
		}
		c.empty("The capture holds no TCP: "+model.Number(m.Load.Packets, "packet")+kinds, strings.Trim(m.Load.OtherText+"; "+m.Load.LinkText, "; "))
	case m.Load.Finished:
		c.empty("No conversation was found.")
	case m.Load.Following:
		c.empty("Waiting for packets: no conversation yet.")
	default:
		c.empty("Reading … no conversation yet.")
	}
}

// drawGroups paints what the list is summed up by.
func (l *flowList) drawGroups(c *canvas) {
	m := l.app.model
	g := &m.Groups
	list := c.inner(0, 1, c.w, c.h-1)
	g.Height = list.h
	if len(g.Rows) == 0 {
		c.empty("Nothing to sum up.")
		return
	}
	name := mixName(c.w)
	drawMixHeader(c, "name", name)
	g.Top = max(0, min(g.Top, g.Cursor))
	if g.Cursor >= g.Top+list.h {
		g.Top = g.Cursor - list.h + 1
	}
	for y := range list.h {
		i := g.Top + y
		if i >= len(g.Rows) {
			break
		}
		r := &g.Rows[i]
		list.text(rowIndent, y, clipMiddle(r.Name, name), list.theme.base)
		drawMix(&list, rowIndent+name+1, y, r.Rows, &r.Class)
		if i == g.Cursor {
			style, mark := l.selection()
			list.text(0, y, mark, list.theme.base)
			list.restyle(0, y, list.w-1, style)
		}
	}
	list.scrollbar(g.Top, list.h, len(g.Rows))
}

// MouseHandler puts the cursor on the row that is clicked, or sorts by the heading.
func (l *flowList) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return l.mouse(func(x, y int, double bool) {
		m := l.app.model
		switch {
		case m.GroupBy != model.GroupNone:
			if i := m.Groups.Top + y - 2; y >= 2 && i < len(m.Groups.Rows) {
				m.Groups.Cursor = i
			}
		case y == 1 && double: // the second press has sorted already
		case y == 1:
			at := rowIndent
			for _, cell := range l.cells {
				if x >= at && x < at+cell.Width {
					m.SortBy(cell.Column)
				}
				at += cell.Width + 1
			}
		case y >= 2:
			m.Select(m.List.Top + y - 2)
		}
		if double && y >= 2 {
			m.Do(model.ActionEnter)
		}
	})
}
