package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"
)

// A canvas is a rectangle of the screen. Text is cut at its edges, so nothing that is drawn on it can leave it. It knows
// no markup: brackets in what a capture holds are brackets on the screen.
type canvas struct {
	screen     tcell.Screen
	x, y, w, h int
	theme      *theme
	glyphs     *glyphs
	bar        *bool // set where a scroll bar is drawn; nil where nobody asks
}

// inner returns a part of the canvas, cut to fit.
func (c *canvas) inner(x, y, w, h int) canvas {
	n := *c
	x, y = max(0, min(x, c.w)), max(0, min(y, c.h))
	n.x, n.y, n.w, n.h = c.x+x, c.y+y, max(0, min(w, c.w-x)), max(0, min(h, c.h-y))
	return n
}

// text writes s at a place and returns the column after it. Control characters are shown as dots; what a terminal
// without UTF-8 cannot show, as question marks.
func (c *canvas) text(x, y int, s string, style tcell.Style) int {
	if y < 0 || y >= c.h {
		return x
	}
	for len(s) > 0 {
		if s[0] < utf8.RuneSelf {
			if x >= c.w {
				return x
			}
			r := rune(s[0])
			if r < 0x20 || r == 0x7f {
				r = '.'
			}
			if x >= 0 {
				c.screen.SetContent(c.x+x, c.y+y, r, nil, style)
			}
			x++
			s = s[1:]
			continue
		}
		cluster, rest, width, _ := uniseg.FirstGraphemeClusterInString(s, -1)
		s = rest
		r, size := utf8.DecodeRuneInString(cluster)
		combining := []rune(cluster[size:])
		switch {
		case r == utf8.RuneError || !unicode.IsPrint(r) || width == 0:
			r, combining, width = '.', nil, 1
		case c.glyphs.ascii:
			r, combining, width = asciiFor(r), nil, 1
		}
		if x+width > c.w {
			return c.w
		}
		if x >= 0 {
			c.screen.SetContent(c.x+x, c.y+y, r, combining, style)
		}
		x += width
	}
	return x
}

// asciiFor replaces a character of the program's own texts; those of a capture become question marks.
func asciiFor(r rune) rune {
	switch r {
	case '…':
		return '.'
	case '–', '—':
		return '-'
	case '’', '‘':
		return '\''
	case '×':
		return 'x'
	case '→':
		return '>'
	}
	return '?'
}

// put writes one character.
func (c *canvas) put(x, y int, r rune, style tcell.Style) {
	if x >= 0 && x < c.w && y >= 0 && y < c.h {
		c.screen.SetContent(c.x+x, c.y+y, r, nil, style)
	}
}

// right writes s so that it ends before column x.
func (c *canvas) right(x, y int, s string, style tcell.Style) {
	c.text(x-textWidth(s), y, s, style)
}

// fill writes one character over a stretch of a line.
func (c *canvas) fill(x, y, n int, r rune, style tcell.Style) {
	for i := range max(0, n) {
		c.put(x+i, y, r, style)
	}
}

// restyle gives a stretch of a line another style, leaving its characters.
func (c *canvas) restyle(x, y, n int, style func(tcell.Style) tcell.Style) {
	if y < 0 || y >= c.h {
		return
	}
	for i := max(0, x); i < min(x+n, c.w); i++ {
		text, old, _ := c.screen.Get(c.x+i, c.y+y)
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError {
			r = ' '
		}
		c.screen.SetContent(c.x+i, c.y+y, r, []rune(text[min(size, len(text)):]), style(old))
	}
}

// title draws a pane's first line: a rule with the pane's number and name in it, what it shows, and what can be said of
// its place at the right.
func (c *canvas) title(number int, name, what, place string, focused bool) {
	g, t := c.glyphs, c.theme
	style := t.title
	if focused {
		style = t.focused
	}
	c.fill(0, 0, c.w, g.horizontal, t.roles[1])
	label := " " + name + " "
	if number > 0 {
		label = " " + string(rune('0'+number)) + label
	}
	x := c.text(2, 0, label, style)
	if c.w < 16 {
		x = c.text(0, 0, strings.TrimSpace(label), style)
	}
	n := textWidth(place)
	if place == "" || x+n+4 > c.w {
		n = -3
	}
	if what != "" && x+4 < c.w-n-3 {
		c.text(x+1, 0, " "+clip(what, c.w-x-n-7)+" ", t.base)
	}
	if n > 0 {
		c.right(c.w-1, 0, " "+place+" ", t.base)
	}
}

// textWidth returns how many cells a text takes.
func textWidth(s string) int {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return uniseg.StringWidth(s)
		}
	}
	return len(s)
}

// clip cuts a text to a width, with two dots where something is missing.
func clip(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	if width <= 2 {
		return cut(s, width)
	}
	return cut(s, width-2) + ".."
}

// clipMiddle cuts a text to a width in its middle, so that the port at the end of an endpoint stays.
func clipMiddle(s string, width int) string {
	if textWidth(s) <= width || width < 8 {
		return clip(s, width)
	}
	tail := min(len(s), (width-2)*2/3)
	for tail > 0 && !utf8.RuneStart(s[len(s)-tail]) {
		tail--
	}
	return cut(s, width-2-textWidth(s[len(s)-tail:])) + ".." + s[len(s)-tail:]
}

// cut returns as much of a text as fits into a width.
func cut(s string, width int) string {
	at := 0
	for i, r := range s {
		w := 1
		if r >= utf8.RuneSelf {
			w = uniseg.StringWidth(string(r))
		}
		if at+w > max(0, width) {
			return s[:i]
		}
		at += w
	}
	return s
}

// wrap breaks a text into lines of at most width cells, between words where it can.
func wrap(s string, width int) []string {
	if width <= 0 {
		return nil
	}
	var lines []string
	for {
		if textWidth(s) <= width {
			return append(lines, s)
		}
		head := cut(s, width)
		if head == "" { // a character wider than the line
			return lines
		}
		if i := strings.LastIndexByte(head, ' '); i > 0 && s[len(head)] != ' ' {
			head = head[:i]
		}
		lines = append(lines, strings.TrimRight(head, " "))
		s = strings.TrimLeft(s[len(head):], " ")
	}
}

// scrollbar draws where a window lies in a list, in the last column.
func (c *canvas) scrollbar(top, shown, all int) {
	if all <= shown || c.h < 2 || c.w < 2 {
		return
	}
	if c.bar != nil {
		*c.bar = true
	}
	size := max(1, c.h*shown/all)
	at := int(int64(c.h-size) * int64(top) / int64(all-shown))
	for y := range c.h {
		r, style := c.glyphs.track, c.theme.roles[1]
		if y >= at && y < at+size {
			r, style = c.glyphs.thumb, c.theme.base
		}
		c.put(c.w-1, y, r, style)
	}
}
