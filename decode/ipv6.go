package decode

import "encoding/binary"

// readIPv6 reads an IPv6 header and every extension header behind it (RFC 8200).
func (d *Decoder) readIPv6() header {
	if !d.need(LayerNetwork, 40) {
		return headerNone
	}
	be := binary.BigEndian
	length := int(be.Uint16(d.b[4:]))
	d.src, d.dst = Addr(d.b[8:24]), Addr(d.b[24:40])
	d.ttl, d.ipid, d.proto = d.b[7], 0, d.b[6]
	if length > 0 {
		d.limit(40 + length)
	}
	d.advance(40)
	return d.extensions(length == 0)
}

// extensionHeaders holds the IPv6 extension headers that are stepped over. Their length octet counts units beyond a minimum.
var extensionHeaders = [256]struct {
	unit, extra int // length in octets is (value + extra) * unit; unit 0: no extension header
}{
	protoHopByHop:    {8, 1},
	protoRouting:     {8, 1},
	protoDestOptions: {8, 1},
	protoMobility:    {8, 1},
	protoHIP:         {8, 1},
	protoShim6:       {8, 1},
	protoAH:          {4, 2},
}

// readExtension reads the extension headers of a datagram that was put together from fragments.
func (d *Decoder) readExtension() header { return d.extensions(false) }

// extensions steps over extension headers. jumbo says that the payload length is 0: it stands in a jumbo payload
// option, or segmentation offload left it open.
func (d *Decoder) extensions(jumbo bool) header {
	for {
		if d.proto == protoFragment {
			if !d.need(LayerNetwork, 8) {
				return headerNone
			}
			word, id := binary.BigEndian.Uint16(d.b[2:]), binary.BigEndian.Uint32(d.b[4:])
			d.proto = d.b[0]
			d.advance(8)
			if jumbo {
				d.limitToFrame()
			}
			if word&^6 == 0 { // an atomic fragment is a whole packet (RFC 6946)
				continue
			}
			return d.fragment(id, int(word&^7), word&1 != 0, 0, headerExtension)
		}
		e := extensionHeaders[d.proto]
		if e.unit == 0 {
			if jumbo {
				d.limitToFrame()
			}
			return headerIPProto
		}
		if !d.need(LayerNetwork, 8) {
			return headerNone
		}
		n := (int(d.b[1]) + e.extra) * e.unit
		if n > d.promised {
			return d.fail(LayerNetwork, ReasonBadHeaderLen, n, d.promised)
		}
		if !d.need(LayerNetwork, n) {
			return headerNone
		}
		if jumbo && d.proto == protoHopByHop {
			if length, ok := jumboLength(d.b[2:n]); ok {
				if length < n {
					return d.fail(LayerNetwork, ReasonBadLength, n, length)
				}
				d.limit(length)
				jumbo = false
			}
		}
		if d.proto == protoRouting {
			d.routed(d.b[:n])
		}
		d.proto = d.b[0]
		d.advance(n)
	}
}

// routed takes the last hop of a routing header h as the destination: on the way there the IPv6 header names the next
// hop only, and answers come from the last (RFC 8200 section 8.1 has it in the checksum for the same reason).
func (d *Decoder) routed(h []byte) {
	const sourceRoute, mobileHome, segments = 0, 2, 4
	kind, left := h[2], h[3]
	switch {
	case left == 0 || len(h) < 8+16:
	case kind == segments: // RFC 8754: the list stands in reverse
		d.dst = Addr(h[8:24])
	case kind == sourceRoute, kind == mobileHome:
		if last := len(h) - 16; last%16 == 8 {
			d.dst = Addr(h[last:])
		}
	}
}

// jumboLength finds the jumbo payload option (RFC 2675) in the options of a hop-by-hop header. The length that it
// holds counts from the hop-by-hop header on.
func jumboLength(o []byte) (length int, ok bool) {
	const pad1, jumboPayload = 0, 0xc2
	for len(o) >= 2 {
		if o[0] == pad1 {
			o = o[1:]
			continue
		}
		n := 2 + int(o[1])
		if n > len(o) {
			break
		}
		if o[0] == jumboPayload && n == 6 {
			return int(min(binary.BigEndian.Uint32(o[2:]), unlimited)), true
		}
		o = o[n:]
	}
	return 0, false
}
