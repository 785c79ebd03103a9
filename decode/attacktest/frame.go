package attacktest

import "encoding/binary"

// TCP flags.
const (
	fin = 1 << iota
	syn
	rst
	_
	ack
)

// An end is an address and a port.
type end struct {
	ip   [4]byte
	port uint16
}

func ip4(first byte, rest uint32) [4]byte {
	return [4]byte{first, byte(rest >> 16), byte(rest >> 8), byte(rest)}
}

var be = binary.BigEndian

// ethernet puts a frame's header before what is in it.
func ethernet(kind uint16, load []byte) []byte {
	b := append(make([]byte, 0, 14+len(load)), 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2)
	return append(be.AppendUint16(b, kind), load...)
}

// ip puts an IPv4 header before what is in it; fragment is its fragment field.
func ip(from, to [4]byte, proto byte, id, fragment uint16, load []byte) []byte {
	b := append(make([]byte, 0, 20+len(load)), 0x45, 0)
	b = be.AppendUint16(b, uint16(20+len(load)))
	b = be.AppendUint16(b, id)
	b = be.AppendUint16(b, fragment)
	b = append(b, 64, proto, 0, 0)
	b = append(append(b, from[:]...), to[:]...)
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(be.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	be.PutUint16(b[10:], ^uint16(sum+sum>>16))
	return append(b, load...)
}

// ip6 puts an IPv6 header before what is in it.
func ip6(next byte, length uint16, load []byte) []byte {
	b := be.AppendUint16(append(make([]byte, 0, 40+len(load)), 0x60, 0, 0, 0), length)
	b = append(b, next, 64)
	for _, last := range [...]byte{1, 2} {
		b = append(b, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last)
	}
	return append(b, load...)
}

// segment returns a TCP segment, whose checksum is 0.
func segment(from, to uint16, flags byte, seq, ackNumber uint32, options []byte, load string) []byte {
	b := make([]byte, 20, 20+len(options)+len(load))
	be.PutUint16(b, from)
	be.PutUint16(b[2:], to)
	be.PutUint32(b[4:], seq)
	if flags&ack != 0 {
		be.PutUint32(b[8:], ackNumber)
	}
	b[12] = byte(20+len(options)) << 2
	b[13] = flags
	be.PutUint16(b[14:], 500)
	return append(append(b, options...), load...)
}

// tcp returns a frame that holds a TCP segment.
func tcp(from, to end, flags byte, seq, ackNumber uint32, options []byte, load string) []byte {
	s := segment(from.port, to.port, flags, seq, ackNumber, options, load)
	return ethernet(0x0800, ip(from.ip, to.ip, 6, 0, 0x4000, s))
}

// udp puts a UDP header before what is in it.
func udp(from, to uint16, load []byte) []byte {
	b := be.AppendUint16(make([]byte, 0, 8+len(load)), from)
	b = be.AppendUint16(b, to)
	b = be.AppendUint16(b, uint16(8+len(load)))
	return append(append(b, 0, 0), load...)
}
