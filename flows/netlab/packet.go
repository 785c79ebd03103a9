package netlab

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"tcpclose/decode"
)

// Direction is that of a packet on the wire.
type Direction uint8

// The directions.
const (
	FromA Direction = iota
	FromB
)

// Reverse returns the other direction.
func (d Direction) Reverse() Direction { return 1 - d }

// A Packet is one IP packet with a TCP segment on its way along the wire. Fields are read from and written to Data.
type Packet struct {
	Dir    Direction
	Data   []byte // from the IP header on; the packet owns it
	Forged bool   // made by a rule, not by a host
	tcp    int    // offset of the TCP header
	serial int    // counts what its host has sent, from 0; copies keep it; -1 for a forgery
}

// parsePacket reads an IP packet; ok is false where it holds no whole TCP header directly behind its IP header.
func parsePacket(dir Direction, data []byte) (p *Packet, ok bool) {
	p = &Packet{Dir: dir, Data: data}
	switch {
	case len(data) >= 20 && data[0]>>4 == 4 && data[9] == 6:
		p.tcp = int(data[0]&15) * 4
	case len(data) >= 40 && data[0]>>4 == 6 && data[6] == 6:
		p.tcp = 40
	default:
		return nil, false
	}
	return p, len(data) >= p.tcp+20 && len(data) >= p.tcp+p.headerLen()
}

// Clone returns a copy that shares nothing.
func (p *Packet) Clone() *Packet {
	c := *p
	c.Data = slices.Clone(p.Data)
	return &c
}

func (p *Packet) v4() bool           { return p.Data[0]>>4 == 4 }
func (p *Packet) headerLen() int     { return int(p.Data[p.tcp+12]>>4) * 4 }
func (p *Packet) word(at int) uint32 { return binary.BigEndian.Uint32(p.Data[p.tcp+at:]) }
func (p *Packet) set(at int, v uint32) {
	binary.BigEndian.PutUint32(p.Data[p.tcp+at:], v)
}

// Flags returns the TCP flags.
func (p *Packet) Flags() decode.Flags { return decode.Flags(p.Data[p.tcp+13]) }

// Seq returns the sequence number.
func (p *Packet) Seq() decode.Seq { return decode.Seq(p.word(4)) }

// Ack returns the acknowledgement number, valid with the flag ACK.
func (p *Packet) Ack() decode.Seq { return decode.Seq(p.word(8)) }

// Window returns the window as on the wire, unscaled.
func (p *Packet) Window() uint16 { return binary.BigEndian.Uint16(p.Data[p.tcp+14:]) }

// Len returns the payload's octets.
func (p *Packet) Len() int { return len(p.Data) - p.tcp - p.headerLen() }

// End returns the sequence number after the segment's last.
func (p *Packet) End() decode.Seq {
	n := uint32(p.Len())
	if p.Flags().Has(decode.SYN) {
		n++
	}
	if p.Flags().Has(decode.FIN) {
		n++
	}
	return p.Seq().Add(n)
}

// Src and Dst return the packet's endpoints.
func (p *Packet) Src() netip.AddrPort { return p.endpoint(12, 8, 0) }

// Dst returns where the packet goes.
func (p *Packet) Dst() netip.AddrPort { return p.endpoint(16, 24, 2) }

func (p *Packet) endpoint(at4, at6, port int) netip.AddrPort {
	n := binary.BigEndian.Uint16(p.Data[p.tcp+port:])
	if p.v4() {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(p.Data[at4:at4+4])), n)
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(p.Data[at6:at6+16])), n)
}

// option returns the offset in Data of the option of that kind, or -1.
func (p *Packet) option(kind byte) int {
	for at, end := p.tcp+20, p.tcp+p.headerLen(); at < end; {
		switch {
		case p.Data[at] == kind:
			return at
		case p.Data[at] == 0:
			return -1
		case p.Data[at] == 1:
			at++
		case at+1 >= end || p.Data[at+1] < 2:
			return -1
		default:
			at += int(p.Data[at+1])
		}
	}
	return -1
}

// shift moves the packet's own numbers by seq and those of its peer by ack, SACK blocks included.
func (p *Packet) shift(seq, ack uint32) {
	p.set(4, p.word(4)+seq)
	if p.Flags().Has(decode.ACK) {
		p.set(8, p.word(8)+ack)
	}
	if at := p.option(5); at >= 0 {
		for edge := at + 2; edge+4 <= at+int(p.Data[at+1]); edge += 4 {
			binary.BigEndian.PutUint32(p.Data[edge:], binary.BigEndian.Uint32(p.Data[edge:])+ack)
		}
	}
	p.seal()
}

// forge makes a bare segment between the packet's endpoints in the given direction, with the given TTL.
func (p *Packet) forge(dir Direction, flags decode.Flags, seq, ack decode.Seq, ttl byte) *Packet {
	f := &Packet{Dir: dir, Forged: true, tcp: p.tcp, serial: -1}
	f.Data = make([]byte, p.tcp+20)
	copy(f.Data, p.Data[:p.tcp+4])
	if dir != p.Dir {
		f.swapEnds()
	}
	if f.v4() {
		f.Data[0], f.tcp, f.Data = 0x45, 20, append(f.Data[:20:20], f.Data[p.tcp:]...)
		binary.BigEndian.PutUint16(f.Data[2:], uint16(len(f.Data)))
		f.Data[8] = ttl
		binary.BigEndian.PutUint16(f.Data[4:], 0x2a17) // a box counts for itself
	} else {
		binary.BigEndian.PutUint16(f.Data[4:], 20)
		f.Data[7] = ttl
	}
	f.set(4, uint32(seq))
	f.set(8, uint32(ack))
	f.Data[f.tcp+12] = 5 << 4
	f.Data[f.tcp+13] = byte(flags)
	f.seal()
	return f
}

func (p *Packet) swapEnds() {
	if p.v4() {
		swap(p.Data[12:16], p.Data[16:20])
	} else {
		swap(p.Data[8:24], p.Data[24:40])
	}
	swap(p.Data[p.tcp:p.tcp+2], p.Data[p.tcp+2:p.tcp+4])
}

func swap(a, b []byte) {
	for i := range a {
		a[i], b[i] = b[i], a[i]
	}
}

// seal writes the checksums anew.
func (p *Packet) seal() {
	length := len(p.Data) - p.tcp
	addrs := p.Data[8:40]
	if p.v4() {
		addrs = p.Data[12:20]
		binary.BigEndian.PutUint16(p.Data[10:], 0)
		binary.BigEndian.PutUint16(p.Data[10:], ^fold(sum(0, p.Data[:p.tcp])))
	}
	binary.BigEndian.PutUint16(p.Data[p.tcp+16:], 0)
	s := sum(sum(uint32(length)+6, addrs), p.Data[p.tcp:])
	binary.BigEndian.PutUint16(p.Data[p.tcp+16:], ^fold(s))
}

// sum adds 16-bit words as the Internet checksum does (RFC 1071); fold brings the carries home.
func sum(s uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
