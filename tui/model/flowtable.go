package model

import (
	"strconv"
	"strings"

	"tcpclose/flows"
)

// A Cell is one column as the screen has room for it.
type Cell struct {
	Column Column
	Width  int
	Right  bool // numbers stand at the right
}

// A narrow screen gives up columns from the highest rank. Addresses and class grow where there is room.
var cellTable = [NumColumns]struct {
	rank, narrow int
	right        bool
}{
	ColumnClass:       {rank: 0, narrow: 1},
	ColumnServer:      {rank: 1, narrow: 15},
	ColumnClient:      {rank: 2, narrow: 15},
	ColumnDuration:    {rank: 13, narrow: 7, right: true},
	ColumnCloser:      {rank: 4, narrow: 6},
	ColumnStart:       {rank: 5, narrow: 8, right: true},
	ColumnFlow:        {rank: 6, narrow: 6, right: true},
	ColumnMarks:       {rank: 7, narrow: 4},
	ColumnClientState: {rank: 8, narrow: 12},
	ColumnServerState: {rank: 9, narrow: 12},
	ColumnService:     {rank: 10, narrow: 7},
	ColumnCause:       {rank: 11, narrow: 14},
	ColumnBytes:       {rank: 12, narrow: 7, right: true},
	ColumnClose:       {rank: 3, narrow: 7, right: true},
	ColumnLost:        {rank: 14, narrow: 7, right: true},
}

// growth is the order in which columns that can be wider take what room is left, and up to which width.
var growth = []struct {
	column Column
	to     int
}{
	{ColumnClass, 8},
	{ColumnClient, 21},
	{ColumnServer, 21},
	{ColumnClass, 19},
	{ColumnMarks, 6},
	{ColumnFlow, 9},
	{ColumnCause, 24},
	{ColumnServer, 47},
	{ColumnClient, 47},
}

// labelledClass is the width of the class's letter and label, which a list of at least labelledFrom cells shows.
const labelledClass, labelledFrom = 8, 40

// Cells chooses the columns that fit into width cells, one blank between two. hidden are those the user turned off;
// digits is the length of the longest flow number.
func Cells(width int, hidden [NumColumns]bool, digits int) []Cell {
	var room, narrow [NumColumns]int
	used := 0
	for c := range NumColumns {
		narrow[c] = cellTable[c].narrow
	}
	narrow[ColumnFlow] = max(narrow[ColumnFlow], digits)
	if width >= labelledFrom {
		narrow[ColumnClass] = labelledClass
	}
	byRank := make([]Column, NumColumns)
	for c := range NumColumns {
		byRank[cellTable[c].rank] = c
	}
	for _, c := range byRank {
		if hidden[c] {
			continue
		}
		need := narrow[c]
		if used > 0 {
			need++
		}
		if used+need > width {
			if c == ColumnServer && width > used+4 { // nothing else tells rows apart: take what there is
				room[c] = width - used - 1
			}
			break
		}
		room[c] = narrow[c]
		used += need
	}
	if room[ColumnServerState] == 0 && room[ColumnClientState] > 0 { // one without the other says little
		used -= room[ColumnClientState] + 1
		room[ColumnClientState] = 0
	}
	left := width - used
	for _, g := range growth {
		if room[g.column] > 0 && room[g.column] >= narrow[g.column] && left > 0 {
			more := max(0, min(left, g.to-room[g.column]))
			room[g.column] += more
			left -= more
		}
	}
	var cells []Cell
	for c := range NumColumns {
		if room[c] > 0 {
			cells = append(cells, Cell{Column: c, Width: room[c], Right: cellTable[c].right})
		}
	}
	return cells
}

// A RowReader writes the cells of one row after the other. It unpacks a row once, and only if a cell asks for it.
type RowReader struct {
	snap     *Snapshot
	row      int32
	unpacked bool
	t        flows.Teardown
	At       int64    // states are shown as of this time; NoTime for the last
	Mode     TimeMode // how the start is written
}

// Read turns to a row.
func (r *RowReader) Read(s *Snapshot, row int32) { r.snap, r.row, r.unpacked = s, row, false }

