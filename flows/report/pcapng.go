package report

import (
	"bufio"
	"encoding/binary"
	"io"
	"unicode/utf8"

	"tcpclose/decode"
)

// The blocks and options of pcapng that are written (draft-ietf-opsawg-pcapng).
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockObsolete  = 2
	blockEnhanced  = 6

	optionComment      = 1
	optionApplication  = 4
	optionResolution   = 9
	optionFCSLength    = 13
	sectionLengthAt    = 16
	packetHeader       = 28
	nanosecondsPerTick = 9
	maxComment         = 60_000 // an option's length has 16 bits
)

// A Pcapng writes a capture file: blocks as they stood in another, or its own. Errors are kept for Flush.
type Pcapng struct {
	out     *bufio.Writer
	b       []byte
	section int // of the copied file, whose header was written; -1: none
}

// NewPcapng returns a writer.
func NewPcapng(w io.Writer) *Pcapng { return &Pcapng{out: bufio.NewWriterSize(w, 1<<16), section: -1} }

// File begins with the blocks of another file.
func (p *Pcapng) File() { p.section = -1 }

// Flush writes what is left, and returns the first error.
func (p *Pcapng) Flush() error { return p.out.Flush() }

// Section begins a section of our own, little endian.
func (p *Pcapng) Section(application string) {
	b := p.begin(blockSection)
	b = binary.LittleEndian.AppendUint32(b, 0x1a2b3c4d)
	b = append(b, 1, 0, 0, 0) // version 1.0
	b = binary.LittleEndian.AppendUint64(b, ^uint64(0))
	p.finish(endOptions(appendOption(b, binary.LittleEndian, optionApplication, application)))
}

// Interface describes the next interface of our own section; its packets' times count nanoseconds.
func (p *Pcapng) Interface(i *decode.Interface) {
	b := p.begin(blockInterface)
	b = binary.LittleEndian.AppendUint16(b, uint16(i.LinkType))
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint32(b, i.SnapLen)
	b = appendOption(b, binary.LittleEndian, optionResolution, string(rune(nanosecondsPerTick)))
	if i.FCSLen > 0 {
		b = appendOption(b, binary.LittleEndian, optionFCSLength, string([]byte{i.FCSLen}))
	}
	p.finish(endOptions(b))
}

// Packet writes a packet of an interface of our own section. time is nanoseconds since 1970 UTC.
func (p *Pcapng) Packet(iface uint32, time int64, data []byte, wire uint32, comment string) {
	b := p.begin(blockEnhanced)
	b = binary.LittleEndian.AppendUint32(b, iface)
	b = binary.LittleEndian.AppendUint32(b, uint32(uint64(time)>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(time))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, wire)
	b = pad(append(b, data...))
	if comment != "" {
		b = endOptions(appendOption(b, binary.LittleEndian, optionComment, comment))
	}
	p.finish(b)
}

// enter writes a header for a section whose own one was lost to damage: its blocks, and the numbers of its interfaces,
// mean nothing without.
func (p *Pcapng) enter(block *decode.RawBlock) {
	if block.Type == blockSection {
		p.section = block.Section
	}
	if p.section == block.Section {
		return
	}
	p.section = block.Section
	const length = 28
	var order binary.AppendByteOrder = binary.LittleEndian
	if block.BigEndian {
		order = binary.BigEndian
	}
	b := order.AppendUint32(p.b[:0], blockSection)
	b = order.AppendUint32(order.AppendUint32(b, length), 0x1a2b3c4d)
	b = order.AppendUint16(order.AppendUint16(b, 1), 0)
	b = order.AppendUint32(order.AppendUint64(b, ^uint64(0)), length)
	_, _ = p.out.Write(b)
	p.b = b
}

// Copy writes a block as it stood in its file; a section's length, which no longer holds, becomes unknown.
func (p *Pcapng) Copy(block *decode.RawBlock) {
	p.enter(block)
	if block.Type != blockSection || len(block.Raw) < sectionLengthAt+8 {
		_, _ = p.out.Write(block.Raw) // bufio keeps the error
		return
	}
	b := append(p.b[:0], block.Raw...)
	for i := range 8 {
		b[sectionLengthAt+i] = 0xff
	}
	_, _ = p.out.Write(b)
	p.b = b
}

// CopyCommented is Copy with one more comment, before the options that the packet has. A simple packet block has no room
// for one.
func (p *Pcapng) CopyCommented(block *decode.RawBlock, comment string) {
	var order binary.AppendByteOrder = binary.LittleEndian
	u32 := binary.LittleEndian.Uint32
	if block.BigEndian {
		order, u32 = binary.BigEndian, binary.BigEndian.Uint32
	}
	raw := block.Raw
	if block.Type != blockEnhanced && block.Type != blockObsolete || len(raw) < packetHeader+4 || comment == "" {
		p.Copy(block)
		return
	}
	end := packetHeader + (int64(u32(raw[20:]))+3)&^3
	if end > int64(len(raw)-4) {
		p.Copy(block)
		return
	}
	p.enter(block)
	b := append(p.b[:0], raw[:end]...)
	b = appendOption(b, order, optionComment, comment)
	if rest := raw[end : len(raw)-4]; len(rest) > 0 {
		b = append(b, rest...)
	} else {
		b = endOptions(b)
	}
	b = order.AppendUint32(b, 0)
	length := order.AppendUint32(nil, uint32(len(b)))
	copy(b[4:], length)
	copy(b[len(b)-4:], length)
	_, _ = p.out.Write(b)
	p.b = b
}

func (p *Pcapng) begin(kind uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(p.b[:0], kind), 0)
}

// finish fills in the block's two lengths and writes it.
func (p *Pcapng) finish(b []byte) {
	binary.LittleEndian.PutUint32(b[4:], uint32(len(b)+4))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(b)+4))
	_, _ = p.out.Write(b)
	p.b = b
}

func appendOption(b []byte, order binary.AppendByteOrder, code uint16, value string) []byte {
	if n := maxComment; len(value) > n {
		for n > maxComment-utf8.UTFMax && !utf8.RuneStart(value[n]) {
			n--
		}
		value = value[:n]
	}
	b = order.AppendUint16(b, code)
	b = order.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

// endOptions ends a list of options.
func endOptions(b []byte) []byte { return append(b, 0, 0, 0, 0) }

// pad fills up to a multiple of four octets; blocks begin at one.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
