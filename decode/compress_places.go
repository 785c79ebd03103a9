package decode

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// places says at which places of a compressed file unpacking can begin: its members, streams or frames, and those blocks
// of them that need nothing of what stands before.
type places struct {
	look int // octets that begins wants to see
	// begins returns how to unpack from the beginning of b on; nil: nothing that unpacks begins there. head is what the file
	// begins with.
	begins func(head, b []byte) (open opener, inside bool)
	// behind returns where the block behind the one that could not be unpacked begins, where its length is known; may be nil.
	behind func(head []byte, t *tape) (at int64, open opener)
	// doubts reports whether err says that something wrong was unpacked, but that it can be unpacked. May be nil.
	doubts func(err error) bool
	// sums reports whether err, where unpacking began inside a member, says no more than that a check or a list at its end
	// tells of all its blocks; seam is how many octets these take at most. May be nil.
	sums func(err error) bool
	seam int64
	// overrun is how many octets behind damage may be unpacked, as noise, before it shows: what begins there is no part of it.
	overrun int64
	// holdsBack: the octets before a checksum that does not fit are not given.
	holdsBack bool
	// runsOn: a single read may give octets of several members or blocks.
	runsOn bool
}

var gzipPlaces = places{
	look: 10,
	begins: func(_, b []byte) (opener, bool) {
		if len(b) < 10 || b[0] != 0x1f || b[1] != 0x8b || b[2] != 8 || b[3]&0xe0 != 0 { // RFC 1952 section 2.3
			return nil, false
		}
		return openGzip, false
	},
	doubts:  func(err error) bool { return errors.Is(err, gzip.ErrChecksum) },
	overrun: 64 << 10,
}

var zstdPlaces = places{
	look: 6,
	begins: func(_, b []byte) (opener, bool) {
		if len(b) < 6 || binary.LittleEndian.Uint32(b) != 0xfd2fb528 { // RFC 8878 section 3.1.1
			return nil, false
		}
		return openZstd, false
	},
	doubts:    func(err error) bool { return errors.Is(err, zstd.ErrCRCMismatch) },
	holdsBack: true,
}

var lz4Places = places{
	look:   lz4Head,
	begins: func(_, b []byte) (opener, bool) { return lz4Frame(b), false },
	behind: lz4Behind,
	doubts: func(err error) bool { return errors.Is(err, lz4.ErrInvalidFrameChecksum) },
	sums:   func(err error) bool { return errors.Is(err, lz4.ErrInvalidFrame) },
	seam:   4,
	runsOn: true,
}

// lz4Head is the length of a frame header without sizes (LZ4 frame format 1.6.4, "General structure of LZ4 frame
// format"): magic number, flags, block size, checksum.
const lz4Head = 7

func lz4Frame(b []byte) opener {
	if len(b) < lz4Head || binary.LittleEndian.Uint32(b) != 0x184d2204 || b[4]>>6 != 1 {
		return nil
	}
	return openLZ4
}

const (
	lz4Independent   = 1 << 5
	lz4BlockChecksum = 1 << 4
)

// lz4Behind steps over a block: the decompressor asked for the four octets of its length, then for as many as these say.
// The next one is unpacked as the first of a frame like the file's first, without the checksum of the whole.
func lz4Behind(head []byte, t *tape) (int64, opener) {
	if len(head) < lz4Head || head[4]&lz4Independent == 0 {
		return 0, nil
	}
	for i := range len(t.asked) - 1 {
		data, end := t.asked[i], t.pos()
		if i > 0 {
			end = t.asked[i-1]
		}
		word := t.at(t.asked[i+1], 4)
		if data-t.asked[i+1] != 4 || word == nil || end-data != int64(binary.LittleEndian.Uint32(word)&^(1<<31)) {
			continue
		}
		if head[4]&lz4BlockChecksum != 0 {
			end += 4
		}
		return end, func(r io.Reader) (io.Reader, error) {
			frame, err := lz4Header(head)
			return lz4.NewReader(io.MultiReader(bytes.NewReader(frame), r)), err
		}
	}
	return 0, nil
}

