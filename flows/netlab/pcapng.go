package netlab

import (
	"encoding/binary"
	"io"
)

// linkTypeRaw is LINKTYPE_RAW: the packet begins with its IP header.
const linkTypeRaw = 101

// Block types of pcapng.
const (
	sectionHeader  = 0x0A0D0D0A
	interfaceBlock = 1
	enhancedPacket = 6
)

// WriteCapture writes packets as pcapng: one section with a comment, one raw-IP interface with nanoseconds. A snap length
// of 0 keeps whole packets.
func WriteCapture(w io.Writer, comment, iface string, snap int, packets []Timed) error {
	le := binary.LittleEndian
	section := le.AppendUint32(nil, 0x1A2B3C4D)
	section = le.AppendUint16(section, 1)
	section = le.AppendUint16(section, 0)
	section = le.AppendUint64(section, ^uint64(0)) // length not given
	section = option(section, 1, comment)
	section = option(section, 0, "")
	out := block(nil, sectionHeader, section)

	idb := le.AppendUint16(nil, linkTypeRaw)
	idb = le.AppendUint16(idb, 0)
	idb = le.AppendUint32(idb, uint32(snap))
	idb = option(idb, 2, iface)
	idb = option(idb, 9, "\x09") // if_tsresol: 10^-9
	idb = option(idb, 0, "")
	out = block(out, interfaceBlock, idb)

	for _, p := range packets {
		data := p.Data
		if snap > 0 {
			data = data[:min(snap, len(data))]
		}
		epb := le.AppendUint32(nil, 0)
		epb = le.AppendUint32(epb, uint32(uint64(p.Time)>>32))
		epb = le.AppendUint32(epb, uint32(p.Time))
		epb = le.AppendUint32(epb, uint32(len(data)))
		epb = le.AppendUint32(epb, uint32(len(p.Data)))
		epb = append(epb, data...)
		epb = pad(epb)
		out = block(out, enhancedPacket, epb)
	}
	_, err := w.Write(out)
	return err
}

// Timed is a packet with its time in nanoseconds since 1970.
type Timed struct {
	Time int64
	Data []byte
}

func block(out []byte, kind uint32, body []byte) []byte {
	length := uint32(len(body) + 12)
	out = binary.LittleEndian.AppendUint32(out, kind)
	out = binary.LittleEndian.AppendUint32(out, length)
	out = append(out, body...)
	return binary.LittleEndian.AppendUint32(out, length)
}

func option(out []byte, code uint16, value string) []byte {
	if code != 0 && value == "" {
		return out
	}
	out = binary.LittleEndian.AppendUint16(out, code)
	out = binary.LittleEndian.AppendUint16(out, uint16(len(value)))
	return pad(append(out, value...))
}

func pad(out []byte) []byte {
	for len(out)%4 != 0 {
		out = append(out, 0)
	}
	return out
}
