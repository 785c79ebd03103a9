package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A theme gives every kind of text its style. The default uses the terminal's own sixteen colours and never sets the
// background, so that it can be read on light and dark terminals alike.
type theme struct {
	name     string
	base     tcell.Style
	roles    [7]tcell.Style // indexed by model.Role
	title    tcell.Style
	focused  tcell.Style // the title of the focused pane
	header   tcell.Style // the headings of columns
	cursor   tcell.Style // the selected row of the focused pane
	away     tcell.Style // the selected row of another pane
	marked   tcell.Style
	input    tcell.Style
	arrow    [2]tcell.Style // segments of the client, of the server
	state    [flows.NumStates]tcell.Style
	progress tcell.Style
}

// palette names the colours that a theme is made of.
type palette struct {
	text, back                                    tcell.Color
	dim, good, warning, bad, info, client, server tcell.Color
	established, waiting, closing, leaking, ended tcell.Color
}

// The palettes. Those of dark and light are Okabe and Ito's, which people who see few colours can tell apart.
var palettes = map[string]palette{
	"terminal": {
		text: tcell.ColorDefault, back: tcell.ColorDefault, dim: tcell.ColorDefault, good: tcell.ColorGreen, warning: tcell.ColorOlive,
		bad: tcell.ColorMaroon, info: tcell.ColorTeal, client: tcell.ColorNavy, server: tcell.ColorPurple,
		established: tcell.ColorGreen, waiting: tcell.ColorTeal, closing: tcell.ColorOlive, leaking: tcell.ColorMaroon, ended: tcell.ColorDefault,
	},
	"dark": {
		text: rgb(0xe6e6e6), back: rgb(0x101418), dim: rgb(0x9aa4ad), good: rgb(0x2fc39a), warning: rgb(0xe69f00),
		bad: rgb(0xff7a45), info: rgb(0x56b4e9), client: rgb(0x56b4e9), server: rgb(0xcc79a7),
		established: rgb(0x2fc39a), waiting: rgb(0x56b4e9), closing: rgb(0xe69f00), leaking: rgb(0xff7a45), ended: rgb(0x9aa4ad),
	},
	"light": {
		text: rgb(0x1a1a1a), back: rgb(0xfbfbf7), dim: rgb(0x5c5c5c), good: rgb(0x006b4f), warning: rgb(0x7a5200),
		bad: rgb(0xa63c00), info: rgb(0x00588f), client: rgb(0x00588f), server: rgb(0x8c3a67),
		established: rgb(0x006b4f), waiting: rgb(0x00588f), closing: rgb(0x7a5200), leaking: rgb(0xa63c00), ended: rgb(0x5c5c5c),
	},
}

func rgb(hex int32) tcell.Color { return tcell.NewHexColor(hex) }

// themeNames lists the themes, the default first.
var themeNames = []string{"terminal", "dark", "light", "mono"}

// Themes lists the names of the themes.
func Themes() []string { return slices.Clone(themeNames) }

// newTheme returns a theme by name.
func newTheme(name string) (*theme, error) {
	if name == "" {
		name = themeNames[0]
	}
	if !slices.Contains(themeNames, name) {
		return nil, fmt.Errorf("no theme %q; there are %s", name, strings.Join(themeNames, ", "))
	}
	if name == "mono" {
		return monoTheme(), nil
	}
	p := palettes[name]
	base := tcell.StyleDefault.Foreground(p.text).Background(p.back)
	fg := func(c tcell.Color) tcell.Style { return base.Foreground(c) }
	t := &theme{
		name: name, base: base, title: base.Bold(true), focused: base.Reverse(true).Bold(true), header: base.Bold(true).Underline(true),
		cursor: base.Reverse(true), away: base.Bold(true), marked: fg(p.info).Bold(true), input: base.Bold(true),
		progress: fg(p.info),
	}
	t.roles = [7]tcell.Style{
		model.Plain: base, model.Dim: fg(p.dim), model.Heading: base.Bold(true), model.Good: fg(p.good),
		model.Warning: fg(p.warning), model.Bad: fg(p.bad), model.Info: fg(p.info),
	}
	if p.dim == tcell.ColorDefault {
		t.roles[model.Dim] = base.Dim(true)
	}
	t.arrow = [2]tcell.Style{fg(p.client), fg(p.server)}
	for s := range flows.NumStates {
		t.state[s] = fg(stateColor(p, s))
	}
	return t, nil
}

// stateColor groups the states: those that a leak stays in, those in which a close is under way, those that only wait.
func stateColor(p palette, s flows.State) tcell.Color {
	switch s {
	case flows.Established:
		return p.established
	case flows.CloseWait, flows.FinWait2:
		return p.leaking
	case flows.FinWait1, flows.Closing, flows.LastAck:
		return p.closing
	case flows.TimeWait, flows.SynSent, flows.SynReceived:
		return p.waiting
	case flows.Unknown, flows.Closed, flows.NumStates:
	}
	return p.ended
}

// monoTheme has no colour: weight, underline and reverse alone.
func monoTheme() *theme {
	base := tcell.StyleDefault
	bold, under := base.Bold(true), base.Underline(true)
	t := &theme{
		name: "mono", base: base, title: bold, focused: bold.Reverse(true), header: bold.Underline(true), cursor: base.Reverse(true),
		away: bold, marked: bold, input: bold, progress: bold, arrow: [2]tcell.Style{base, base},
	}
	t.roles = [7]tcell.Style{base, base.Dim(true), bold, base, under, bold, base}
	for s := range t.state {
		t.state[s] = base
	}
	for _, s := range []flows.State{flows.CloseWait, flows.FinWait2} {
		t.state[s] = bold
	}
	for _, s := range []flows.State{flows.FinWait1, flows.Closing, flows.LastAck} {
		t.state[s] = under
	}
	return t
}
