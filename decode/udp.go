package decode

import "encoding/binary"

// udpTunnels says which UDP ports carry tunnels. min is the length of the fixed header; accept looks at what follows
// the UDP header, of which at least min octets were captured and wire were sent, and decides whether it is that tunnel:
// any program may use the port.
var udpTunnels = []struct {
	port   uint16
	min    int
	set    DecapSet
	encap  Encap
	accept func(b []byte, wire int) bool
	next   header
}{
	{4789, 8, DecapVXLAN, EncapVXLAN, isVXLAN, headerVXLAN},
	{8472, 8, DecapVXLAN, EncapVXLAN, isVXLAN, headerVXLAN}, // Linux before the port was assigned, flannel
	{4790, 8, DecapVXLAN, EncapVXLAN, isVXLANGPE, headerVXLANGPE},
	{6081, 8, DecapGeneve, EncapVXLAN, isGeneve, headerGeneve},
	{2152, 8, DecapGTP, EncapGTP, isGTPU, headerGTPU},
	{3544, 40, DecapTeredo, EncapIP, isTeredo, headerTeredo},
	{5072, 8, DecapTeredo, EncapIP, isAYIYA, headerAYIYA},
	{1701, 6, DecapL2TP, EncapPPPoE, isL2TP, headerL2TP},
	{5247, 8, DecapCAPWAP, EncapVXLAN, isCAPWAP, headerCAPWAP},
	{6635, 4, DecapMPLS, EncapMPLS, isMPLS, headerMPLS},
}

// readUDP looks for a tunnel in a UDP datagram; every other one is skipped.
func (d *Decoder) readUDP() header {
	if !d.need(LayerTransport, 8) {
		return headerNone
	}
	be := binary.BigEndian
	src, dst, length := be.Uint16(d.b), be.Uint16(d.b[2:]), int(be.Uint16(d.b[4:]))
	d.udpSrc, d.udpDst = src, dst
	d.advance(8)
	if length >= 8 { // 0 stands for a jumbogram
		d.limit(length - 8)
	}
	for i := range udpTunnels {
		t := &udpTunnels[i]
		if t.port != dst && t.port != src {
			continue
		}
		if len(d.b) < t.min && d.wire >= t.min {
			return d.fail(LayerTunnel, ReasonCut, t.min, len(d.b))
		}
		if len(d.b) < t.min || !t.accept(d.b, d.wire) {
			continue
		}
		if !d.cfg.Decap.opens(t.set) {
			return d.fail(LayerTunnel, ReasonDecapOff, 0, 0)
		}
		d.encap |= t.encap
		return t.next
	}
	return d.fail(LayerTransport, ReasonUDP, 0, 0)
}
