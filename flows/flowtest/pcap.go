package flowtest

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"tcpclose/decode"
)

// Link is the link type of the capture that WritePcap makes, as a LINKTYPE_ number; its zero value is Ethernet.
type Link uint16

// The link types that WritePcap knows.
const (
	Ethernet Link = 1
	Raw      Link = 101
	SLL2     Link = 276
)

// PcapOptions says which capture file WritePcap makes. Its zero value is a classic pcap file with nanoseconds and whole
// Ethernet frames.
type PcapOptions struct {
	Link    Link
	NG      bool // pcapng; needed for several interfaces and for notime
	Micro   bool // microseconds instead of nanoseconds
	SnapLen int  // octets kept of each frame; 0 keeps all
	Pad     bool // pads Ethernet frames to 60 octets
}

// WritePcap writes the script as a capture file that the real reader and Wireshark read back to the same segments. All
// checksums are right, but for those that badsum or sum ask to be others. Frame numbers and encapsulations other than
// VLAN are not written.
func WritePcap(w io.Writer, script *Script, opt PcapOptions) error {
	if opt.Link == 0 {
		opt.Link = Ethernet
	}
	out := bufio.NewWriter(w)
	file := capture{out: out, opt: opt}
	file.header(script)
	for i := range script.lines {
		l := &script.lines[i]
		frame, headers, err := buildFrame(nil, &l.seg, opt)
		if err == nil {
			err = file.packet(&l.seg, frame, kept(l, len(frame), headers, opt))
		}
		if err != nil {
			return fmt.Errorf("segment %d: %w", i+1, err)
		}
	}
	return out.Flush()
}

// kept returns how many octets of a frame the capture keeps.
func kept(l *line, whole, headers int, opt PcapOptions) int {
	n := whole
	if opt.SnapLen > 0 {
		n = min(n, opt.SnapLen)
	}
	switch {
	case l.snap > 0:
		n = min(n, l.snap)
	case l.seg.Note&decode.NoteSnapped != 0:
		n = min(n, headers)
	}
	return n
}

// A capture is the file being written.
type capture struct {
	out *bufio.Writer
	opt PcapOptions
	buf []byte
}

func (c *capture) header(script *Script) {
	le := binary.LittleEndian
	snap := uint32(262144)
	if c.opt.SnapLen > 0 {
		snap = uint32(c.opt.SnapLen)
	}
	if !c.opt.NG {
		magic := uint32(0xa1b23c4d)
		if c.opt.Micro {
			magic = 0xa1b2c3d4
		}
		b := le.AppendUint32(nil, magic)
		b = le.AppendUint16(b, 2)
		b = le.AppendUint16(b, 4)
		b = le.AppendUint64(b, 0)
		b = le.AppendUint32(b, snap)
		_, _ = c.out.Write(le.AppendUint32(b, uint32(c.opt.Link)))
		return
	}
	section := le.AppendUint32(nil, 0x1a2b3c4d)
	section = le.AppendUint16(section, 1)
	section = le.AppendUint16(section, 0)
	c.block(0x0a0d0d0a, le.AppendUint64(section, math.MaxUint64))
	last := uint16(0)
	for i := range script.lines {
		last = max(last, script.lines[i].seg.Iface)
	}
	for range int(last) + 1 {
		b := le.AppendUint16(nil, uint16(c.opt.Link))
		b = le.AppendUint16(b, 0)
		b = le.AppendUint32(b, snap)
		resolution := byte(9)
		if c.opt.Micro {
			resolution = 6
		}
		b = append(b, 9, 0, 1, 0, resolution, 0, 0, 0) // if_tsresol
		c.block(1, append(b, 0, 0, 0, 0))
	}
}

// block writes one pcapng block.
func (c *capture) block(kind uint32, body []byte) {
	le := binary.LittleEndian
	total := uint32(12 + (len(body)+3)&^3)
	c.buf = le.AppendUint32(c.buf[:0], kind)
	c.buf = le.AppendUint32(c.buf, total)
	c.buf = append(c.buf, body...)
	for len(c.buf)%4 != 0 {
		c.buf = append(c.buf, 0)
	}
	_, _ = c.out.Write(le.AppendUint32(c.buf, total)) // the writer keeps its error for Flush
}

// packet writes one frame, cut to keep octets.
func (c *capture) packet(s *decode.Segment, frame []byte, keep int) error {
	le := binary.LittleEndian
	unit := int64(1)
	if c.opt.Micro {
		unit = 1000
	}
	if !c.opt.NG {
		sec := s.Time / 1e9
		if sec < 0 || sec > math.MaxUint32 {
			return fmt.Errorf("a pcap file cannot hold times before 1970 or after 2106")
		}
		b := le.AppendUint32(nil, uint32(sec))
		b = le.AppendUint32(b, uint32(s.Time%1e9/unit))
		b = le.AppendUint32(b, uint32(keep))
		b = le.AppendUint32(b, uint32(len(frame)))
		_, _ = c.out.Write(append(b, frame[:keep]...))
		return nil
	}
	if s.Note&decode.NoteNoTime != 0 { // simple packet block: no time, interface 0, cut by its snap length alone
		c.block(3, append(le.AppendUint32(nil, uint32(len(frame))), frame[:keep]...))
		return nil
	}
	ticks := uint64(s.Time / unit)
	b := le.AppendUint32(nil, uint32(s.Iface))
	b = le.AppendUint32(b, uint32(ticks>>32))
	b = le.AppendUint32(b, uint32(ticks))
	b = le.AppendUint32(b, uint32(keep))
	b = le.AppendUint32(b, uint32(len(frame)))
	c.block(6, append(b, frame[:keep]...))
	return nil
}
