package report

import (
	"io"
	"iter"
	"strconv"
	"strings"

	"tcpclose/flows"
)

// TableOptions say how the table for people looks.
type TableOptions struct {
	Width  int       // columns of the terminal; 0 is endless
	Color  bool      // paint the class; the words say all that the colour does
	Origin int64     // the time that "start" counts from, nanoseconds since 1970
	Fields []*Column // instead of the usual columns
	Legs   bool      // with a column of the other legs
}

// tableColumn is one column of the usual table. late, where it is set, turns the cell into its final text once the whole
// capture has been read.
type tableColumn struct {
	gridColumn
	show func(b []byte, t *flows.Teardown) []byte
	late func(cell string, o *TableOptions) string
}

// addressWidth holds every IPv4 address with its port; longer ones are cut before columns are dropped.
const addressWidth = len("255.255.255.255:65535")

// tableColumns is the usual table. Where the terminal is narrow, the highest ranks go first.
var tableColumns = []tableColumn{
	{gridColumn{title: "id", right: true}, func(b []byte, t *flows.Teardown) []byte { return appendUint(b, t.ID) }, nil},
	{gridColumn{title: "start", right: true, rank: 5}, func(b []byte, t *flows.Teardown) []byte { return appendInt(b, t.Start) }, sinceOrigin},
	{gridColumn{title: "client", least: addressWidth, floor: 13, cut: cutAddress}, endCalled(flows.Client), nil},
	{gridColumn{title: "server", least: addressWidth, floor: 13, cut: cutAddress}, endCalled(flows.Server), nil},
	{gridColumn{title: "class", floor: 6, cut: cutClass, brief: true}, func(b []byte, t *flows.Teardown) []byte { return append(b, t.Class.String()...) }, nil},
	{gridColumn{title: "closer", rank: 1}, func(b []byte, t *flows.Teardown) []byte { return append(b, orDash(t.Closer.String())...) }, nil},
	{gridColumn{title: "reset by", rank: 6}, func(b []byte, t *flows.Teardown) []byte { return append(b, orDash(t.ResetBy.String())...) }, nil},
	{gridColumn{title: "close", right: true, rank: 2}, appendClose, nil},
	{gridColumn{title: "client state", rank: 4}, endState(flows.Client), nil},
	{gridColumn{title: "server state", rank: 4}, endState(flows.Server), nil},
	{gridColumn{title: "marks", least: 16, rank: 3, cut: cutWords}, appendMarkIDs, nil},
}

// cellEnd ends each cell of what AppendCells appends; no cell holds it.
const cellEnd = '\x1f'

// AppendCells appends one conversation's cells in the form that WriteTable takes: a fraction of the conversation's size, so
// that a table of millions fits into memory. It is safe for concurrent use.
func (o *TableOptions) AppendCells(b []byte, t *flows.Teardown) []byte {
	if o.Fields != nil {
		for _, f := range o.Fields {
			b = append(f.appendShown(b, t), cellEnd)
		}
		return b
	}
	for i := range tableColumns {
		b = append(tableColumns[i].show(b, t), cellEnd)
	}
	if o.Legs {
		b = append(appendLegs(b, t), cellEnd)
	}
	return b
}

// WriteTable writes one line for each row of cells, under a head. It goes through the rows twice: for the widths, and for
// the text.
func WriteTable(w io.Writer, rows iter.Seq[[]byte], o TableOptions) error {
	columns := o.columns()
	row := make([]string, len(columns))
	return writeGrid(w, columns, func(yield func([]string) bool) {
		for cells := range rows {
			text := string(cells)
			for i := range row {
				row[i], text, _ = strings.Cut(text, string(cellEnd))
				if o.Fields == nil && i < len(tableColumns) && tableColumns[i].late != nil {
					row[i] = tableColumns[i].late(row[i], &o)
				}
			}
			if !yield(row) {
				return
			}
		}
	}, o.Width)
}

// columns returns what the grid needs to know of the columns.
func (o *TableOptions) columns() []gridColumn {
	if o.Fields != nil {
		columns := make([]gridColumn, len(o.Fields))
		for i, f := range o.Fields {
			columns[i] = gridColumn{title: strings.TrimSuffix(f.Name, "_ns"), right: f.Number != nil}
			if f.Moment {
				columns[i].title = f.Name
			}
		}
		return columns
	}
	var columns []gridColumn
	for i := range tableColumns {
		c := tableColumns[i].gridColumn
		if c.title == "class" && o.Color {
			c.paint = paintClass
		}
		columns = append(columns, c)
	}
	if o.Legs {
		columns = append(columns, gridColumn{title: "other leg", rank: 2})
	}
	return columns
}

// appendShown appends a column for people: durations with their unit, and nothing that a terminal would act upon.
func (c *Column) appendShown(b []byte, t *flows.Teardown) []byte {
	if c.Number != nil && !c.Moment && strings.Contains(c.Name, "_ns") {
		v, ok := c.Number(t)
		if !ok {
			v = flows.NoTime
		}
		return append(b, duration(v)...)
	}
	start := len(b)
	b = c.Text(b, t)
	switch {
	case len(b) == start:
		return append(b, '-')
	case c.Guard:
		return appendPrintable(b[:start], string(b[start:]))
	}
	return b
}

// appendClose appends how long the close took; where it has not ended, how long it was watched.
func appendClose(b []byte, t *flows.Teardown) []byte {
	switch {
	case t.CloseStart == flows.NoTime:
		return append(b, '-')
	case t.CloseEnd == flows.NoTime:
		return append(append(b, '>'), duration(max(t.WatchedUntil-t.CloseStart, 0))...)
	}
	return append(b, duration(t.CloseDuration())...)
}

// sinceOrigin turns a time into seconds since the capture's start.
func sinceOrigin(cell string, o *TableOptions) string {
	ns, err := strconv.ParseInt(cell, 10, 64)
	if err != nil {
		return cell
	}
	return seconds(ns - o.Origin)
}

// seconds renders a time since the capture's start with milliseconds.
func seconds(ns int64) string {
	b, of := []byte{}, uint64(ns)
	if ns < 0 {
		b, of = append(b, '-'), -of
	}
	b = appendUint(b, of/1e9)
	millis := digits3[of/1e6%1000]
	return string(append(b, '.', byte(millis), byte(millis>>8), byte(millis>>16)))
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// cutClass takes the class's label, made for narrow screens.
func cutClass(text string, width int) string {
	if c, ok := flows.ParseClass(text); ok {
		return cutEnd(c.Label(), width)
	}
	return cutEnd(text, width)
}

// classColors are the terminal's own colours: red for resets, yellow for what never ended.
var classColors = [flows.NumClasses]string{
	flows.Refused: "31", flows.RSTAbort: "31", flows.RSTAfterFIN: "31",
	flows.Unanswered: "33", flows.Vanished: "33", flows.HalfClosedStall: "33", flows.RetransmittedFIN: "36",
}

// paintClass colours a class or its label.
func paintClass(text string) string {
	for c := range flows.NumClasses {
		if color := classColors[c]; color != "" && (text == c.String() || text == c.Label()) {
			return "\x1b[" + color + "m" + text + "\x1b[0m"
		}
	}
	return text
}
