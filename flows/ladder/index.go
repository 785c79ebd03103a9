package ladder

import (
	"tcpclose/decode"
	"tcpclose/flows"
)

// An Index makes a ladder of any length scrollable. One pass over the conversation's segments counts its rows and keeps
// a checkpoint every few of them; Rows then builds any window again from the checkpoint before it, so that a screen reads
// no more of the file than it shows.
type Index struct {
	every int
	b     *Builder
	saved []checkpoint
	rows  int
}

// A checkpoint is the builder as it was before a segment.
type checkpoint struct {
	b     Builder
	row   int // rows emitted so far
	pos   decode.Position
	frame uint64
}

// NewIndex returns an index with a checkpoint every so many rows; 0 means 1,024.
func NewIndex(td *flows.Teardown, opt Options, every int) *Index {
	if every <= 0 {
		every = 1024
	}
	return &Index{every: every, b: NewBuilder(td, opt)}
}

// Add counts the rows of the next segment.
func (x *Index) Add(s *decode.Segment) {
	if len(x.saved) == 0 || x.rows-x.saved[len(x.saved)-1].row >= x.every {
		x.saved = append(x.saved, checkpoint{*x.b, x.rows, s.Pos, s.Frame})
	}
	x.b.Add(s, x.count)
}

// Finish counts the rows after the last segment.
func (x *Index) Finish() { x.b.Finish(x.count) }

func (x *Index) count(*Row) bool {
	x.rows++
	return true
}

// Len returns the number of rows so far.
func (x *Index) Len() int { return x.rows }

// Rows builds n rows from the one numbered first (from 0) on. replay must hand over the conversation's segments again,
// in the same order, from the segment at pos with that frame on, until each returns false or there are no more.
func (x *Index) Rows(first, n int, replay func(pos decode.Position, frame uint64, each func(*decode.Segment) bool)) []Row {
	first = max(first, 0)
	if n <= 0 || first >= x.rows || len(x.saved) == 0 {
		return nil
	}
	at := 0
	for at+1 < len(x.saved) && x.saved[at+1].row <= first {
		at++
	}
	from := &x.saved[at]
	b := from.b
	skip := first - from.row
	rows := make([]Row, 0, min(n, x.rows-first))
	emit := func(r *Row) bool {
		if skip > 0 {
			skip--
			return true
		}
		rows = append(rows, *r)
		return len(rows) < n
	}
	replay(from.pos, from.frame, func(s *decode.Segment) bool { return b.Add(s, emit) })
	b.Finish(emit)
	return rows
}
