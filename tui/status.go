package tui

import (
	"fmt"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A header is the first line: what is being read, how much of it is there, how long the rest will take.
type header struct{ pane }

func newHeader(app *App) *header { return &header{newPane(app, model.NumPanes)} }

// Draw paints the line; parts give way from the right end of the left half.
func (h *header) Draw(screen tcell.Screen) {
	c := h.canvas(screen)
	m := h.app.model
	style := c.theme.title
	right := h.kernel() + h.progress()
	if c.w >= 40 {
		right += "  ?=help"
	}
	left := []string{"tcpclose", m.Title}
	if c.w < 60 {
		left = left[1:]
	}
	n := m.Snapshot.Rows()
	left = append(left, model.Number(n, "flow"))
	if gone := m.Snapshot.Left; gone > 0 {
		left = append(left, model.Count(gone)+" older left out (--mem)")
	}
	if c.w >= 60 && m.Load.Finished { // known only then
		left = append(left, model.Number(m.Load.Packets, "packet"))
	}
	if m.Snapshot.First != flows.NoTime && c.w >= 120 {
		left = append(left, fmt.Sprintf("%s from %s", model.Span(m.Snapshot.Latest-m.Snapshot.First), time.Unix(0, m.Snapshot.First).UTC().Format("2006-01-02 15:04:05Z")))
	}
	room := c.w - textWidth(right) - 2
	x := 0
	for i, part := range left {
		if i > 0 {
			x = c.text(x, 0, "  ", style)
		}
		if x+textWidth(part) > room && i > 0 && x > 2 {
			if room-x > 8 {
				c.text(x, 0, clip(part, room-x), style)
			}
			break
		}
		x = c.text(x, 0, clip(part, max(0, room-x)), style)
	}
	role := model.Plain
	if k := m.Kernel.Check; k != nil && k.Disagreements() > 0 {
		role = model.Warning
	}
	if m.Load.Partial() || m.Load.Damaged > 0 {
		role = model.Warning
	}
	c.right(c.w, 0, right, c.theme.roles[role].Bold(true))
}

// kernel says of how many sockets of this host the kernel's state is another than the wire's.
func (h *header) kernel() string {
	k := h.app.model.Kernel.Check
	if k == nil {
		return ""
	}
	n := k.Disagreements()
	_, _, w, _ := h.GetRect()
	switch {
	case n == 0 && k.Compared > 0 && w >= 120:
		return fmt.Sprintf("kernel agrees on %s  ", model.Number(k.Compared, "socket"))
	case n > 0 && w >= 60:
		return fmt.Sprintf("kernel differs on %s of %s  ", model.Count(n), model.Count(k.Compared))
	}
	return ""
}

// progress says how far reading has come.
func (h *header) progress() string {
	m := h.app.model
	l := &m.Load
	switch {
	case l.Error != "":
		return "FAILED"
	case l.Stopped:
		return "PARTIAL"
	case l.Finished && l.Damaged > 0:
		return fmt.Sprintf("%d damaged", l.Damaged)
	case l.Finished:
		return ""
	case l.Following:
		return "following"
	case l.Total > 0:
		text := fmt.Sprintf("%d%%", min(99, l.Done*100/l.Total))
		if _, _, w, _ := h.GetRect(); w >= 100 {
			text += fmt.Sprintf("  %s of %s", model.Size(uint64(l.Done)), model.Size(uint64(l.Total)))
		}
		if left := h.app.now().Sub(l.Began); l.Done > 0 && left > time.Second {
			rest := time.Duration(float64(left) * float64(l.Total-l.Done) / float64(l.Done))
			text += "  eta " + rest.Round(time.Second).String()
		}
		return text + "  ^C=stop"
	}
	return model.Size(uint64(l.Done)) + " read  ^C=stop"
}

// A filterLine shows the filter that is in force, how much it lists, and what is wrong with the one being typed.
type filterLine struct {
	pane
	input *tview.InputField
}

// Draw paints the line.
func (f *filterLine) Draw(screen tcell.Screen) {
	c := f.canvas(screen)
	m := f.app.model
	if f.app.editing != editNothing {
		f.input.SetRect(c.x, c.y, c.w, 1)
		f.input.Draw(screen)
		return
	}
	shown, all := m.Shown()
	right := model.Number(all, "conversation")
	if m.Filter.Text != "" {
		right = fmt.Sprintf("%s of %s", model.Count(shown), model.Count(all))
	}
	if c.w >= 76 {
		order := "^"
		if m.List.Query.Descending {
			order = "v"
		}
		right += "  sort: " + m.List.Query.Sort.Title() + " " + order
	}
	if n := len(m.Marked); n > 0 {
		right = fmt.Sprintf("%s marked  ", model.Count(n)) + right
	}
	x := c.text(0, 0, "/ ", c.theme.roles[model.Dim])
	if m.Filter.Text != "" {
		c.text(x, 0, clip(m.Filter.Text, c.w-x-textWidth(right)-2), c.theme.input)
	} else if c.w >= 76 {
		for _, hint := range filterHints {
			if x+textWidth(hint)+1+textWidth(right) <= c.w {
				c.text(x, 0, hint, c.theme.roles[model.Dim])
				break
			}
		}
	}
	if c.w >= 40 {
		c.right(c.w, 0, right, c.theme.base)
	}
}

// filterHints say what can be typed where no filter is in force: the longest that leaves room for the counts.
var filterHints = []string{"filters, such as: class rst-abort and port 443", "such as: class rst-abort and port 443", "such as: class rst-abort"}

// HasFocus reports whether a filter or a command is being typed.
func (f *filterLine) HasFocus() bool { return f.input.HasFocus() }

// Focus hands the focus to the input.
func (f *filterLine) Focus(delegate func(tview.Primitive)) { delegate(f.input) }

// InputHandler hands keys to the input.
func (f *filterLine) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return f.input.InputHandler()
}

