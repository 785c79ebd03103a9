package report

import (
	"fmt"
	"html"
	"html/template"
	"strconv"
	"strings"
)

// An svg is a picture of the HTML report while it is drawn. Whoever cannot see it hears title and description, and finds
// the same figures in the table beside it. Colours come from the page's style, by classes.
type svg struct {
	b    strings.Builder
	w, h float64
}

// coordinate writes a length with at most one decimal, the same on every machine.
func coordinate(v float64) string {
	text := strconv.FormatFloat(v, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0")
}

// newSVG begins a picture. id is unique on the page.
func newSVG(id string, w, h float64, title, desc string) *svg {
	s := &svg{w: w, h: h}
	fmt.Fprintf(&s.b, `<svg role="img" aria-labelledby="%s-t %s-d" viewBox="0 0 %s %s" class="chart"><title id="%s-t">%s</title><desc id="%s-d">%s</desc><g aria-hidden="true">`,
		id, id, coordinate(w), coordinate(h), id, html.EscapeString(title), id, html.EscapeString(desc))
	return s
}

// end returns the picture.
func (s *svg) end() template.HTML {
	s.b.WriteString("</g></svg>")
	return template.HTML(s.b.String()) //nolint:gosec // every text in it was escaped
}

func (s *svg) line(x1, y1, x2, y2 float64, class string) {
	fmt.Fprintf(&s.b, `<line x1="%s" y1="%s" x2="%s" y2="%s" class="%s"/>`, coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2), class)
}

func (s *svg) rect(x, y, w, h float64, class string) {
	fmt.Fprintf(&s.b, `<rect x="%s" y="%s" width="%s" height="%s" class="%s"/>`, coordinate(x), coordinate(y), coordinate(max(w, 0)), coordinate(max(h, 0)), class)
}

// text writes a text; class names its anchor and size.
func (s *svg) text(x, y float64, class, text string) {
	fmt.Fprintf(&s.b, `<text x="%s" y="%s" class="%s">%s</text>`, coordinate(x), coordinate(y), class, html.EscapeString(text))
}

// arrow draws the tip of an arrow at a place; to the right where dir is 1, to the left where it is -1.
func (s *svg) arrow(x, y, dir float64, class string) {
	fmt.Fprintf(&s.b, `<path d="M%s %sl%s -3.5v7z" class="%s"/>`, coordinate(x), coordinate(y), coordinate(-7*dir), class)
}

// cross draws an x.
func (s *svg) cross(x, y float64, class string) {
	fmt.Fprintf(&s.b, `<path d="M%s %sl8 8m0 -8l-8 8" class="%s"/>`, coordinate(x-4), coordinate(y-4), class)
}

// A path is drawn point by point.
type path struct {
	b       strings.Builder
	started bool
}

func (p *path) to(x, y float64) {
	if p.started {
		p.b.WriteByte('L')
	} else {
		p.b.WriteByte('M')
	}
	p.started = true
	p.b.WriteString(coordinate(x))
	p.b.WriteByte(' ')
	p.b.WriteString(coordinate(y))
}

func (s *svg) path(p *path, class string) {
	fmt.Fprintf(&s.b, `<path d="%s" class="%s"/>`, p.b.String(), class)
}
