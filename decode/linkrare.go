package decode

import "encoding/binary"

// readPPI steps over a per-packet information header, which names the link type behind it.
func (d *Decoder) readPPI() header {
	if !d.need(LayerLink, 8) {
		return headerNone
	}
	n, link := int(binary.LittleEndian.Uint16(d.b[2:])), binary.LittleEndian.Uint32(d.b[4:])
	return d.inner(n, 8, link)
}

// readPKTAP steps over Apple's packet tap header, which names the link type behind it.
func (d *Decoder) readPKTAP() header {
	if !d.need(LayerLink, 12) {
		return headerNone
	}
	n, link := binary.LittleEndian.Uint32(d.b), binary.LittleEndian.Uint32(d.b[8:])
	return d.inner(int(min(n, 1<<20)), 12, link)
}

// inner goes on with another link type behind a header of n octets, at least minimum.
func (d *Decoder) inner(n, minimum int, link uint32) header {
	if n < minimum {
		return d.fail(LayerLink, ReasonBadHeaderLen, minimum, n)
	}
	if !d.need(LayerLink, n) {
		return headerNone
	}
	d.advance(n)
	if link > 0xffff {
		return headerUnknownLink
	}
	return d.beginLink(LinkType(link))
}

// readNFLOG reads Linux's netfilter log: a family, then attributes, one of which is the packet.
func (d *Decoder) readNFLOG() header {
	if !d.need(LayerLink, 4) {
		return headerNone
	}
	const payload = 9
	family := uint32(d.b[0])
	d.advance(4)
	for len(d.b) >= 4 {
		// Attributes are in the byte order of the host that captured.
		n, kind := int(binary.LittleEndian.Uint16(d.b)), binary.LittleEndian.Uint16(d.b[2:])
		if kind > 0xff {
			n, kind = int(binary.BigEndian.Uint16(d.b)), binary.BigEndian.Uint16(d.b[2:])
		}
		if n < 4 {
			return d.fail(LayerLink, ReasonBadHeaderLen, 4, n)
		}
		if kind == payload {
			d.advance(4)
			d.limit(n - 4)
			return d.family(family)
		}
		n = (n + 3) &^ 3
		if !d.need(LayerLink, n) {
			return headerNone
		}
		d.advance(n)
	}
	if d.wire >= 4 {
		return d.fail(LayerLink, ReasonCut, 4, len(d.b))
	}
	return d.fail(LayerLink, ReasonNotIP, 0, 0)
}

// readIPoIB reads the four octets of IP over InfiniBand (RFC 4391), behind the address of 40 octets that LINKTYPE_IPOIB puts first.
func (d *Decoder) readIPoIB() header {
	if !d.need(LayerLink, 44) {
		return headerNone
	}
	etype := binary.BigEndian.Uint16(d.b[40:])
	d.advance(44)
	return d.etherType(etype)
}

// readFRelay reads a Frame Relay address of two to four octets and the protocol behind it: an NLPID (RFC 2427) or
// Cisco's EtherType.
func (d *Decoder) readFRelay() header {
	n := 0
	for last := false; !last; n++ {
		if n == 4 {
			return d.fail(LayerLink, ReasonBadHeaderLen, 4, n)
		}
		if !d.need(LayerLink, n+1) {
			return headerNone
		}
		last = d.b[n]&1 != 0
	}
	if !d.need(LayerLink, n+2) {
		return headerNone
	}
	d.advance(n)
	if d.b[0] != 3 { // no unnumbered information: Cisco's framing
		etype := binary.BigEndian.Uint16(d.b)
		d.advance(2)
		if etype < etherMinimum {
			return d.fail(LayerLink, ReasonNotIP, 0, 0)
		}
		return d.etherType(etype)
	}
	d.advance(1)
	if d.b[0] == 0 { // padding
		d.advance(1)
	}
	if !d.need(LayerLink, 1) {
		return headerNone
	}
	const snap = 0x80
	switch d.b[0] {
	case nlpidIPv4, nlpidIPv6:
		d.advance(1)
		return headerIP
	case snap:
		if !d.need(LayerLink, 6) {
			return headerNone
		}
		oui, etype := [3]byte(d.b[1:]), binary.BigEndian.Uint16(d.b[4:])
		d.advance(6)
		switch {
		case oui == [3]byte{0, 0x80, 0xc2}:
			return d.bridged(etype, 0)
		case oui == [3]byte{} && etype >= etherMinimum:
			return d.etherType(etype)
		}
	}
	return d.fail(LayerLink, ReasonNotIP, 0, 0)
}

// readPPPDir steps over a direction octet in front of PPP.
func (d *Decoder) readPPPDir() header { return d.direction(headerPPP) }

// readCHDLCDir steps over a direction octet in front of Cisco HDLC.
func (d *Decoder) readCHDLCDir() header { return d.direction(headerCHDLC) }

func (d *Decoder) direction(next header) header {
	if !d.need(LayerLink, 1) {
		return headerNone
	}
	d.advance(1)
	return next
}

// readTokenRing reads an 802.5 header: access and frame control, addresses, routing information where the source
// address says that there is some.
func (d *Decoder) readTokenRing() header {
	if !d.need(LayerLink, 14) {
		return headerNone
	}
	const frameTypeMask, frameLLC, sourceRouted = 0xc0, 0x40, 0x80
	if d.b[1]&frameTypeMask != frameLLC {
		return d.fail(LayerLink, ReasonControlFrame, 0, 0)
	}
	routed := d.b[8]&sourceRouted != 0
	d.advance(14)
	if routed {
		if !d.need(LayerLink, 2) {
			return headerNone
		}
		n := int(d.b[0] & 0x1f)
		if n < 2 {
			return d.fail(LayerLink, ReasonBadHeaderLen, 2, n)
		}
		if !d.need(LayerLink, n) {
			return headerNone
		}
		d.advance(n)
	}
	return headerLLC
}
