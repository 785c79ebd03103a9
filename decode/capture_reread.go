package decode

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// ErrChanged says that a file no longer holds what the first pass read.
var ErrChanged = errors.New("the file has changed since it was read")

// Reread reads the packets from one position to another again, both included and in the order of the first pass, and
// gives each to fn until that returns false; what came from standard input or a pipe in between is missing. It opens the
// files anew, so it may run beside Next and beside other Rereads, and after Close; positions must come from packets that
// Next returned. A plain file is entered at the position itself; a compressed one is decompressed from its start. Frame
// is 0 in these packets, and FileFrame in files that were entered in the middle: tell packets by Pos.
func (c *Capture) Reread(from, to Position, fn func(*Packet) bool) error {
	for _, at := range [...]Position{from, to} {
		if at.File() >= len(c.sources) {
			return fmt.Errorf("no file has the number %d", at.File())
		}
		if s := c.sources[at.File()]; !s.regular {
			return &FileError{s.path, ErrNotAgain, ""}
		}
	}
	if len(c.sources) == 1 {
		return c.rereadOne(c.sources[0], from, to, fn)
	}
	return c.rereadMerged(from, to, fn)
}

// rereadOne reads on in one file until the offset of to.
func (c *Capture) rereadOne(s *source, from, to Position, fn func(*Packet) bool) error {
	r, seeked, err := c.reopen(s, from.Offset())
	if err != nil {
		return err
	}
	defer r.close()
	var p Packet
	for first := true; ; first = false {
		err := r.next(&p)
		if err == io.EOF && (first || p.Pos < to) || err == nil && first && p.Pos != from {
			return &FileError{s.path, ErrChanged, ""}
		}
		if err == io.EOF || p.Pos > to {
			return nil
		}
		if seeked {
			p.FileFrame = 0
		}
		if !fn(&p) {
			return nil
		}
		if p.Pos == to {
			return nil
		}
	}
}

// rereadMerged merges the files anew, as far as they can hold packets between the two.
func (c *Capture) rereadMerged(from, to Position, fn func(*Packet) bool) error {
	start, err := c.packetAt(from)
	if err != nil {
		return err
	}
	end := Packet{Time: math.MaxInt64}
	if s := c.sources[to.File()]; s.plain() {
		if end, err = c.packetAt(to); err != nil {
			return err
		}
	}
	again := &Capture{opt: c.opt, max: math.MaxUint64, stop: make(chan struct{}), rereads: c}
	again.merge = &merger{}
	defer func() {
		for i := range again.merge.active {
			again.merge.active[i].source.finish()
		}
	}()
	entered := map[int]bool{}
	for _, s := range c.sources {
		if !s.regular || s.info.Skipped != "" {
			continue
		}
		named := s.index == from.File() || s.index == to.File()
		if !named && (s.marks.endsBefore(sortKey(&start)) || s.first > sortKey(&end)) {
			continue
		}
		copied := &source{path: s.path, index: s.index, regular: true, size: s.size, first: s.first}
		if s.index == from.File() {
			copied.first = sortKey(&start)
			copied.enter = from.Offset()
		} else if s.plain() {
			copied.enter = s.marks.before(sortKey(&start))
		}
		entered[s.index] = copied.enter > 0
		again.merge.waiting = append(again.merge.waiting, copied)
	}
	again.merge.sort()
	begun := false
	var p Packet
	for {
		switch err := again.Next(&p); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		p.Frame = 0
		if entered[p.Pos.File()] {
			p.FileFrame = 0
		}
		begun = begun || p.Pos == from
		if p.Pos.File() == to.File() && p.Pos > to {
			return nil
		}
		if begun && !fn(&p) || p.Pos == to {
			return nil
		}
	}
}

// packetAt reads one packet again, without its data.
func (c *Capture) packetAt(at Position) (Packet, error) {
	s := c.sources[at.File()]
	r, _, err := c.reopen(s, at.Offset())
	if err != nil {
		return Packet{}, err
	}
	defer r.close()
	var p Packet
	if err := r.next(&p); err != nil || p.Pos != at {
		return Packet{}, &FileError{s.path, ErrChanged, ""}
	}
	p.Data = nil
	return p, nil
}

