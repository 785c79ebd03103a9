package report

import (
	"bytes"

	"tcpclose/flows"
)

// A CSV writes conversations as RFC 4180 asks: a header line, CR LF at the end of lines, quotes where a cell needs them.
// The zero value writes all columns of the default; it is safe for concurrent use.
type CSV struct {
	Columns []*Column // nil for the default
}

func (c *CSV) columns() []*Column {
	if c.Columns != nil {
		return c.Columns
	}
	return defaultCSV
}

var defaultCSV = func() []*Column {
	list := make([]*Column, csvColumns)
	for i := range list {
		list[i] = &Columns[i]
	}
	return list
}()

// AppendHeader appends the header line.
func (c *CSV) AppendHeader(b []byte) []byte {
	for i, col := range c.columns() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, col.Name...)
	}
	return append(b, "\r\n"...)
}

// AppendConversation appends one conversation's line.
func (c *CSV) AppendConversation(b []byte, t *flows.Teardown) []byte {
	for i, col := range c.columns() {
		if i > 0 {
			b = append(b, ',')
		}
		start := len(b)
		b = col.Text(b, t)
		if col.Number == nil {
			b = quoteCell(b, start, col.Guard)
		}
	}
	return append(b, "\r\n"...)
}

// appendCell appends one text as a cell.
func appendCell(b []byte, text string) []byte {
	start := len(b)
	return quoteCell(append(b, text...), start, true)
}

// quoteCell puts the cell that begins at start into quotes where its content asks for them. A guarded cell that a
// spreadsheet would take for a formula gets an apostrophe in front.
func quoteCell(b []byte, start int, guard bool) []byte {
	cell := b[start:]
	if len(cell) == 0 {
		return b
	}
	formula := guard && bytes.IndexByte([]byte("=+-@\t\r"), cell[0]) >= 0
	if !formula && !bytes.ContainsAny(cell, ",\"\r\n") {
		return b
	}
	quoted := make([]byte, 0, len(cell)+8)
	quoted = append(quoted, '"')
	if formula {
		quoted = append(quoted, '\'')
	}
	quoted = append(quoted, bytes.ReplaceAll(cell, []byte(`"`), []byte(`""`))...)
	quoted = append(quoted, '"')
	return append(b[:start], quoted...)
}
