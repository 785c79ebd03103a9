package decode

import "net/netip"

// A Datagram is one UDP datagram that holds no tunnel. Payload is borrowed: it is valid as long as the frame's octets are.
type Datagram struct {
	Src, Dst netip.AddrPort
	Payload  []byte // as far as it was captured
}

// Datagram returns what the last frame held if Decode returned false because that was UDP. It is valid right after that,
// as Payload is after a segment.
func (d *Decoder) Datagram() (g Datagram, ok bool) {
	if d.skip.Reason != ReasonUDP || d.skip.Layer != LayerTransport {
		return g, false
	}
	return Datagram{
		Src:     netip.AddrPortFrom(d.src.Netip(), d.udpSrc),
		Dst:     netip.AddrPortFrom(d.dst.Netip(), d.udpDst),
		Payload: d.b,
	}, true
}
