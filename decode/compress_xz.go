package decode

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz"
)

// openXZ looks at the first block's dictionary size before the decompressor does: that would make a dictionary as large
// as the header asks for, up to 4 GiB.
func openXZ(r io.Reader) (io.Reader, error) {
	head := make([]byte, 12+32) // the stream header, and what a block header has room for before its filters' end
	n, err := readHead(r, head)
	if size := xzDictionary(head[:n]); size > maxWindow {
		return nil, fmt.Errorf("a dictionary of %d MiB, at most %d are allowed", size>>20, maxWindow>>20)
	}
	return xz.NewReader(&xzSource{r: &headedReader{head[:n], r, err}})
}

// xzDictionary returns the dictionary size in the first block header of an xz file; 0 if there is none.
func xzDictionary(head []byte) uint64 {
	const streamHeader, lzma2 = 12, 0x21
	if len(head) < streamHeader+2 {
		return 0
	}
	flags, b := head[streamHeader+1], head[streamHeader+2:]
	for _, present := range [...]byte{0x40, 0x80} { // two sizes of variable length may stand before the filters
		if flags&present != 0 {
			_, n := binary.Uvarint(b)
			b = b[max(n, 0):]
		}
	}
	if len(b) < 3 || b[0] != lzma2 || b[1] != 1 || b[2] > 40 {
		return 0
	}
	if b[2] == 40 {
		return 1<<32 - 1
	}
	return uint64(2|b[2]&1) << (b[2]/2 + 11)
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