// Teardown returns the row's whole record. It is valid until the next Read.
func (r *RowReader) Teardown() *flows.Teardown {
	if !r.unpacked {
		r.snap.Teardown(r.row, &r.t)
		r.unpacked = true
	}
	return &r.t
}

// State returns a side's state at the reader's time.
func (r *RowReader) State(side flows.Side) flows.State {
	if r.At == flows.NoTime {
		return r.snap.State(r.row, side)
	}
	if r.At < r.snap.Start(r.row) {
		return flows.Unknown
	}
	return r.Teardown().StateAt(side, r.At)
}

// Text writes a cell.
func (r *RowReader) Text(c Cell) string {
	switch c.Column {
	case ColumnFlow:
		return strconv.FormatUint(r.snap.ID(r.row), 10)
	case ColumnStart:
		return r.start(c.Width)
	case ColumnClient:
		return r.end(flows.Client, c.Width)
	case ColumnServer:
		return r.end(flows.Server, c.Width)
	case ColumnService:
		return Service(r.snap.End(r.row, flows.Server).Port())
	case ColumnClass:
		return ClassText(r.snap.Class(r.row), c.Width)
	case ColumnCloser:
		return orDash(r.snap.Closer(r.row).String())
	case ColumnDuration:
		return Span(r.snap.Last(r.row) - r.snap.Start(r.row))
	case ColumnClose:
		return closeText(r.Teardown())
	case ColumnClientState:
		return stateText(r.State(flows.Client))
	case ColumnServerState:
		return stateText(r.State(flows.Server))
	case ColumnBytes:
		return Size(r.Teardown().Ends[0].DataBytes + r.Teardown().Ends[1].DataBytes)
	case ColumnLost:
		if n := r.Teardown().Ends[0].BytesLost + r.Teardown().Ends[1].BytesLost; n > 0 {
			return Size(n)
		}
		return ""
	case ColumnMarks:
		return MarkLetters(r.Teardown(), c.Width)
	case ColumnCause:
		if id, ok := r.snap.TopCause(r.row); ok {
			return id.String()
		}
		return ""
	case NumColumns:
	}
	return ""
}

// end writes an endpoint, by what the capture calls it where that was asked for.
func (r *RowReader) end(side flows.Side, width int) string {
	ap := r.snap.End(r.row, side)
	if name := r.Teardown().Ends[side].Name; name != "" {
		return NamedEndpoint(name, ap.Port(), width)
	}
	return Endpoint(ap, width)
}

// start writes when a conversation began. What lies years behind the first packet, as after a clock that began in 1970, is
// told in days: a number without its last digits would be another one.
func (r *RowReader) start(width int) string {
	at := r.snap.Start(r.row)
	if r.Mode == TimeUTC || r.Mode == TimeLocal {
		return clockStart(at, r.snap.First, r.Mode, width)
	}
	text := Since(at, r.snap.First)
	whole, _, _ := strings.Cut(text, ".")
	switch {
	case len(text) <= width:
		return text
	case len(whole) > width:
		return Span(at - r.snap.First)
	case len(whole) >= width-1:
		return whole
	}
	return text[:width]
}

// closeTime returns how long a close took, or has taken when last watched; NoTime where nobody closed.
func closeTime(t *flows.Teardown) int64 {
	if t.CloseStart != flows.NoTime && t.CloseEnd == flows.NoTime {
		return t.WatchedUntil - t.CloseStart
	}
	return t.CloseDuration()
}

// closeText writes closeTime; one that is under way has taken more than that.
func closeText(t *flows.Teardown) string {
	text := Span(closeTime(t))
	if t.CloseStart != flows.NoTime && t.CloseEnd == flows.NoTime {
		return ">" + text
	}
	return text
}

func stateText(s flows.State) string {
	if s == flows.Unknown {
		return "-"
	}
	return s.String()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// ClassText names a class in a width: its letter, its letter and label, or its letter and id.
func ClassText(c flows.Class, width int) string {
	letter := string(c.Letter())
	switch {
	case width >= 2+len(c.String()):
		return letter + " " + c.String()
	case width >= 2+len(c.Label()):
		return letter + " " + c.Label()
	}
	return letter
}
