package report

import (
	"io"
	"iter"
	"strings"

	"tcpclose/flows"
)

// TableOptions say how the table for people looks.
type TableOptions struct {
	Width  int       // columns of the terminal; 0 is endless
	Color  bool      // paint the class; the words say all that the colour does
	Origin int64     // the time that "start" counts from, nanoseconds since 1970
	Fields []*Column // instead of the usual columns
}

// tableColumn is one column of the usual table.
type tableColumn struct {
	gridColumn
	show func(t *flows.Teardown, o *TableOptions) string
}

// addressWidth holds every IPv4 address with its port; longer ones are cut before columns are dropped.
const addressWidth = len("255.255.255.255:65535")

// tableColumns is the usual table. Where the terminal is narrow, the highest ranks go first.
var tableColumns = []tableColumn{
	{gridColumn{title: "id", right: true}, func(t *flows.Teardown, _ *TableOptions) string { return string(appendUint(nil, t.ID)) }},
	{gridColumn{title: "start", right: true, rank: 5}, func(t *flows.Teardown, o *TableOptions) string { return seconds(t.Start - o.Origin) }},
	{gridColumn{title: "client", least: addressWidth, floor: 13, cut: cutAddress}, func(t *flows.Teardown, _ *TableOptions) string { return t.Ends[flows.Client].Addr.String() }},
	{gridColumn{title: "server", least: addressWidth, floor: 13, cut: cutAddress}, func(t *flows.Teardown, _ *TableOptions) string { return t.Ends[flows.Server].Addr.String() }},
	{gridColumn{title: "class", floor: 6, cut: cutClass, brief: true}, func(t *flows.Teardown, _ *TableOptions) string { return t.Class.String() }},
	{gridColumn{title: "closer", rank: 1}, func(t *flows.Teardown, _ *TableOptions) string { return orDash(t.Closer.String()) }},
	{gridColumn{title: "reset by", rank: 6}, func(t *flows.Teardown, _ *TableOptions) string { return orDash(t.ResetBy.String()) }},
	{gridColumn{title: "close", right: true, rank: 2}, showClose},
	{gridColumn{title: "client state", rank: 4}, func(t *flows.Teardown, _ *TableOptions) string { return LastState(t, flows.Client).String() }},
	{gridColumn{title: "server state", rank: 4}, func(t *flows.Teardown, _ *TableOptions) string { return LastState(t, flows.Server).String() }},
	{gridColumn{title: "marks", least: 16, rank: 3, cut: cutWords}, func(t *flows.Teardown, _ *TableOptions) string { return string(appendMarkIDs(nil, t)) }},
}

// WriteTable writes one line for each conversation, under a head. It goes through the conversations twice.
func WriteTable(w io.Writer, conversations iter.Seq[*flows.Teardown], o TableOptions) error {
	columns, show := o.columns()
	row := make([]string, len(columns))
	return writeGrid(w, columns, func(yield func([]string) bool) {
		for t := range conversations {
			for i := range row {
				row[i] = show(i, t)
			}
			if !yield(row) {
				return
			}
		}
	}, o.Width)
}

// columns returns what the grid needs to know of the columns, and the text of each cell.
func (o *TableOptions) columns() ([]gridColumn, func(i int, t *flows.Teardown) string) {
	if o.Fields != nil {
		columns := make([]gridColumn, len(o.Fields))
		for i, f := range o.Fields {
			columns[i] = gridColumn{title: strings.TrimSuffix(f.Name, "_ns"), right: f.Number != nil}
			if f.Moment {
				columns[i].title = f.Name
			}
		}
		return columns, func(i int, t *flows.Teardown) string { return o.Fields[i].show(t) }
	}
	columns := make([]gridColumn, len(tableColumns))
	for i := range tableColumns {
		columns[i] = tableColumns[i].gridColumn
		if columns[i].title == "class" && o.Color {
			columns[i].paint = paintClass
		}
	}
	return columns, func(i int, t *flows.Teardown) string { return tableColumns[i].show(t, o) }
}

// show renders a column for people: durations with their unit, and nothing that a terminal would act upon.
func (c *Column) show(t *flows.Teardown) string {
	if c.Number != nil && !c.Moment && strings.Contains(c.Name, "_ns") {
		v, ok := c.Number(t)
		if !ok {
			return "-"
		}
		return duration(v)
	}
	return orDash(string(appendPrintable(nil, string(c.Text(nil, t)))))
}

// showClose is how long the close took; where it has not ended, how long it was watched.
func showClose(t *flows.Teardown, _ *TableOptions) string {
	switch {
	case t.CloseStart == flows.NoTime:
		return "-"
	case t.CloseEnd == flows.NoTime:
		return ">" + duration(max(t.WatchedUntil-t.CloseStart, 0))
	}
	return duration(t.CloseDuration())
}

// seconds renders a time since the capture's start with milliseconds.
func seconds(ns int64) string {
	b := []byte{}
	if ns < 0 {
		b, ns = append(b, '-'), -ns
	}
	b = appendUint(b, uint64(ns/1e9))
	return string(append(append(b, '.'), digits3[ns/1e6%1000][:]...))
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
