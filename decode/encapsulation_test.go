package decode

import (
	"bytes"
	"slices"
	"testing"
)

// encapsulationRow is one way in which a segment can be wrapped.
type encapsulationRow struct {
	name   string
	link   LinkType
	data   []byte
	encap  Encap
	vlan   uint16   // id of the outermost tag
	vni    uint32   // what Config.KeyVNI must find
	tunnel DecapSet // closing it must close this packet
	six    bool     // the segment travels in IPv6
}

// encapsulations holds the same segment in every wrapping.
var encapsulations = []encapsulationRow{
	{name: "Ethernet with IPv4", link: 1, data: bridged4},
	{name: "Ethernet with IPv6", link: 1, data: stack(ether(etherIPv6), raw(segment6...)), six: true},
	{name: "a frame padded to 60 octets", link: 1, data: stack(ether(etherIPv4), trail(make([]byte, 9)...), raw(segment4...))},
	{name: "IPv4 announced, IPv6 there", link: 1, data: stack(ether(etherIPv4), raw(segment6...)), six: true},
	{name: "802.3 with LLC and SNAP, padded", link: 1, data: stack(trail(0, 0, 0, 0), ether8023, snap(etherIPv4), raw(segment4...))},
	{name: "802.3 with IP's own access point", link: 1, data: stack(ether8023, raw(6, 6, 3), raw(segment4...))},
	{name: "jumbo LLC", link: 1, data: stack(ether(etherJumboLLC), snap(etherIPv4), raw(segment4...))},
	{name: "one VLAN tag", link: 1, data: stack(ether(etherVLAN), dot1q(42, etherIPv4), raw(segment4...)), encap: EncapVLAN, vlan: 42},
	{name: "a priority tag, VLAN 0", link: 1, data: stack(ether(etherVLAN), dot1q(0x6000, etherIPv6), raw(segment6...)), encap: EncapVLAN, six: true},
	{name: "802.1ad around 802.1Q", link: 1, data: stack(ether(etherQinQ), dot1q(7, etherVLAN), dot1q(42, etherIPv4), raw(segment4...)), encap: EncapVLAN, vlan: 7},
	{name: "0x9100 and 0x9200 and 0x8100 stacked", link: 1, data: stack(ether(etherQinQ9100), dot1q(7, etherQinQ9200), dot1q(8, etherVLAN), dot1q(9, etherIPv4), raw(segment4...)), encap: EncapVLAN, vlan: 7},
	{name: "an LLC frame in a VLAN", link: 1, data: stack(ether(etherVLAN), dot1q(42, len(segment4)+8), snap(etherIPv4), raw(segment4...)), encap: EncapVLAN, vlan: 42},
	{name: "802.1ah, MAC in MAC", link: 1, data: stack(ether(etherPBB), raw(0, 0, 0, 9), raw(bridged4...))},
	{name: "a Cisco VN-Tag", link: 1, data: stack(ether(etherVNTag), raw(0, 0, 0, 0, 8, 0), raw(segment4...))},
	{name: "HSR", link: 1, data: stack(ether(etherHSR), raw(0, 0, 0, 0, 8, 0), raw(segment4...))},
	{name: "FabricPath", link: 1, data: stack(ether(etherFabric), raw(0x40, 0x20), raw(bridged4...))},
	{name: "MPLS, one label", link: 1, data: stack(ether(etherMPLS), label(16, true), raw(segment4...)), encap: EncapMPLS},
	{name: "MPLS, three labels, IPv6", link: 1, data: stack(ether(etherMPLS), label(16, false), label(17, false), label(2, true), raw(segment6...)), encap: EncapMPLS, six: true},
	{name: "an MPLS pseudowire with a control word", link: 1, data: stack(ether(etherMPLS), label(16, true), raw(0, 0, 0, 1), raw(bridged4...)), encap: EncapMPLS},
	{name: "an MPLS pseudowire without a control word", link: 1, data: stack(ether(etherMPLS), label(16, true), raw(bridged4...)), encap: EncapMPLS},
	{name: "an MPLS pseudowire whose address looks like IPv4", link: 1, data: stack(ether(etherMPLS), label(16, true), raw(0x44), func(b []byte) []byte { return b[1:] }, raw(bridged4...)), encap: EncapMPLS},
	{name: "a PPPoE session, padded", link: 1, data: stack(trail(0, 0, 0, 0), ether(etherPPPoE), pppoe, raw(0, 0x21), raw(segment4...)), encap: EncapPPPoE},
	{name: "PPPoE with a one-octet protocol, IPv6", link: 1, data: stack(ether(etherPPPoE), pppoe, raw(0x57), raw(segment6...)), encap: EncapPPPoE, six: true},

	{name: "Linux cooked", link: linkSLL, data: stack(raw(0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0), raw(segment4...))},
	{name: "Linux cooked, with a VLAN tag", link: linkSLL, data: stack(raw(0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0), dot1q(42, etherIPv6), raw(segment6...)), encap: EncapVLAN, vlan: 42, six: true},
	{name: "Linux cooked, LLC", link: linkSLL, data: stack(raw(0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0, 4), snap(etherIPv4), raw(segment4...))},
	{name: "Linux cooked, version 2", link: linkSLL2, data: stack(raw(0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0), raw(segment6...)), six: true},
	{name: "BSD null, little endian", link: linkNull, data: stack(raw(2, 0, 0, 0), raw(segment4...))},
	{name: "BSD null, big endian", link: linkNull, data: stack(raw(0, 0, 0, 2), raw(segment4...))},
	{name: "BSD null, Linux's IPv6", link: linkNull, data: stack(raw(10, 0, 0, 0), raw(segment6...)), six: true},
	{name: "BSD null, OpenBSD's IPv6", link: linkNull, data: stack(raw(0, 0, 0, 24), raw(segment6...)), six: true},
	{name: "BSD null, FreeBSD's IPv6", link: linkNull, data: stack(raw(28, 0, 0, 0), raw(segment6...)), six: true},
	{name: "BSD null, Darwin's IPv6", link: linkNull, data: stack(raw(30, 0, 0, 0), raw(segment6...)), six: true},
	{name: "OpenBSD loop", link: linkLoop, data: stack(raw(0, 0, 0, 2), raw(segment4...))},
	{name: "OpenBSD enc", link: linkENC, data: stack(raw(2, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1), raw(segment4...))},
	{name: "raw IP", link: linkRaw, data: segment4},
	{name: "raw IP, written as 12", link: linkRaw12, data: segment6, six: true},
	{name: "raw IP, written as 14", link: linkRaw14, data: segment4},
	{name: "raw IPv4", link: linkIPv4, data: segment4},
	{name: "raw IPv6", link: linkIPv6, data: segment6, six: true},
	{name: "PPP", link: linkPPP, data: stack(raw(0xff, 3, 0, 0x21), raw(segment4...))},
	{name: "PPP in HDLC framing", link: linkPPPHDLC, data: stack(raw(0xff, 3, 0, 0x57), raw(segment6...)), six: true},
	{name: "PPP's link type with Cisco HDLC in it", link: linkPPPHDLC, data: stack(raw(0x0f, 0, 8, 0), raw(segment4...))},
	{name: "PPP with bridged Ethernet", link: linkPPP, data: stack(raw(0xff, 3, 0, 0x31, 0, 1), raw(bridged4...))},
	{name: "PPP with MPLS", link: linkPPP, data: stack(raw(2, 0x81), label(16, true), raw(segment4...)), encap: EncapMPLS},
	{name: "PPPoE as a link type", link: linkPPPoE, data: stack(pppoe, raw(0, 0x21), raw(segment4...)), encap: EncapPPPoE},
	{name: "PPP with a direction octet", link: linkPPPDir, data: stack(raw(1, 0xff, 3, 0, 0x21), raw(segment4...))},
	{name: "Cisco HDLC", link: linkCHDLC, data: stack(raw(0x0f, 0, 8, 0), raw(segment4...))},
	{name: "Cisco HDLC with a direction octet", link: linkCHDLCDir, data: stack(raw(0, 0x8f, 0, 0x86, 0xdd), raw(segment6...)), six: true},
	{name: "Frame Relay, RFC 2427", link: linkFRelay, data: stack(raw(0x18, 0x41, 3, 0xcc), raw(segment4...))},
	{name: "Frame Relay, SNAP", link: linkFRelay, data: stack(raw(0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0), raw(segment4...))},
	{name: "Frame Relay, bridged Ethernet", link: linkFRelay, data: stack(raw(0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7), raw(bridged4...))},
	{name: "Frame Relay, Cisco", link: linkFRelay, data: stack(raw(0x18, 0x41, 8, 0), raw(segment4...))},
	{name: "ATM with RFC 2684 bridging", link: linkRFC1483, data: stack(raw(0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0), raw(bridged4...))},
	{name: "ATM with a routed NLPID", link: linkRFC1483, data: stack(raw(0xfe, 0xfe, 3, 0xcc), raw(segment4...))},
	{name: "802.11", link: linkWiFi, data: stack(wifiHeader(0x08, 1), snap(etherIPv4), raw(segment4...))},
	{name: "802.11 with QoS and four addresses", link: linkWiFi, data: stack(wifiHeader(0x88, 3), raw(0, 0), snap(etherIPv6), raw(segment6...)), six: true},
	{name: "802.11 with QoS and HT control", link: linkWiFi, data: stack(wifiHeader(0x88, 0x82), raw(0, 0, 0, 0, 0, 0), snap(etherIPv4), raw(segment4...))},
	{name: "802.11 with aggregated frames", link: linkWiFi, data: stack(wifiHeader(0x88, 1), raw(0x80, 0), ether8023, snap(etherIPv4), raw(segment4...))},
	{name: "radiotap with a check sequence", link: linkRadiotap, data: stack(trail(1, 2, 3, 4), raw(0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x10), wifiHeader(0x08, 2), snap(etherIPv4), raw(segment4...))},
	{name: "radiotap with a padded header", link: linkRadiotap, data: stack(raw(0, 0, 9, 0, 2, 0, 0, 0, 0x20), wifiHeader(0x88, 2), raw(0, 0, 0, 0), snap(etherIPv4), raw(segment4...))},
	{name: "radiotap with two words of fields", link: linkRadiotap, data: stack(raw(0, 0, 13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0), wifiHeader(0x08, 2), snap(etherIPv4), raw(segment4...))},
	{name: "Prism", link: linkPrism, data: stack(raw(append([]byte{0x44, 0, 0, 0, 144, 0, 0, 0}, make([]byte, 136)...)...), wifiHeader(0x08, 1), snap(etherIPv4), raw(segment4...))},
	{name: "AVS", link: linkAVS, data: stack(raw(append([]byte{0x80, 0x21, 0x10, 1, 0, 0, 0, 64}, make([]byte, 56)...)...), wifiHeader(0x08, 1), snap(etherIPv4), raw(segment4...))},
	{name: "AVS in Prism's link type", link: linkPrism, data: stack(raw(append([]byte{0x80, 0x21, 0x10, 1, 0, 0, 0, 64}, make([]byte, 56)...)...), wifiHeader(0x08, 1), snap(etherIPv4), raw(segment4...))},
	{name: "PPI with 802.11", link: linkPPI, data: stack(raw(0, 0, 8, 0, 105, 0, 0, 0), wifiHeader(0x08, 1), snap(etherIPv4), raw(segment4...))},
	{name: "PPI with Ethernet", link: linkPPI, data: stack(raw(0, 0, 12, 0, 1, 0, 0, 0, 1, 2, 3, 4), raw(bridged4...))},
	{name: "Apple's packet tap", link: linkPKTAP, data: stack(raw(append([]byte{108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0}, make([]byte, 96)...)...), raw(bridged4...))},
	{name: "netfilter log", link: linkNFLOG, data: stack(raw(2, 0, 0, 1, 8, 0, 1, 0, 8, 0, 0, 0, 6, 0, 10, 0, 'x', 0, 0, 0, byte(len(segment4)+4), 0, 9, 0), raw(segment4...))},
	{name: "netfilter log, big endian", link: linkNFLOG, data: stack(raw(10, 0, 0, 1, 0, 8, 0, 1, 8, 0, 0, 0, 0, byte(len(segment6)+4), 0, 9), raw(segment6...)), six: true},
	{name: "IP over InfiniBand", link: linkIPoIB, data: stack(raw(make([]byte, 40)...), raw(8, 0, 0, 0), raw(segment4...))},
	{name: "Token Ring with source routing", link: linkTokenRing, data: stack(raw(0x10, 0x40, 0, 0, 0, 0, 0, 2, 0x80, 0, 0, 0, 0, 1, 4, 0x10, 0, 1), snap(etherIPv4), raw(segment4...))},
	{name: "FDDI, through the fallback", link: linkFDDI, data: stack(raw(0x50, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1), snap(etherIPv4), raw(segment4...))},
	{name: "OpenBSD's packet filter log, through the fallback", link: linkPFLog, data: stack(raw(append([]byte{61, 2}, make([]byte, 62)...)...), raw(segment4...))},
	{name: "Fibre Channel", link: 122, data: stack(raw(make([]byte, 16)...), snap(etherIPv4), raw(segment4...))},
	{name: "SunATM", link: 123, data: stack(raw(0, 0, 0, 9), snap(etherIPv4), raw(segment4...))},
	{name: "Solaris ipnet", link: 226, data: stack(raw(make([]byte, 24)...), raw(segment6...)), six: true},
	{name: "netANALYZER", link: 240, data: stack(raw(0, 0, 0, 0), raw(bridged4...))},
	{name: "Ethernet with its preamble", link: 274, data: stack(raw(0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xd5), raw(bridged4...))},

	{name: "IPv4 with options", link: linkRaw, data: stack(ip4With(protoTCP, 7, 9, 0x4000, []byte{7, 7, 4, 0, 0, 0, 0, 0}), tcp(timestamps...), bye)},
	{name: "IPv6 with hop-by-hop, routing and destination options", link: linkRaw, data: stack(ip6(protoHopByHop, 7, 9), extension(protoRouting, 8), extension(protoDestOptions, 24), extension(protoTCP, 16), tcp(timestamps...), bye), six: true},
	{name: "IPv6 with a segment routing header", link: linkRaw, data: stack(ip6(protoRouting, 7, 9), raw(append([]byte{protoTCP, 4, 4, 0, 1, 0, 0, 0}, make([]byte, 32)...)...), tcp(timestamps...), bye), six: true},
	{name: "IPv6 on its way by a segment list", link: linkRaw, data: stack(ip6(protoRouting, 7, 8), raw(append([]byte{protoTCP, 4, 4, 1, 1, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 23: 9}, make([]byte, 16)...)...), tcp(timestamps...), bye), six: true},
	{name: "IPv6 on its way by a source route", link: linkRaw, data: stack(ip6(protoRouting, 7, 8), raw(protoTCP, 2, 0, 1, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), tcp(timestamps...), bye), six: true},
	{name: "IPv6 with mobility, HIP and shim6", link: linkRaw, data: stack(ip6(protoMobility, 7, 9), extension(protoHIP, 8), extension(protoShim6, 16), extension(protoTCP, 8), tcp(timestamps...), bye), six: true},
	{name: "IPv6 with an authentication header", link: linkRaw, data: stack(ip6(protoAH, 7, 9), raw(append([]byte{protoTCP, 4}, make([]byte, 22)...)...), tcp(timestamps...), bye), six: true},
	{name: "IPv6 with an atomic fragment", link: linkRaw, data: stack(ip6(protoFragment, 7, 9), raw(protoTCP, 0, 0, 0, 0, 0, 0, 9), tcp(timestamps...), bye), six: true},
	{name: "IPv4 with an authentication header", link: linkRaw, data: stack(ip4(protoAH, 7, 9), raw(append([]byte{protoTCP, 4}, make([]byte, 22)...)...), tcp(timestamps...), bye)},

	{name: "IPv4 in IPv4", link: 1, data: stack(ether(etherIPv4), ip4(protoIPIP, 1, 2), raw(segment4...)), encap: EncapIP, tunnel: DecapIPIP},
	{name: "IPv6 in IPv4", link: 1, data: stack(ether(etherIPv4), ip4(protoIPv6, 1, 2), raw(segment6...)), encap: EncapIP, tunnel: DecapIPIP, six: true},
	{name: "IPv4 in IPv6", link: 1, data: stack(ether(etherIPv6), ip6(protoIPIP, 1, 2), raw(segment4...)), encap: EncapIP, tunnel: DecapIPIP},
	{name: "IPv6 in IPv6 in IPv4", link: 1, data: stack(ether(etherIPv4), ip4(protoIPv6, 1, 2), ip6(protoIPv6, 3, 4), raw(segment6...)), encap: EncapIP, tunnel: DecapIPIP, six: true},
	{name: "GRE", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 8, 0), raw(segment4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "GRE with checksum, key and sequence number", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0xb0, 0, 0x86, 0xdd, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 1), raw(segment6...)), encap: EncapGRE, vni: 77, tunnel: DecapGRE, six: true},
	{name: "GRE with source routes", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 1, 0, 0, 0, 0), raw(segment4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "GRE with bridged Ethernet", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 0x65, 0x58), raw(bridged4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "NVGRE", link: 1, data: stack(ether(etherIPv6), ip6(protoGRE, 1, 2), raw(0x20, 0, 0x65, 0x58, 0, 0, 99, 5), raw(bridged4...)), encap: EncapGRE, vni: 99, tunnel: DecapGRE},
	{name: "GRE with MPLS", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 0x88, 0x47), label(16, true), raw(segment4...)), encap: EncapGRE | EncapMPLS, tunnel: DecapGRE},
	{name: "WCCP without a redirect header", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 0x88, 0x3e), raw(segment4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "WCCP with a redirect header", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 0x88, 0x3e, 0, 1, 2, 3), raw(segment4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "PPTP", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0x30, 0x81, 0x88, 0x0b, 0, byte(len(segment4)+4), 0, 5, 0, 0, 0, 1, 0, 0, 0, 1), raw(0xff, 3, 0, 0x21), raw(segment4...)), encap: EncapGRE, tunnel: DecapL2TP},
	{name: "an Aruba access point's GRE", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 0x82, 0x40), wifiHeader(0x08, 2), snap(etherIPv4), raw(segment4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "ERSPAN type I", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0, 0, 0x88, 0xbe), raw(bridged4...)), encap: EncapGRE, tunnel: DecapERSPAN},
	{name: "ERSPAN type II", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0x10, 0, 0x88, 0xbe, 0, 0, 0, 1), raw(0x10, 5, 0, 33, 0, 0, 0, 1), raw(bridged4...)), encap: EncapGRE, vni: 33, tunnel: DecapERSPAN},
	{name: "ERSPAN type III", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0x10, 0, 0x22, 0xeb, 0, 0, 0, 1), raw(0x20, 5, 0, 34, 0, 0, 0, 1, 0, 0, 0, 0), raw(bridged4...)), encap: EncapGRE, vni: 34, tunnel: DecapERSPAN},
	{name: "ERSPAN type III with a platform header", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0x10, 0, 0x22, 0xeb, 0, 0, 0, 1), raw(0x20, 5, 0, 34, 0, 0, 0, 1, 0, 0, 0, 1), raw(1, 2, 3, 4, 5, 6, 7, 8), raw(bridged4...)), encap: EncapGRE, vni: 34, tunnel: DecapERSPAN},
	{name: "ERSPAN type III with an IP packet", link: 1, data: stack(ether(etherIPv4), ip4(protoGRE, 1, 2), raw(0x10, 0, 0x22, 0xeb, 0, 0, 0, 1), raw(0x20, 5, 0, 34, 0, 0, 0, 1, 0, 0, 8, 0), raw(segment4...)), encap: EncapGRE, vni: 34, tunnel: DecapERSPAN},
	{name: "EtherIP", link: 1, data: stack(ether(etherIPv4), ip4(protoEtherIP, 1, 2), raw(0x30, 0), raw(bridged4...)), encap: EncapGRE, tunnel: DecapGRE},
	{name: "MPLS in IP", link: 1, data: stack(ether(etherIPv4), ip4(protoMPLS, 1, 2), label(16, true), raw(segment4...)), encap: EncapMPLS, tunnel: DecapMPLS},
	{name: "MPLS in UDP", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 6635), label(16, true), raw(segment4...)), encap: EncapMPLS, tunnel: DecapMPLS},
	{name: "VXLAN", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0), raw(bridged4...)), encap: EncapVXLAN, vni: 88, tunnel: DecapVXLAN},
	{name: "VXLAN on Linux's old port, in IPv6", link: 1, data: stack(ether(etherIPv6), ip6(protoUDP, 1, 2), udp(50000, 8472), raw(8, 0, 0, 0, 0, 0, 88, 0), raw(bridged4...)), encap: EncapVXLAN, vni: 88, tunnel: DecapVXLAN},
	{name: "VXLAN with a tagged frame", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0), ether(etherVLAN), dot1q(42, etherIPv4), raw(segment4...)), encap: EncapVXLAN | EncapVLAN, vlan: 42, vni: 88, tunnel: DecapVXLAN},
	{name: "VXLAN-GPE with IPv4", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 4790), raw(0xc, 0, 0, 1, 0, 0, 88, 0), raw(segment4...)), encap: EncapVXLAN, vni: 88, tunnel: DecapVXLAN},
	{name: "VXLAN-GPE with a service header", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 4790), raw(0xc, 0, 0, 4, 0, 0, 88, 0), raw(0, 2, 1, 3, 0, 0, 0, 1), raw(bridged4...)), encap: EncapVXLAN, vni: 88, tunnel: DecapVXLAN},
	{name: "Geneve with options", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 6081), raw(2, 0, 0x65, 0x58, 0, 0, 66, 0, 1, 2, 3, 1, 0, 0, 0, 0), raw(bridged4...)), encap: EncapVXLAN, vni: 66, tunnel: DecapGeneve},
	{name: "Geneve with IPv6", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 6081), raw(0, 0, 0x86, 0xdd, 0, 0, 66, 0), raw(segment6...)), encap: EncapVXLAN, vni: 66, tunnel: DecapGeneve, six: true},
	{name: "GTP-U", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(2152, 2152), raw(0x30, 0xff, 0, byte(len(segment4)), 0, 0, 0, 55), raw(segment4...)), encap: EncapGTP, vni: 55, tunnel: DecapGTP},
	{name: "GTP-U with a sequence number", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(2152, 2152), raw(0x32, 0xff, 0, byte(len(segment4)+4), 0, 0, 0, 55, 0, 1, 0, 0x85), raw(segment4...)), encap: EncapGTP, vni: 55, tunnel: DecapGTP},
	{name: "GTP-U with two extension headers", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(2152, 2152), raw(0x34, 0xff, 0, byte(len(segment6)+16), 0, 0, 0, 55, 0, 0, 0, 0x85, 1, 0, 9, 0x40, 2, 0, 0, 0, 0, 0, 0, 0), raw(segment6...)), encap: EncapGTP, vni: 55, tunnel: DecapGTP, six: true},
	{name: "GTP-U with an Ethernet frame", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(2152, 2152), raw(0x30, 0xff, 0, byte(len(bridged4)), 0, 0, 0, 55), raw(bridged4...)), encap: EncapGTP, vni: 55, tunnel: DecapGTP},
	{name: "Teredo", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(3544, 50000), raw(segment6...)), encap: EncapIP, tunnel: DecapTeredo, six: true},
	{name: "Teredo with authentication and origin", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 3544), raw(0, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0), raw(0, 0, 1, 2, 3, 4, 5, 6), raw(segment6...)), encap: EncapIP, tunnel: DecapTeredo, six: true},
	{name: "AYIYA", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 5072), raw(append([]byte{0x41, 0x52, 0x11, 41}, make([]byte, 40)...)...), raw(segment6...)), encap: EncapIP, tunnel: DecapTeredo, six: true},
	{name: "L2TP with every optional field", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(1701, 1701), raw(0x4a, 2, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 2, 9, 9), raw(0xff, 3, 0, 0x21), raw(segment4...)), encap: EncapPPPoE, tunnel: DecapL2TP},
	{name: "CAPWAP with Ethernet", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 5247), raw(0, 0x10, 2, 0, 0, 0, 0, 0), raw(bridged4...)), encap: EncapVXLAN, tunnel: DecapCAPWAP},
	{name: "CAPWAP with swapped 802.11", link: 1, data: stack(ether(etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 5247), raw(0, 0x10, 3, 0, 0, 0, 0, 0), raw(append([]byte{1, 8}, make([]byte, 22)...)...), snap(etherIPv4), raw(segment4...)), encap: EncapVXLAN, tunnel: DecapCAPWAP},
	{name: "VXLAN in GRE in a VLAN with MPLS", link: 1, data: stack(ether(etherVLAN), dot1q(5, etherMPLS), label(16, true), ip4(protoGRE, 1, 2), raw(0, 0, 8, 0), ip4(protoUDP, 3, 4), udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0), raw(bridged4...)), encap: EncapVLAN | EncapMPLS | EncapGRE | EncapVXLAN, vlan: 5, vni: 88, tunnel: DecapGRE},
}

