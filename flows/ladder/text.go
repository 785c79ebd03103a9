package ladder

import (
	"io"
	"strings"

	"tcpclose/flows"
)

// A Printer writes a ladder as text, row by row.
type Printer struct {
	w      io.Writer
	layout Layout
	spans  []Span
	line   []byte
	headed bool
	err    error
}

// NewPrinter returns a printer of a conversation's ladder. Lines are at most width columns wide; blanks at their end are
// left out.
func NewPrinter(w io.Writer, td *flows.Teardown, width int, opt Options) *Printer {
	return &Printer{w: w, layout: NewLayout(td, width, opt)}
}

// Row writes a row. It fits Builder's emit, and returns false once writing has failed.
func (p *Printer) Row(r *Row) bool {
	if !p.headed {
		p.headed = true
		if p.layout.rails {
			p.spans = p.layout.AppendHeading(p.spans[:0])
			p.write()
		}
	}
	p.spans = p.layout.AppendLine(p.spans[:0], r)
	p.write()
	return p.err == nil
}

// Err returns the first error of writing.
func (p *Printer) Err() error { return p.err }

func (p *Printer) write() {
	if p.err != nil {
		return
	}
	p.line = p.line[:0]
	for i := range p.spans {
		p.line = append(p.line, p.spans[i].Text...)
	}
	text := strings.TrimRight(string(p.line), " ") + "\n"
	_, p.err = io.WriteString(p.w, text)
}

// Text writes rows as text: the command line's ladder.
func Text(w io.Writer, td *flows.Teardown, rows []Row, width int, opt Options) error {
	p := NewPrinter(w, td, width, opt)
	for i := range rows {
		if !p.Row(&rows[i]) {
			break
		}
	}
	return p.Err()
}
