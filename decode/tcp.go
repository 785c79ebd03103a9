package decode

import "encoding/binary"

// readHeader fills s from the fixed part of a TCP header and returns the header's length, options and all. The fields are
// stored as they lie beside each other, which the compiler makes one store of each word.
func (s *Segment) readHeader(t *[20]byte) (head int) {
	be := binary.BigEndian
	ports, numbers, rest := be.Uint32(t[:]), be.Uint64(t[4:]), be.Uint64(t[12:])
	s.DstPort, s.SrcPort = uint16(ports), uint16(ports>>16)
	s.Ack, s.Seq = Seq(numbers), Seq(numbers>>32)
	s.Checksum, s.Window, s.Flags = uint16(rest>>16), uint16(rest>>32), Flags(rest>>48)
	return int(rest >> 60 * 4)
}

// readTCP reads a TCP header, which ends the walk.
func (d *Decoder) readTCP() header {
	if !d.need(LayerTransport, 20) {
		return headerNone
	}
	t, s := d.b, d.segment
	head := s.readHeader((*[20]byte)(t))
	if head < 20 || head > d.promised {
		// No receiver takes such a segment (Linux: tcp_v4_rcv, bad_packet).
		return d.fail(LayerTransport, ReasonBadHeaderLen, head, d.promised)
	}
	s.readOptions(t[20:min(head, len(t))], head > len(t))
	s.Len = uint32(d.promised - head)
	d.place(s)
	s.ICMP = NotICMP
	if len(t) < d.promised && s.Encap&EncapFragment == 0 { // of a datagram in fragments only the first octets are kept
		s.Note |= NoteSnapped
	}
	d.payload = t[min(head, len(t)):]
	if d.cfg.Checksums != ChecksumsIgnored && len(t) == d.promised && !tcpChecksumRight(&s.Src, &s.Dst, t) {
		if d.cfg.Checksums == ChecksumsDropped {
			return d.fail(LayerTransport, ReasonBadChecksum, 0, 0)
		}
		s.Note |= NoteBadChecksum
	}
	d.counters.Segments++
	if s.Encap&EncapFragment != 0 {
		d.counters.Reassembled++
	}
	return headerSegment
}

// place fills in s where and between whom it was seen, and the hash; the ports must be there.
func (d *Decoder) place(s *Segment) {
	p := d.packet
	s.Time, s.Frame, s.Pos, s.Iface = p.Time, p.Frame, p.Pos, p.Iface
	s.Src, s.Dst = d.src, d.dst
	s.TTL, s.IPID = d.ttl, d.ipid
	s.VLAN, s.Encap = d.vlan, d.encap
	s.Scope = d.scope()
	s.Note = 0
	if p.NoTime {
		s.Note = NoteNoTime
	}
	if d.partial {
		s.Note |= NoteSnapped
	}
	s.Hash = d.keys.segment(s)
}

// scope returns what Config asks the key to hold beside addresses and ports.
func (d *Decoder) scope() (scope uint64) {
	if d.cfg.KeyVLAN {
		scope = d.tags << scopeTagShift
	}
	if d.cfg.KeyVNI {
		scope |= uint64(d.vni)
	}
	return scope
}