// lz4Header returns the header of a frame with blocks like those of the frame that head begins.
func lz4Header(head []byte) ([]byte, error) {
	var frame bytes.Buffer
	w := lz4.NewWriter(&frame)
	size := lz4.BlockSize(1 << (8 + 2*(head[5]>>4&7)))
	if err := w.Apply(lz4.BlockSizeOption(size), lz4.ChecksumOption(false), lz4.BlockChecksumOption(head[4]&lz4BlockChecksum != 0)); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return frame.Bytes()[:lz4Head], nil
}

var xzPlaces = places{
	look:   xzHeaderMost,
	begins: xzBegins,
	doubts: func(err error) bool { return err.Error() == "xz: checksum error for block" },
	sums:   func(err error) bool { return strings.HasPrefix(err.Error(), "xz: index length is ") },
	seam:   64 << 10,
	runsOn: true,
}

// xzHead is the length of a stream header (.xz file format 1.2.1, section 2.1.1).
const xzHead = 12

// xzBegins knows a stream by its header, a block by its own (sections 2.1.1 and 3.1): both carry a CRC-32. A block is
// unpacked as the first one of a stream like the file's first.
func xzBegins(head, b []byte) (opener, bool) {
	switch {
	case len(b) < xzHead || len(head) < xzHead:
		return nil, false
	case string(b[:6]) == "\xfd7zXZ\x00":
		if crc32.ChecksumIEEE(b[6:8]) != binary.LittleEndian.Uint32(b[8:]) {
			return nil, false
		}
		return openXZ, false
	case b[0] == 0 || b[1]&0x3f != 0: // an index; more than the one filter that is read
		return nil, false
	}
	n := (int(b[0]) + 1) * 4
	if n > len(b) || crc32.ChecksumIEEE(b[:n-4]) != binary.LittleEndian.Uint32(b[n-4:]) {
		return nil, false
	}
	return func(r io.Reader) (io.Reader, error) { return openXZ(io.MultiReader(bytes.NewReader(head[:xzHead]), r)) }, true
}

var bzip2Places = places{
	look:   7,
	begins: bzip2Begins,
	sums:   func(err error) bool { return errors.Is(err, bzip2.StructuralError("file checksum mismatch")) },
	seam:   24,
}

// bzip2Begins knows a block by the 48 bits that it begins with, at any bit. It is unpacked as the first one of a file.
func bzip2Begins(_, b []byte) (opener, bool) {
	const magic, mask = 0x314159265359, 1<<48 - 1
	if len(b) < 7 {
		return nil, false
	}
	v := uint64(binary.BigEndian.Uint32(b))<<24 | uint64(binary.BigEndian.Uint32(b[3:]))
	for shift := range 8 {
		if v>>(8-shift)&mask == magic {
			return func(r io.Reader) (io.Reader, error) {
				return openBzip2(&bitReader{head: []byte("BZh9"), r: r.(*tape), shift: shift})
			}, true
		}
	}
	return nil, false
}

// A bitReader reads from the middle of an octet on.
type bitReader struct {
	head  []byte // what comes before all
	r     *tape
	shift int // bits of the first octet that are left out
	begun bool
	last  byte
}

// Read is there because bzip2 asks for a Reader; it reads single octets.
func (s *bitReader) Read(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		if p[n], err = s.ReadByte(); err == nil {
			n++
		}
	}
	return n, err
}

func (s *bitReader) pos() int64 { return s.r.pos() }

func (s *bitReader) ReadByte() (byte, error) {
	if len(s.head) > 0 {
		b := s.head[0]
		s.head = s.head[1:]
		return b, nil
	}
	if s.shift == 0 {
		return s.r.ReadByte()
	}
	if !s.begun {
		b, err := s.r.ReadByte()
		if err != nil {
			return 0, err
		}
		s.last, s.begun = b, true
	}
	next, err := s.r.ReadByte()
	if err != nil { // the last bits
		b := s.last << s.shift
		s.shift = 0
		return b, nil
	}
	b := s.last<<s.shift | next>>(8-s.shift)
	s.last = next
	return b, nil
}
