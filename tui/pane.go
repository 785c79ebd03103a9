package tui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/tui/model"
)

// A pane is what the areas of the screen have in common: a rectangle, the model, and how to paint.
type pane struct {
	*tview.Box
	app *App
	id  model.Pane
	bar bool // it has a scroll bar now
}

func newPane(app *App, id model.Pane) pane { return pane{Box: tview.NewBox(), app: app, id: id} }

// canvas returns the pane's rectangle, cleared.
func (p *pane) canvas(screen tcell.Screen) canvas {
	p.bar = false
	x, y, w, h := p.GetRect()
	sw, sh := screen.Size()
	c := canvas{screen: screen, x: x, y: y, w: max(0, min(w, sw-x)), h: max(0, min(h, sh-y)), theme: p.app.theme, glyphs: p.app.glyphs, bar: &p.bar}
	for row := range c.h {
		c.fill(0, row, c.w, ' ', c.theme.base)
	}
	return c
}

// focused reports whether keys go to this pane.
func (p *pane) focused() bool { return p.app.model.Focus == p.id }

// titleRoom is how many cells the middle of the pane's title has.
func (p *pane) titleRoom(c *canvas, place string) int {
	const edges = 13 // the pane's number, blanks and pieces of the line
	room := c.w - edges - len(p.id.String())
	if place != "" {
		room -= textWidth(place)
	}
	return room
}

// frame draws the pane's title and returns what is below it.
func (p *pane) frame(c *canvas, what, place string) canvas {
	c.title(int(p.id)+1, p.id.String(), what, place, p.focused())
	return c.inner(0, 1, c.w, c.h-1)
}

// unfiltered completes what a pane shows: what it counts are all conversations, whatever the list is filtered by.
func (p *pane) unfiltered(what string) string {
	switch {
	case p.app.model.Filter.Text == "":
		return what
	case what == "":
		return "unfiltered"
	}
	return what + ", unfiltered"
}

// selection returns the style of the selected row, and the mark before it. Neither is colour: it can be seen in mono.
func (p *pane) selection() (func(tcell.Style) tcell.Style, string) {
	if p.focused() {
		return func(s tcell.Style) tcell.Style { return s.Reverse(true) }, ">"
	}
	return func(s tcell.Style) tcell.Style { return s.Bold(true) }, ">"
}

// empty writes what is the matter where there is nothing to show.
func (c *canvas) empty(lines ...string) {
	y := max(0, min(1, c.h-len(lines)))
	for _, l := range lines {
		for _, part := range wrap(l, max(1, c.w-2)) {
			c.text(min(1, c.w-1), y, part, c.theme.base)
			y++
		}
	}
}
