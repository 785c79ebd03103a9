// Package tui is the interactive timeline: the panes, the keys and the terminal. What they show and do is in package
// tui/model, which knows no terminal; the pictures of its three arrangements are in desk.go, the keys in keys.go.
//
// One goroutine, tview's, owns the model and paints. Another, the pump, is the only one that asks it to paint because of
// something that happened elsewhere: at most twenty times a second, and only where something is new.
package tui

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/tui/model"
)

// App joins a model to a screen.
type App struct {
	model  *model.Model
	theme  *theme
	glyphs *glyphs
	tview  *tview.Application
	pages  *tview.Pages
	desk   *desk
	panes  [model.NumPanes]tview.Primitive

	header      *header
	filterLine  *filterLine
	filterError *filterError
	scrubber    *scrubber
	footer      *footer

	editing     editing
	before      string // the filter before it was edited
	silent      bool
	mute        bool // no completions are offered
	completions []string
	recalled    int
	answer      func()
	mouse       bool
	pointer     pointer
	noCopy      string // why nothing can be copied; empty where it can
	screen      tcell.Screen

	clock   func() time.Time
	suspend func(*App)
	write   func(*App, string)
	quit    chan struct{} // closed when the user leaves
	wake    chan struct{} // something is new
}

// newApp makes the panes of a model.
func newApp(m *model.Model, t *theme, g *glyphs) *App {
	a := &App{
		model: m, theme: t, glyphs: g, tview: tview.NewApplication(), pages: tview.NewPages(), clock: time.Now,
		quit: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	a.panes = [model.NumPanes]tview.Primitive{
		newFlowList(a), newLadderPane(a), newStateChart(a), newSocketTable(a), newServiceTable(a), newExplanation(a), newFindingList(a),
	}
	a.header, a.scrubber, a.footer = newHeader(a), newScrubber(a), newFooter(a)
	a.filterLine, a.filterError = newFilterLine(a), &filterError{newPane(a, model.NumPanes)}
	a.desk = newDesk(a)
	a.dress(t)
	a.pages.AddPage(pageDesk, a.desk, true, true)
	a.tview.SetRoot(a.pages, true).SetFocus(a.desk)
	a.tview.SetInputCapture(a.key)
	m.OnWake(func() {
		select {
		case a.wake <- struct{}{}:
		default:
		}
	})
	return a
}

func (a *App) now() time.Time { return a.clock() }

// dress changes the theme.
func (a *App) dress(t *theme) {
	a.theme = t
	a.filterLine.dress(t)
	_, back, _ := t.base.Decompose()
	a.pages.SetBackgroundColor(back)
	a.desk.SetBackgroundColor(back)
}

// key is where every key comes first. It returns nil for those that have been dealt with.
func (a *App) key(e *tcell.EventKey) *tcell.EventKey {
	if a.editing != editNothing {
		return a.promptKey(e)
	}
	if e.Key() == tcell.KeyRune && e.Modifiers() == tcell.ModAlt {
		// No key is bound with Alt. It is Esc and, too soon after it for the terminal to tell, another key.
		if a.key(tcell.NewEventKey(tcell.KeyEsc, 0, tcell.ModNone)) == nil {
			return a.key(tcell.NewEventKey(tcell.KeyRune, e.Rune(), tcell.ModNone))
		}
		return nil
	}
	if page, _ := a.pages.GetFrontPage(); page != pageDesk {
		return a.overlayKey(page, e)
	}
	action, ok := keyMap[keyName(e)]
	if !ok { // somebody tries a key of another program
		a.model.Say(model.Info, "%s does nothing here; ? lists the keys", keyText(e))
		return nil
	}
	if _, _, w, h := a.desk.GetRect(); (w < leastWidth || h < leastHeight) && action != model.ActionQuit && action != model.ActionStop {
		return nil // what cannot be seen is not done
	}
	a.model.Do(action)
	a.perform()
	return nil
}

// perform does what the model asked the screen for.
func (a *App) perform() {
	for _, e := range a.model.TakeEffects() {
		a.effect(e)
	}
	a.model.Refresh()
}

// effect does one of the things that only the screen can do.
func (a *App) effect(e model.Effect) {
	switch e.Kind {
	case model.EffectQuit:
		a.leave()
	case model.EffectCopy:
		if a.noCopy != "" {
			a.model.Say(model.Warning, "%s: %s", a.noCopy, firstLine(e.Text))
			return
		}
		if a.screen != nil {
			a.screen.SetClipboard([]byte(e.Text))
		}
		a.model.Say(model.Info, "copied: %s", firstLine(e.Text))
	case model.EffectSuspend:
		if a.suspend != nil {
			a.suspend(a)
		}
	case model.EffectRedraw:
		if a.screen != nil {
			a.screen.Sync()
		}
	case model.EffectMouse:
		a.mouse = !a.mouse
		a.tview.EnableMouse(a.mouse)
		if a.mouse {
			a.model.Say(model.Info, "mouse on: click and wheel; hold Shift to select text, m turns it off")
		} else {
			a.model.Say(model.Info, "mouse off")
		}
	case model.EffectEditFilter:
		a.edit(editFilter, e.Text)
	case model.EffectEditCommand:
		a.edit(editCommand, e.Text)
	case model.EffectHelp:
		a.showText("Keys", HelpText())
	case model.EffectGlossary:
		if e.Text != "" {
			a.showText(e.Text, linesText(model.Glossary(e.Text)))
		} else {
			a.showText("Glossary", linesText(model.GlossaryIndex()))
		}
	case model.EffectTheme:
		a.changeTheme(e.Text)
	case model.EffectAsk:
		a.ask(e.Text, e.Then)
	case model.EffectWrite:
		if a.write != nil {
			a.write(a, e.Text)
		}
	case model.EffectCapture:
		a.showText("Capture", e.Text)
	case model.EffectColumns:
		a.showColumns()
	}
}

// changeTheme takes a theme by name, or the next one.
func (a *App) changeTheme(name string) {
	if name == "" {
		for i, n := range themeNames {
			if n == a.theme.name {
				name = themeNames[(i+1)%len(themeNames)]
			}
		}
	}
	t, err := newTheme(name)
	if err != nil {
		a.model.Say(model.Bad, "%v", err)
		return
	}
	a.dress(t)
	a.model.Say(model.Info, "theme %s", t.name)
}

// leave ends the program. The pump stops the application, so that nothing is queued after it.
func (a *App) leave() {
	select {
	case <-a.quit:
	default:
		close(a.quit)
	}
}

// frameTime is the least time between two frames that no key asked for; the first few come sooner, so that the first rows
// do.
const (
	frameTime   = 50 * time.Millisecond
	firstFrames = 10
	firstTime   = 5 * time.Millisecond
)

// pump paints what is new until ctx ends or the user leaves, and then stops the application. It is the only goroutine
// that queues updates: one queued after Stop would never return.
func (a *App) pump(ctx context.Context) {
	for frame := 0; ; frame++ {
		pause := frameTime
		if frame < firstFrames {
			pause = firstTime
		}
		select {
		case <-ctx.Done():
		case <-a.quit:
		case <-a.wake:
			a.tview.QueueUpdateDraw(func() { a.model.Refresh() })
			select {
			case <-time.After(pause):
				continue
			case <-ctx.Done():
			case <-a.quit:
			}
		}
		a.tview.Stop()
		return
	}
}

// timeText writes the time of all panes.
func (a *App) timeText(at int64) string {
	if a.model.TimeMode == model.TimeUTC || a.model.TimeMode == model.TimeLocal {
		return model.Clock(at, a.model.Snapshot.First, a.model.TimeMode, 3)
	}
	return model.Since(at, a.model.Snapshot.First) + "s"
}

// flowTitle names the selected conversation in at most width cells: the addresses give way, then both ends, never a digit of
// a port.
func (a *App) flowTitle(width int) string {
	t := a.model.Current()
	if t == nil {
		return ""
	}
	const arrow = " > "
	flow := "flow " + model.Count(t.ID)
	ends := [2]string{t.Ends[0].Addr.String(), t.Ends[1].Addr.String()}
	room := width - textWidth(flow) - len("  ") - len(arrow)
	if len(ends[0])+len(ends[1]) <= room {
		return flow + "  " + ends[0] + arrow + ends[1]
	}
	least := [2]int{portWidth(t.Ends[0].Addr), portWidth(t.Ends[1].Addr)}
	if least[0]+least[1] > room {
		return flow
	}
	client := min(max(room/2, room-len(ends[1]), least[0]), room-least[1])
	ends[0] = model.Endpoint(t.Ends[0].Addr, client)
	ends[1] = model.Endpoint(t.Ends[1].Addr, room-len(ends[0]))
	return flow + "  " + ends[0] + arrow + ends[1]
}

// portWidth is the room of a port with its colon.
func portWidth(end netip.AddrPort) int { return len(":") + len(strconv.Itoa(int(end.Port()))) }

func firstLine(text string) string {
	for i := range len(text) {
		if text[i] == '\n' {
			return text[:i] + " …"
		}
	}
	return text
}
