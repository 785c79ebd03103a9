package decode

import "encoding/binary"

// Protocol types in GRE that are no EtherTypes of ours.
const (
	greWCCP       = 0x883e
	grePPP        = 0x880b
	greERSPAN     = 0x88be // types I and II
	greERSPAN3    = 0x22eb
	greArubaFirst = 0x8200 // an access point's 802.11 frames, a tunnel for each radio and network
	greArubaLast  = 0x83f0

	greChecksum = 0x8000
	greRouting  = 0x4000
	greKey      = 0x2000
	greSequence = 0x1000
	greAck      = 0x0080 // version 1
	greVersion  = 0x0007
)

// readGRE reads a GRE header: version 0 with checksum, routing, key and sequence number (RFC 1701, 2784, 2890; the key
// of NVGRE is RFC 7637's), or version 1 (PPTP, RFC 2637).
func (d *Decoder) readGRE() header {
	if !d.need(LayerTunnel, 4) {
		return headerNone
	}
	be := binary.BigEndian
	flags, protocol := be.Uint16(d.b), be.Uint16(d.b[2:])
	version := flags & greVersion
	if version > 1 {
		return d.fail(LayerTunnel, ReasonOtherIP, 0, 0)
	}
	n := 4
	if version == 0 && flags&(greChecksum|greRouting) != 0 {
		n += 4
	}
	keyAt := n
	if flags&greKey != 0 {
		n += 4
	}
	if flags&greSequence != 0 {
		n += 4
	}
	if version == 1 && flags&greAck != 0 {
		n += 4
	}
	if !d.need(LayerTunnel, n) {
		return headerNone
	}
	if flags&greKey != 0 && version == 0 {
		d.vni = be.Uint32(d.b[keyAt:])
		if protocol == etherTEB { // NVGRE: 24 bits of VSID, 8 of flow id
			d.vni >>= 8
		}
	}
	d.advance(n)
	if version == 0 && flags&greRouting != 0 && !d.greSources() {
		return headerNone
	}
	return d.greProtocol(protocol, flags)
}

// greSources steps over the source route entries of RFC 1701: address family, offset, length; a null one is the last.
func (d *Decoder) greSources() bool {
	for {
		if !d.need(LayerTunnel, 4) {
			return false
		}
		family, n := binary.BigEndian.Uint16(d.b), int(d.b[3])
		d.advance(4)
		if family == 0 && n == 0 {
			return true
		}
		if !d.need(LayerTunnel, n) {
			return false
		}
		d.advance(n)
	}
}

// greProtocol goes on by GRE's protocol type.
func (d *Decoder) greProtocol(protocol, flags uint16) header {
	switch protocol {
	case greERSPAN, greERSPAN3:
		if !d.cfg.Decap.opens(DecapERSPAN) {
			return d.fail(LayerTunnel, ReasonDecapOff, 0, 0)
		}
		d.encap |= EncapGRE
		return d.readERSPAN(protocol, flags&greSequence != 0)
	case grePPP:
		if !d.cfg.Decap.opens(DecapL2TP) {
			return d.fail(LayerTunnel, ReasonDecapOff, 0, 0)
		}
		if len(d.b) == 0 && d.wire == 0 { // an acknowledgement of its own
			return d.fail(LayerTunnel, ReasonControlFrame, 0, 0)
		}
		d.encap |= EncapGRE
		return headerPPP
	}
	if !d.cfg.Decap.opens(DecapGRE) {
		return d.fail(LayerTunnel, ReasonDecapOff, 0, 0)
	}
	d.encap |= EncapGRE
	if protocol == greWCCP {
		if !looksLikeIP(d.b) { // WCCPv2 puts a redirect header of four octets first
			if !d.need(LayerTunnel, 4) {
				return headerNone
			}
			d.advance(4)
		}
		return headerIP
	}
	if protocol >= greArubaFirst && protocol <= greArubaLast && protocol&15 == 0 {
		return headerWiFi
	}
	if protocol < etherMinimum { // 0 is a keep-alive
		return d.fail(LayerTunnel, ReasonControlFrame, 0, 0)
	}
	return d.etherType(protocol)
}

// readERSPAN steps over the header of mirrored frames. Type I has none; type II is version 1 with 8 octets; type III is
// version 2 with 12 octets and, where its last bit says so, a platform header of 8 more.
func (d *Decoder) readERSPAN(protocol uint16, sequence bool) header {
	be := binary.BigEndian
	if !d.need(LayerTunnel, 2) {
		return headerNone
	}
	version := d.b[0] >> 4
	switch {
	case protocol == greERSPAN3, sequence && version == 2:
		if !d.need(LayerTunnel, 12) {
			return headerNone
		}
		const (
			optional  = 1
			frameType = 0x1f << 10
			ipFrame   = 2 << 10
		)
		word := be.Uint16(d.b[10:])
		d.vni = uint32(be.Uint16(d.b[2:]) & 0x3ff)
		n := 12
		if word&optional != 0 {
			n += 8
		}
		if !d.need(LayerTunnel, n) {
			return headerNone
		}
		d.advance(n)
		if word&frameType == ipFrame {
			return headerIP
		}
	case sequence && version == 1:
		if !d.need(LayerTunnel, 8) {
			return headerNone
		}
		d.vni = uint32(be.Uint16(d.b[2:]) & 0x3ff)
		d.advance(8)
	}
	return headerEthernet
}

// readNSH steps over a network service header (RFC 8300), whose length is counted in words of four octets.
func (d *Decoder) readNSH() header {
	if !d.need(LayerTunnel, 8) {
		return headerNone
	}
	n, next := int(d.b[1]&0x3f)*4, d.b[3]
	if n < 8 {
		return d.fail(LayerTunnel, ReasonBadHeaderLen, 8, n)
	}
	if !d.need(LayerTunnel, n) {
		return headerNone
	}
	d.advance(n)
	return d.nextProtocol(next)
}

// nextProtocol goes on by the protocol numbers that VXLAN-GPE and NSH share.
func (d *Decoder) nextProtocol(next uint8) header {
	const ipv4, ipv6, ethernet, nsh, mpls = 1, 2, 3, 4, 5
	switch next {
	case ipv4, ipv6:
		return headerIP
	case ethernet:
		return headerEthernet
	case nsh:
		return headerNSH
	case mpls:
		return headerMPLS
	}
	return d.fail(LayerTunnel, ReasonNotIP, 0, 0)
}
