package decode

import "encoding/binary"

const mapped = 0xffff0000 // octets 8 to 11 of an IPv4-mapped address, read in little endian

const (
	// commonLen is the greatest length of the headers of a common stack: Linux's cooked one and two VLAN tags before it.
	commonLen = 20 + 2*4 + commonIP
	// commonIP is that from the IP header on: IPv6, and TCP with all its options.
	commonIP = 40 + 60
)

// dealCommon is Deal for as long as the packets have the stack that nearly every one has: Ethernet, Linux's cooked header or
// nothing, up to two VLAN tags, IPv4 without options or IPv6 without extension headers, TCP. It returns where it stopped,
// without counting anything, at every other frame and at every doubt; walk reads it from the start. spoken is a RST
// with a payload that it stopped behind.
//
// Nearly every packet of a capture goes through here. Headers are read word by word, from a piece of fixed length that may
// reach beyond the packet: what lies there is read but decides nothing. The hash comes before all that is kept: with the
// segment's place known, each word is stored as soon as it is read. What differs from packet to packet without a rule,
// whether the snap length cut octets off and whether there are timestamps, takes no branch, which the processor would have
// to guess.
func (d *Decoder) dealCommon(run *Run, i, end int) (next int, spoken *Segment) {
	be, le := binary.BigEndian, binary.LittleEndian
	for ; i < end; i++ {
		c := &run.records[i]
		at := int(c.at)
		if at+commonLen > len(run.data) {
			return i, nil
		}
		f := (*[commonLen]byte)(run.data[at : at+commonLen : at+commonLen])
		etype, h, kept := be.Uint16(f[12:]), (*[commonIP]byte)(f[14:]), int(c.kept)-14
		around := &nothing
		if etype != etherIPv4 && etype != etherIPv6 || !c.origin.ordinary() {
			around = &d.around
			etype, h, kept = d.behindLink(c, f)
		}
		var s *Segment
		var t *[60]byte
		var promised, head int
		switch etype {
		case etherIPv4:
			// Version 4, no options; no fragment; TCP.
			promised, kept, t = int(be.Uint16(h[2:]))-20, kept-20, (*[60]byte)(h[20:])
			head = int(t[12] >> 4 * 4)
			if h[0] != 0x45 || be.Uint32(h[6:])&0x3fff00ff != protoTCP || head < 20 || head > promised || kept < 20 {
				return i, nil
			}
			ends, ports := le.Uint64(h[12:]), be.Uint32(t[:])
			src, dst := ends<<32|mapped, ends>>32<<32|mapped
			s = run.place(d.keys.tuple(src|uint64(ports>>16), dst|uint64(uint16(ports)), around.scope))
			s.setAddresses(0, src, 0, dst)
			s.TTL, s.IPID = h[8], be.Uint16(h[4:])
		case etherIPv6:
			promised, kept, t = int(be.Uint16(h[4:])), kept-40, (*[60]byte)(h[40:])
			head = int(t[12] >> 4 * 4)
			if h[0]>>4 != 6 || h[6] != protoTCP || head < 20 || head > promised || kept < 20 {
				return i, nil
			}
			srcHi, srcLo, dstHi, dstLo, ports := le.Uint64(h[8:]), le.Uint64(h[16:]), le.Uint64(h[24:]), le.Uint64(h[32:]), be.Uint32(t[:])
			s = run.place(d.keys.tuple(d.keys.endpoint(srcHi, srcLo, uint16(ports>>16)), d.keys.endpoint(dstHi, dstLo, uint16(ports)), around.scope))
			s.setAddresses(srcHi, srcLo, dstHi, dstLo)
			s.TTL, s.IPID = h[7], 0
		default:
			return i, nil
		}
		s.readHeader((*[20]byte)(t[:]))
		s.Len = uint32(promised - head)
		s.Time, s.Frame, s.Pos, s.Scope = c.time, run.Frame(i), run.pos+Position(c.from), around.scope
		// Timestamps and their padding are the last twelve octets of the header where they are the only option.
		last := (*[12]byte)(t[head-12 : head : head])
		other := uint64(be.Uint32(last[:])^alignedTimestamps) | uint64(head^32)
		stamped := (other - 1) >> 63
		stamps := be.Uint64(last[4:]) & -stamped
		s.TSEcr, s.TSVal = uint32(stamps), uint32(stamps>>32)
		notes := around.notes | uint32(uint64(kept-promised)>>63)*uint32(NoteSnapped)
		s.Note, s.Encap, s.ICMP, s.WindowScale = Note(notes), Encap(notes>>8), ICMPKind(notes>>16), uint8(notes>>24)
		tail := uint64(c.origin.iface()) | around.tags | stamped*(uint64(OptTimestamps)<<32)
		s.Iface, s.VLAN, s.Options, s.MSS = uint16(tail), uint16(tail>>16), Options(tail>>32), uint16(tail>>48)
		s.SACKLeft, s.SACKRight, s.SACKMax = 0, 0, 0
		d.load = kept - head
		if kept < head || other*uint64(head-20) != 0 {
			if kept < head || !s.readAligned((*[40]byte)(t[20:]), head-20) {
				s.readOptions(t[20:min(head, kept)], kept < head)
			}
		}
		if s.Flags&RST != 0 && promised > head {
			return i + 1, s
		}
	}
	return i, nil
}

