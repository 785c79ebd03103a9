package decode

import (
	"encoding/binary"
	"slices"
)

// wrap puts a header around what it is given.
type wrap func(inner []byte) []byte

// stack builds a packet from the outside in: every header goes around what follows it.
func stack(headers ...wrap) []byte {
	var b []byte
	for _, h := range slices.Backward(headers) {
		b = h(b)
	}
	return b
}

// raw is a header of fixed octets.
func raw(head ...byte) wrap {
	return func(inner []byte) []byte { return slices.Concat(head, inner) }
}

// trail puts octets behind: padding, check sequences.
func trail(tail ...byte) wrap {
	return func(inner []byte) []byte { return slices.Concat(inner, tail) }
}

func be16(v int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(v)) }
func be32(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }

func ether(etype int) wrap {
	return raw(append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, be16(etype)...)...)
}

func dot1q(id, etype int) wrap { return raw(append(be16(id), be16(etype)...)...) }

// ether8023 is an Ethernet header with a length.
func ether8023(inner []byte) []byte { return ether(len(inner))(inner) }

func snap(etype int) wrap { return raw(append([]byte{0xaa, 0xaa, 3, 0, 0, 0}, be16(etype)...)...) }

func label(id int, bottom bool) wrap {
	v := id<<12 | 64
	if bottom {
		v |= 0x100
	}
	return raw(be32(v)...)
}

func pppoe(inner []byte) []byte {
	return slices.Concat([]byte{0x11, 0, 0, 7}, be16(len(inner)), inner)
}

// ip4 is an IPv4 header without options between the hosts a and b of 10.0.0.0/24.
func ip4(proto, a, b byte) wrap { return ip4With(proto, a, b, 0, nil) }

// ip4With is an IPv4 header with a flags-and-offset word and options; id is 0x1234.
func ip4With(proto, a, b byte, frag int, options []byte) wrap {
	return func(inner []byte) []byte {
		n := 20 + len(options)
		h := []byte{0x40 | byte(n/4), 0}
		h = append(h, be16(n+len(inner))...)
		h = append(h, 0x12, 0x34)
		h = append(h, be16(frag)...)
		h = append(h, 63, proto, 0, 0, 10, 0, 0, a, 10, 0, 0, b)
		return slices.Concat(h, options, inner)
	}
}

// ip6 is an IPv6 header between the hosts a and b of 2001:db8::/64.
func ip6(next, a, b byte) wrap {
	return func(inner []byte) []byte {
		h := append([]byte{0x60, 0, 0, 0}, be16(len(inner))...)
		h = append(h, next, 63)
		for _, host := range []byte{a, b} {
			h = append(h, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host)
		}
		return append(h, inner...)
	}
}

// extension is an IPv6 extension header of n octets, with its length in units of 8 beyond the first.
func extension(next byte, n int) wrap {
	h := make([]byte, n)
	h[0], h[1] = next, byte(n/8-1)
	h[2], h[3] = 1, byte(n-4) // PadN
	return raw(h...)
}

func udp(src, dst int) wrap {
	return func(inner []byte) []byte {
		return slices.Concat(be16(src), be16(dst), be16(8+len(inner)), be16(0), inner)
	}
}

// tcp is the header of the segment that all tests carry: 40002 > 443, FIN and ACK, seq 100, ack 300.
func tcp(options ...byte) wrap {
	h := append(be16(40002), be16(443)...)
	h = append(append(h, be32(100)...), be32(300)...)
	h = append(h, byte((20+len(options))/4<<4), byte(FIN|ACK), 1, 0xf6, 0xab, 0xcd, 0, 0)
	return raw(append(h, options...)...)
}

// bye is the payload that all tests carry.
var bye = raw([]byte("bye\r\n")...)

var (
	timestamps = []byte{1, 1, 8, 10, 0, 0, 0, 0x11, 0, 0, 0, 0x22}
	segment4   = stack(ip4(protoTCP, 7, 9), tcp(timestamps...), bye)
	segment6   = stack(ip6(protoTCP, 7, 9), tcp(timestamps...), bye)
	bridged4   = stack(ether(etherIPv4), raw(segment4...))
)

// onLink is a packet as it was captured whole.
func onLink(link LinkType, data []byte) *Packet {
	return &Packet{Frame: 7, Time: 1e9, Pos: 24, Data: data, WireLen: uint32(len(data)), LinkType: link, Iface: 3}
}
