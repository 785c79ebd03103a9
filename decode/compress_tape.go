package decode

import "io"

const (
	tapeRead = 64 << 10 // octets that are read at once
	// tapeMost bounds what is kept: more than the largest block that a decompressor takes before it gives something, which
	// is one of lz4 (8 MiB).
	tapeMost = 16 << 20
)

// A tape hands compressed octets to a decompressor and keeps those from a mark on, so that it can be wound back to them.
type tape struct {
	r    io.Reader
	buf  []byte // what is kept, then what was not handed out
	next int    // the first octet in buf that was not handed out
	mark int    // what stands before it in buf need not be kept
	base int64  // where in the compressed file buf begins
	err  error  // what comes behind buf

	asked [3]int64 // where the last requests began, the last one first; a reader of single octets is not followed
	short bool     // the last request got less than it asked for: the next one goes on with it
}

func (t *tape) pos() int64 { return t.base + int64(t.next) }

// Read hands out what is there.
func (t *tape) Read(p []byte) (int, error) {
	if !t.short {
		t.asked = [...]int64{t.pos(), t.asked[0], t.asked[1]}
	}
	if t.next == len(t.buf) && !t.fill() {
		return 0, t.err
	}
	n := copy(p, t.buf[t.next:])
	t.next += n
	t.short = n < len(p)
	return n, nil
}

// ReadByte is what bzip2 reads with: without it, it would read ahead.
func (t *tape) ReadByte() (byte, error) {
	if t.next == len(t.buf) && !t.fill() {
		return 0, t.err
	}
	t.next++
	return t.buf[t.next-1], nil
}

// fill reads more; false: there is no more.
func (t *tape) fill() bool {
	if t.err != nil {
		return false
	}
	if cap(t.buf)-len(t.buf) < tapeRead {
		if len(t.buf)-t.mark > tapeMost {
			t.mark = t.next
		}
		rest := t.buf[t.mark:]
		to := t.buf[:0]
		if 2*(len(rest)+tapeRead) > cap(t.buf) {
			to = make([]byte, 0, 2*(len(rest)+tapeRead))
		}
		t.base += int64(t.mark)
		t.next -= t.mark
		t.buf = append(to, rest...)
		t.mark = 0
	}
	n, err := readSome(t.r, t.buf[len(t.buf):len(t.buf)+tapeRead])
	t.buf = t.buf[:len(t.buf)+n]
	t.err = err
	return n > 0
}

// keep forgets what stands before an offset.
func (t *tape) keep(from int64) { t.mark = min(max(int(from-t.base), t.mark), t.next) }

// back moves the mark back to an offset, or as near to it as what was kept reaches.
func (t *tape) back(to int64) { t.mark = min(max(int(to-t.base), 0), t.mark) }

// kept returns the offset of the first octet that is kept.
func (t *tape) kept() int64 { return t.base + int64(t.mark) }

// wind has reading go on at the mark.
func (t *tape) wind() { t.next, t.short = t.mark, false }

// pass moves the mark on.
func (t *tape) pass(n int) {
	t.mark += min(n, len(t.buf)-t.mark)
	t.next = max(t.next, t.mark)
}

// ahead returns up to n octets from the mark on: fewer only at the end.
func (t *tape) ahead(n int) []byte {
	for len(t.buf)-t.mark < n && t.fill() {
	}
	return t.buf[t.mark:min(t.mark+n, len(t.buf))]
}

// at returns the n octets at an offset, if they are kept; nil: they are not.
func (t *tape) at(offset int64, n int) []byte {
	i := int(offset - t.base)
	if i < 0 || i+n > len(t.buf) {
		return nil
	}
	return t.buf[i : i+n]
}

// find moves the mark to the first place from which match likes what it sees of the next look octets; false: there is
// none, and the mark is at the end.
func (t *tape) find(look int, match func([]byte) bool) bool {
	for {
		b := t.ahead(tapeRead + look)
		last := len(b) < tapeRead+look
		stop := tapeRead
		if last {
			stop = len(b)
		}
		for i := range stop {
			if match(b[i:min(i+look, len(b))]) {
				t.pass(i)
				return true
			}
		}
		t.pass(stop)
		if last {
			return false
		}
	}
}
