package live

import (
	"bufio"
	"encoding/binary"
	"io"

	"tcpclose/decode"
)

// A Writer writes a capture as pcapng with nanoseconds, one section with the interfaces as they appear.
type Writer struct {
	out    *bufio.Writer
	size   int64
	known  int // interfaces described so far
	buf    []byte
	ifaces func() []decode.Interface
}

// Block types and options of pcapng.
const (
	blockSection    = 0x0A0D0D0A
	blockInterface  = 1
	blockStatistics = 5
	blockPacket     = 6

	optionEnd         = 0
	optionComment     = 1
	optionApplication = 4 // of a section
	optionName        = 2 // of an interface
	optionResolution  = 9 // of an interface
	optionOSDrop      = 7 // of statistics
	optionReceived    = 8 // isb_usrdeliv
	optionEndTime     = 3 // isb_endtime
	nanoseconds       = 9 // the resolution's value: 10^-9
)

// NewWriter writes the section's header. ifaces tells the interfaces known by now; what a Packet's Iface means must be
// among them when the packet is written.
func NewWriter(w io.Writer, application string, ifaces func() []decode.Interface) (*Writer, error) {
	x := &Writer{out: bufio.NewWriterSize(w, 1<<18), ifaces: ifaces}
	le := binary.LittleEndian
	b := x.begin(blockSection)
	b = le.AppendUint32(b, 0x1A2B3C4D)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 0)
	b = le.AppendUint64(b, ^uint64(0)) // the length is not known
	b = option(b, optionApplication, application)
	return x, x.end(option(b, optionEnd, ""))
}

// Packet writes one packet; a comment that is not empty goes with it.
func (x *Writer) Packet(p *decode.Packet, comment string) error {
	for x.known <= int(p.Iface) {
		if err := x.describe(); err != nil {
			return err
		}
	}
	le := binary.LittleEndian
	b := x.begin(blockPacket)
	b = le.AppendUint32(b, uint32(p.Iface))
	b = appendTime(b, p.Time)
	b = le.AppendUint32(b, uint32(len(p.Data)))
	b = le.AppendUint32(b, p.WireLen)
	b = append(b, p.Data...)
	if comment != "" {
		for len(b)%4 != 0 {
			b = append(b, 0)
		}
		b = option(option(b, optionComment, comment), optionEnd, "")
	}
	return x.end(b)
}

// describe writes the next interface; one that is not known gets an empty description.
func (x *Writer) describe() error {
	var i decode.Interface
	if list := x.ifaces(); x.known < len(list) {
		i = list[x.known]
	}
	x.known++
	le := binary.LittleEndian
	b := x.begin(blockInterface)
	b = le.AppendUint16(b, uint16(i.LinkType))
	b = le.AppendUint16(b, 0)
	b = le.AppendUint32(b, 0) // no limit: fragments are kept whole, whatever the snap length
	if i.Name != "" {
		b = option(b, optionName, i.Name)
	}
	b = option(b, optionResolution, string([]byte{nanoseconds}))
	return x.end(option(b, optionEnd, ""))
}

// Statistics writes what the first interface lost; at is the time, in nanoseconds since 1970.
func (x *Writer) Statistics(at int64, c Counts) error {
	if x.known == 0 {
		return nil
	}
	le := binary.LittleEndian
	b := x.begin(blockStatistics)
	b = le.AppendUint32(b, 0)
	b = appendTime(b, at)
	b = option(b, optionEndTime, string(appendTime(nil, at)))
	b = option(b, optionOSDrop, string(le.AppendUint64(nil, c.Dropped)))
	b = option(b, optionReceived, string(le.AppendUint64(nil, c.Packets)))
	return x.end(option(b, optionEnd, ""))
}

// Flush writes out what is held back.
func (x *Writer) Flush() error { return x.out.Flush() }

// Size returns how many octets were written, those held back included.
func (x *Writer) Size() int64 { return x.size }

func (x *Writer) begin(kind uint32) []byte {
	return append(binary.LittleEndian.AppendUint32(x.buf[:0], kind), 0, 0, 0, 0)
}

// end pads a block, fills in its length and writes it.
func (x *Writer) end(b []byte) error {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	n := uint32(len(b) + 4)
	binary.LittleEndian.PutUint32(b[4:], n)
	b = binary.LittleEndian.AppendUint32(b, n)
	x.buf = b
	x.size += int64(len(b))
	_, err := x.out.Write(b)
	return err
}

// appendTime appends a time as pcapng has it: the upper half first.
func appendTime(b []byte, t int64) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(uint64(t)>>32))
	return binary.LittleEndian.AppendUint32(b, uint32(t))
}

func option(b []byte, code uint16, value string) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
