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
	whole := len(data)
	if whole < 40 {
		return false
	}
	be, le := binary.BigEndian, binary.LittleEndian
	var etype uint16
	ip := data
	switch p.LinkType {
	case linkEthernet:
		etype, ip = be.Uint16(data[12:]), data[14:]
	case linkSLL:
		if be.Uint16(data[2:]) == arphrdNetlink {
			return false
		}
		etype, ip = be.Uint16(data[14:]), data[16:]
	case linkSLL2:
		if be.Uint16(data[8:]) == arphrdNetlink {
			return false
		}
		etype, ip = be.Uint16(data), data[20:]
	case linkRaw, linkIPv4, linkIPv6, linkRaw12:
		etype = etherIPv4
		if data[0]>>4 == 6 {
			etype = etherIPv6
		}
	default:
		return false
	}
	s.Scope, s.VLAN, s.Encap = 0, 0, 0
	if etype != etherIPv4 && etype != etherIPv6 {
		var tags uint64
		for range 2 {
			if !isVLAN(etype) || len(ip) < 4+20+20 {
				break
			}
			id := be.Uint16(ip) & 0xfff
			if s.VLAN == 0 {
				s.VLAN, s.Encap = id|VLANPresent, EncapVLAN
			}
			tags = pushTag(tags, id)
			etype, ip = be.Uint16(ip[2:]), ip[4:]
		}
		if d.cfg.KeyVLAN {
			s.Scope = tags << scopeTagShift
		}
	}
	if len(ip) < 40 {
		return false
	}
	var ( // the addresses in two halves each
		srcHi, srcLo, dstHi, dstLo uint64
		promised                   int
		t                          []byte
	)
	switch h := (*[40]byte)(ip); etype {
	case etherIPv4:
		// Version 4, no options; no fragment; TCP.
		if h[0] != 0x45 || be.Uint16(h[6:])&0x3fff != 0 || h[9] != protoTCP {
			return false
		}
		promised = int(be.Uint16(h[2:])) - 20
		srcLo = uint64(le.Uint32(h[12:]))<<32 | mapped
		dstLo = uint64(le.Uint32(h[16:]))<<32 | mapped
		s.TTL, s.IPID = h[8], be.Uint16(h[4:])
		t = ip[20:]
	case etherIPv6:
		if len(ip) < 60 || h[0]>>4 != 6 || h[6] != protoTCP {
			return false
		}
		promised = int(be.Uint16(h[4:]))
		srcHi, srcLo = le.Uint64(h[8:]), le.Uint64(h[16:])
		dstHi, dstLo = le.Uint64(h[24:]), le.Uint64(h[32:])
		s.TTL, s.IPID = h[7], 0
		t = ip[40:]
	default:
		return false
	}
	le.PutUint64(s.Src[:8], srcHi)
	le.PutUint64(s.Src[8:], srcLo)
	le.PutUint64(s.Dst[:8], dstHi)
	le.PutUint64(s.Dst[8:], dstLo)
	h := (*[20]byte)(t)
	s.readHeader(h[:])
	s.Hash = d.keys.tuple(d.keys.endpoint(srcHi, srcLo, s.SrcPort), d.keys.endpoint(dstHi, dstLo, s.DstPort), s.Scope)
	head := int(h[12]>>4) * 4
	if head < 20 || head > promised {
		return false
	}
	s.Time, s.Frame, s.Pos, s.Iface = p.Time, p.Frame, p.Pos, p.Iface
	s.ICMP, s.Note = NotICMP, 0
	if p.NoTime {
		s.Note = NoteNoTime
	}
	s.Len = uint32(promised - head)
	kept := min(len(t), promised)
	if kept < promised {
		s.Note |= NoteSnapped
	}
	known := min(head, kept)
	d.loadAt, d.loadLen = whole-len(t)+known, kept-known
	s.clearOptions()
	switch {
	case head == 20:
	case head == 32 && kept >= 32 && be.Uint32(t[20:]) == 0x0101080a:
		s.Options = OptTimestamps
		s.TSVal, s.TSEcr = be.Uint32(t[24:]), be.Uint32(t[28:])
	default:
		s.readOptions(t[20:known], head > kept)
	}
	return true
}
