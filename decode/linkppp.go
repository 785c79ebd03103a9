package decode

import "encoding/binary"

// PPP protocol numbers (IANA "Point-to-Point Protocol Field Assignments").
const (
	pppIPv4       = 0x0021
	pppBridging   = 0x0031
	pppECP        = 0x0053 // encrypted
	pppIPv6       = 0x0057
	pppCompressed = 0x00fd // compressed, and MPPE-encrypted
	pppMPLS       = 0x0281
	pppMPLSMulti  = 0x0283
	pppControl    = 0x8000 // and above: network control, link control
)

// Network layer protocol ids (ISO/IEC TR 9577).
const (
	nlpidIPv6 = 0x8e
	nlpidIPv4 = 0xcc
)

// readMPLS pops the label stack and guesses what lies below it, since MPLS does not say: IP, or an Ethernet pseudowire
// with or without a control word (RFC 4448).
func (d *Decoder) readMPLS() header {
	d.encap |= EncapMPLS
	for bottom := false; !bottom; {
		if !d.need(LayerLink, 4) {
			return headerNone
		}
		bottom = d.b[2]&1 != 0
		d.advance(4)
	}
	if !d.need(LayerLink, 1) {
		return headerNone
	}
	switch nibble := d.b[0] >> 4; {
	case (nibble == 4 || nibble == 6) && (looksLikeIP(d.b) || !looksLikeEthernet(d.b)):
		return headerIP
	case nibble == 1 && !looksLikeEthernet(d.b): // associated channel, RFC 5586
		return d.fail(LayerLink, ReasonControlFrame, 0, 0)
	case nibble == 0 && len(d.b) > 4 && (looksLikeEthernet(d.b[4:]) || !looksLikeEthernet(d.b)):
		d.advance(4)
	}
	return headerEthernet
}

// looksLikeEthernet reports whether b can begin with an Ethernet header of a payload that is looked into, ARP or LLC.
func looksLikeEthernet(b []byte) bool {
	if len(b) < 14 {
		return false
	}
	etype := binary.BigEndian.Uint16(b[12:])
	if etype < etherMinimum {
		return len(b) >= 17 && (b[14] == 0xaa || b[14] == 0x42 || b[14] == 0xfe)
	}
	const arp, loopback = 0x0806, 0x9000
	if etype == arp || etype == loopback {
		return true
	}
	for _, e := range etherTypes {
		if e.etype == etype {
			return true
		}
	}
	return false
}

// readPPPoE reads a PPPoE session header (RFC 2516) and the PPP protocol behind it.
func (d *Decoder) readPPPoE() header {
	if !d.need(LayerLink, 6) {
		return headerNone
	}
	if d.b[1] != 0 { // discovery
		return d.fail(LayerLink, ReasonControlFrame, 0, 0)
	}
	d.encap |= EncapPPPoE
	length := int(binary.BigEndian.Uint16(d.b[4:]))
	d.advance(6)
	if length > 0 {
		d.limit(length)
	}
	return headerPPP
}

// readPPP reads a PPP header: address and control may be left out, and the protocol may take one octet (RFC 1661).
func (d *Decoder) readPPP() header {
	if !d.need(LayerLink, 2) {
		return headerNone
	}
	switch {
	case d.b[0] == 0xff && d.b[1] == 3:
		d.advance(2)
	case (d.b[0] == 0x0f || d.b[0] == 0x8f) && d.b[1] == 0: // LINKTYPE_PPP_HDLC may hold Cisco's framing
		return headerCHDLC
	}
	if !d.need(LayerLink, 1) {
		return headerNone
	}
	protocol := uint16(d.b[0])
	n := 1
	if protocol&1 == 0 {
		if !d.need(LayerLink, 2) {
			return headerNone
		}
		protocol, n = binary.BigEndian.Uint16(d.b), 2
	}
	d.advance(n)
	switch {
	case protocol == pppIPv4, protocol == pppIPv6:
		return headerIP
	case protocol == pppMPLS, protocol == pppMPLSMulti:
		return headerMPLS
	case protocol == pppBridging:
		return d.readBCP()
	case protocol == pppCompressed, protocol == pppECP:
		return d.fail(LayerLink, ReasonEncrypted, 0, 0)
	case protocol >= pppControl:
		return d.fail(LayerLink, ReasonControlFrame, 0, 0)
	}
	return d.fail(LayerLink, ReasonNotIP, 0, 0)
}

// readBCP reads a bridged frame in PPP (RFC 3518): flags and pad count, MAC type 1 for Ethernet.
func (d *Decoder) readBCP() header {
	if !d.need(LayerLink, 2) {
		return headerNone
	}
	if d.b[1] != 1 {
		return d.fail(LayerLink, ReasonNotIP, 0, 0)
	}
	d.advance(2)
	return headerEthernet
}

// readCHDLC reads Cisco's HDLC: address, control, EtherType.
func (d *Decoder) readCHDLC() header {
	if !d.need(LayerLink, 4) {
		return headerNone
	}
	etype := binary.BigEndian.Uint16(d.b[2:])
	d.advance(4)
	if etype < etherMinimum {
		return d.fail(LayerLink, ReasonNotIP, 0, 0)
	}
	return d.etherType(etype)
}
