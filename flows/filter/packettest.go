package filter

import (
	"net/netip"

	"tcpclose/decode"
)

// PacketTest returns the filter's Packet as a test that decode.KernelFilter makes a program of: what it refuses, neither
// f nor MatchSegment wants. nil: nothing can be refused.
func (f *Filter) PacketTest() *decode.PacketTest {
	p := f.Packet()
	if p.All() {
		return nil
	}
	t := p.root.packetTest()
	return &t
}

// packetTest translates a node of a Packet, which holds words on endpoints alone, of either or both ends.
func (n *node) packetTest() decode.PacketTest {
	switch n.kind {
	case nodeTerm:
		return n.term.packetTest()
	case nodeNot:
		return decode.PacketTest{Op: decode.TestNot, Kids: []decode.PacketTest{n.kids[0].packetTest()}}
	case nodeAnd, nodeOr:
	}
	t := decode.PacketTest{Op: decode.TestAll}
	if n.kind == nodeOr {
		t.Op = decode.TestAny
	}
	for _, k := range n.kids {
		t.Kids = append(t.Kids, k.packetTest())
	}
	return t
}

// packetTest makes a test of both ends: one of them must fit, or each.
func (m *term) packetTest() decode.PacketTest {
	t := decode.PacketTest{Op: decode.TestAny, Kids: []decode.PacketTest{m.endTest(true), m.endTest(false)}}
	if m.reach == bothEnds {
		t.Op = decode.TestAll
	}
	return t
}

// endTest is the term's test of the source, or of the destination: one of the values fits.
func (m *term) endTest(source bool) decode.PacketTest {
	union := decode.PacketTest{Op: decode.TestAny}
	switch m.word.name {
	case "tcp":
		return decode.PacketTest{Op: decode.TestAll}
	case "ip", "ip6":
		return decode.PacketTest{Op: decode.TestFamily, V6: m.word.name == "ip6"}
	}
	for i := range m.values {
		union.Kids = append(union.Kids, m.values[i].endTest(m.word.values == portKind, m.op, source))
	}
	return union
}

// endTest is the test of one value.
func (v *value) endTest(port bool, op compare, source bool) decode.PacketTest {
	end := decode.PacketTest{Source: source, Dest: !source}
	ports := end
	ports.Op = decode.TestPort
	low, high := v.low, v.high
	if port {
		switch op {
		case less:
			low, high = 0, v.low-1
		case atMost:
			low, high = 0, v.low
		case greater:
			low, high = v.low+1, lastPort
		case atLeast:
			low, high = v.low, lastPort
		case present, equal, notEqual:
		}
	}
	if low > high || low > lastPort || high < 0 {
		return decode.PacketTest{Op: decode.TestAny} // nothing fits
	}
	ports.Low, ports.High = uint16(max(low, 0)), uint16(min(high, lastPort))
	if port {
		return ports
	}
	address := end
	address.Op, address.Prefix = decode.TestAddress, v.prefix
	if v.prefix == (netip.Prefix{}) {
		return decode.PacketTest{Op: decode.TestAny}
	}
	if ports.Low == 0 && ports.High == lastPort {
		return address
	}
	return decode.PacketTest{Op: decode.TestAll, Kids: []decode.PacketTest{address, ports}}
}