// reopen opens a file for a second pass that begins at offset, the start of a record. seeked: the records before it were
// not counted.
func (c *Capture) reopen(s *source, offset int64) (r *fileReader, seeked bool, err error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, false, openError(s.path, err)
	}
	r = &fileReader{
		file: MakePosition(s.index, 0), info: &FileInfo{Path: s.path}, host: recordHost{known: &s.marks},
		close: func() { _ = f.Close() }, confirm: s.readAt,
	}
	if err := r.reenter(s, f, offset, c.opt.NoBombLimit); err != nil {
		r.close()
		return nil, false, err
	}
	return r, r.seeked, nil
}

// reenter recognises the file again and moves to offset.
func (r *fileReader) reenter(s *source, f *os.File, offset int64, noLimit bool) error {
	src, err := r.decompress(s.path, &countedReader{r: f}, noLimit)
	if err != nil {
		return err
	}
	r.win = window{src: src, mem: make([]byte, 0, 64<<10)}
	if err := r.recognise(s.path); err != nil {
		return err
	}
	if offset <= r.win.offset() {
		return nil
	}
	if r.info.Compression == "" {
		if r.ng == nil {
			r.moveTo(f, offset)
			return nil
		}
		if big, ifaces, ok := s.marks.at(offset); ok {
			return r.reenterSection(f, offset, big, ifaces)
		}
	}
	return r.readUpTo(offset)
}

// moveTo goes on at another offset of a plain file.
func (r *fileReader) moveTo(f *os.File, offset int64) {
	r.win = window{src: io.NewSectionReader(f, offset, math.MaxInt64-offset), mem: r.win.mem[:0], base: offset}
	r.seeked = true
}

// reenterSection restores what holds at a place in the middle of a pcapng section.
func (r *fileReader) reenterSection(f *os.File, offset int64, big bool, ifaces []int64) error {
	r.ng.big = big
	for _, at := range ifaces {
		if at != r.win.offset() { // they mostly stand one behind the other
			r.moveTo(f, at)
		}
		b, err := r.block()
		if err != nil || r.win.offset() != at || r.ng.u32(b) != blockInterface {
			return &FileError{r.info.Path, ErrChanged, ""}
		}
		r.readInterface(b)
		r.win.pos += len(b)
	}
	r.moveTo(f, offset)
	return nil
}

// readUpTo reads what stands before offset.
func (r *fileReader) readUpTo(offset int64) error {
	var p Packet
	for r.win.offset() < offset {
		if r.ng == nil {
			if err := r.next(&p); err != nil {
				return &FileError{r.info.Path, ErrChanged, ""}
			}
			continue
		}
		b, err := r.block()
		if err != nil {
			return &FileError{r.info.Path, ErrChanged, ""}
		}
		if r.win.offset() >= offset {
			break
		}
		r.readBlock(&p, b)
		r.win.pos += len(b)
	}
	return nil
}

// Comments reads the comments of the packet at a position again; a pcap file holds none.
func (c *Capture) Comments(at Position) ([]string, error) {
	if at.File() >= len(c.sources) {
		return nil, fmt.Errorf("no file has the number %d", at.File())
	}
	s := c.sources[at.File()]
	if !s.regular {
		return nil, &FileError{s.path, ErrNotAgain, ""}
	}
	r, _, err := c.reopen(s, at.Offset())
	if err != nil {
		return nil, err
	}
	defer r.close()
	if r.ng == nil {
		return nil, nil
	}
	b, err := r.block()
	if err != nil || r.win.offset() != at.Offset() {
		return nil, &FileError{s.path, ErrChanged, ""}
	}
	var list []string
	if typ := r.ng.u32(b); (typ == blockEnhancedPacket || typ == blockObsoletePacket) && len(b) >= minPacketLen {
		end := 28 + (int64(r.ng.u32(b[20:]))+3)&^3
		if end <= int64(len(b)-4) {
			r.eachOption(b[end:len(b)-4], func(code uint16, v []byte) {
				if code == optComment {
					list = r.appendComment(list, v)
				}
			})
		}
	}
	return list, nil
}
