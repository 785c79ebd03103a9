package decode

import "encoding/binary"

// Link types (LINKTYPE_ values of the capture formats).
const (
	linkNull      LinkType = 0
	linkEthernet  LinkType = 1
	linkTokenRing LinkType = 6
	linkPPP       LinkType = 9
	linkFDDI      LinkType = 10
	linkRaw12     LinkType = 12 // DLT_RAW where a program wrote the DLT value
	linkRaw14     LinkType = 14 // the same, OpenBSD
	linkPPPHDLC   LinkType = 50
	linkPPPoE     LinkType = 51
	linkRFC1483   LinkType = 100
	linkRaw       LinkType = 101
	linkCHDLC     LinkType = 104
	linkWiFi      LinkType = 105
	linkFRelay    LinkType = 107
	linkLoop      LinkType = 108
	linkENC       LinkType = 109
	linkSLL       LinkType = 113
	linkPFLog     LinkType = 117
	linkPrism     LinkType = 119
	linkRadiotap  LinkType = 127
	linkAVS       LinkType = 163
	linkPPPD      LinkType = 166
	linkPPI       LinkType = 192
	linkPPPDir    LinkType = 204
	linkCHDLCDir  LinkType = 205
	linkIPv4      LinkType = 228
	linkIPv6      LinkType = 229
	linkNFLOG     LinkType = 239
	linkIPoIB     LinkType = 242
	linkPKTAP     LinkType = 258
	linkSLL2      LinkType = 276
)

// linkPrefixes holds the link types that put a header of n octets, with nothing in it that matters, before a known one.
var linkPrefixes = map[LinkType]struct {
	n    int
	next header
}{
	122: {16, headerLLC},      // IP over Fibre Channel (RFC 2625)
	123: {4, headerLLC},       // SunATM
	226: {24, headerIP},       // Solaris ipnet
	240: {4, headerEthernet},  // netANALYZER
	241: {12, headerEthernet}, // netANALYZER with the preamble
	274: {8, headerEthernet},  // Ethernet with the preamble
}

// links says which header a frame of each link type begins with.
var links = [...]header{
	linkNull:      headerNull,
	linkEthernet:  headerEthernet,
	linkPPP:       headerPPP,
	linkRaw12:     headerIP,
	linkRaw14:     headerIP,
	linkPPPHDLC:   headerPPP,
	linkPPPoE:     headerPPPoE,
	linkRFC1483:   headerLLC,
	linkRaw:       headerIP,
	linkCHDLC:     headerCHDLC,
	linkLoop:      headerNull,
	linkENC:       headerENC,
	linkSLL:       headerSLL,
	linkIPv4:      headerIP,
	linkIPv6:      headerIP,
	linkSLL2:      headerSLL2,
	linkTokenRing: headerTokenRing,
	linkFDDI:      headerFallback,
	linkPFLog:     headerFallback,
	linkWiFi:      headerWiFi,
	linkRadiotap:  headerRadiotap,
	linkPrism:     headerPrism,
	linkAVS:       headerAVS,
	linkPPI:       headerPPI,
	linkNFLOG:     headerNFLOG,
	linkPKTAP:     headerPKTAP,
	linkIPoIB:     headerIPoIB,
	linkFRelay:    headerFRelay,
	linkPPPD:      headerPPPDir,
	linkPPPDir:    headerPPPDir,
	linkCHDLCDir:  headerCHDLCDir,
}

// beginLink returns the header that frames of the link type begin with.
func (d *Decoder) beginLink(t LinkType) header {
	d.link = t
	if int(t) < len(links) && links[t] != headerNone {
		return links[t]
	}
	if _, ok := linkPrefixes[t]; ok {
		return headerLinkPrefix
	}
	return headerUnknownLink
}

// readLinkPrefix steps over a header that says nothing.
func (d *Decoder) readLinkPrefix() header {
	p := linkPrefixes[d.link]
	if !d.need(LayerLink, p.n) {
		return headerNone
	}
	d.advance(p.n)
	return p.next
}

// readSLL reads a Linux cooked header, version 1: packet type, ARPHRD, address length, address (8), protocol.
func (d *Decoder) readSLL() header {
	if !d.need(LayerLink, 16) {
		return headerNone
	}
	arphrd, protocol := binary.BigEndian.Uint16(d.b[2:]), binary.BigEndian.Uint16(d.b[14:])
	d.advance(16)
	return d.cooked(arphrd, protocol)
}

// readSLL2 reads a Linux cooked header, version 2: protocol, reserved, interface index, ARPHRD, packet type, address
// length, address (8).
func (d *Decoder) readSLL2() header {
	if !d.need(LayerLink, 20) {
		return headerNone
	}
	protocol, arphrd := binary.BigEndian.Uint16(d.b), binary.BigEndian.Uint16(d.b[8:])
	d.advance(20)
	return d.cooked(arphrd, protocol)
}

// arphrdNetlink is Linux's hardware type of netlink monitors, whose protocol field is a netlink family.
const arphrdNetlink = 824

// cooked goes on by the protocol field of a cooked header: an EtherType, or a small number of Linux's own.
func (d *Decoder) cooked(arphrd, protocol uint16) header {
	const protocol8023, protocol8022 = 1, 4
	switch {
	case arphrd == arphrdNetlink, protocol == protocol8023:
		return d.fail(LayerLink, ReasonNotIP, 0, 0)
	case protocol == protocol8022:
		return headerLLC
	case protocol < etherMinimum:
		return d.fail(LayerLink, ReasonNotIP, 0, 0)
	}
	return d.etherType(protocol)
}

// readNull reads the address family of BSD loopback in either byte order; the writer's machine chose.
func (d *Decoder) readNull() header {
	if !d.need(LayerLink, 4) {
		return headerNone
	}
	family := binary.LittleEndian.Uint32(d.b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(d.b)
	}
	d.advance(4)
	return d.family(family)
}

// readENC reads OpenBSD's enc header: address family in host order, SPI, flags.
func (d *Decoder) readENC() header {
	if !d.need(LayerLink, 12) {
		return headerNone
	}
	family := binary.LittleEndian.Uint32(d.b)
	if family > 0xffff {
		family = binary.BigEndian.Uint32(d.b)
	}
	d.advance(12)
	return d.family(family)
}

// family goes on by an address family: AF_INET is 2 everywhere, AF_INET6 differs (Linux 10, Windows 23, NetBSD and
// OpenBSD 24, FreeBSD 28, Darwin 30). Some writers put an EtherType there.
func (d *Decoder) family(family uint32) header {
	switch {
	case family == 2, family == 10, family == 23, family == 24, family == 28, family == 30:
		return headerIP
	case family >= etherMinimum && family <= 0xffff:
		return d.etherType(uint16(family))
	}
	return d.fail(LayerLink, ReasonNotIP, 0, 0)
}

// readUnknownLink skips a frame of a link type that nothing here knows.
func (d *Decoder) readUnknownLink() header {
	return d.fail(LayerLink, ReasonUnknownLink, 0, 0)
}
