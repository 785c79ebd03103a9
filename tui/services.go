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

// mixColumns are how the ways to end are summed up where there is little room.
var mixColumns = []struct {
	title   string
	classes []flows.Class
	role    model.Role
}{
	{"order", []flows.Class{flows.FourWay, flows.ThreeWay, flows.Simultaneous}, model.Good},
	{"retx", []flows.Class{flows.RetransmittedFIN}, model.Warning},
	{"rst", []flows.Class{flows.RSTAbort, flows.RSTAfterFIN}, model.Bad},
	{"half", []flows.Class{flows.HalfClosedStall}, model.Warning},
	{"fail", []flows.Class{flows.Refused, flows.Unanswered}, model.Bad},
	{"gone", []flows.Class{flows.Vanished}, model.Bad},
	{"open", []flows.Class{flows.Open, flows.ClosingClass, flows.Partial}, model.Plain},
}

// mixWidth is the room of one share.
const mixWidth = 6

func drawMixHeader(c *canvas, name string, width int) {
	c.text(rowIndent, 0, name, c.theme.header)
	x := rowIndent + width + 1
	c.right(x+8, 0, "flows", c.theme.header)
	x += 8
	for _, col := range mixColumns {
		if x+mixWidth < c.w { // half a column would be another number
			c.right(x+mixWidth, 0, col.title, c.theme.header)
		}
		x += mixWidth
	}
}

// mixName is the room of the name before a mix: an IPv4 endpoint's before the shares get any, an IPv6 one's where there
// is room for everything.
func mixName(width int) int {
	const shares = 8 + 6*mixWidth
	return max(15, min(21, width-rowIndent-2-8), min(47, width-rowIndent-2-shares-len(serviceExtras)*serviceExtraWidth))
}

// drawMix writes how many conversations there are and which shares of them ended how; it returns the column after.
func drawMix(c *canvas, x, y int, total int32, class *[flows.NumClasses]int32) int {
	c.right(x+8, y, model.Count(total), c.theme.base)
	x += 8
	for _, col := range mixColumns {
		n := int32(0)
		for _, k := range col.classes {
			n += class[k]
		}
		switch {
		case x+mixWidth >= c.w:
		case n > 0:
			c.right(x+mixWidth, y, share(n, total), c.theme.roles[col.role])
		default:
			c.right(x+mixWidth, y, "-", c.theme.roles[model.Dim])
		}
		x += mixWidth
	}
	return x
}

// share writes a part of a whole in at most four cells; what is less than one per cent does not become nothing.
func share(n, total int32) string {
	if n == 0 || total == 0 {
		return "-"
	}
	percent := (int64(n)*200 + int64(total)) / (2 * int64(total))
	switch {
	case percent == 0:
		return "<1%"
	case percent == 100 && n < total:
		return ">99%"
	}
	return strconv.FormatInt(percent, 10) + "%"
}

// A serviceTable shows how the conversations of each service ended, and what its sockets are stuck in.
type serviceTable struct{ pane }

func newServiceTable(app *App) *serviceTable { return &serviceTable{newPane(app, model.PaneServices)} }

// Draw paints the table.
func (s *serviceTable) Draw(screen tcell.Screen) {
	c := s.canvas(screen)
	m := s.app.model
	t := &m.Services
	body := s.frame(&c, s.unfiltered(""), model.Number(len(t.Rows), "service"))
	list := body.inner(0, 1, body.w, body.h-1)
	details := detailRows
	if m.Kernel.Holders != nil {
		details++
	}
	if list.h >= detailFrom {
		list.h -= details
	}
	t.Height = list.h
	if len(t.Rows) == 0 {
		if t.Ready || m.Load.Finished {
			body.empty("No service was talked to.")
		} else {
			body.empty("Reading …")
		}
		return
	}
	name := mixName(body.w)
	drawMixHeader(&body, "service", name)
	extra := rowIndent + name + 1 + 8 + len(mixColumns)*mixWidth
	for i, title := range serviceExtras {
		if extra+serviceExtraWidth*(i+1) >= body.w {
			break
		}
		body.right(extra+serviceExtraWidth*(i+1), 0, title, body.theme.header)
	}
	if t.Cursor < t.Top {
		t.Top = t.Cursor
	}
	if t.Cursor >= t.Top+list.h {
		t.Top = t.Cursor - list.h + 1
	}
	for y := range list.h {
		i := t.Top + y
		if i >= len(t.Rows) {
			break
		}
		r := &t.Rows[i]
		list.text(rowIndent, y, model.Endpoint(r.Server, name), list.theme.base)
		x := drawMix(&list, rowIndent+name+1, y, r.Total, &r.Class)
		s.drawExtras(&list, x, y, r)
		if i == t.Cursor {
			style, mark := s.selection()
			list.text(0, y, mark, list.theme.base)
			list.restyle(0, y, list.w-1, style)
		}
	}
	list.scrollbar(t.Top, list.h, len(t.Rows))
	if r := t.Current(); r != nil && list.h < body.h-1 {
		lines := serviceDetail(r)
		if m.Kernel.Holders != nil {
			lines = append(lines, heldLine(m.Held(r.Server)))
		}
		for i, l := range lines {
			body.text(rowIndent, body.h-details+i, clip(l.Text, body.w-rowIndent-1), body.theme.roles[l.Role])
		}
	}
}

