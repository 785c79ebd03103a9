package decode

import (
	"errors"
	"fmt"
	"io"
)

// chunkSize is how many octets one read asks for: few enough that they are still in a processor's own cache when they are
// looked at, many enough to make the hand-over cheap. Reading into such a buffer is faster than mapping the file.
const chunkSize = 256 << 10

// headRoom is kept free in front of every chunk: the start of a record that straddles two chunks is moved there, so
// that each record lies in one piece. Longer records are put together in a buffer of their own.
const headRoom = 256 << 10

// A window is the part of one file's octets that is in memory. buf[pos:] has not been consumed yet; what a caller took
// out of it is valid until the next fill. It grows only as far as octets really came, never because a header claims a
// length.
type window struct {
	buf  []byte
	pos  int
	base int64 // offset in the (decompressed) file of buf[0]
	err  error // why no more octets come: io.EOF, or what failed

	ahead *readAhead // nil: read synchronously from src
	lent  []byte     // the chunk that buf lies in, owed to ahead
	src   io.Reader
	mem   []byte // synchronous buffer, or the long records' one
}

// offset returns the file offset of the next unconsumed octet.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// rest returns how many unconsumed octets are in memory.
func (w *window) rest() int { return len(w.buf) - w.pos }

// need makes at least n unconsumed octets available in one piece; false if the source ends before.
func (w *window) need(n int) bool {
	for w.rest() < n {
		if w.err != nil {
			return false
		}
		if w.ahead != nil {
			w.takeChunk()
		} else {
			w.readMore()
		}
	}
	return true
}

// skip consumes n octets, in memory or not; it returns how many there were.
func (w *window) skip(n int64) int64 {
	skipped := int64(0)
	for {
		step := min(n-skipped, int64(w.rest()))
		w.pos += int(step)
		skipped += step
		if skipped == n || !w.need(1) {
			return skipped
		}
	}
}

// takeChunk moves what is unconsumed in front of the next chunk.
func (w *window) takeChunk() {
	c, err := w.ahead.next()
	if err != nil {
		w.err = err
	}
	if c.n == 0 {
		if c.mem != nil {
			w.ahead.release(c.mem)
		}
		return
	}
	rest := w.buf[w.pos:]
	w.base += int64(w.pos)
	w.pos = 0
	if len(rest) <= headRoom {
		start := headRoom - len(rest)
		copy(c.mem[start:headRoom], rest)
		w.giveBack()
		w.lent = c.mem
		w.buf = c.mem[start : headRoom+c.n]
		if cap(w.mem) > 4*chunkSize { // a giant record is behind us
			w.mem = nil
		}
		return
	}
	if w.lent == nil { // rest lies in mem already
		w.mem = w.mem[:copy(w.mem[:cap(w.mem)], rest)]
	} else {
		w.mem = append(w.mem[:0], rest...)
		w.giveBack()
	}
	w.mem = append(w.mem, c.mem[headRoom:headRoom+c.n]...)
	w.buf = w.mem
	w.ahead.release(c.mem)
}

func (w *window) giveBack() {
	if w.lent != nil {
		w.ahead.release(w.lent)
		w.lent = nil
	}
}

// errNoProgress ends a source that returns neither octets nor an error.
var errNoProgress = errors.New("the source returns neither data nor an error")

// readMore reads once into the synchronous buffer, which doubles when it is full of unconsumed octets.
func (w *window) readMore() {
	rest := w.buf[w.pos:]
	w.base += int64(w.pos)
	w.pos = 0
	if len(rest) == cap(w.mem) {
		grown := make([]byte, len(rest), max(2*cap(w.mem), 4<<10))
		copy(grown, rest)
		w.mem = grown
	} else {
		w.mem = w.mem[:copy(w.mem[:cap(w.mem)], rest)]
	}
	n, err := readSome(w.src, w.mem[len(rest):cap(w.mem)])
	w.buf = w.mem[:len(rest)+n]
	w.err = err
}

// readSome reads until something came; it gives up on a source that makes no progress, or that panics: decompressors are not
// ours, and a file may hit upon a fault of theirs.
func readSome(src io.Reader, p []byte) (n int, err error) {
	defer func() {
		if v := recover(); v != nil {
			n, err = 0, fmt.Errorf("internal fault of the source: %v", v)
		}
	}()
	for range 100 {
		n, err = src.Read(p)
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, errNoProgress
}
