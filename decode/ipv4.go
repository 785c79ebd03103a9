package decode

import "encoding/binary"

// readIP tells the two versions apart by their first nibble, whatever the header in front announced.
func (d *Decoder) readIP() header {
	if !d.need(LayerNetwork, 1) {
		return headerNone
	}
	switch d.b[0] >> 4 {
	case 4:
		return d.readIPv4()
	case 6:
		return d.readIPv6()
	}
	return d.fail(LayerNetwork, ReasonBadVersion, 0, 0)
}

// looksLikeIP reports whether b begins with an IP header that can be meant so; it decides between guesses.
func looksLikeIP(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	switch b[0] >> 4 {
	case 4:
		n := int(binary.BigEndian.Uint16(b[2:]))
		return b[0]&15 >= 5 && (n == 0 || n >= int(b[0]&15)*4)
	case 6:
		return true
	}
	return false
}

// mapped4 returns the Addr of the IPv4 address at the start of b.
func mapped4(b []byte) Addr {
	return Addr{10: 0xff, 11: 0xff, 12: b[0], 13: b[1], 14: b[2], 15: b[3]}
}

// readIPv4 reads an IPv4 header with its options (RFC 791).
func (d *Decoder) readIPv4() header {
	if !d.need(LayerNetwork, 20) {
		return headerNone
	}
	be := binary.BigEndian
	head, total := int(d.b[0]&15)*4, int(be.Uint16(d.b[2:]))
	if head < 20 {
		return d.fail(LayerNetwork, ReasonBadHeaderLen, 20, head)
	}
	if !d.need(LayerNetwork, head) {
		return headerNone
	}
	switch {
	case total == 0: // segmentation offload
		d.limitToFrame()
	case total >= head:
		d.limit(total)
	default:
		return d.fail(LayerNetwork, ReasonBadLength, head, total)
	}
	frag := be.Uint16(d.b[6:])
	d.src, d.dst = mapped4(d.b[12:]), mapped4(d.b[16:])
	d.ttl, d.ipid, d.proto = d.b[8], be.Uint16(d.b[4:]), d.b[9]
	d.advance(head)
	const moreFragments, offsetMask = 0x2000, 0x1fff
	if frag&(moreFragments|offsetMask) != 0 {
		return d.fragment(uint32(d.ipid), int(frag&offsetMask)*8, frag&moreFragments != 0, d.proto, headerIPProto)
	}
	return headerIPProto
}
