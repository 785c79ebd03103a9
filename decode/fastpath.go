package decode

import "encoding/binary"

const mapped = 0xffff0000 // octets 8 to 11 of an IPv4-mapped address, read in little endian

// decodeCommon reads the stack that nearly every packet has: Ethernet, Linux's cooked header or nothing, up to two VLAN
// tags, IPv4 without options or IPv6 without extension headers, TCP. It writes the segment to the place of its share and
// returns it. It returns nil, without counting anything, for every other frame and for every doubt; walk then reads it
// again from the start, and writes over what was stored so far.
//
// Nearly every packet of a capture goes through here. Headers are read word by word, and the hash comes first: with the
// segment's place known, each word is stored as soon as it is read, and few have to be kept.
func (d *Decoder) decodeCommon(run *Run, i int) *Segment {
	c := &run.records[i]
	data := run.data[c.at:][:c.kept]
	if c.fcs > 0 {
		data = unchecked(data, c.wire, c.fcs)
	}
	if len(data) < 40 {
		return nil
	}
	be, le := binary.BigEndian, binary.LittleEndian
	var etype uint16
	var ip []byte
	if c.link == linkEthernet {
		etype, ip = be.Uint16(data[12:]), data[14:]
	} else {
		etype, ip = networkHeader(c.link, data)
	}
	d.around = surroundings{}
	if etype != etherIPv4 && etype != etherIPv6 {
		etype, ip = d.behindTags(etype, ip)
	}
	if len(ip) < 40 {
		return nil
	}
	var s *Segment
	var promised int
	var t, rest []byte
	switch w := be.Uint64(ip); etype {
	case etherIPv4:
		// Version 4, no options; no fragment; TCP.
		h := (*[40]byte)(ip)
		if w&(0xff<<56|0x3fff) != 0x45<<56 || h[9] != protoTCP {
			return nil
		}
		promised = int(uint16(w>>32)) - 20
		ends := le.Uint64(h[12:])
		src, dst, ports := ends<<32|mapped, ends>>32<<32|mapped, be.Uint32(h[20:])
		s = run.place(d.keys.tuple(endpoint4(src, uint16(ports>>16)), endpoint4(dst, uint16(ports)), d.around.scope))
		s.setAddresses(0, src, 0, dst)
		s.TTL, s.IPID = h[8], uint16(w>>16)
		t, rest = ip[20:40], ip[40:]
	case etherIPv6:
		if len(ip) < 60 || w>>60 != 6 || uint8(w>>8) != protoTCP {
			return nil
		}
		h := (*[60]byte)(ip)
		promised = int(uint16(w >> 16))
		srcHi, srcLo, dstHi, dstLo, ports := le.Uint64(h[8:]), le.Uint64(h[16:]), le.Uint64(h[24:]), le.Uint64(h[32:]), be.Uint32(h[40:])
		s = run.place(d.keys.tuple(d.keys.endpoint(srcHi, srcLo, uint16(ports>>16)), d.keys.endpoint(dstHi, dstLo, uint16(ports)), d.around.scope))
		s.setAddresses(srcHi, srcLo, dstHi, dstLo)
		s.TTL, s.IPID = h[7], 0
		t, rest = ip[40:60], ip[60:]
	default:
		return nil
	}
	head := s.readHeader((*[20]byte)(t))
	if head < 20 || head > promised {
		return nil
	}
	s.Len = uint32(promised - head)
	s.Time, s.Frame, s.Pos, s.Iface = c.time, run.Frame(i), run.pos+Position(c.from), c.iface
	s.Scope, s.VLAN, s.Encap = d.around.scope, d.around.vlan, d.around.encap
	s.ICMP, s.Note = NotICMP, 0
	if c.noTime {
		s.Note = NoteNoTime
	}
	if 20+len(rest) < promised {
		s.Note |= NoteSnapped
	}
	d.loadAt = len(data) - len(rest) + head - 20
	s.clearOptions()
	switch {
	case head == 20:
	case head == 32 && len(rest) >= 12 && be.Uint32(rest) == 0x0101080a:
		s.Options = OptTimestamps
		s.readTimestamps((*[8]byte)(rest[4:]))
	default:
		s.readOptions(rest[:min(head-20, len(rest))], head-20 > len(rest))
	}
	return s
}

// setAddresses stores addresses that are given in two halves each, in little endian.
func (s *Segment) setAddresses(srcHi, srcLo, dstHi, dstLo uint64) {
	le := binary.LittleEndian
	le.PutUint64(s.Src[:8], srcHi)
	le.PutUint64(s.Src[8:], srcLo)
	le.PutUint64(s.Dst[:8], dstHi)
	le.PutUint64(s.Dst[8:], dstLo)
}

// networkHeader returns what stands behind the common link headers other than Ethernet's; 0 for every other link.
func networkHeader(link LinkType, data []byte) (etype uint16, ip []byte) {
	be := binary.BigEndian
	switch link {
	case linkSLL:
		if be.Uint16(data[2:]) != arphrdNetlink {
			return be.Uint16(data[14:]), data[16:]
		}
	case linkSLL2:
		if be.Uint16(data[8:]) != arphrdNetlink {
			return be.Uint16(data), data[20:]
		}
	case linkRaw, linkIPv4, linkIPv6, linkRaw12:
		if data[0]>>4 == 6 {
			return etherIPv6, data
		}
		return etherIPv4, data
	}
	return 0, nil
}

// surroundings are what stood around the IP header of a common stack.
type surroundings struct {
	scope uint64
	vlan  uint16
	encap Encap
}

// behindTags steps over up to two VLAN tags.
func (d *Decoder) behindTags(etype uint16, ip []byte) (uint16, []byte) {
	be := binary.BigEndian
	var tags uint64
	for range 2 {
		if !isVLAN(etype) || len(ip) < 4+20+20 {
			break
		}
		id := be.Uint16(ip) & 0xfff
		if tags == 0 {
			d.around.vlan, d.around.encap = id|VLANPresent, EncapVLAN
		}
		tags = pushTag(tags, id)
		etype, ip = be.Uint16(ip[2:]), ip[4:]
	}
	if d.cfg.KeyVLAN {
		d.around.scope = tags << scopeTagShift
	}
	return etype, ip
}

// unchecked returns the captured octets without the frame check sequence that follows a whole frame: what stands at the
// end of it is nobody's payload, whatever IP's length says.
func unchecked(data []byte, wire uint32, fcs uint8) []byte {
	return data[:min(len(data), max(int(wire)-int(fcs), len(data)-int(fcs), 0))]
}