// wifiHeader is an 802.11 header with three addresses, or four where both flags say so.
func wifiHeader(fc, flags byte) wrap {
	n := 24
	if flags&3 == 3 {
		n = 30
	}
	h := make([]byte, n)
	h[0], h[1] = fc, flags
	return raw(h...)
}

func TestEveryEncapsulationGivesTheInnermostSegment(t *testing.T) {
	for _, e := range encapsulations {
		t.Run(e.name, func(t *testing.T) {
			for _, noise := range []byte{0x00, 0xa5, 0xff} {
				d := NewDecoder(Config{KeyVNI: true})
				var s Segment
				stainWith(&s, noise)
				p := onLink(e.link, e.data)
				if !d.Decode(p, &s) {
					skip := d.LastSkip()
					t.Fatalf("skipped: %v", &skip)
				}
				want := Segment{
					Time: 1e9, Frame: 7, Pos: 24, Src: mapped4([]byte{10, 0, 0, 7}), Dst: mapped4([]byte{10, 0, 0, 9}),
					Scope: uint64(e.vni), SrcPort: 40002, DstPort: 443, Seq: 100, Ack: 300, Len: 5, TSVal: 0x11, TSEcr: 0x22,
					Window: 0x1f6, IPID: 0x1234, Checksum: 0xabcd, VLAN: e.vlan, Options: OptTimestamps, Iface: 3,
					Flags: FIN | ACK, TTL: 63, Encap: e.encap,
				}
				if e.encap&EncapVLAN != 0 {
					want.VLAN |= VLANPresent
				}
				if e.six {
					want.Src = Addr{0x20, 1, 0xd, 0xb8, 15: 7}
					want.Dst = Addr{0x20, 1, 0xd, 0xb8, 15: 9}
					want.IPID = 0
				}
				want.SetHash(0)
				if s != want {
					t.Fatalf("\ngot  %+v\nwant %+v", s, want)
				}
				if got := string(d.Payload(p, &s)); got != "bye\r\n" {
					t.Fatalf("payload %q", got)
				}
			}
		})
	}
}

