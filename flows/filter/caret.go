package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// renderWidth is how many cells of the filter Render shows; a longer filter is cut around the error.
const renderWidth = 76

// Render shows the filter's text and, in a second line, a caret under the offending part. Control characters are shown
// as spaces, so that both lines are lines.
func (e *Error) Render(text string) string {
	runes := []rune(text)
	for i, r := range runes {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			runes[i] = ' '
		}
	}
	at := min(max(e.Column-1, 0), len(runes))
	mark := min(max(utf8.RuneCountInString(e.Text), 1), max(len(runes)-at, 1))

	from, to := 0, len(runes)
	if cells(runes) > renderWidth {
		from, to = window(runes, at)
	}
	mark = max(min(mark, to-at), 1)

	var top, below strings.Builder
	if from > 0 {
		top.WriteByte('<')
		below.WriteByte(' ')
	}
	top.WriteString(string(runes[from:to]))
	if to < len(runes) {
		top.WriteByte('>')
	}
	below.WriteString(strings.Repeat(" ", cells(runes[from:at])))
	below.WriteByte('^')
	if under := cells(runes[at:min(at+mark, len(runes))]); under > 1 {
		below.WriteString(strings.Repeat("~", under-1))
	}
	return top.String() + "\n" + below.String()
}

// window returns the stretch of runes around at that fits; two thirds of it lie before the error, where its reason is.
func window(runes []rune, at int) (from, to int) {
	const room = renderWidth - 2
	from, to = at, at
	for used := 0; from > 0; from-- {
		if used += cell(runes[from-1]); used > room*2/3 {
			break
		}
	}
	for used := cells(runes[from:at]); to < len(runes); to++ {
		if used += cell(runes[to]); used > room {
			break
		}
	}
	return from, to
}

func cells(runes []rune) int {
	n := 0
	for _, r := range runes {
		n += cell(r)
	}
	return n
}

// wide lists the blocks whose characters terminals draw in two cells (Unicode East Asian Width W and F, in outline).
var wide = [...][2]rune{
	{0x1100, 0x115f},
	{0x2e80, 0x303e},
	{0x3041, 0xa4cf},
	{0xac00, 0xd7a3},
	{0xf900, 0xfaff},
	{0xfe30, 0xfe6f},
	{0xff00, 0xff60},
	{0xffe0, 0xffe6},
	{0x1f300, 0x1f64f},
	{0x1f900, 0x1f9ff},
	{0x20000, 0x3fffd},
}

// cell returns how many cells a rune takes.
func cell(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	for _, w := range wide {
		if r >= w[0] && r <= w[1] {
			return 2
		}
	}
	return 1
}
