package report

import (
	"encoding/binary"

	"tcpclose/flows"
)

// A page is where a line is written: a stretch of the buffer, behind what that holds. All is stored there in blocks of a few
// fixed sizes, whatever of a block counts, and the next block is stored over the rest; so no store depends on how long a
// text is. Places are masked, so that none has to be checked: whoever writes makes sure that they are below pageSize.
type page [pageSize + blockSize]byte

const (
	pageSize  = 1 << 12
	pageMask  = pageSize - 1
	blockSize = 128
)

// A block is what is stored at one place of a page, and some room behind it.
type block [blockSize]byte

// A piece is a text of at most 63 octets, and in the last octet how long it is. A key is one of at most 31. A halfKey is a
// text of sixteen octets.
type (
	piece   struct{ text [64]byte }
	key     struct{ text [32]byte }
	halfKey struct{ text [16]byte }
)

func newPiece(text string) (p piece) {
	setText(p.text[:], text)
	return p
}

func newKey(text string) (p key) {
	setText(p.text[:], text)
	return p
}

func setText(p []byte, text string) {
	if len(text) >= len(p) {
		panic("report: too long for a piece: " + text)
	}
	copy(p, text)
	p[len(p)-1] = byte(len(text))
}

// all returns the text of a piece.
func (p *piece) all() []byte { return p.text[:p.text[63]] }

// at returns the block at k.
func (w *page) at(k int) *block { return (*block)(w[k&pageMask : k&pageMask+blockSize]) }

// put4, put8 and put16 store so many octets, the first in the lowest octet of v.
func (b *block) put4(i int, v uint32)           { binary.LittleEndian.PutUint32(b[i:i+4], v) }
func (b *block) put8(i int, v uint64)           { binary.LittleEndian.PutUint64(b[i:i+8], v) }
func (b *block) put16(i int, text *halfKey)     { *(*[16]byte)(b[i : i+16]) = text.text }
func (b *block) number(i int) *[numberRoom]byte { return (*[numberRoom]byte)(b[i : i+numberRoom]) }

// put8 stores eight octets at k, the first in the lowest octet of v.
func (w *page) put8(k int, v uint64) { binary.LittleEndian.PutUint64(w[k&pageMask:k&pageMask+8], v) }

// piece writes a piece at k, and returns where it ends, as do all that follow.
func (w *page) piece(k int, p *piece) int {
	*(*[64]byte)(w[k&pageMask : k&pageMask+64]) = p.text
	return k + int(p.text[63])
}

func (w *page) key(k int, p *key) int {
	*(*[32]byte)(w[k&pageMask : k&pageMask+32]) = p.text
	return k + int(p.text[31])
}

// number writes v in decimal.
func (w *page) number(k int, v uint64) int {
	if v < 1e8 {
		text, n := decimal(v)
		w.put8(k, text)
		return k + n
	}
	high := v / 1e8
	low := v - high*1e8
	if high < 1e8 {
		text, n := decimal(high)
		w.put8(k, text)
		k += n
	} else {
		top := high / 1e8
		text, n := decimal(top)
		w.put8(k, text)
		k += n + 8
		w.put8(k-8, digits8(high-top*1e8)|zeros8)
	}
	w.put8(k, digits8(low)|zeros8)
	return k + 8
}

// frame writes the number of a frame, or null for 0, which no frame has.
func (w *page) frame(k int, frame uint64) int {
	if frame == 0 {
		w.put8(k, nullText)
		return k + len("null")
	}
	return w.number(k, frame)
}

// pair writes two numbers, the second as the server's.
func (w *page) pair(k int, client, server uint64) int {
	if client|server >= 1<<13 {
		k = w.number(k, client)
		return w.number(w.key(k, &serverKey), server)
	}
	both := digits8(client*10_000 + server) // none has more than four
	text, n := strip(both << 32)
	w.put8(k, text)
	k = w.key(k+n, &serverKey)
	text, n = strip(both >> 32 << 32)
	w.put8(k, text)
	return k + n
}

// duration writes a number of nanoseconds, or null for flows.NoTime.
func (w *page) duration(k int, ns int64) int {
	switch micros := thousandth(ns); {
	case micros < 1e8:
		text, n := decimal(micros)
		w.put8(k, text)
		k += n
		w.put8(k, zeros8)
		if micros != 0 {
			k += len("000")
		}
		return k
	case ns == flows.NoTime:
		w.put8(k, nullText)
		return k + len("null")
	case ns < 0:
		w.put8(k, '-')
		return w.number(k+1, uint64(-ns))
	}
	return w.number(k, uint64(ns))
}
