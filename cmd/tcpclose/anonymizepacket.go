package main

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"tcpclose/decode"
)

// The parts of headers that anonymizing has to know.
const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
	etherVLAN = 0x8100

	optionEnd  = 0
	optionNone = 1
)

// tellingNothing are the TCP options that name neither a host nor a secret: MSS, window scale, SACK permitted, SACK,
// timestamps.
var tellingNothing = []byte{2, 3, 4, 5, 8}

// packet appends a packet anew: an Ethernet header without addresses (with the segment's VLAN tag, if it has one), the IP
// and TCP headers with other addresses and right checksums, and no payload. An ICMP error keeps what it quotes of those
// headers. Tunnels around it are left out. wire is the length that the packet would have had.
func (n *anonymizer) packet(b []byte, p *decode.Packet, s *decode.Segment) (out []byte, wire uint32) {
	layers := decode.Describe(p)
	first, last := innermost(layers)
	etype, at, end := uint16(etherIPv4), 0, 0
	if first >= 0 {
		at, end = layers[first].Offset, min(layers[last].Offset+layers[last].Length, len(p.Data))
		if layers[first].Name == "IPv6" {
			etype = etherIPv6
		}
	}
	b = append(b, make([]byte, 12)...)
	if s.VLAN&decode.VLANPresent != 0 {
		b = binary.BigEndian.AppendUint16(b, etherVLAN)
		b = binary.BigEndian.AppendUint16(b, s.VLAN&^decode.VLANPresent)
	}
	b = binary.BigEndian.AppendUint16(b, etype)
	link := len(b)
	b = append(b, p.Data[at:end]...)
	if first < 0 {
		return b, uint32(len(b))
	}
	ip := b[link:]
	total := ipLength(ip)
	if total == 0 { // left to the network card
		total = int(p.WireLen) - at
	}
	for i := last; i >= first; i-- { // from the inside, since checksums of the outside cover it
		from := layers[i].Offset - at
		if from >= len(ip) {
			continue
		}
		to := min(from+layers[i].Length, len(ip))
		switch name := layers[i].Name; {
		case name == "IPv4" || name == "IPv6":
			n.header(ip[from:])
		case name == "TCP":
			n.tcp(ip, layers[first:i+1], at, from, to, total)
		case strings.HasPrefix(name, "ICMP"):
			binary.BigEndian.PutUint16(ip[from+2:], 0) // that of the whole message, of which a part is left
		case strings.Contains(name, "Routing"):
			clear(ip[min(from+4, to):to])
		}
	}
	return b, uint32(max(link+total, len(b)))
}

// innermost returns the layers from the IP header that carries the segment, or the ICMP error about one, to the last
// that is kept; -1 where there is no IP header.
func innermost(layers []decode.LayerText) (first, last int) {
	first, last = -1, -1
	inError := false
	for i := range layers {
		switch name := layers[i].Name; {
		case (name == "IPv4" || name == "IPv6") && !inError:
			first, last = i, i
		case first < 0 || name == "Payload" || name == "No segment" || name == "UDP":
		case name == "TCP" || name == "IPv4" || name == "IPv6" || layers[i].Summary == "extension header":
			last = i
		case strings.HasPrefix(name, "ICMP"):
			last, inError = i, true
		}
	}
	return first, last
}

// ipLength returns the length that an IP header promises, its own included.
func ipLength(ip []byte) int {
	switch {
	case len(ip) >= 20 && ip[0]>>4 == 4:
		return int(binary.BigEndian.Uint16(ip[2:]))
	case len(ip) >= 40 && ip[0]>>4 == 6:
		return 40 + int(binary.BigEndian.Uint16(ip[4:]))
	}
	return 0
}

// header replaces the addresses of an IP header, and what options may tell of others.
func (n *anonymizer) header(ip []byte) {
	switch {
	case len(ip) >= 20 && ip[0]>>4 == 4:
		n.replace(ip[12:16])
		n.replace(ip[16:20])
		head := max(min(int(ip[0]&15)*4, len(ip)), 20)
		for i := 20; i < head; i++ {
			ip[i] = optionNone
		}
		binary.BigEndian.PutUint16(ip[10:], 0)
		binary.BigEndian.PutUint16(ip[10:], ^fold(sum(0, ip[:head])))
	case len(ip) >= 40 && ip[0]>>4 == 6:
		n.replace(ip[8:24])
		n.replace(ip[24:40])
	}
}

func (n *anonymizer) replace(b []byte) {
	if a, ok := netip.AddrFromSlice(b); ok {
		copy(b, n.whole(a).AsSlice())
	}
}

// whole is addr, but an IPv4-mapped address stays one of 16 octets.
func (n *anonymizer) whole(a netip.Addr) netip.Addr {
	to := n.addr(a)
	if a.Is4In6() {
		return netip.AddrFrom16(to.As16())
	}
	return to
}

// tcp takes the options away that could name somebody, and makes the checksum right for a payload of zeros.
func (n *anonymizer) tcp(ip []byte, layers []decode.LayerText, at, from, to, total int) {
	t := ip[from:to]
	if len(t) < 20 {
		return
	}
	for o := t[20:]; len(o) > 0 && o[0] != optionEnd; {
		size := 1
		if o[0] != optionNone {
			if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
				fill(o)
				break
			}
			size = int(o[1])
			if !slices.Contains(tellingNothing, o[0]) {
				fill(o[:size])
			}
		}
		o = o[size:]
	}
	binary.BigEndian.PutUint16(t[16:], 0)
	if len(t) < int(t[12]>>4)*4 {
		return // the snap length cut it: a checksum of a part is none
	}
	// The IP header that carries it is the last before it; its addresses are still the old ones.
	for i, layer := range slices.Backward(layers) {
		head := ip[layer.Offset-at:]
		length := total - from
		if i > 0 { // quoted: what it promises itself
			length = ipLength(head) - (from - (layer.Offset - at))
		}
		if length < len(t) {
			continue
		}
		s := uint64(6) + uint64(length)>>16 + uint64(length)&0xffff
		switch layer.Name {
		case "IPv4":
			s = n.sumAddrs(s, head[12:16], head[16:20])
		case "IPv6":
			s = n.sumAddrs(s, head[8:24], head[24:40])
		default:
			continue
		}
		binary.BigEndian.PutUint16(t[16:], ^fold(sum(s, t)))
		return
	}
}

// sumAddrs adds what addresses will be replaced by.
func (n *anonymizer) sumAddrs(s uint64, addrs ...[]byte) uint64 {
	for _, b := range addrs {
		if a, ok := netip.AddrFromSlice(b); ok {
			s = sum(s, n.whole(a).AsSlice())
		}
	}
	return s
}

func fill(b []byte) {
	for i := range b {
		b[i] = optionNone
	}
}

// sum adds octets as 16-bit words (RFC 1071).
func sum(s uint64, b []byte) uint64 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		s += uint64(b[0]) << 8
	}
	return s
}

func fold(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
