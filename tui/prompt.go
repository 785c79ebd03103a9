package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows/filter"
	"tcpclose/tui/model"
)

// editing says what the prompt is for.
type editing uint8

const (
	editNothing editing = iota
	editFilter
	editCommand
)

// promptWidth is the width of the character before the input, with the blank.
const promptWidth = 2

// maxOffers is how many completions are listed.
const maxOffers = 10

// newFilterLine makes the line that filters and commands are typed in.
func newFilterLine(app *App) *filterLine {
	f := &filterLine{pane: newPane(app, model.NumPanes), input: tview.NewInputField()}
	f.input.SetAutocompleteUseTags(false)
	f.input.SetAutocompleteFunc(app.offers)
	f.input.SetAutocompletedFunc(app.accept)
	f.input.SetChangedFunc(app.typed)
	return f
}

// dress gives the input the theme's styles.
func (f *filterLine) dress(t *theme) {
	plain := t.base
	_, back, _ := plain.Decompose()
	f.input.SetLabelStyle(t.base.Bold(true)).SetFieldStyle(plain).SetBackgroundColor(back)
	f.input.SetAutocompleteStyles(back, t.base, t.base.Reverse(true))
}

// edit opens the prompt.
func (a *App) edit(what editing, text string) {
	a.editing = what
	a.before = a.model.Filter.Text
	a.recalled = len(a.history())
	label := "/ "
	if what == editCommand {
		label = ": "
	}
	input := a.filterLine.input
	a.silent = true
	input.SetLabel(label).SetText(text)
	a.silent = false
	a.desk.now = arrangement{} // the prompt may need a line of its own
	a.tview.SetFocus(input)
	input.Autocomplete()
}

// typed is called at every change of the input.
func (a *App) typed(text string) {
	a.recalled = len(a.history())
	if a.editing == editFilter && !a.silent {
		a.model.Draft(text)
	}
}

// offers returns what can stand at the end of the input.
func (a *App) offers(text string) []string {
	a.completions = a.completions[:0]
	if a.mute {
		return nil
	}
	var shown []string
	switch a.editing {
	case editFilter:
		for _, c := range filter.Complete(text, utf8.RuneCountInString(text)) {
			if len(shown) == maxOffers {
				break
			}
			line := c.Text
			if c.Help != "" {
				line += "  " + c.Help
			}
			runes := []rune(text)
			full := text
			if c.Text != "" && c.From <= len(runes) {
				full = string(runes[:c.From]) + c.Text
			}
			a.completions = append(a.completions, full)
			_, _, w, _ := a.filterLine.GetRect()
			shown = append(shown, clip(line, max(4, w-promptWidth-2))+" ")
		}
	case editCommand:
		for _, c := range a.model.CompleteCommand(text) {
			if len(shown) == maxOffers || c == text {
				continue
			}
			a.completions = append(a.completions, c)
			shown = append(shown, c+" ") // the blank parts it from what it lies on
		}
	case editNothing:
	}
	return shown
}

// accept puts a completion into the input: upon Tab, not while moving through the list.
func (a *App) accept(_ string, index, source int) bool {
	if source == tview.AutocompletedNavigate || index >= len(a.completions) {
		return false
	}
	a.filterLine.input.SetText(a.completions[index])
	return true
}

// promptKey handles a key while the prompt is open; nil where it has been dealt with.
func (a *App) promptKey(e *tcell.EventKey) *tcell.EventKey {
	input := a.filterLine.input
	text := input.GetText()
	switch e.Key() {
	case tcell.KeyEnter:
		what := a.editing
		if what == editFilter {
			if !a.model.SetFilter(text) {
				return nil // the error says why; the prompt stays open
			}
			a.model.RememberFilter(text)
			a.closePrompt()
			return nil
		}
		a.closePrompt()
		a.model.Command(text)
		a.perform()
		return nil
	case tcell.KeyEsc, tcell.KeyCtrlC:
		if a.editing == editFilter {
			a.model.Abandon(a.before)
		}
		a.closePrompt()
		return nil
	case tcell.KeyCtrlU:
		input.SetText("")
		input.Autocomplete()
		return nil
	case tcell.KeyUp, tcell.KeyDown: // what was typed before, or else what can be typed here
		if a.recalled < len(a.history()) || text == "" && a.editing == editCommand || text == a.before && e.Key() == tcell.KeyUp {
			a.recall(e.Key() == tcell.KeyUp)
			return nil
		}
	case tcell.KeyTab:
		if len(a.completions) == 0 {
			return nil
		}
	case tcell.KeyBacktab:
		return nil
	default:
	}
	return e
}

// history is what was typed into this prompt before.
func (a *App) history() model.History {
	if a.editing == editFilter {
		return a.model.Filters
	}
	return a.model.Commands
}

// recall brings an older text back; beyond the newest one stands what stood there when the prompt was opened.
func (a *App) recall(older bool) {
	history, input := a.history(), a.filterLine.input
	at := min(len(history), a.recalled+1)
	if older {
		at = max(0, a.recalled-1)
		if at > 0 && at < len(history) && history[at] == input.GetText() { // it stands there already
			at--
		}
	}
	text := ""
	switch {
	case at < len(history):
		text = history[at]
	case a.editing == editFilter:
		text = a.before
	}
	input.SetText(text)
	a.recalled = at // what is typed begins anew
	input.Autocomplete()
}

// PasteHandler puts pasted text into the input, in one line. tview takes none while completions are listed: their list is
// closed before, and opened again for what stands there then.
func (f *filterLine) PasteHandler() func(string, func(tview.Primitive)) {
	return func(text string, focus func(tview.Primitive)) {
		f.app.mute = true
		f.input.Autocomplete()
		f.app.mute = false
		f.input.PasteHandler()(strings.Map(blankForControl, strings.TrimRight(text, "\r\n")), focus)
		f.input.Autocomplete()
	}
}

// blankForControl puts a blank where an input of one line can show nothing: at the end of a line, above all.
func blankForControl(r rune) rune {
	if unicode.IsControl(r) {
		return ' '
	}
	return r
}

func (a *App) closePrompt() {
	a.editing = editNothing
	a.completions = a.completions[:0]
	a.desk.now = arrangement{}
	a.tview.SetFocus(a.desk)
}
