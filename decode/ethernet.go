package decode

import "encoding/binary"

// EtherType values (IEEE 802 numbers).
const (
	etherIPv4     = 0x0800
	etherIPv6     = 0x86dd
	etherVLAN     = 0x8100
	etherQinQ     = 0x88a8
	etherQinQ9100 = 0x9100
	etherQinQ9200 = 0x9200
	etherMPLS     = 0x8847
	etherMPLSUp   = 0x8848 // upstream-assigned labels, RFC 5332
	etherPPPoED   = 0x8863
	etherPPPoE    = 0x8864
	etherTEB      = 0x6558 // transparent Ethernet bridging
	etherMACsec   = 0x88e5
	etherJumboLLC = 0x8870
	etherFabric   = 0x8903 // Cisco FabricPath
	etherPBB      = 0x88e7 // 802.1ah I-TAG
	etherVNTag    = 0x8926
	etherHSR      = 0x892f
	etherNSH      = 0x894f
	etherMinimum  = 0x0600 // smaller values are an 802.3 length
)

// scopeTagShift is where the VLAN tags begin in Segment.Scope.
const scopeTagShift = 32

// isVLAN reports whether the EtherType announces a VLAN tag of four octets.
func isVLAN(etype uint16) bool {
	return etype == etherVLAN || etype == etherQinQ || etype == etherQinQ9100 || etype == etherQinQ9200
}

// pushTag adds the VLAN id of a further, inner tag. Scope has room for the innermost two; each takes 13 bits, so that
// VLAN 0 differs from no tag.
func pushTag(tags uint64, id uint16) uint64 {
	return (tags<<13 | 0x1000 | uint64(id&0xfff)) & (1<<26 - 1)
}

// etherTypes says which header follows an EtherType that is looked into.
var etherTypes = []struct {
	etype uint16
	next  header
}{
	{etherIPv4, headerIP},
	{etherIPv6, headerIP},
	{etherVLAN, headerVLAN},
	{etherQinQ, headerVLAN},
	{etherQinQ9100, headerVLAN},
	{etherQinQ9200, headerVLAN},
	{etherMPLS, headerMPLS},
	{etherMPLSUp, headerMPLS},
	{etherPPPoE, headerPPPoE},
	{etherTEB, headerEthernet},
	{etherJumboLLC, headerLLC},
	{etherPBB, headerPBB},
	{etherFabric, headerFabricPath},
	{etherVNTag, headerVNTag},
	{etherHSR, headerHSR},
	{etherNSH, headerNSH},
}

// readEthernet reads destination, source and EtherType or 802.3 length.
func (d *Decoder) readEthernet() header {
	if !d.need(LayerLink, 14) {
		return headerNone
	}
	etype := binary.BigEndian.Uint16(d.b[12:])
	d.advance(14)
	d.tags = 0 // tags of an outer Ethernet belong to the network that carries this frame
	return d.etherType(etype)
}

// etherType goes on by EtherType; below 0x600 it is the length of an 802.2 frame.
func (d *Decoder) etherType(etype uint16) header {
	if etype < etherMinimum {
		if len(d.b) >= 2 && d.b[0] == 0xff && d.b[1] == 0xff { // Novell's raw 802.3: IPX
			return d.fail(LayerLink, ReasonNotIP, 0, 0)
		}
		if etype > 0 {
			d.limit(int(etype))
		}
		return headerLLC
	}
	d.etype = etype
	return headerEtherType
}

// readEtherType looks the EtherType up.
func (d *Decoder) readEtherType() header {
	for _, e := range etherTypes {
		if e.etype == d.etype {
			return e.next
		}
	}
	switch d.etype {
	case etherMACsec:
		return d.fail(LayerLink, ReasonEncrypted, 0, 0)
	case etherPPPoED:
		return d.fail(LayerLink, ReasonControlFrame, 0, 0)
	}
	return d.fail(LayerLink, ReasonNotIP, 0, 0)
}

// readVLAN reads one 802.1Q or 802.1ad tag.
func (d *Decoder) readVLAN() header {
	if !d.need(LayerLink, 4) {
		return headerNone
	}
	id := binary.BigEndian.Uint16(d.b) & 0xfff
	if d.vlan == 0 {
		d.vlan = id | VLANPresent
	}
	d.encap |= EncapVLAN
	d.tags = pushTag(d.tags, id)
	etype := binary.BigEndian.Uint16(d.b[2:])
	d.advance(4)
	return d.etherType(etype)
}

// readLLC reads an 802.2 header: SNAP, or IP's own access point 6.
func (d *Decoder) readLLC() header {
	if !d.need(LayerLink, 3) {
		return headerNone
	}
	switch {
	case d.b[0] == 0xaa && d.b[1] == 0xaa && d.b[2] == 3:
		if !d.need(LayerLink, 8) {
			return headerNone
		}
		oui := [3]byte(d.b[3:])
		etype := binary.BigEndian.Uint16(d.b[6:])
		d.advance(8)
		switch oui {
		case [3]byte{}, [3]byte{0, 0, 0xf8}: // RFC 1042; 802.1H bridge tunnel
			if etype < etherMinimum {
				return d.fail(LayerLink, ReasonNotIP, 0, 0)
			}
			return d.etherType(etype)
		case [3]byte{0, 0x80, 0xc2}: // RFC 2684: bridged frames
			return d.bridged(etype, 2)
		}
	case d.b[0] == 0xfe && d.b[1] == 0xfe && d.b[2] == 3: // OSI; IP is routed so in RFC 2684
		if !d.need(LayerLink, 4) {
			return headerNone
		}
		if d.b[3] == nlpidIPv4 || d.b[3] == nlpidIPv6 {
			d.advance(4)
			return headerIP
		}
	case d.b[0] == 6 && d.b[1] == 6 && d.b[2] == 3:
		d.advance(3)
		return headerIP
	}
	return d.fail(LayerLink, ReasonNotIP, 0, 0)
}

// bridged reads a frame bridged over SNAP: an Ethernet frame, after two octets of padding in ATM.
func (d *Decoder) bridged(pid uint16, padding int) header {
	const withFCS, withoutFCS = 1, 7
	if pid != withFCS && pid != withoutFCS {
		return d.fail(LayerLink, ReasonNotIP, 0, 0)
	}
	if !d.need(LayerLink, padding) {
		return headerNone
	}
	d.advance(padding)
	return headerEthernet
}

// shim returns a reader of a header of n octets in front of an Ethernet payload, with an EtherType at offset at.
func shim(n, at int) func(*Decoder) header {
	return func(d *Decoder) header {
		if !d.need(LayerLink, n) {
			return headerNone
		}
		etype := binary.BigEndian.Uint16(d.b[at:])
		d.advance(n)
		return d.etherType(etype)
	}
}

// readPBB reads an 802.1ah service tag: four octets, then the customer's whole Ethernet frame.
func (d *Decoder) readPBB() header {
	if !d.need(LayerLink, 4) {
		return headerNone
	}
	d.advance(4)
	return headerEthernet
}

// readFabricPath steps over tag and time to live of Cisco's FabricPath; its first 14 octets look like Ethernet.
func (d *Decoder) readFabricPath() header {
	if !d.need(LayerLink, 2) {
		return headerNone
	}
	d.advance(2)
	return headerEthernet
}
