package decode

import (
	"compress/bzip2"
	"errors"
	"io"
)

const (
	bzip2Read = 64 << 10 // octets that are unpacked at once
	// bzip2Held is how much of a block is held back; a block of long runs may be larger.
	bzip2Held = 4 << 20
)

// A bzip2Reader gives the octets of a block once its checksum was seen to fit: of a damaged one, noise comes. A block is
// read as a whole before any of it is given.
type bzip2Reader struct {
	packed interface{ pos() int64 }
	r      io.Reader
	buf    []byte
	given  int   // octets of buf that were given
	sound  int   // octets of buf that may be given
	end    int64 // where in the compressed file the block ends that was found sound last
	err    error // what comes behind buf
}

func openBzip2(r io.Reader) (io.Reader, error) {
	packed := r.(interface{ pos() int64 })
	return &bzip2Reader{packed: packed, r: bzip2.NewReader(r), end: packed.pos()}, nil
}

// unused returns how many octets were read of blocks that nothing was given of.
func (b *bzip2Reader) unused() int { return int(b.packed.pos() - b.end) }

func (b *bzip2Reader) Read(p []byte) (int, error) {
	for b.given == b.sound {
		if b.err != nil {
			return 0, b.err
		}
		b.unpack()
	}
	n := copy(p, b.buf[b.given:b.sound])
	b.given += n
	return n, nil
}

// unpack unpacks more, and sees whether that tells that what is held is sound.
func (b *bzip2Reader) unpack() {
	b.buf = append(b.buf[:0], b.buf[b.sound:]...)
	b.given, b.sound = 0, 0
	held := len(b.buf)
	if cap(b.buf)-held < bzip2Read {
		b.buf = append(make([]byte, 0, 2*cap(b.buf)+bzip2Read), b.buf...)
	}
	before := b.packed.pos()
	n, err := readSome(b.r, b.buf[held:held+bzip2Read])
	b.buf, b.err = b.buf[:held+n], err
	switch {
	case errors.Is(err, bzip2.StructuralError("block checksum mismatch")):
		b.buf = b.buf[:0]
	case err != nil: // in the next block, which may have been read beyond its end
		b.sound, b.end = len(b.buf), before
	case held > bzip2Held:
		b.sound, b.end = len(b.buf), b.packed.pos()
	case b.packed.pos() != before: // another block
		b.sound, b.end = held, before
	}
}
