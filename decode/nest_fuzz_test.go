package decode

import "testing"

// A carrier is what a piece of a packet is, which decides what may go around it.
type carrier uint8

const (
	inIP     carrier = iota // what an IP header carries; its protocol number is known
	behindV6                // the same, but an extension header: only IPv6 carries it
	aPacket4                // an IPv4 packet
	aPacket6                // an IPv6 packet
	aFrame                  // an Ethernet frame
)

// A nesting is a packet that grows from the inside out.
type nesting struct {
	b     []byte
	is    carrier
	proto byte
	six   bool // the innermost IP header is IPv6
	based bool // there is one
}

func (n *nesting) around(w wrap, is carrier, proto byte) {
	n.b, n.is, n.proto = w(n.b), is, proto
}

// address puts an IP header around; the innermost one holds the segment's own addresses.
func (n *nesting) address(six bool) {
	a, b := byte(1), byte(2)
	if !n.based {
		a, b, n.based, n.six = 7, 9, true, six
	}
	if six {
		n.around(ip6(n.proto, a, b), aPacket6, 0)
		return
	}
	n.around(ip4(n.proto, a, b), aPacket4, 0)
}

func etypeOf(is carrier) int {
	if is == aPacket6 {
		return etherIPv6
	}
	return etherIPv4
}

// nest puts one header around, chosen by k among those that may go there.
func (n *nesting) nest(k byte) {
	size := 8 + int(k>>3&7)*8
	switch n.is {
	case inIP, behindV6:
		kinds := [...]byte{protoHopByHop, protoDestOptions, protoMobility, protoHIP, protoShim6}
		switch k % 8 {
		case 0, 1:
			n.address(n.is == behindV6)
		case 2, 3:
			n.address(true)
		default:
			n.around(extension(n.proto, size), behindV6, kinds[k>>3%5])
		}
	case aPacket4, aPacket6:
		etype := etypeOf(n.is)
		switch k % 8 {
		case 0:
			proto := byte(protoIPIP)
			if n.is == aPacket6 {
				proto = protoIPv6
			}
			n.around(raw(), inIP, proto)
		case 1:
			n.around(raw(append([]byte{0, 0}, be16(etype)...)...), inIP, protoGRE)
		case 2:
			n.around(raw(append(append([]byte{0xb0, 0}, be16(etype)...), 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 1)...), inIP, protoGRE)
		case 3:
			head := append(append([]byte{2, 0}, be16(etype)...), 0, 0, 66, 0, 1, 2, 3, 1, 0, 0, 0, 0)
			n.around(stackOf(udp(50000, 6081), raw(head...)), inIP, protoUDP)
		case 4:
			n.around(func(b []byte) []byte {
				return udp(2152, 2152)(raw(append(append([]byte{0x30, 0xff}, be16(len(b))...), 0, 0, 0, 55)...)(b))
			}, inIP, protoUDP)
		case 5:
			n.around(stackOf(ether(etherMPLS), label(16, false), label(17, true)), aFrame, 0)
		case 6:
			n.around(stackOf(ether(etherVLAN), dot1q(int(k), etype)), aFrame, 0)
		default:
			n.around(ether(etype), aFrame, 0)
		}
	case aFrame:
		switch k % 4 {
		case 0:
			n.around(stackOf(udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0)), inIP, protoUDP)
		case 1:
			n.around(raw(0x20, 0, 0x65, 0x58, 0, 0, 99, 5), inIP, protoGRE)
		case 2:
			n.around(raw(0x30, 0), inIP, protoEtherIP)
		default:
			n.around(raw(0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, 33, 0, 0, 0, 1), inIP, protoGRE)
		}
	}
}

// stackOf joins headers to one.
func stackOf(headers ...wrap) wrap {
	return func(inner []byte) []byte {
		return stack(append(headers, raw(inner...))...)
	}
}

// FuzzNesting wraps the segment in tunnels, tags and extension headers of any kind and order: as long as there are not
// too many, the innermost segment comes out as it went in.
func FuzzNesting(f *testing.F) {
	f.Add([]byte{0, 0, 0})
	f.Add([]byte{4, 12, 20, 2, 7, 0, 0, 6, 1, 2, 3, 3, 5, 2, 0})
	f.Add([]byte{44, 36, 28, 2, 2, 1, 4, 3})
	f.Add([]byte("\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, script []byte) {
		n := nesting{b: stack(tcp(timestamps...), bye), is: inIP, proto: protoTCP}
		script = script[:min(len(script), 60)]
		for _, k := range script {
			n.nest(k)
		}
		link := linkRaw
		switch n.is {
		case inIP, behindV6:
			n.address(n.is == behindV6)
		case aFrame:
			link = linkEthernet
		}
		d := NewDecoder(Config{})
		var s Segment
		stain(&s)
		p := onLink(link, n.b)
		describedWell(t, p)
		if !d.Decode(p, &s) {
			// Each step puts up to three headers around.
			if skip := d.LastSkip(); skip.Reason != ReasonTooDeep || len(script) < maxHeaders/4 {
				t.Fatalf("%d steps: %v", len(script), &skip)
			}
			return
		}
		src, dst := mapped4([]byte{10, 0, 0, 7}), mapped4([]byte{10, 0, 0, 9})
		if n.six {
			src, dst = Addr{0x20, 1, 0xd, 0xb8, 15: 7}, Addr{0x20, 1, 0xd, 0xb8, 15: 9}
		}
		if s.Src != src || s.Dst != dst || s.SrcPort != 40002 || s.DstPort != 443 || s.Seq != 100 || s.Ack != 300 || s.Len != 5 ||
			s.TSVal != 0x11 || s.Flags != FIN|ACK || string(d.Payload(p, &s)) != "bye\r\n" {
			t.Fatalf("%d steps: %+v", len(script), s)
		}
	})
}