// setAddresses stores addresses that are given in two halves each, in little endian.
func (s *Segment) setAddresses(srcHi, srcLo, dstHi, dstLo uint64) {
	le := binary.LittleEndian
	le.PutUint64(s.Src[:8], srcHi)
	le.PutUint64(s.Src[8:], srcLo)
	le.PutUint64(s.Dst[:8], dstHi)
	le.PutUint64(s.Dst[8:], dstLo)
}

// surroundings are what stood around the IP header of a common stack, as the words of a Segment hold it.
type surroundings struct {
	scope uint64
	tags  uint64 // VLAN, above Iface
	notes uint32 // Note, and Encap above it
}

// nothing stands around most.
var nothing surroundings

// behindLink steps over any common link header and up to two VLAN tags. It returns what follows, and how many octets of the
// packet are there and no frame check sequence; d.around is what they say.
func (d *Decoder) behindLink(c *record, f *[commonLen]byte) (etype uint16, h *[commonIP]byte, kept int) {
	be := binary.BigEndian
	etype, at := networkHeader(c.origin.link(), f)
	var tags uint64
	d.around = surroundings{notes: uint32(c.origin.note())}
	for range 2 {
		if !isVLAN(etype) {
			break
		}
		id := be.Uint16(f[at:]) & 0xfff
		if tags == 0 {
			d.around.tags = uint64(id|VLANPresent) << 16
			d.around.notes |= uint32(EncapVLAN) << 8
		}
		tags = pushTag(tags, id)
		etype, at = be.Uint16(f[at+2:]), at+4
	}
	if d.cfg.KeyVLAN {
		d.around.scope = tags << scopeTagShift
	}
	return etype, (*[commonIP]byte)(f[at:]), uncheckedLen(int(c.kept), c.wire, c.origin.fcs()) - at
}

// networkHeader returns what stands behind the common link headers, and where; 0 for every other link.
func networkHeader(link LinkType, f *[commonLen]byte) (etype uint16, at int) {
	be := binary.BigEndian
	switch link {
	case linkEthernet:
		return be.Uint16(f[12:]), 14
	case linkSLL:
		if be.Uint16(f[2:]) != arphrdNetlink {
			return be.Uint16(f[14:]), 16
		}
	case linkSLL2:
		if be.Uint16(f[8:]) != arphrdNetlink {
			return be.Uint16(f[:]), 20
		}
	case linkRaw, linkIPv4, linkIPv6, linkRaw12:
		if f[0]>>4 == 6 {
			return etherIPv6, 0
		}
		return etherIPv4, 0
	}
	return 0, 0
}

// unchecked returns the captured octets without the frame check sequence that follows a whole frame: what stands at the
// end of it is nobody's payload, whatever IP's length says.
func unchecked(data []byte, wire uint32, fcs uint8) []byte {
	return data[:uncheckedLen(len(data), wire, fcs)]
}

func uncheckedLen(kept int, wire uint32, fcs uint8) int {
	return min(kept, max(int(wire)-int(fcs), kept-int(fcs), 0))
}
