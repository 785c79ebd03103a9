package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz"
)

func openXZ(r io.Reader) (io.Reader, error) {
	return xz.NewReader(&xzSource{r: r})
}

// An xzGuard ends an xz file before the first block header that asks for too large a dictionary, or for one too many: the
// decompressor makes one as large as any block's header asks for, up to 4 GiB, and clears it. It does not follow the file's
// frames, since where a block ends is for the decompressor to say, and a forged one may say something else. What fits a
// header's form and its CRC-32 is taken for one wherever it stands.
type xzGuard struct {
	r     io.Reader
	buf   []byte // what was read, behind the last octets that were handed out
	next  int    // the first octet in buf that was not handed out
	err   error  // what comes when all were
	read  uint64 // octets
	asked uint64 // octets of all dictionaries so far
}

const (
	xzHeaderMost = 1024     // octets of a block header (.xz file format 1.2.1, section 3.1.1)
	xzGuardRead  = 32 << 10 // octets that are read at once
	// xzDictionaries is how large all dictionaries may be together, beside bombRatio times the file: to clear so much takes
	// about a second. Five hundred small files may be joined that were packed with xz -6.
	xzDictionaries = 4 << 30
)

func (g *xzGuard) Read(p []byte) (int, error) {
	if g.next == len(g.buf) {
		if g.err != nil {
			return 0, g.err
		}
		g.fill()
		if g.next == len(g.buf) {
			return 0, g.err
		}
	}
	n := copy(p, g.buf[g.next:])
	g.next += n
	return n, nil
}

// fill reads more, and looks for headers that end in it.
func (g *xzGuard) fill() {
	if g.buf == nil {
		g.buf = make([]byte, 0, xzHeaderMost+xzGuardRead)
	}
	kept := copy(g.buf[:xzHeaderMost], g.buf[max(len(g.buf)-xzHeaderMost, 0):])
	n, err := readSome(g.r, g.buf[kept:cap(g.buf)])
	g.buf, g.next, g.err = g.buf[:kept+n], kept, err
	g.read += uint64(n)
	for at := 0; ; at++ {
		i := bytes.Index(g.buf[at:], []byte{xzLZMA2, 1}) // the filter, one octet of properties
		if i < 0 {
			return
		}
		at += i
		end, dictionary := xzHeader(g.buf, at)
		if end <= kept {
			continue
		}
		g.asked += dictionary
		switch {
		case dictionary > maxWindow:
			g.refuse(end, "a dictionary of %d MiB, at most %d are allowed", dictionary, maxWindow)
			return
		case g.asked > xzDictionaries+bombRatio*g.read:
			g.refuse(end, "dictionaries of %d MiB together, at most %d are allowed", g.asked, xzDictionaries+bombRatio*g.read)
			return
		}
	}
}

// refuse ends what is read within a header: one that lacks an octet asks for nothing.
func (g *xzGuard) refuse(end int, why string, size, most uint64) {
	g.buf = g.buf[:end-1]
	g.err = fmt.Errorf(why, size>>20, most>>20)
}

// xzLZMA2 is the only filter that is read.
const xzLZMA2 = 0x21

// xzHeader returns where the block header ends whose filter stands at a place, and how large a dictionary it asks for; 0:
// there is none.
func xzHeader(b []byte, at int) (end int, dictionary uint64) {
	for start := max(at-2-2*binary.MaxVarintLen64, 0); start <= at-2; start++ { // two sizes may stand before the filter
		stop := start + (int(b[start])+1)*4
		if b[start] == 0 || stop < at+3+crc32.Size || stop > len(b) || xzFilterAt(b, start) != at {
			continue
		}
		padding := b[at+3 : stop-crc32.Size]
		if bytes.Count(padding, []byte{0}) == len(padding) &&
			crc32.ChecksumIEEE(b[start:stop-crc32.Size]) == binary.LittleEndian.Uint32(b[stop-crc32.Size:]) {
			return stop, xzDictionary(b[at+2])
		}
	}
	return 0, 0
}

// xzFilterAt returns where the filter stands of a block header that begins at a place and has no other; -1: it is none.
func xzFilterAt(b []byte, start int) int {
	const filters, reserved, packed, unpacked = 0x03, 0x3c, 0x40, 0x80
	flags, at := b[start+1], start+2
	if flags&(filters|reserved) != 0 {
		return -1
	}
	for _, size := range [...]byte{packed, unpacked} {
		if flags&size == 0 {
			continue
		}
		_, n := binary.Uvarint(b[at:])
		if n <= 0 {
			return -1
		}
		at += n
	}
	return at
}

// xzDictionary returns the dictionary size that an octet of properties stands for; 0: for none.
func xzDictionary(property byte) uint64 {
	switch {
	case property > 40:
		return 0
	case property == 40:
		return 1<<32 - 1
	}
	return uint64(2|property&1) << (property/2 + 11)
}

// An xzSource tells a file that is whole from one that was cut between two blocks: the decompressor takes both for whole.
// A whole one ends with a stream's footer, and perhaps zeros behind it.
type xzSource struct {
	r     io.Reader
	tail  []byte // the last octets before the zeros at the end, at most a footer
	zeros int    // octets of 0 behind them
}

// xzFooterLen is the length of what ends a stream: CRC-32, backward size, flags, "YZ" (.xz file format 1.2.1,
// section 2.1.2).
const xzFooterLen = 12

func (s *xzSource) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.see(p[:n])
	if err == io.EOF && !s.whole() {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// see keeps the end of what was read.
func (s *xzSource) see(b []byte) {
	end := len(b)
	for end > 0 && b[end-1] == 0 {
		end--
	}
	if end == 0 {
		s.zeros += len(b)
		return
	}
	for range min(s.zeros, xzFooterLen) {
		s.tail = append(s.tail, 0)
	}
	s.tail = append(s.tail, b[max(end-xzFooterLen, 0):end]...)
	s.tail = append(s.tail[:0], s.tail[max(len(s.tail)-xzFooterLen, 0):]...)
	s.zeros = len(b) - end
}

// whole reports whether what was read ends with a footer.
func (s *xzSource) whole() bool {
	return len(s.tail) == xzFooterLen && string(s.tail[10:]) == "YZ" &&
		binary.LittleEndian.Uint32(s.tail) == crc32.ChecksumIEEE(s.tail[4:10])
}
