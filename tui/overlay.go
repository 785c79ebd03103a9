package tui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/tui/model"
)

// The names of the pages over the desk.
const (
	pageDesk    = "desk"
	pageText    = "text"
	pageAsk     = "ask"
	pageColumns = "columns"
)

// showText puts a text over the panes: the help, the glossary.
func (a *App) showText(title, text string) {
	view := tview.NewTextView().SetDynamicColors(false).SetRegions(false).SetWrap(true).SetWordWrap(true)
	_, back, _ := a.theme.base.Decompose()
	view.SetTextStyle(a.theme.base).SetBackgroundColor(back)
	view.SetText(a.plain(text))
	view.SetMouseCapture(func(action tview.MouseAction, e *tcell.EventMouse) (tview.MouseAction, *tcell.EventMouse) {
		step := wheelSteps[action]
		if step == 0 {
			return action, e
		}
		row, _ := view.GetScrollOffset()
		view.ScrollTo(max(0, row+step), 0) // tview's own way down leads to the end at once
		return tview.MouseConsumed, nil
	})
	head := &overlayTitle{newPane(a, model.NumPanes), title}
	page := tview.NewFlex().SetDirection(tview.FlexRow).AddItem(head, 1, 0, false).AddItem(view, 0, 1, true)
	a.pages.AddPage(pageText, page, true, true)
	a.tview.SetFocus(view)
}

// plain replaces what a terminal without UTF-8 cannot show.
func (a *App) plain(text string) string {
	if !a.glyphs.ascii {
		return text
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return asciiFor(r)
	}, text)
}

// An overlayTitle is the line above a text.
type overlayTitle struct {
	pane
	title string
}

// Draw paints the line.
func (o *overlayTitle) Draw(screen tcell.Screen) {
	c := o.canvas(screen)
	c.title(0, o.title, "", "Esc closes", true)
}

// overlayKey handles a key while a page lies over the desk; nil where it has been dealt with.
func (a *App) overlayKey(page string, e *tcell.EventKey) *tcell.EventKey {
	name := keyName(e)
	switch {
	case page == pageAsk:
		return a.askKey(e)
	case e.Key() == tcell.KeyCtrlC || name == "q" || e.Key() == tcell.KeyEsc || page == pageText && (name == "?" || name == "F1" || name == "E"):
		a.closePage(page)
		return nil
	case page == pageColumns && (name == "c" || name == "Enter"):
		a.closePage(page)
		return nil
	case name == "Tab" || name == "Backtab": // nothing to go to
		return nil
	}
	if key, ok := overlayMoves[keyMap[name]]; ok {
		return tcell.NewEventKey(key, 0, tcell.ModNone)
	}
	return e
}

// overlayMoves are the keys by which tview's list and text view move, for the actions that move in the panes.
var overlayMoves = map[model.Action]tcell.Key{
	model.ActionUp: tcell.KeyUp, model.ActionDown: tcell.KeyDown, model.ActionPageUp: tcell.KeyPgUp, model.ActionPageDown: tcell.KeyPgDn,
	model.ActionTop: tcell.KeyHome, model.ActionBottom: tcell.KeyEnd,
}

func (a *App) closePage(page string) {
	a.pages.RemovePage(page)
	a.tview.SetFocus(a.desk)
}

// borders makes tview draw its boxes with light lines, which every terminal has a stand-in for; its double lines for the
// focus have none.
func borders(g *glyphs) {
	b := &tview.Borders
	if g.ascii {
		b.Horizontal, b.Vertical = '-', '|'
		b.TopLeft, b.TopRight, b.BottomLeft, b.BottomRight = '+', '+', '+', '+'
	}
	b.HorizontalFocus, b.VerticalFocus = b.Horizontal, b.Vertical
	b.TopLeftFocus, b.TopRightFocus, b.BottomLeftFocus, b.BottomRightFocus = b.TopLeft, b.TopRight, b.BottomLeft, b.BottomRight
}

// ask puts a question that yes or no answers.
func (a *App) ask(text string, then func()) {
	_, back, _ := a.theme.base.Decompose()
	modal := tview.NewModal().SetText(tview.Escape(a.plain(text))).AddButtons([]string{"Yes", "No"}).SetFocus(1) // Enter alone does no harm
	modal.SetBackgroundColor(back)
	modal.SetTextColor(tcell.ColorDefault)
	modal.SetButtonStyle(a.theme.base).SetButtonActivatedStyle(a.theme.base.Reverse(true))
	modal.SetDoneFunc(func(_ int, label string) {
		a.closePage(pageAsk)
		if label == "Yes" {
			then()
		}
	})
	a.answer = then
	a.pages.AddPage(pageAsk, modal, true, true)
	a.tview.SetFocus(modal)
}

// askKey answers a question by its first letter.
func (a *App) askKey(e *tcell.EventKey) *tcell.EventKey {
	switch keyName(e) {
	case "y":
		a.closePage(pageAsk)
		a.answer()
		return nil
	case "n", "q", "Esc", "Ctrl-C":
		a.closePage(pageAsk)
		return nil
	}
	return e
}

// showColumns lists the columns to choose from.
func (a *App) showColumns() {
	list := tview.NewList().ShowSecondaryText(false).SetUseStyleTags(false, false)
	_, back, _ := a.theme.base.Decompose()
	list.SetMainTextStyle(a.theme.base).SetSelectedStyle(a.theme.base.Reverse(true)).SetBackgroundColor(back)
	line := func(c model.Column) string {
		mark := "[x] "
		if a.model.List.Hidden[c] {
			mark = "[ ] "
		}
		return mark + c.Title() + ": " + c.Help()
	}
	for c := range model.NumColumns {
		list.AddItem(line(c), "", 0, nil)
	}
	list.SetInputCapture(func(e *tcell.EventKey) *tcell.EventKey {
		if name := keyName(e); name == "Space" || name == "x" {
			i := list.GetCurrentItem()
			a.model.ToggleColumn(model.Column(i))
			list.SetItemText(i, line(model.Column(i)), "")
			return nil
		}
		return e
	})
	head := &overlayTitle{newPane(a, model.NumPanes), "Columns: Space shows or hides"}
	page := tview.NewFlex().SetDirection(tview.FlexRow).AddItem(head, 1, 0, false).AddItem(list, 0, 1, true)
	a.pages.AddPage(pageColumns, page, true, true)
	a.tview.SetFocus(list)
}

// linesText writes paragraphs for a text view, which wraps them itself.
func linesText(lines []model.Line) string {
	var b strings.Builder
	for _, l := range lines {
		if l.Label != "" {
			b.WriteString(l.Label + ": ")
		}
		b.WriteString(l.Text + "\n")
		if l.Label == "" && l.Text != "" {
			b.WriteString("\n")
		}
	}
	return b.String()
}
