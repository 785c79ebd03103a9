package decode

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A RawBlock is one piece of a capture file as it stands there: a pcapng block with both its lengths, or of a pcap file
// its header, then each record with its own header.
type RawBlock struct {
	Offset    int64
	Type      uint32 // pcapng: the block's type; pcap: RawPcapHeader or RawPcapRecord
	Section   int    // pcapng: 0-based number of its section; damage may have taken that one's header block away
	BigEndian bool
	Raw       []byte // valid until the function it was given to returns
}

// The types of a pcap file's pieces; pcapng reserves the highest bit for private use, so they clash with no standard one.
const (
	RawPcapHeader = 0xfffffff0
	RawPcapRecord = 0xfffffff1
)

// Blocks gives every block of a file to fn, in file order, until that returns false: a writer that passes them on
// changes nothing that it does not want to change. Damaged parts are left out, and so are blocks beyond 16 MiB. It opens
// the file anew, as Reread does.
func (c *Capture) Blocks(file int, fn func(RawBlock) bool) error {
	if file < 0 || file >= len(c.sources) {
		return fmt.Errorf("no file has the number %d", file)
	}
	s := c.sources[file]
	if !s.regular {
		return &FileError{s.path, ErrNotAgain, ""}
	}
	r, _, err := c.reopen(s, 0)
	if err != nil {
		return err
	}
	defer r.close()
	if r.ng == nil {
		return r.pcapPieces(fn)
	}
	var p Packet
	for {
		b, err := r.block()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		typ := r.ng.u32(b)
		if binary.LittleEndian.Uint32(b) == blockSection {
			typ = blockSection
		}
		if !fn(RawBlock{r.win.offset(), typ, r.ng.section, r.ng.big, b}) {
			return nil
		}
		r.readBlock(&p, b) // sections change how the next block is read
		r.win.pos += len(b)
	}
}

// pcapPieces gives the file header and the records to fn.
func (r *fileReader) pcapPieces(fn func(RawBlock) bool) error {
	w := &r.win
	if r.ended || !fn(RawBlock{0, RawPcapHeader, 0, r.pcap.big, r.pcap.header[:]}) {
		return nil
	}
	var p Packet
	for {
		switch err := r.next(&p); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		start := w.pos - len(p.Data) - r.pcap.recordLen
		if !fn(RawBlock{p.Pos.Offset(), RawPcapRecord, 0, r.pcap.big, w.buf[start:w.pos]}) {
			return nil
		}
	}
}
