package main

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"sync"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// A gatherer keeps the conversations of a report until all are known, so that they can be put into an order: not the
// conversations themselves but the text that the format makes of them. What does not fit into its memory goes to a
// temporary file. add may be called by several goroutines at once.
type gatherer struct {
	encode func(b []byte, t *flows.Teardown) []byte
	order  order
	top    int // keep only the first of the order; 0 keeps all

	mu      sync.Mutex
	rows    []gathered
	bar     *gathered // the last of the top ones so far: what comes after it need not be kept
	store   store
	scratch sync.Pool
	err     error
}

// A gathered row is where a conversation's text is, and what it is sorted by.
type gathered struct {
	id      uint64
	number  int64
	text    string
	missing bool // it has no such value
	at      place
}

// An order is a column and a direction; the zero value is that in which conversations were first seen.
type order struct {
	column    *report.Column
	direction int // 1 from the smallest or from A, -1 the other way round
}

// newOrder reads --sort: numbers from the largest and texts from A unless said otherwise.
func newOrder(sort string) order {
	key, direction, err := sortOrder(sort)
	column, ok := report.ColumnNamed(key)
	if err != nil || !ok {
		return order{}
	}
	if direction == 0 {
		direction = 1
		if column.Number != nil {
			direction = -1
		}
	}
	return order{column, direction}
}

// key fills in what a row is sorted by.
func (o order) key(row *gathered, t *flows.Teardown) {
	switch {
	case o.column == nil:
	case o.column.Number != nil:
		v, ok := o.column.Number(t)
		row.number, row.missing = v, !ok
	default:
		row.text = string(o.column.Text(nil, t))
		row.missing = row.text == ""
		if o.column.Order != nil {
			row.text = string(o.column.Order(nil, t))
		}
	}
}

// compare orders rows; what is missing comes last, and equal ones stay in the order in which they were first seen.
func (o order) compare(a, b *gathered) int {
	switch {
	case a.missing != b.missing:
		if a.missing {
			return 1
		}
		return -1
	case a.missing:
		return cmp.Compare(a.id, b.id)
	}
	return cmp.Or(o.direction*cmp.Compare(a.number, b.number), o.direction*cmp.Compare(a.text, b.text), cmp.Compare(a.id, b.id))
}

// add takes one conversation.
func (g *gatherer) add(t *flows.Teardown) {
	row := gathered{id: t.ID}
	g.order.key(&row, t)
	if g.beyond(&row) {
		return
	}
	buf, _ := g.scratch.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	*buf = g.encode((*buf)[:0], t)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err == nil {
		row.at, g.err = g.store.put(*buf)
		g.rows = append(g.rows, row)
		if g.top > 0 && len(g.rows) >= 2*g.top+1024 {
			g.settle()
		}
	}
	g.scratch.Put(buf)
}

// beyond reports whether a row can no longer be one of the top ones.
func (g *gatherer) beyond(row *gathered) bool {
	if g.top == 0 {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.bar != nil && g.order.compare(row, g.bar) > 0
}

// settle sorts the rows and lets those beyond the top ones go.
func (g *gatherer) settle() {
	slices.SortFunc(g.rows, func(a, b gathered) int { return g.order.compare(&a, &b) })
	if g.top > 0 && len(g.rows) > g.top {
		clear(g.rows[g.top:])
		g.rows = g.rows[:g.top]
	}
	if n := len(g.rows); g.top > 0 && n == g.top {
		bar := g.rows[n-1]
		g.bar = &bar
	}
}

// texts goes through what was gathered, in order. A failure to read it back is told by close.
func (g *gatherer) texts() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range g.rows {
			text, err := g.store.get(g.rows[i].at)
			if err != nil {
				g.err = err
				return
			}
			if !yield(text) {
				return
			}
		}
	}
}

// close lets go of what was kept, and returns what went wrong with keeping it.
func (g *gatherer) close() error { return errors.Join(g.err, g.store.close()) }

const (
	slabSize    = 1 << 20
	storeMemory = 256 << 20 // octets that are kept in memory; more goes to a temporary file
)

// A store keeps texts: the first in memory, the others in a temporary file.
type store struct {
	limit int64 // of memory; 0 is storeMemory
	slabs [][]byte
	held  int64
	file  *os.File
	size  int64  // of the file, with what is pending
	tail  []byte // of the file, not yet written
	back  []byte // what was read back last
}

// A place says where a text is: in a slab, or (slab -1) in the file.
type place struct {
	offset int64
	slab   int32
	length int32
}

func (s *store) put(text []byte) (place, error) {
	limit := s.limit
	if limit == 0 {
		limit = storeMemory
	}
	if s.held+int64(len(text)) <= limit && s.file == nil {
		n := len(s.slabs)
		if n == 0 || len(s.slabs[n-1])+len(text) > cap(s.slabs[n-1]) {
			s.slabs = append(s.slabs, make([]byte, 0, max(slabSize, len(text))))
			n++
		}
		slab := &s.slabs[n-1]
		at := place{int64(len(*slab)), int32(n - 1), int32(len(text))}
		*slab = append(*slab, text...)
		s.held += int64(len(text))
		return at, nil
	}
	if s.file == nil {
		file, err := os.CreateTemp("", "tcpclose-report-*")
		if err != nil {
			return place{}, fmt.Errorf("cannot keep the report: %w", err)
		}
		s.file = file
	}
	at := place{s.size, -1, int32(len(text))}
	s.tail = append(s.tail, text...)
	s.size += int64(len(text))
	if len(s.tail) >= slabSize {
		return at, s.flush()
	}
	return at, nil
}

func (s *store) flush() error {
	_, err := s.file.Write(s.tail)
	s.tail = s.tail[:0]
	if err != nil {
		return fmt.Errorf("cannot keep the report: %w", err)
	}
	return nil
}

// get returns a text, which is valid until the next call.
func (s *store) get(at place) ([]byte, error) {
	if at.slab >= 0 {
		return s.slabs[at.slab][at.offset:][:at.length], nil
	}
	if len(s.tail) > 0 {
		if err := s.flush(); err != nil {
			return nil, err
		}
	}
	// What was got from a slab must not be written over, so the file's texts have room of their own.
	s.back = slices.Grow(s.back[:0], int(at.length))[:at.length]
	if _, err := s.file.ReadAt(s.back, at.offset); err != nil {
		return nil, fmt.Errorf("cannot read the report back: %w", err)
	}
	return s.back, nil
}

func (s *store) close() error {
	if s.file == nil {
		return nil
	}
	return errors.Join(s.file.Close(), os.Remove(s.file.Name()))
}
