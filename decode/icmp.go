package decode

import "encoding/binary"

// icmpCodes holds what an ICMP error says; the row with code -1 stands for all codes that have no row of their own.
var icmpCodes = []struct {
	v6   bool
	typ  uint8
	code int
	kind ICMPKind
}{
	{false, 3, 4, ICMPFragNeeded},
	{false, 3, 9, ICMPProhibited},
	{false, 3, 10, ICMPProhibited},
	{false, 3, 13, ICMPProhibited},
	{false, 3, -1, ICMPUnreachable},
	{false, 4, -1, ICMPOther},
	{false, 11, -1, ICMPTimeExceeded},
	{false, 12, -1, ICMPOther},
	{true, 1, 1, ICMPProhibited},
	{true, 1, 5, ICMPProhibited},
	{true, 1, 6, ICMPProhibited},
	{true, 1, -1, ICMPUnreachable},
	{true, 2, -1, ICMPFragNeeded},
	{true, 3, -1, ICMPTimeExceeded},
	{true, 4, -1, ICMPOther},
}

// icmpKind looks up what type and code mean; NotICMP where they are no error.
func icmpKind(v6 bool, typ, code uint8) ICMPKind {
	for _, c := range icmpCodes {
		if c.v6 == v6 && c.typ == typ && (c.code == int(code) || c.code < 0) {
			return c.kind
		}
	}
	return NotICMP
}

// readICMP reads an ICMP message (RFC 792).
func (d *Decoder) readICMP() header { return d.icmpError(false) }

// readICMP6 reads an ICMPv6 message (RFC 4443).
func (d *Decoder) readICMP6() header { return d.icmpError(true) }

// icmpError reads an ICMP error and the head of the packet that it quotes. The segment that comes of it has the
// quoted packet's addresses and ports, in the direction in which that packet travelled, and of its TCP header what
// was quoted: at least the ports.
func (d *Decoder) icmpError(v6 bool) header {
	if !d.need(LayerTransport, 8) {
		return headerNone
	}
	kind := icmpKind(v6, d.b[0], d.b[1])
	if kind == NotICMP {
		return d.fail(LayerTransport, ReasonICMP, 0, 0)
	}
	ttl := d.ttl
	d.advance(8)
	t, ok := d.quoted()
	if !ok {
		return d.fail(LayerTransport, ReasonICMP, 0, 0)
	}
	be, s := binary.BigEndian, d.segment
	s.clearOptions()
	s.SrcPort, s.DstPort = be.Uint16(t), be.Uint16(t[2:])
	s.Seq, s.Ack, s.Len, s.Flags, s.Window, s.Checksum = 0, 0, 0, 0, 0, 0
	if len(t) >= 8 {
		s.Seq = Seq(be.Uint32(t[4:]))
	}
	if len(t) >= 14 {
		s.Ack, s.Flags = Seq(be.Uint32(t[8:])), Flags(t[13])
	}
	if len(t) >= 16 {
		s.Window = be.Uint16(t[14:])
	}
	if len(t) >= 18 {
		s.Checksum = be.Uint16(t[16:])
	}
	d.ttl = ttl
	d.place(s)
	s.ICMP = kind
	d.counters.ICMPErrors++
	return headerSegment
}

// quoted returns the captured octets of the quoted TCP header, and sets d.src, d.dst and d.ipid to those of the quoted
// IP header. ok is false where no TCP ports are quoted.
func (d *Decoder) quoted() (t []byte, ok bool) {
	be, b := binary.BigEndian, d.b
	if len(b) < 20 {
		return nil, false
	}
	proto := uint8(0)
	switch b[0] >> 4 {
	case 4:
		head := int(b[0]&15) * 4
		if head < 20 || head > len(b) || be.Uint16(b[6:])&0x1fff != 0 {
			return nil, false
		}
		d.src, d.dst, d.ipid = mapped4(b[12:]), mapped4(b[16:]), be.Uint16(b[4:])
		proto, b = b[9], b[head:]
	case 6:
		if len(b) < 40 {
			return nil, false
		}
		d.src, d.dst, d.ipid = Addr(b[8:24]), Addr(b[24:40]), 0
		proto, b = b[6], b[40:]
		for {
			n := 0
			if proto == protoFragment {
				if len(b) < 8 || be.Uint16(b[2:])&^7 != 0 {
					return nil, false
				}
				n = 8
			} else if e := extensionHeaders[proto]; e.unit != 0 && len(b) >= 8 {
				n = (int(b[1]) + e.extra) * e.unit
			}
			if n == 0 || n > len(b) {
				break
			}
			proto, b = b[0], b[n:]
		}
	}
	if proto != protoTCP || len(b) < 4 {
		return nil, false
	}
	return b, true
}
