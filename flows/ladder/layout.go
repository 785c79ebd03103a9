package ladder

import (
	"unicode/utf8"

	"tcpclose/flows"
)

// MinWidth is the least width at which a ladder has rails. Below it Layout paints a list: who sent what.
const MinWidth = 24

// A Layout says which columns a ladder of a given width has, and paints rows into them. Every line is exactly as wide as
// the layout.
type Layout struct {
	Width int

	opt      Options
	zero     int64
	decimals int
	clock    int // columns of the time, 0: none
	delta    int // of the time since the row before
	margin   int // of a state
	short    bool
	body     int // between the rails
	rails    bool
}

// stateWidth is the longest state of RFC 9293 and a question mark.
const stateWidth = 13

// shortStateWidth is that of the longest short name and a question mark.
const shortStateWidth = 7

// NewLayout lays out the columns for a conversation's ladder at a width. As it narrows, the time since the row before
// goes first, then the states' long names, then the time, and below MinWidth the rails.
func NewLayout(td *flows.Teardown, width int, opt Options) Layout {
	l := Layout{Width: max(width, 1), opt: opt, zero: opt.Times.Zero(td), rails: true}
	l.decimals = opt.Decimals
	if l.decimals == 0 {
		l.decimals = 3
		if width >= 100 {
			l.decimals = 6
		}
	}
	l.decimals = min(l.decimals, 9)
	wide := max(9, l.decimals+6)
	switch opt.Times {
	case Absolute:
		wide = len("09:24:52.") + l.decimals
	case SinceRow:
		wide = deltaWidth
	}
	withDelta := deltaWidth
	if opt.Times == SinceRow {
		withDelta = 0
	}
	switch room := width - wide - 1; {
	case room-withDelta-1 >= 2*stateWidth+4+24:
		l.clock, l.delta, l.margin = wide, withDelta, stateWidth
	case room >= 2*stateWidth+4+18:
		l.clock, l.margin = wide, stateWidth
	case room >= 2*shortStateWidth+4+11:
		l.clock, l.margin, l.short = wide, shortStateWidth, true
	case width >= MinWidth:
		l.margin, l.short = shortStateWidth, true
	default:
		l.rails = false
		return l
	}
	l.body = l.Width - l.left() - l.margin - 3
	return l
}

// left returns the columns before the left rail, with the blanks.
func (l *Layout) left() int {
	n := l.margin + 1
	if l.clock > 0 {
		n += l.clock + 1
	}
	if l.delta > 0 {
		n += l.delta + 1
	}
	return n
}

// width counts the columns of a text. All that is painted takes one column a character.
func width(text string) int { return utf8.RuneCountInString(text) }

// glyphs are the characters of a ladder.
type glyphs struct {
	rail, line, dash, dot, cross, toServer, toClient string
}

var (
	asciiGlyphs = glyphs{"|", "-", "-", ".", "x", ">", "<"}
	utf8Glyphs  = glyphs{"│", "─", "╌", "┈", "✗", "▶", "◀"}
)

func (l *Layout) glyphs() *glyphs {
	if l.opt.ASCII {
		return &asciiGlyphs
	}
	return &utf8Glyphs
}

// stateName writes a state for a margin.
func (l *Layout) stateName(m Margin) string {
	name := ""
	switch {
	case l.short:
		name = m.State.Short()
	case m.State != flows.Unknown:
		name = m.State.String()
	}
	if name != "" && m.Grade == flows.Inferred {
		name += "?"
	}
	return name
}
