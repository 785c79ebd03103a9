package tui

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/tui/model"
)

// A ladderPane shows the selected conversation between two lifelines. Its lines are laid out by package ladder, which
// never draws half of one: what does not fit gives way, and on the narrowest screens the ladder becomes a list.
type ladderPane struct {
	pane
	spans []ladder.Span
}

func newLadderPane(app *App) *ladderPane { return &ladderPane{pane: newPane(app, model.PaneLadder)} }

// timesOf is which times of a ladder belong to which way of writing them.
var timesOf = map[model.TimeMode]ladder.Times{
	model.TimeFromStart: ladder.FromStart, model.TimeFromClose: ladder.FromFIN, model.TimeFromCapture: ladder.FromStart,
	model.TimeUTC: ladder.Absolute, model.TimeLocal: ladder.Absolute,
}

// Draw paints the rows that are on the screen.
func (l *ladderPane) Draw(screen tcell.Screen) {
	c := l.canvas(screen)
	m := l.app.model
	v := &m.Ladder
	if v.Packet != nil {
		body := l.frame(&c, fmt.Sprintf("frame %d", v.Packet.Frame), "Esc: back to the ladder")
		v.Packet.Top = l.drawLines(&body, v.Packet.Lines, -1, v.Packet.Top, false)
		return
	}
	place := ""
	if v.Count > 0 && c.w >= 50 {
		place = fmt.Sprintf("%s of %s", model.Count(v.Cursor+1), model.Count(v.Count))
	}
	body := l.frame(&c, l.app.flowTitle(l.titleRoom(&c, place)), place)
	if v.Count == 0 || v.Teardown == nil {
		l.drawEmpty(&body)
		return
	}
	opt := ladder.Options{Times: timesOf[m.TimeMode], ASCII: l.app.glyphs.ascii}
	if v.Absolute {
		opt.Numbers = ladder.WireNumbers
	}
	width := body.w - 2 // the selection's column and the scroll bar's
	if width < 1 {
		return
	}
	layout := ladder.NewLayout(v.Teardown, width, opt)
	list := body
	if body.h >= 4 && width >= ladder.MinWidth {
		l.spans = layout.AppendHeading(l.spans[:0])
		l.paint(&body, 0, false)
		list = body.inner(0, 1, body.w, body.h-1)
	}
	if notes := l.notes(); len(notes) > 0 && list.h >= 6 {
		list.h -= len(notes)
		for i, n := range notes {
			body.text(rowIndent, body.h-len(notes)+i, clip(n.Text, body.w-rowIndent-1), body.theme.roles[n.Role])
		}
	}
	v.Resize(list.h)
	for y := range list.h {
		i := v.Top + y
		if i >= v.Count {
			break
		}
		row := v.Row(i)
		if row == nil { // its window is being read
			list.text(rowIndent, y, "..", list.theme.roles[model.Dim])
			continue
		}
		l.spans = layout.AppendLine(l.spans[:0], row)
		l.paint(&list, y, i == v.Cursor)
		if at := row.Time; m.Scrub.At != flows.NoTime && at != flows.NoTime && at > m.Scrub.At {
			list.restyle(1, y, list.w-2, func(s tcell.Style) tcell.Style { return s.Dim(true) }) // not yet, at the time of all panes
		}
	}
	list.scrollbar(v.Top, list.h, v.Count)
}

// paint writes one line of spans.
func (l *ladderPane) paint(c *canvas, y int, selected bool) {
	x := 1
	for i := range l.spans {
		x = c.text(x, y, l.spans[i].Text, l.style(&l.spans[i]))
	}
	if selected {
		style, mark := l.selection()
		c.text(0, y, mark, c.theme.base)
		c.restyle(0, y, c.w-1, style)
	}
}

func (l *ladderPane) style(s *ladder.Span) tcell.Style {
	t := l.app.theme
	switch s.Role {
	case ladder.State:
		return t.state[s.State].Bold(true)
	case ladder.Same, ladder.Rail, ladder.Clock, ladder.Option:
		return t.roles[model.Dim]
	case ladder.Missing, ladder.Resent:
		return t.roles[model.Bad].Bold(true)
	case ladder.Flags:
		return t.base.Bold(true)
	case ladder.Mark:
		return t.roles[model.Warning]
	case ladder.Remark:
		return t.roles[model.Info]
	case ladder.Head:
		return t.header
	case ladder.Blank, ladder.Arrow, ladder.Number, ladder.Frame:
	}
	return t.base
}

// notes are what has to be said below the ladder: what is missing, and what each side sent last.
func (l *ladderPane) notes() []model.Line {
	v := &l.app.model.Ladder
	var notes []model.Line
	if v.Note != "" {
		notes = append(notes, model.Line{Role: model.Warning, Text: v.Note})
	}
	for _, line := range l.app.model.HeldLines(v.Teardown) {
		notes = append(notes, model.Line{Role: line.Role, Text: line.Label + ": " + line.Text})
	}
	for side := range flows.Server + 1 {
		if tail := v.Tails[side]; len(tail.Data) > 0 {
			text, role := "", model.Dim
			for _, line := range model.TailLines(tail.Data) {
				if line.Role != model.Plain {
					role = line.Role
				}
				text += line.Text + " "
			}
			notes = append(notes, model.Line{Role: role, Text: fmt.Sprintf("%s's last data, frame %d: %s", side, tail.Frame, text)})
		}
	}
	return notes
}

func (l *ladderPane) drawEmpty(c *canvas) {
	m := l.app.model
	v := &m.Ladder
	switch {
	case m.List.Row < 0:
		c.empty("No conversation is selected.")
	case v.Note != "":
		c.empty("There is no ladder: " + v.Note)
	case v.Loading:
		c.empty("Reading the conversation …")
	default:
		c.empty("No packet of it was found.")
	}
}

// MouseHandler puts the cursor on the row that is clicked.
func (l *ladderPane) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return l.mouse(func(_, y int, double bool) {
		m := l.app.model
		v := &m.Ladder
		_, _, w, h := l.GetRect()
		head := 1
		if h >= 5 && w-2 >= ladder.MinWidth {
			head = 2
		}
		if i := v.Top + y - head; y >= head && i < v.Count && v.Packet == nil {
			v.Cursor = i
			if double {
				m.Do(model.ActionEnter)
			}
		}
	})
}
