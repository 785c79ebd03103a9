package decode

import "encoding/binary"

const mapped = 0xffff0000 // octets 8 to 11 of an IPv4-mapped address, read in little endian

// decodeCommon reads the stack that nearly every packet has: Ethernet, Linux's cooked header or nothing, up to two VLAN
// tags, IPv4 without options or IPv6 without extension headers, TCP. It returns false, without counting anything, for every other frame and for
// every doubt; walk then reads it again from the start.
func (d *Decoder) decodeCommon(p *Packet, s *Segment) bool {
	data := p.Data
	if p.FCSLen > 0 { // what stands at the end of a whole frame is nobody's payload, whatever IP's length says
		wire := max(int(p.WireLen), len(data)) - int(p.FCSLen)
		data = data[:min(len(data), max(wire, 0))]
	}
	if len(data) < 40 {
		return false
	}
	be, le := binary.BigEndian, binary.LittleEndian
	var etype uint16
	var at int
	switch p.LinkType {
	case linkEthernet:
		etype, at = be.Uint16(data[12:]), 14
	case linkSLL:
		if be.Uint16(data[2:]) == arphrdNetlink {
			return false
		}
		etype, at = be.Uint16(data[14:]), 16
	case linkSLL2:
		if be.Uint16(data[8:]) == arphrdNetlink {
			return false
		}
		etype, at = be.Uint16(data), 20
	case linkRaw, linkIPv4, linkIPv6, linkRaw12:
		etype = etherIPv4
		if data[0]>>4 == 6 {
			etype = etherIPv6
		}
	default:
		return false
	}
	var vlan uint16
	var encap Encap
	var tags uint64
	if etype != etherIPv4 && etype != etherIPv6 {
		for range 2 {
			if !isVLAN(etype) || len(data) < at+4+20+20 {
				break
			}
			id := be.Uint16(data[at:]) & 0xfff
			if vlan == 0 {
				vlan, encap = id|VLANPresent, EncapVLAN
			}
			tags = pushTag(tags, id)
			etype = be.Uint16(data[at+2:])
			at += 4
		}
	}
	var ( // the addresses in two halves each
		srcHi, srcLo, dstHi, dstLo uint64
		promised                   int
		t                          []byte
	)
	switch etype {
	case etherIPv4:
		ip := data[at:]
		// Version 4, no options; no fragment; TCP.
		if len(ip) < 40 || ip[0] != 0x45 || be.Uint16(ip[6:])&0x3fff != 0 || ip[9] != protoTCP {
			return false
		}
		promised = int(be.Uint16(ip[2:])) - 20
		srcLo = uint64(le.Uint32(ip[12:]))<<32 | mapped
		dstLo = uint64(le.Uint32(ip[16:]))<<32 | mapped
		s.TTL, s.IPID = ip[8], be.Uint16(ip[4:])
		t = ip[20:]
	case etherIPv6:
		ip := data[at:]
		if len(ip) < 60 || ip[0]>>4 != 6 || ip[6] != protoTCP {
			return false
		}
		promised = int(be.Uint16(ip[4:]))
		srcHi, srcLo = le.Uint64(ip[8:]), le.Uint64(ip[16:])
		dstHi, dstLo = le.Uint64(ip[24:]), le.Uint64(ip[32:])
		s.TTL, s.IPID = ip[7], 0
		t = ip[40:]
	default:
		return false
	}
	if promised < len(t) {
		if promised < 20 {
			return false
		}
		t = t[:promised]
	}
	le.PutUint64(s.Src[:8], srcHi)
	le.PutUint64(s.Src[8:], srcLo)
	le.PutUint64(s.Dst[:8], dstHi)
	le.PutUint64(s.Dst[8:], dstLo)
	scope := uint64(0)
	if d.cfg.KeyVLAN {
		scope = tags << scopeTagShift
	}
	s.Scope, s.VLAN, s.Encap = scope, vlan, encap
	s.Time, s.Frame, s.Pos, s.Iface = p.Time, p.Frame, p.Pos, p.Iface
	s.ICMP, s.Note = NotICMP, 0
	if p.NoTime {
		s.Note = NoteNoTime
	}
	head := int(t[12]>>4) * 4
	if head < 20 || head > promised {
		return false
	}
	s.readHeader(t)
	switch {
	case head == 20:
		s.clearOptions()
	case head == 32 && len(t) >= 32 && be.Uint32(t[20:]) == 0x0101080a:
		s.clearOptions()
		s.Options = OptTimestamps
		s.TSVal, s.TSEcr = be.Uint32(t[24:]), be.Uint32(t[28:])
	default:
		s.readOptions(t[20:min(head, len(t))], head > len(t))
	}
	s.Len = uint32(promised - head)
	if len(t) < promised {
		s.Note |= NoteSnapped
	}
	d.payload = t[min(head, len(t)):]
	s.Hash = d.keys.tuple(
		d.keys.endpoint(srcHi, srcLo, s.SrcPort),
		d.keys.endpoint(dstHi, dstLo, s.DstPort), scope)
	return true
}
