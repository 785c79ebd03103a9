package decode

// header names a kind of header that the walk can meet.
type header uint8

// The headers. headerNone ends the walk with a skip, headerSegment with a segment.
const (
	headerNone header = iota
	headerSegment
	headerEthernet
	headerEtherType
	headerVLAN
	headerLLC
	headerMPLS
	headerPPPoE
	headerPPP
	headerCHDLC
	headerSLL
	headerSLL2
	headerNull
	headerENC
	headerIP
	headerIPProto
	headerTCP
	headerUDP
	headerICMP
	headerICMP6
	headerPBB
	headerVNTag
	headerHSR
	headerNSH
	headerAH
	headerGRE
	headerEtherIP
	headerVXLAN
	headerVXLANGPE
	headerGeneve
	headerGTPU
	headerTeredo
	headerAYIYA
	headerL2TP
	headerWiFi
	headerRadiotap
	headerPrism
	headerAVS
	headerPPI
	headerNFLOG
	headerPKTAP
	headerIPoIB
	headerFRelay
	headerPPPDir
	headerCHDLCDir
	headerTokenRing
	headerCAPWAP
	headerWiFiSwapped
	headerFabricPath
	headerWiFiPadded
	headerExtension
	headerLinkPrefix
	headerFallback
	headerUnknownLink
	numHeaders
)

// headers says how each header is read. read looks at d.b, steps over the header and names the one that follows.
var headers = [numHeaders]struct {
	name  string
	layer Layer
	read  func(*Decoder) header
}{
	headerNone:        {"nothing", LayerLink, func(*Decoder) header { return headerNone }},
	headerSegment:     {"segment", LayerTransport, func(*Decoder) header { return headerSegment }},
	headerEthernet:    {"Ethernet", LayerLink, (*Decoder).readEthernet},
	headerEtherType:   {"EtherType", LayerLink, (*Decoder).readEtherType},
	headerVLAN:        {"802.1Q VLAN", LayerLink, (*Decoder).readVLAN},
	headerLLC:         {"LLC", LayerLink, (*Decoder).readLLC},
	headerMPLS:        {"MPLS", LayerLink, (*Decoder).readMPLS},
	headerPPPoE:       {"PPPoE", LayerLink, (*Decoder).readPPPoE},
	headerPPP:         {"PPP", LayerLink, (*Decoder).readPPP},
	headerCHDLC:       {"Cisco HDLC", LayerLink, (*Decoder).readCHDLC},
	headerSLL:         {"Linux cooked v1", LayerLink, (*Decoder).readSLL},
	headerSLL2:        {"Linux cooked v2", LayerLink, (*Decoder).readSLL2},
	headerNull:        {"BSD loopback", LayerLink, (*Decoder).readNull},
	headerENC:         {"OpenBSD enc", LayerLink, (*Decoder).readENC},
	headerIP:          {"IP", LayerNetwork, (*Decoder).readIP},
	headerIPProto:     {"IP protocol", LayerNetwork, (*Decoder).readIPProto},
	headerTCP:         {"TCP", LayerTransport, (*Decoder).readTCP},
	headerUDP:         {"UDP", LayerTransport, (*Decoder).readUDP},
	headerICMP:        {"ICMP", LayerTransport, (*Decoder).readICMP},
	headerICMP6:       {"ICMPv6", LayerTransport, (*Decoder).readICMP6},
	headerPBB:         {"802.1ah", LayerLink, (*Decoder).readPBB},
	headerVNTag:       {"VN-Tag", LayerLink, shim(6, 4)},
	headerHSR:         {"HSR", LayerLink, shim(6, 4)},
	headerNSH:         {"NSH", LayerTunnel, (*Decoder).readNSH},
	headerAH:          {"AH", LayerNetwork, (*Decoder).readAH},
	headerGRE:         {"GRE", LayerTunnel, (*Decoder).readGRE},
	headerEtherIP:     {"EtherIP", LayerTunnel, (*Decoder).readEtherIP},
	headerVXLAN:       {"VXLAN", LayerTunnel, (*Decoder).readVXLAN},
	headerVXLANGPE:    {"VXLAN-GPE", LayerTunnel, (*Decoder).readVXLANGPE},
	headerGeneve:      {"Geneve", LayerTunnel, (*Decoder).readGeneve},
	headerGTPU:        {"GTP-U", LayerTunnel, (*Decoder).readGTPU},
	headerTeredo:      {"Teredo", LayerTunnel, (*Decoder).readTeredo},
	headerAYIYA:       {"AYIYA", LayerTunnel, (*Decoder).readAYIYA},
	headerL2TP:        {"L2TP", LayerTunnel, (*Decoder).readL2TP},
	headerWiFi:        {"802.11", LayerLink, (*Decoder).readWiFi},
	headerRadiotap:    {"Radiotap", LayerLink, (*Decoder).readRadiotap},
	headerPrism:       {"Prism", LayerLink, (*Decoder).readPrism},
	headerAVS:         {"AVS", LayerLink, (*Decoder).readAVS},
	headerPPI:         {"PPI", LayerLink, (*Decoder).readPPI},
	headerNFLOG:       {"NFLOG", LayerLink, (*Decoder).readNFLOG},
	headerPKTAP:       {"PKTAP", LayerLink, (*Decoder).readPKTAP},
	headerIPoIB:       {"IPoIB", LayerLink, (*Decoder).readIPoIB},
	headerFRelay:      {"Frame Relay", LayerLink, (*Decoder).readFRelay},
	headerPPPDir:      {"PPP with direction", LayerLink, (*Decoder).readPPPDir},
	headerCHDLCDir:    {"Cisco HDLC with direction", LayerLink, (*Decoder).readCHDLCDir},
	headerTokenRing:   {"Token Ring", LayerLink, (*Decoder).readTokenRing},
	headerCAPWAP:      {"CAPWAP", LayerTunnel, (*Decoder).readCAPWAP},
	headerWiFiSwapped: {"802.11", LayerLink, (*Decoder).readWiFiSwapped},
	headerFabricPath:  {"FabricPath", LayerLink, (*Decoder).readFabricPath},
	headerWiFiPadded:  {"802.11", LayerLink, (*Decoder).readWiFiPadded},
	headerExtension:   {"IPv6 extension", LayerNetwork, (*Decoder).readExtension},
	headerLinkPrefix:  {"link prefix", LayerLink, (*Decoder).readLinkPrefix},
	headerFallback:    {"fallback", LayerLink, (*Decoder).readFallback},
	headerUnknownLink: {"unknown link type", LayerLink, (*Decoder).readUnknownLink},
}