// MouseHandler opens the filter that is clicked; while something is typed there, it puts the cursor.
func (f *filterLine) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return f.WrapMouseHandler(func(action tview.MouseAction, event *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		switch {
		case f.app.editing != editNothing:
			return f.input.MouseHandler()(action, event, focus)
		case action != tview.MouseLeftDown || !f.InRect(event.Position()):
			return false, nil
		}
		f.app.model.Do(model.ActionFilter)
		f.app.perform()
		return true, nil
	})
}

// A filterError is the line under the filter being typed.
type filterError struct{ pane }

// Draw paints a caret under the column, and what is wrong there.
func (f *filterError) Draw(screen tcell.Screen) {
	c := f.canvas(screen)
	err := f.app.model.Filter.Error
	if err == nil || len(f.app.completions) > 0 { // their list lies over this line
		return
	}
	text := err.Message
	if err.Suggestion != "" {
		text += "; did you mean " + err.Suggestion + "?"
	}
	style := c.theme.roles[model.Bad]
	x := min(err.Column-1+promptWidth, max(0, c.w-1))
	c.text(x, 0, "^", style.Bold(true))
	if x+3+textWidth(text) > c.w && x-1 >= textWidth(text) {
		c.text(x-1-textWidth(text), 0, text, style)
		return
	}
	if x+3+textWidth(text) > c.w { // neither side has the room: the text goes where it can be read
		c.text(0, 0, clip(fmt.Sprintf("column %d: %s", err.Column, text), c.w), style)
		return
	}
	c.text(x+2, 0, text, style)
}

// A footer is the last line: a message, or the panes and their numbers.
type footer struct{ pane }

func newFooter(app *App) *footer { return &footer{newPane(app, model.NumPanes)} }

// Draw paints the line.
func (f *footer) Draw(screen tcell.Screen) {
	c := f.canvas(screen)
	m := f.app.model
	if m.Message != "" {
		c.text(0, 0, clip(m.Message, c.w), c.theme.roles[m.MessageRole])
		return
	}
	hint := "Enter open  Esc back  / filter  : command  q quit"
	tabs := 0
	for p := range model.NumPanes {
		tabs += len(p.String()) + 4
	}
	x := 0
	for p := range model.NumPanes {
		text := fmt.Sprintf("%d %s", p+1, p)
		if c.w < tabs {
			text = fmt.Sprintf("%d", p+1)
			if p == m.Focus {
				text += " " + p.String()
			}
		}
		style := c.theme.base
		if p == m.Focus {
			text = "[" + text + "]"
			style = style.Bold(true)
		} else {
			text = " " + text + " "
		}
		if x+textWidth(text) > c.w {
			break
		}
		x = c.text(x, 0, text, style)
	}
	for _, h := range []string{hint, "Esc back  / filter  q quit", "/ filter  q quit", "q quit"} {
		if x+textWidth(h)+3 <= c.w {
			c.right(c.w, 0, h, c.theme.roles[model.Dim])
			break
		}
	}
}

// MouseHandler goes to the pane whose name is clicked.
func (f *footer) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return f.WrapMouseHandler(func(action tview.MouseAction, event *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		ex, ey := event.Position()
		if !f.InRect(ex, ey) || action != tview.MouseLeftDown {
			return false, nil
		}
		x := 0
		_, _, w, _ := f.GetRect()
		tabs := 0
		for p := range model.NumPanes {
			tabs += len(p.String()) + 4
		}
		for p := range model.NumPanes {
			n := len(p.String()) + 4
			if w < tabs {
				n = 3
				if p == f.app.model.Focus {
					n += 1 + len(p.String())
				}
			}
			if ex >= x && ex < x+n {
				f.app.model.Focus = p
			}
			x += n
		}
		f.app.perform()
		return true, nil
	})
}
