package decode

import "encoding/binary"

// isVXLAN checks the flag that says that a VNI is there, and the reserved octet behind the VNI (RFC 7348).
func isVXLAN(b []byte, _ int) bool { return b[0]&0x08 != 0 && b[7] == 0 }

// readVXLAN reads a VXLAN header: flags, VNI, then an Ethernet frame.
func (d *Decoder) readVXLAN() header {
	d.vni = binary.BigEndian.Uint32(d.b[4:]) >> 8
	d.advance(8)
	return headerEthernet
}

// isVXLANGPE checks version 0.
func isVXLANGPE(b []byte, _ int) bool { return b[0]&0x30 == 0 && b[0]&0x0c != 0 && b[1] == 0 }

// readVXLANGPE reads a VXLAN header with the generic protocol extension, whose last flag octet names what follows.
func (d *Decoder) readVXLANGPE() header {
	const hasProtocol = 0x04
	protocol := d.b[3]
	if d.b[0]&hasProtocol == 0 {
		return d.readVXLAN()
	}
	d.vni = binary.BigEndian.Uint32(d.b[4:]) >> 8
	d.advance(8)
	return d.nextProtocol(protocol)
}

// isGeneve checks version 0 and the reserved octet (RFC 8926).
func isGeneve(b []byte, _ int) bool { return b[0]>>6 == 0 && b[7] == 0 }

// readGeneve reads a Geneve header with its options.
func (d *Decoder) readGeneve() header {
	be := binary.BigEndian
	n := 8 + int(d.b[0]&0x3f)*4
	if !d.need(LayerTunnel, n) {
		return headerNone
	}
	protocol := be.Uint16(d.b[2:])
	d.vni = be.Uint32(d.b[4:]) >> 8
	d.advance(n)
	if protocol < etherMinimum {
		return d.fail(LayerTunnel, ReasonNotIP, 0, 0)
	}
	return d.etherType(protocol)
}

// GTP-U flags (3GPP TS 29.281 section 5.1).
const (
	gtpAnyOptional = 0x07
	gtpExtension   = 0x04
)

// isGTPU checks version 1, protocol type GTP and the message type of user data.
func isGTPU(b []byte, _ int) bool {
	const version1, userData = 0x30, 0xff
	return b[0]&0xf0 == version1 && b[1] == userData
}

// readGTPU reads a GTP-U header with its extension headers; user data is an IP packet, in 5G an Ethernet frame too.
func (d *Decoder) readGTPU() header {
	flags, length := d.b[0], int(binary.BigEndian.Uint16(d.b[2:]))
	d.vni = binary.BigEndian.Uint32(d.b[4:])
	d.advance(8)
	if length > 0 {
		d.limit(length)
	}
	if flags&gtpAnyOptional != 0 {
		if !d.need(LayerTunnel, 4) {
			return headerNone
		}
		next := d.b[3]
		if flags&gtpExtension == 0 {
			next = 0
		}
		d.advance(4)
		for next != 0 {
			if !d.need(LayerTunnel, 1) {
				return headerNone
			}
			n := int(d.b[0]) * 4
			if n == 0 {
				return d.fail(LayerTunnel, ReasonBadHeaderLen, 4, 0)
			}
			if !d.need(LayerTunnel, n) {
				return headerNone
			}
			next = d.b[n-1]
			d.advance(n)
		}
	}
	const least = 20 // octets of an IP header
	switch {
	case len(d.b) < least && d.wire >= least:
		return d.fail(LayerTunnel, ReasonCut, least, len(d.b))
	case looksLikeIP(d.b):
		return headerIP
	case looksLikeEthernet(d.b):
		return headerEthernet
	}
	return d.fail(LayerTunnel, ReasonNotIP, 0, 0)
}

// teredoIPv6 returns the offset of the IPv6 header behind Teredo's authentication and origin headers (RFC 4380
// section 5.1.1).
func teredoIPv6(b []byte) (at int) {
	if b[0] == 0 && b[1] == 1 { // authentication: id and value lengths, nonce, confirmation
		at = 4 + int(b[2]) + int(b[3]) + 9
	}
	if len(b) >= at+8 && b[at] == 0 && b[at+1] == 0 { // origin indication
		at += 8
	}
	return at
}

