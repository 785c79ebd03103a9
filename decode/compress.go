package decode

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// compressions are the formats that are recognised by their first octets.
var compressions = [...]compression{
	{"gzip", "\x1f\x8b\x08", openGzip, gzipPlaces},
	{"zstd", "\x28\xb5\x2f\xfd", openZstd, zstdPlaces},
	{"lz4", "\x04\x22\x4d\x18", openLZ4, lz4Places},
	{"xz", "\xfd7zXZ\x00", openXZ, xzPlaces},
	{"bzip2", "BZh", openBzip2, bzip2Places},
}

type compression struct {
	name   string
	magic  string
	open   opener
	places places
}

// An opener makes a decompressor of what begins somewhere in a compressed file.
type opener func(io.Reader) (io.Reader, error)

const (
	// maxNesting is how often a compressed file may be compressed again.
	maxNesting = 2
	// bombFloor is how much a compressed file may always grow to.
	bombFloor = 64 << 20
	// bombRatio is by how much it may grow beyond that. Captures of equal full-size packets reach about 300.
	bombRatio = 1000
	// maxWindow bounds what a zstd frame or an xz block may ask for: zstd --long asks for this much, xz -9 for half.
	maxWindow = 128 << 20
)

var errBomb = fmt.Errorf("more than %d times its size, and over %d MiB", bombRatio, bombFloor>>20)

// A gzipReader reads the members of a gzip file, and takes zeros behind the last one for what they are: padding.
type gzipReader struct {
	packed interface{ pos() int64 }
	src    *bufio.Reader
	member *gzip.Reader
	at     int64 // where the member begins
}

// begun returns where in the file the member begins.
func (g *gzipReader) begun() int64 { return g.at }

// unused returns how many octets were read and not used yet.
func (g *gzipReader) unused() int { return g.src.Buffered() }

func openGzip(r io.Reader) (io.Reader, error) {
	packed := r.(interface{ pos() int64 })
	g := &gzipReader{packed: packed, src: bufio.NewReader(r), at: packed.pos()}
	var err error
	if g.member, err = gzip.NewReader(g.src); err != nil {
		return nil, err
	}
	g.member.Multistream(false)
	return g, nil
}

func (g *gzipReader) Read(p []byte) (n int, err error) {
	for {
		n, err = g.member.Read(p)
		if err != io.EOF {
			return n, err
		}
		if n > 0 { // the end of a member; the next call finds it again
			return n, nil
		}
		next, err := g.src.ReadByte()
		for err == nil && next == 0 {
			next, err = g.src.ReadByte()
		}
		if err != nil {
			return 0, err
		}
		if err := g.src.UnreadByte(); err != nil {
			return 0, err
		}
		g.at = g.packed.pos() - int64(g.unused())
		if err := g.member.Reset(g.src); err != nil {
			return 0, fmt.Errorf("behind the last gzip member: %w", err)
		}
		g.member.Multistream(false)
	}
}

func openZstd(r io.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
}

func openLZ4(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }

// compressionOf returns the index of the format that head begins with; -1: none.
func compressionOf(head []byte) int {
	for i := range compressions {
		if bytes.HasPrefix(head, []byte(compressions[i].magic)) {
			return i
		}
	}
	return -1
}

// decompress puts decompressors around src, by what its first octets say.
func (r *fileReader) decompress(path string, raw *countedReader, noLimit bool) (io.Reader, error) {
	var src io.Reader = raw
	r.info.Compression = ""
	var outer *unpacker
	for range maxNesting + 1 {
		head := make([]byte, 6)
		n, err := readHead(src, head)
		head = head[:n]
		switch {
		case n == 0 && err != io.EOF && r.info.Compression != "" && !isFileError(err):
			return nil, damagedAtStart(path, r.info.Compression, err)
		case n == 0 && err != io.EOF:
			return nil, openError(path, err)
		}
		src = &headedReader{head, src, err}
		i := compressionOf(head)
		if i < 0 {
			break
		}
		name := compressions[i].name
		inner, err := newUnpacker(&compressions[i], src)
		if err != nil {
			return nil, damagedAtStart(path, name, err)
		}
		if outer != nil { // whoever unpacks its octets knows nothing of gaps
			outer.final, inner.final = true, true
		}
		src, outer = inner, inner
		if r.info.Compression != "" {
			name = r.info.Compression + "+" + name
		}
		r.info.Compression = name
	}
	if r.info.Compression == "" {
		return src, nil
	}
	r.confirm = nil
	if noLimit {
		return src, nil
	}
	return &bombGuard{src: src, raw: raw}, nil
}

// damagedAtStart is the error of compressed data that gives nothing at all.
func damagedAtStart(path, format string, err error) error {
	return &FileError{path, ErrNotCapture, fmt.Sprintf("%s data that is damaged from its start on (%v): nothing can be read", format, err)}
}

// readHead reads until head is full. It returns what ended src before, as src said it: io.ReadFull would not tell the end
// of a file from that of a compressed one that was cut.
func readHead(src io.Reader, head []byte) (n int, err error) {
	for n < len(head) && err == nil {
		var m int
		m, err = readSome(src, head[n:])
		n += m
	}
	return n, err
}

// A headedReader returns octets that were taken from r to look at them, then the rest.
type headedReader struct {
	head []byte
	r    io.Reader
	err  error // what ended r while it was looked at
}

func (h *headedReader) Read(p []byte) (int, error) {
	if len(h.head) > 0 {
		n := copy(p, h.head)
		h.head = h.head[n:]
		return n, nil
	}
	if err := h.err; err != nil {
		h.err = nil
		return 0, err
	}
	return h.r.Read(p)
}

// A bombGuard ends a stream that grows beyond reason.
type bombGuard struct {
	src io.Reader
	raw *countedReader
	out int64
}

func (g *bombGuard) Read(p []byte) (int, error) {
	n, err := g.src.Read(p)
	g.out += int64(n)
	if err == nil && g.out > bombFloor && g.out/bombRatio > g.raw.n {
		err = errBomb
	}
	return n, err
}
