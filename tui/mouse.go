package tui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// wheelSteps are how many rows the wheel moves.
var wheelSteps = map[tview.MouseAction]int{tview.MouseScrollUp: -3, tview.MouseScrollDown: 3}

// A pointer is what is known of the mouse between two of its events.
type pointer struct {
	x, y             int        // where its button was pressed last
	beforeX, beforeY int        // … and the time before
	dragged          *tview.Box // what was pressed at a place that follows the mouse, until the button is released
}

// press takes in where the button is pressed.
func (p *pointer) press(x, y int) { p.beforeX, p.beforeY, p.x, p.y, p.dragged = p.x, p.y, x, y, nil }

// twice reports whether the button was pressed at about the same place both times. To tview two presses that follow one
// another quickly are a double click wherever they are.
func (p *pointer) twice() bool { return p.y == p.beforeY && max(p.x-p.beforeX, p.beforeX-p.x) <= 1 }

// drag reports whether an action is a movement of the mouse with its button down that began in a box.
func (p *pointer) drag(action tview.MouseAction, e *tcell.EventMouse, box *tview.Box) bool {
	return action == tview.MouseMove && p.dragged == box && e.Buttons()&tcell.Button1 != 0
}

// mouse makes a mouse handler: a click takes the focus and calls click with the place within the pane, the wheel moves, and so
// does the scroll bar.
func (p *pane) mouse(click func(x, y int, double bool)) func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return p.WrapMouseHandler(func(action tview.MouseAction, event *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		ex, ey := event.Position()
		if !p.InRect(ex, ey) {
			return false, nil
		}
		x, y, w, h := p.GetRect()
		m, at := p.app.model, &p.app.pointer
		switch step := wheelSteps[action]; {
		case action == tview.MouseLeftDown && ex == x+w-1 && ey > y && p.bar:
			at.press(ex, ey)
			at.dragged = p.Box
			m.Focus = p.id
			m.SelectAt(float64(ey-y-1) / float64(max(1, h-2)))
		case at.drag(action, event, p.Box):
			m.SelectAt(float64(max(0, ey-y-1)) / float64(max(1, h-2)))
		case action == tview.MouseLeftDown:
			at.press(ex, ey)
			m.Focus = p.id
			click(ex-x, ey-y, false)
		case action == tview.MouseLeftDoubleClick && at.twice() && at.dragged == nil:
			click(ex-x, ey-y, true)
		case step != 0:
			m.Focus = p.id
			m.Scroll(step)
		default:
			return false, nil
		}
		p.app.perform()
		return true, nil
	})
}
