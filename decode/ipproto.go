package decode

import "encoding/binary"

// IP protocol numbers (IANA "Assigned Internet Protocol Numbers").
const (
	protoHopByHop    = 0
	protoICMP        = 1
	protoIPIP        = 4
	protoTCP         = 6
	protoUDP         = 17
	protoIPv6        = 41
	protoRouting     = 43
	protoFragment    = 44
	protoGRE         = 47
	protoESP         = 50
	protoAH          = 51
	protoICMP6       = 58
	protoDestOptions = 60
	protoEtherIP     = 97
	protoL2TP        = 115
	protoMobility    = 135
	protoMPLS        = 137
	protoHIP         = 139
	protoShim6       = 140
)

// ipProtos says which header follows an IP protocol number; the tunnels among them can be closed.
var ipProtos = [256]struct {
	next   header
	tunnel DecapSet
	encap  Encap
}{
	protoTCP:     {next: headerTCP},
	protoUDP:     {next: headerUDP},
	protoICMP:    {next: headerICMP},
	protoICMP6:   {next: headerICMP6},
	protoAH:      {next: headerAH},
	protoIPIP:    {headerIP, DecapIPIP, EncapIP},
	protoIPv6:    {headerIP, DecapIPIP, EncapIP},
	protoGRE:     {headerGRE, DecapGRE | DecapERSPAN | DecapL2TP, 0},
	protoEtherIP: {headerEtherIP, DecapGRE, EncapGRE},
	protoMPLS:    {headerMPLS, DecapMPLS, 0},
}

// readIPProto goes on by the protocol number of the IP header just read.
func (d *Decoder) readIPProto() header {
	p := &ipProtos[d.proto]
	switch {
	case p.next == headerNone && d.proto == protoESP:
		return d.fail(LayerTransport, ReasonEncrypted, 0, 0)
	case p.next == headerNone:
		return d.fail(LayerTransport, ReasonOtherIP, 0, 0)
	case p.tunnel != 0 && !d.cfg.Decap.opens(p.tunnel):
		return d.fail(LayerTunnel, ReasonDecapOff, 0, 0)
	}
	d.encap |= p.encap
	return p.next
}

// readAH steps over an authentication header in IPv4 (RFC 4302); the payload behind it is in the clear.
func (d *Decoder) readAH() header {
	if !d.need(LayerNetwork, 12) {
		return headerNone
	}
	n := (int(d.b[1]) + 2) * 4
	if n < 12 || n > d.promised {
		return d.fail(LayerNetwork, ReasonBadHeaderLen, n, d.promised)
	}
	if !d.need(LayerNetwork, n) {
		return headerNone
	}
	d.proto = d.b[0]
	d.advance(n)
	return headerIPProto
}

// readEtherIP steps over the two octets of EtherIP (RFC 3378), whose version is 3.
func (d *Decoder) readEtherIP() header {
	if !d.need(LayerTunnel, 2) {
		return headerNone
	}
	if binary.BigEndian.Uint16(d.b)>>12 != 3 {
		return d.fail(LayerTunnel, ReasonOtherIP, 0, 0)
	}
	d.advance(2)
	return headerEthernet
}
