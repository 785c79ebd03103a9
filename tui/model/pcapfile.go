package model

import (
	"encoding/binary"
	"io"

	"tcpclose/decode"
)

// writePcapHeader writes the header of a pcap file whose times are nanoseconds.
func writePcapHeader(w io.Writer, link decode.LinkType) error {
	var h [24]byte
	binary.LittleEndian.PutUint32(h[0:], 0xa1b23c4d)
	binary.LittleEndian.PutUint16(h[4:], 2)
	binary.LittleEndian.PutUint16(h[6:], 4)
	binary.LittleEndian.PutUint32(h[16:], 262144)
	binary.LittleEndian.PutUint32(h[20:], uint32(link))
	_, err := w.Write(h[:])
	return err
}

// writePcapRecord writes one packet.
func writePcapRecord(w io.Writer, p *decode.Packet) error {
	var h [16]byte
	binary.LittleEndian.PutUint32(h[0:], uint32(p.Time/1e9))
	binary.LittleEndian.PutUint32(h[4:], uint32(p.Time%1e9))
	binary.LittleEndian.PutUint32(h[8:], uint32(len(p.Data)))
	binary.LittleEndian.PutUint32(h[12:], p.WireLen)
	if _, err := w.Write(h[:]); err != nil {
		return err
	}
	_, err := w.Write(p.Data)
	return err
}