func TestSnapLengthChangesNothingButTheNote(t *testing.T) {
	for _, e := range encapsulations {
		t.Run(e.name, func(t *testing.T) {
			d := NewDecoder(Config{})
			var whole Segment
			if !d.Decode(onLink(e.link, e.data), &whole) {
				t.Fatal("skipped")
			}
			last := bytes.LastIndex(e.data, []byte("bye\r\n")) + 5
			for n := range slices.Backward(e.data) {
				p := onLink(e.link, e.data[:n:n])
				p.WireLen = uint32(len(e.data))
				var s Segment
				stain(&s)
				ok := d.Decode(p, &s)
				head := last - 5 - 12 // the end of TCP's fixed header
				switch {
				case n < head && ok:
					t.Fatalf("%d of %d octets gave a segment", n, last)
				case n < head:
					if skip := d.LastSkip(); !skip.Reason.Faulty() {
						t.Fatalf("%d of %d octets: %v", n, last, &skip)
					}
				case !ok:
					skip := d.LastSkip()
					t.Fatalf("%d of %d octets: %v", n, last, &skip)
				}
				if !ok {
					continue
				}
				want := whole
				if n < last {
					want.Note |= NoteSnapped
				}
				if n < head+12 { // the timestamps are cut
					want.Options = OptTruncated
					want.TSVal, want.TSEcr = 0, 0
				}
				if s != want {
					t.Fatalf("%d of %d octets:\ngot  %+v\nwant %+v", n, last, s, want)
				}
				if got, keep := string(d.Payload(p, &s)), max(min(n, last)-(last-5), 0); got != "bye\r\n"[:keep] {
					t.Fatalf("%d of %d octets: payload %q", n, last, got)
				}
			}
		})
	}
}

func TestAClosedTunnelIsAnOrdinarySkip(t *testing.T) {
	for _, e := range encapsulations {
		for _, set := range []DecapSet{decapAll &^ e.tunnel, DecapNone} {
			d := NewDecoder(Config{Decap: set})
			var s Segment
			ok := d.Decode(onLink(e.link, e.data), &s)
			skip := d.LastSkip()
			if want := e.tunnel == 0; ok != want || !ok && skip.Reason != ReasonDecapOff {
				t.Errorf("%s with %v: %v, %v", e.name, set, ok, &skip)
			}
		}
		d := NewDecoder(Config{Decap: e.tunnel})
		var s Segment
		if e.tunnel != 0 && e.name != "VXLAN in GRE in a VLAN with MPLS" && !d.Decode(onLink(e.link, e.data), &s) {
			skip := d.LastSkip()
			t.Errorf("%s with nothing but %v: %v", e.name, e.tunnel, &skip)
		}
	}
}
