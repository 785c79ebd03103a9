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

// An xzGuard ends an xz file before the first block header that asks for too large a dictionary: the decompressor makes
// one as large as any block's header asks for, up to 4 GiB. It does not follow the file's frames, since where a block
// ends is for the decompressor to say, and a forged one may say something else. What fits a header's form and its
// CRC-32 is taken for one wherever it stands.
type xzGuard struct {
	r    io.Reader
	buf  []byte // what was read, behind the last octets that were handed out
	next int    // the first octet in buf that was not handed out
	err  error  // what comes when all were
}

const (
	xzHeaderMost = 1024     // octets of a block header (.xz file format 1.2.1, section 3.1.1)
	xzGuardRead  = 32 << 10 // octets that are read at once
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
	if end, size := xzGiant(g.buf); end > kept {
		g.buf = g.buf[:end-1] // a header that lacks an octet asks for nothing
		g.err = fmt.Errorf("a dictionary of %d MiB, at most %d are allowed", size>>20, maxWindow>>20)
	}
}

// xzGiant looks for the first block header that asks for a dictionary beyond maxWindow. It returns the header's end, and
// the size; 0: there is none.
func xzGiant(b []byte) (end int, size uint64) {
	for at := 0; ; at++ {
		i := bytes.Index(b[at:], []byte{0x21, 1}) // the LZMA2 filter, one octet of properties
		if i < 0 || at+i+2 >= len(b) {
			return end, size
		}
		at += i
		want := xzDictionary(b[at+2])
		if want <= maxWindow {
			continue
		}
		for start := max(at-2-2*binary.MaxVarintLen64, 0); start <= at-2; start++ { // two sizes may stand before the filter
			stop := start + (int(b[start])+1)*4
			if b[start] != 0 && stop >= at+3+crc32.Size && stop <= len(b) && (end == 0 || stop < end) &&
				crc32.ChecksumIEEE(b[start:stop-crc32.Size]) == binary.LittleEndian.Uint32(b[stop-crc32.Size:]) {
				end, size = stop, want
			}
		}
	}
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