// isTeredo checks that an IPv6 packet is in it, as far as it was captured.
func isTeredo(b []byte, wire int) bool {
	at := teredoIPv6(b)
	return wire >= at+40 && (at >= len(b) || b[at]>>4 == 6)
}

// readTeredo steps to the IPv6 header.
func (d *Decoder) readTeredo() header {
	at := teredoIPv6(d.b)
	if !d.need(LayerTunnel, at) {
		return headerNone
	}
	d.advance(at)
	return headerIP
}

// ayiyaLength returns the length of an AYIYA header, from the sizes of identity and signature.
func ayiyaLength(b []byte) int { return 8 + 1<<(b[0]>>4) + int(b[1]>>4)*4 }

// isAYIYA checks the opcode "forward" and that IPv4 or IPv6 follows.
func isAYIYA(b []byte, _ int) bool {
	return b[2]&15 == 1 && (b[3] == protoIPv6 || b[3] == protoIPIP) && b[0]>>4 <= 8
}

// readAYIYA reads the header of the tunnel that SixXS used.
func (d *Decoder) readAYIYA() header {
	n := ayiyaLength(d.b)
	if !d.need(LayerTunnel, n) {
		return headerNone
	}
	d.advance(n)
	return headerIP
}

// isL2TP checks version 2.
func isL2TP(b []byte, _ int) bool { return b[1]&15 == 2 }

// readL2TP reads an L2TPv2 header (RFC 2661); a data message holds PPP.
func (d *Decoder) readL2TP() header {
	const control, hasLength, hasSequence, hasOffset = 0x8000, 0x4000, 0x0800, 0x0200
	be := binary.BigEndian
	flags := be.Uint16(d.b)
	if flags&control != 0 {
		return d.fail(LayerTunnel, ReasonControlFrame, 0, 0)
	}
	n := 6
	if flags&hasLength != 0 {
		n += 2
	}
	if flags&hasSequence != 0 {
		n += 4
	}
	if flags&hasOffset != 0 {
		if !d.need(LayerTunnel, n+2) {
			return headerNone
		}
		n += 2 + int(be.Uint16(d.b[n:]))
	}
	if !d.need(LayerTunnel, n) {
		return headerNone
	}
	d.advance(n)
	return headerPPP
}

// isMPLS checks that the bottom of the stack is not far.
func isMPLS(b []byte, _ int) bool {
	for range 8 {
		if len(b) < 4 {
			return false
		}
		if b[2]&1 != 0 {
			return true
		}
		b = b[4:]
	}
	return false
}

// CAPWAP header bits (RFC 5415 section 4.3), in its first four octets.
const (
	capwapNative   = 1 << 8 // the payload is a frame of the radio, not 802.3
	capwapFragment = 1 << 7
	capwapKeep     = 1 << 3
)

// isCAPWAP checks preamble 0, which is a header in the clear, and that the header has its minimal length.
func isCAPWAP(b []byte, _ int) bool { return b[0] == 0 && b[1]>>3 >= 2 }

// readCAPWAP reads a CAPWAP data header between an access point and its controller.
func (d *Decoder) readCAPWAP() header {
	be := binary.BigEndian
	word, offset := be.Uint32(d.b), be.Uint16(d.b[6:])>>3
	n := int(word>>19&31) * 4
	if !d.need(LayerTunnel, n) {
		return headerNone
	}
	d.advance(n)
	switch {
	case word&capwapKeep != 0:
		return d.fail(LayerTunnel, ReasonControlFrame, 0, 0)
	case word&capwapFragment != 0 && offset > 0:
		return d.fail(LayerTunnel, ReasonFragment, 0, 0)
	case word&capwapNative == 0:
		return headerEthernet
	case word>>9&31 != 1: // not 802.11
		return d.fail(LayerTunnel, ReasonNotIP, 0, 0)
	}
	// Cisco's access points send the frame control field swapped.
	if len(d.b) >= 2 && d.b[0]&0x0f != wifiTypeData && d.b[1]&0x0f == wifiTypeData {
		return headerWiFiSwapped
	}
	return headerWiFi
}
