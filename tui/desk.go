package tui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/tui/model"
)

// The smallest screens. Below the first nothing can be shown but a word; below the second, one pane at a time.
const (
	leastWidth, leastHeight   = 20, 5
	doubleWidth, doubleHeight = 60, 18
	wideWidth, wideHeight     = 140, 36
)

// An arrangement is which primitives stand where; the desk lays them out anew only when it changes.
type arrangement struct {
	width, height int
	focus, lower  model.Pane
	corner        model.Pane
	zoom, error   bool
}

// A desk arranges the panes by the size of the screen:
//
//	wide:   header / filter / [flows | states over services] / scrubber / [ladder | explain] / footer
//	double: header / filter / flows / scrubber / the pane that was last in focus / footer
//	single: header / the pane in focus / footer
type desk struct {
	*tview.Flex
	app    *App
	now    arrangement
	lower  model.Pane // what a double arrangement shows below the list
	corner model.Pane // what a wide one shows at the right, below the chart
}

func newDesk(app *App) *desk {
	f := tview.NewFlex().SetDirection(tview.FlexRow)
	return &desk{Flex: f, app: app, lower: model.PaneLadder, corner: model.PaneServices}
}

// Draw lays out and paints the panes.
func (d *desk) Draw(screen tcell.Screen) {
	_, _, w, h := d.GetRect()
	if w < leastWidth || h < leastHeight {
		d.drawTiny(screen)
		return
	}
	m := d.app.model
	switch m.Focus {
	case model.PaneFlows:
	case model.PaneNetstat, model.PaneServices, model.PaneFindings:
		d.lower, d.corner = m.Focus, m.Focus
	default:
		d.lower = m.Focus
	}
	now := arrangement{
		width: w, height: h, focus: m.Focus, lower: d.lower, corner: d.corner, zoom: m.Zoom,
		error: d.app.editing == editFilter && m.Filter.Error != nil,
	}
	if now != d.now {
		d.now = now
		d.arrange(&now)
		m.Wake() // a pane that has come into sight may have to be computed
	}
	d.Flex.Draw(screen)
}

// arrange fills the flex with the panes of an arrangement.
func (d *desk) arrange(a *arrangement) {
	p := d.app.panes
	d.Clear()
	visible := &d.app.model.Visible
	*visible = [model.NumPanes]bool{}
	d.AddItem(d.app.header, 1, 0, false)
	prompt := a.height >= 8 || d.app.editing != editNothing
	if prompt {
		d.AddItem(d.app.filterLine, 1, 0, true)
		if a.error {
			d.AddItem(d.app.filterError, 1, 0, false)
		}
	}
	switch {
	case a.zoom || a.width < doubleWidth || a.height < doubleHeight:
		visible[a.focus] = true
		d.AddItem(p[a.focus], 0, 1, true)
		if a.height >= 16 {
			d.AddItem(d.app.scrubber, 1, 0, false)
		}
	case a.width >= wideWidth && a.height >= wideHeight:
		d.arrangeWide(a)
	default:
		visible[model.PaneFlows], visible[a.lower] = true, true
		d.AddItem(p[model.PaneFlows], 0, 9, a.focus == model.PaneFlows)
		scrub := 1
		if a.height >= 22 {
			scrub = 2
		}
		d.AddItem(d.app.scrubber, scrub, 0, false)
		d.AddItem(p[a.lower], 0, 10, a.focus == a.lower)
	}
	d.AddItem(d.app.footer, 1, 0, false)
}

// sideWidth is the room of the right column on a wide screen.
const sideWidth = 62

func (d *desk) arrangeWide(a *arrangement) {
	p := d.app.panes
	side := min(sideWidth, a.width*2/5)
	if a.corner == model.PaneFlows || a.corner == model.PaneLadder || a.corner == model.PaneExplain || a.corner == model.PaneStates {
		a.corner = model.PaneServices
	}
	for _, pane := range []model.Pane{model.PaneFlows, model.PaneStates, a.corner, model.PaneLadder, model.PaneExplain} {
		d.app.model.Visible[pane] = true
	}
	right := tview.NewFlex().SetDirection(tview.FlexRow).
		AddItem(p[model.PaneStates], 0, 1, false).
		AddItem(p[a.corner], 0, 1, false)
	top := tview.NewFlex().
		AddItem(p[model.PaneFlows], 0, 1, false).
		AddItem(newRule(d.app), 1, 0, false).
		AddItem(right, side, 0, false)
	bottom := tview.NewFlex().
		AddItem(p[model.PaneLadder], 0, 1, false).
		AddItem(newRule(d.app), 1, 0, false).
		AddItem(p[model.PaneExplain], side, 0, false)
	d.AddItem(top, 0, 10, true)
	d.AddItem(d.app.scrubber, 2, 0, false)
	d.AddItem(bottom, 0, 10, false)
}

// drawTiny says that the screen is too small.
func (d *desk) drawTiny(screen tcell.Screen) {
	x, y, w, h := d.GetRect()
	c := canvas{screen: screen, x: x, y: y, w: w, h: h, theme: d.app.theme, glyphs: d.app.glyphs}
	for row := range h {
		c.fill(0, row, w, ' ', c.theme.base)
	}
	c.text(0, 0, "tcpclose needs 20x5", c.theme.base)
}

// A rule is the line between two columns of panes.
type rule struct{ pane }

func newRule(app *App) *rule { return &rule{newPane(app, model.NumPanes)} }

// Draw paints the line.
func (r *rule) Draw(screen tcell.Screen) {
	c := r.canvas(screen)
	for y := range c.h {
		c.put(0, y, c.glyphs.vertical, c.theme.roles[model.Dim])
	}
}
