package tui

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A screenLine is one row of a wrapped paragraph.
type screenLine struct {
	label, text string
	line        int // index of its paragraph
}

// labelWidth is the column of the paragraphs' labels; on a narrow pane they stand in a line of their own width.
const labelWidth = 10

// layLines wraps paragraphs to a width.
func layLines(lines []model.Line, width int) []screenLine {
	var out []screenLine
	for i, l := range lines {
		room := width - labelWidth
		label := l.Label
		if width < 30 {
			room = width
			if label != "" {
				out = append(out, screenLine{label: label, line: i})
				label = ""
			}
		}
		if textWidth(label) >= labelWidth && l.Text != "" {
			out = append(out, screenLine{label: label, line: i})
			label = ""
		}
		for j, part := range wrap(l.Text, max(1, room)) {
			if j > 0 {
				label = ""
			}
			out = append(out, screenLine{label, part, i})
		}
	}
	return out
}

// drawLines paints paragraphs; the one under the cursor is marked if it leads somewhere. It returns the first row shown.
func (p *pane) drawLines(c *canvas, lines []model.Line, cursor, top int, follow bool) int {
	rows := layLines(lines, max(1, c.w-rowIndent-1))
	if follow { // bring the cursor's paragraph onto the screen
		first, last := -1, 0
		for i, r := range rows {
			if r.line == cursor {
				if first < 0 {
					first = i
				}
				last = i
			}
		}
		if first >= 0 && last >= top+c.h {
			top = last - c.h + 1
		}
		if first >= 0 && first < top {
			top = first
		}
	}
	top = max(0, min(top, len(rows)-c.h))
	indent := labelWidth
	if c.w-rowIndent-1 < 30 {
		indent = 0
	}
	for y := range c.h {
		i := top + y
		if i >= len(rows) {
			break
		}
		r := rows[i]
		style := c.theme.roles[lines[r.line].Role]
		if r.label != "" {
			c.text(rowIndent, y, r.label, c.theme.roles[model.Heading])
		}
		c.text(rowIndent+indent, y, r.text, style)
		if follow && r.line == cursor && p.focused() {
			c.text(0, y, ">", c.theme.base)
			if lines[r.line].Leads() != "" {
				c.restyle(0, y, c.w-1, func(s tcell.Style) tcell.Style { return s.Reverse(true) })
			}
		}
	}
	c.scrollbar(top, c.h, len(rows))
	return top
}

// An explanation shows the verdict on the selected conversation and what it rests on.
type explanation struct{ pane }

func newExplanation(app *App) *explanation { return &explanation{newPane(app, model.PaneExplain)} }

// Draw paints the text.
func (e *explanation) Draw(screen tcell.Screen) {
	c := e.canvas(screen)
	m := e.app.model
	place := ""
	if x := &m.Explain; x.Cursor < len(x.Lines) && e.focused() {
		if to := x.Lines[x.Cursor].Leads(); to != "" {
			place = "Enter: " + to
		}
	}
	body := e.frame(&c, e.app.flowTitle(e.titleRoom(&c, place)), place)
	if len(m.Explain.Lines) == 0 {
		body.empty("No conversation is selected.")
		return
	}
	m.Explain.Top = e.drawLines(&body, m.Explain.Lines, m.Explain.Cursor, m.Explain.Top, true)
}

// MouseHandler puts the cursor on the paragraph that is clicked.
func (e *explanation) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return e.mouse(func(_, y int, double bool) {
		m := e.app.model
		_, _, w, _ := e.GetRect()
		rows := layLines(m.Explain.Lines, max(1, w-rowIndent-1))
		if i := m.Explain.Top + y - 1; y >= 1 && i < len(rows) {
			m.Explain.Cursor = rows[i].line
			if double {
				m.Do(model.ActionEnter)
			}
		}
	})
}

// A findingList shows the findings, the weightiest first.
type findingList struct{ pane }

func newFindingList(app *App) *findingList { return &findingList{newPane(app, model.PaneFindings)} }

// Draw paints the sentences.
func (f *findingList) Draw(screen tcell.Screen) {
	c := f.canvas(screen)
	m := f.app.model
	place := ""
	if len(m.Findings.Rows) > 0 {
		place = "Enter: its conversations"
	}
	body := f.frame(&c, f.unfiltered(""), place)
	if len(m.Findings.Rows) == 0 {
		switch {
		case m.Finding:
			body.empty("Looking for what conversations have in common …")
		case m.Load.Finished:
			body.empty("No findings: nothing in this capture repeats often enough to be called one.")
		default:
			body.empty("Findings are made when the capture has been read.")
		}
		return
	}
	lines, at := findingLines(m.Findings.Rows, m.Findings.Cursor)
	m.Findings.Top = f.drawLines(&body, lines, at, m.Findings.Top, true)
}

// findingLines writes the sentences; of the selected one, also what it rests on and what to do. It returns the place of
// the selected one.
func findingLines(rows []flows.Finding, cursor int) (lines []model.Line, at int) {
	for i := range rows {
		r := &rows[i]
		if i != cursor {
			lines = append(lines, model.Line{Label: model.Count(r.Count) + "x", Text: r.Sentence})
			continue
		}
		at = len(lines)
		lines = append(lines, model.Line{Role: model.Heading, Label: model.Count(r.Count) + "x", Text: r.Sentence, Frame: 1})
		lines = append(lines, model.Line{Role: model.Dim, Text: fmt.Sprintf("%s, %s", r.ID, r.Confidence)})
		for _, e := range r.Evidence {
			lines = append(lines, model.Line{Role: model.Dim, Text: "- " + e})
		}
		for j, remedy := range r.Remedies {
			label := ""
			if j == 0 {
				label = "Do"
			}
			lines = append(lines, model.Line{Label: label, Text: remedy})
		}
	}
	return lines, at
}

// MouseHandler chooses the finding that is clicked.
func (f *findingList) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return f.mouse(func(_, y int, double bool) {
		t := &f.app.model.Findings
		_, _, w, _ := f.GetRect()
		lines, at := findingLines(t.Rows, t.Cursor)
		rows := layLines(lines, max(1, w-rowIndent-1))
		i := t.Top + y - 1
		if y < 1 || i >= len(rows) {
			return
		}
		switch line, more := rows[i].line, len(lines)-len(t.Rows); { // more lines stand below the chosen one
		case line < at:
			t.Cursor = line
		case line > at+more:
			t.Cursor = line - more
		}
		if double {
			f.app.model.Do(model.ActionEnter)
		}
	})
}
