package flows

import (
	"context"
	"io"
)

// A VectorWriter takes several pieces in order as one, as writev(2) does. It keeps none of them. Stream gives its output
// to a writer that is one without copying it.
type VectorWriter interface {
	WriteVector(pieces [][]byte) error
}

// maxPieces is how many pieces are written at once: as many as writev takes.
const maxPieces = 1024

// A merger writes the workers' chunks in one order.
type merger struct {
	w      io.Writer
	in     chan *chunk
	free   chan *chunk
	tokens []chan struct{}
	queues []queue
	heap   []*queue // by what comes next, the first in front
	stop   context.CancelCauseFunc
	err    error
	pieces [][]byte // to be written, of chunks that are queued or spent
	spent  []*chunk // all their records are written or among the pieces
	joined []byte   // the pieces put together, for a writer that takes no vector
}

// A queue is the chunks of one worker that are not written yet.
type queue struct {
	chunks []*chunk
	upTo   Moment // the worker will bring nothing more up to this moment
	next   record // the first record, or where there is none the end of what the worker is through with
}

// lastID comes after every conversation.
const lastID = ^uint64(0)

func newMerger(w io.Writer, workers int, stop context.CancelCauseFunc) *merger {
	m := &merger{
		w: w, in: make(chan *chunk, workers), free: make(chan *chunk, (maxChunks+2)*workers),
		queues: make([]queue, workers), stop: stop,
	}
	for i := range m.queues {
		m.tokens = append(m.tokens, make(chan struct{}, maxChunks))
		q := &m.queues[i]
		q.settle()
		m.heap = append(m.heap, q)
	}
	return m
}

func (m *merger) run() {
	for c := range m.in {
		q := &m.queues[c.worker]
		q.upTo = max(q.upTo, c.upTo)
		if c.last {
			q.upTo = captureEnd
		}
		if len(c.records) > 0 {
			q.chunks = append(q.chunks, c)
		} else {
			m.recycle(c)
		}
		q.settle()
		for at, of := range m.heap {
			if of == q {
				m.sink(at)
			}
		}
		m.drain()
	}
}

// settle says what the queue brings next. That never comes before what it said last.
func (q *queue) settle() {
	q.next = record{final: q.upTo, id: lastID}
	if len(q.chunks) > 0 {
		c := q.chunks[0]
		q.next = c.records[c.next]
	}
}

// sink puts the queue at a place of the heap where it belongs, after what it brings next has become later.
func (m *merger) sink(at int) {
	for {
		least := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(m.heap); child++ {
			if m.heap[child].next.before(&m.heap[least].next) {
				least = child
			}
		}
		if least == at {
			return
		}
		m.heap[at], m.heap[least] = m.heap[least], m.heap[at]
		at = least
	}
}

// drain writes every record that no other worker can come before: a whole run of one worker where no other stands in
// between.
func (m *merger) drain() {
	for {
		q := m.heap[0]
		if len(q.chunks) == 0 {
			break // what it brings next may come before all that is there
		}
		limit := record{final: captureEnd, id: lastID}
		for _, other := range m.heap[1:min(3, len(m.heap))] {
			if other.next.before(&limit) {
				limit = other.next
			}
		}
		c := q.chunks[0]
		from, n := c.begin(), c.next+1
		for n < len(c.records) && !limit.before(&c.records[n]) {
			n++
		}
		m.pieces = append(m.pieces, c.buf[from:c.records[n-1].end])
		if c.next = n; n == len(c.records) {
			q.chunks = q.chunks[1:]
			m.spent = append(m.spent, c)
		}
		q.settle()
		m.sink(0)
		if len(m.pieces) == maxPieces {
			m.flush()
		}
	}
	m.flush()
}

func (r *record) before(o *record) bool {
	return r.final < o.final || r.final == o.final && r.id < o.id
}

// begin returns where the chunk's next record begins.
func (c *chunk) begin() int {
	if c.next == 0 {
		return 0
	}
	return c.records[c.next-1].end
}

// flush writes the pieces, and hands their chunks back.
func (m *merger) flush() {
	if len(m.pieces) > 0 && m.err == nil {
		if m.err = m.put(); m.err != nil {
			m.stop(m.err)
		}
	}
	clear(m.pieces)
	m.pieces = m.pieces[:0]
	for _, c := range m.spent {
		m.recycle(c)
	}
	m.spent = m.spent[:0]
}

func (m *merger) put() error {
	if v, ok := m.w.(VectorWriter); ok {
		return v.WriteVector(m.pieces)
	}
	m.joined = m.joined[:0]
	for _, p := range m.pieces {
		if len(m.joined) > 0 && len(m.joined)+len(p) > chunkBytes {
			if _, err := m.w.Write(m.joined); err != nil {
				return err
			}
			m.joined = m.joined[:0]
		}
		m.joined = append(m.joined, p...)
	}
	_, err := m.w.Write(m.joined)
	return err
}

func (m *merger) recycle(c *chunk) {
	if c.counted {
		<-m.tokens[c.worker]
	}
	select {
	case m.free <- c:
	default:
	}
}