// detailRows are what is said of the selected service below the table, where that is at least detailFrom rows high; one
// more says who holds its sockets, where that is known.
const detailRows, detailFrom = 2, 6

// serviceDetail says whether the states that only a program can leave grow, and how much of a client's range of ports
// its connections to the service take.
func serviceDetail(r *model.ServiceMix) []model.Line {
	grown := func(name string, before, now int32) string {
		return fmt.Sprintf("%s %s (%s at half-time)", name, model.Count(now), model.Count(before))
	}
	held := model.Line{Text: grown("CLOSE-WAIT", r.Before, r.CloseWait) + ", " + grown("FIN-WAIT-2", r.FinBefore, r.FinWait2)}
	if r.Longest > 0 {
		held.Text += "; longest CLOSE-WAIT " + model.Span(r.Longest)
	}
	if r.CloseWait > r.Before || r.FinWait2 > r.FinBefore {
		held.Role = model.Warning
	}
	ports := model.Line{Role: model.Dim, Text: "no client holds a port towards it"}
	if r.Ports.Used > 0 {
		ports = model.Line{Text: fmt.Sprintf("%s holds %s of its %s ports towards it (%s), %s in TIME-WAIT", r.Ports.Client,
			model.Count(r.Ports.Used), model.Count(int32(flows.EphemeralPorts)), share(r.Ports.Used, flows.EphemeralPorts), model.Count(r.Ports.TimeWait))}
		if r.Ports.Used > flows.HalfEphemeralPorts {
			ports.Role = model.Bad
		}
	}
	return []model.Line{held, ports}
}

// heldLine says who holds the service's sockets on this host that wait for a close, as its kernel knows them.
func heldLine(list []flows.Held) model.Line {
	if len(list) == 0 {
		return model.Line{Role: model.Dim, Text: "no process of this host holds a socket of it that waits for a close"}
	}
	parts := make([]string, len(list))
	for i, h := range list {
		parts[i] = h.String()
	}
	return model.Line{Role: model.Warning, Text: strings.Join(parts, ", ")}
}

// serviceExtras are the columns after the mix: sockets in CLOSE-WAIT now and at half the time, the longest of them,
// FIN-WAIT-2 and TIME-WAIT of the server, the most ports that one client holds towards it, and their share of its range.
var serviceExtras = []string{"CLOSE-W", "before", "longest", "FIN-W2", "TIME-W", "ports", "range"}

const serviceExtraWidth = 9

func (s *serviceTable) drawExtras(c *canvas, x, y int, r *model.ServiceMix) {
	t := c.theme
	number := func(n int32, warn bool) (string, tcell.Style) {
		switch {
		case n == 0:
			return "-", t.roles[model.Dim]
		case warn:
			return model.Count(n), t.roles[model.Bad]
		}
		return model.Count(n), t.base
	}
	put := func(text string, style tcell.Style) {
		x += serviceExtraWidth
		if x < c.w {
			c.right(x, y, text, style)
		}
	}
	put(number(r.CloseWait, r.CloseWait > r.Before && r.CloseWait >= 3))
	put(number(r.Before, false))
	longest := "-"
	if r.Longest > 0 {
		longest = model.Span(r.Longest)
	}
	put(longest, t.base)
	put(number(r.FinWait2, false))
	put(number(r.TimeWait, false))
	put(number(r.Ports.Used, r.Ports.Used > flows.EphemeralPorts/2))
	put(share(r.Ports.Used, flows.EphemeralPorts), t.base)
}

// MouseHandler puts the cursor on the row that is clicked.
func (s *serviceTable) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return s.mouse(func(_, y int, double bool) {
		t := &s.app.model.Services
		if i := t.Top + y - 2; y >= 2 && i < len(t.Rows) {
			t.Cursor = i
			if double {
				s.app.model.Do(model.ActionEnter)
			}
		}
	})
}
