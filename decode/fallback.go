package decode

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// fallbackLinks are the link types that are left to gopacket: rare ones that it knows and the walk does not.
var fallbackLinks = map[LinkType]layers.LinkType{
	linkFDDI:  layers.LinkTypeFDDI,
	linkPFLog: layers.LinkTypePFLog,
}

// readFallback asks gopacket where the IP header of a frame begins; the walk goes on from there, so that lengths,
// extension headers, fragments and tunnels are read as everywhere. It allocates.
func (d *Decoder) readFallback() header {
	d.counters.Fallbacks++
	n, reason := findIP(d.b, fallbackLinks[d.link])
	if reason == ReasonNotIP && n == len(d.b) && d.wire > n {
		return d.fail(LayerLink, ReasonCut, n+1, n)
	}
	if reason != noReason {
		return d.fail(LayerLink, reason, 0, 0)
	}
	d.advance(n)
	return headerIP
}

// noReason says that there is nothing wrong.
const noReason = numReasons

// findIP returns the offset of the first IP header that gopacket finds, or how far it came and the reason. gopacket
// panics on some damaged input.
func findIP(b []byte, link layers.LinkType) (n int, reason Reason) {
	defer func() {
		if recover() != nil {
			reason = ReasonDecoderError
		}
	}()
	packet := gopacket.NewPacket(b, link, gopacket.DecodeOptions{Lazy: true, NoCopy: true, SkipDecodeRecovery: true})
	ip := packet.NetworkLayer()
	if ip == nil {
		if packet.ErrorLayer() != nil {
			return n, ReasonDecoderError
		}
		for _, l := range packet.Layers() {
			n = cap(b) - cap(l.LayerContents()) + len(l.LayerContents())
		}
		return n, ReasonNotIP
	}
	// Without a copy the layer's octets are a part of b: its capacity says where.
	n = cap(b) - cap(ip.LayerContents())
	if n < 0 || n > len(b) {
		return 0, ReasonDecoderError
	}
	return n, noReason
}
