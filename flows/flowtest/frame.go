package flowtest

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"tcpclose/decode"
)

var be = binary.BigEndian

// buildFrame appends the frame that carries s, and returns also how many of its octets are headers.
func buildFrame(dst []byte, s *decode.Segment, opt PcapOptions) (frame []byte, headers int, err error) {
	if s.Len > 1<<20 {
		return nil, 0, fmt.Errorf("a payload of %d octets", s.Len)
	}
	if s.Src.Is4() != s.Dst.Is4() {
		return nil, 0, fmt.Errorf("%v and %v are not of one family", s.Src, s.Dst)
	}
	dst, err = appendLink(dst, s, opt.Link)
	if err != nil {
		return nil, 0, err
	}
	tcp, err := appendTCP(nil, s)
	if err != nil {
		return nil, 0, err
	}
	link := len(dst)
	if s.ICMP != decode.NotICMP {
		dst = appendICMP(dst, s, tcp)
		headers = len(dst)
	} else {
		if dst, err = appendIP(dst, s.Src, s.Dst, protoTCP, s, len(tcp)); err != nil {
			return nil, 0, err
		}
		dst = append(dst, tcp...)
		headers = len(dst) - int(s.Len)
	}
	if opt.Pad && opt.Link == Ethernet {
		for len(dst)-link < 46 {
			dst = append(dst, 0)
		}
	}
	return dst, headers, nil
}

// appendLink appends the link header, with its VLAN tag.
func appendLink(dst []byte, s *decode.Segment, link Link) ([]byte, error) {
	etherType := uint16(0x86dd)
	if s.Src.Is4() {
		etherType = 0x0800
	}
	tagged := s.VLAN&decode.VLANPresent != 0
	first := etherType
	if tagged {
		first = 0x8100
	}
	switch link {
	case Raw:
		if tagged {
			return nil, fmt.Errorf("raw IP frames have no place for a VLAN tag")
		}
		return dst, nil
	case SLL2:
		dst = be.AppendUint16(dst, first)
		dst = append(dst, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6)
		dst = append(appendMAC(dst, s.Src), 0, 0)
	default:
		dst = appendMAC(appendMAC(dst, s.Dst), s.Src)
		dst = be.AppendUint16(dst, first)
	}
	if tagged {
		dst = be.AppendUint16(dst, s.VLAN&0x0fff)
		dst = be.AppendUint16(dst, etherType)
	}
	return dst, nil
}

// appendMAC appends the locally administered address that stands for an IP address.
func appendMAC(dst []byte, a decode.Addr) []byte { return append(append(dst, 2), a[11:]...) }

const (
	protoICMP   = 1
	protoTCP    = 6
	protoICMPv6 = 58
)

// appendIP appends an IP header for size octets of payload. A packet above 65,535 octets gets the total length 0 that
// segmentation offload leaves.
func appendIP(dst []byte, from, to decode.Addr, proto byte, s *decode.Segment, size int) ([]byte, error) {
	if !from.Is4() {
		if size > 0xffff {
			return nil, fmt.Errorf("%d octets do not fit an IPv6 packet", size)
		}
		dst = append(dst, 0x60, 0, 0, 0)
		dst = be.AppendUint16(dst, uint16(size))
		dst = append(dst, proto, s.TTL)
		dst = append(dst, from[:]...)
		return append(dst, to[:]...), nil
	}
	total := 20 + size
	if total > 0xffff {
		total = 0
	}
	begin := len(dst)
	dst = append(dst, 0x45, 0)
	dst = be.AppendUint16(dst, uint16(total))
	dst = be.AppendUint16(dst, s.IPID)
	dst = append(dst, 0x40, 0, s.TTL, proto, 0, 0)
	dst = append(dst, from[12:]...)
	dst = append(dst, to[12:]...)
	be.PutUint16(dst[begin+10:], ^fold(add(0, dst[begin:])))
	return dst, nil
}

// appendTCP appends the TCP header and a payload that depends on the sequence numbers alone, so that what is sent again
// is the same.
func appendTCP(dst []byte, s *decode.Segment) ([]byte, error) {
	opts := appendTCPOptions(nil, s)
	if len(opts) > 40 {
		return nil, fmt.Errorf("options of %d octets do not fit a TCP header", len(opts))
	}
	begin := len(dst)
	dst = be.AppendUint16(dst, s.SrcPort)
	dst = be.AppendUint16(dst, s.DstPort)
	dst = be.AppendUint32(dst, uint32(s.Seq))
	dst = be.AppendUint32(dst, uint32(s.Ack))
	dst = append(dst, byte(20+len(opts))<<2, byte(s.Flags))
	dst = be.AppendUint16(dst, s.Window)
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, opts...)
	for i := range s.Len {
		dst = append(dst, 'a'+byte(uint32(s.Seq.Add(i))%26))
	}
	sum := pseudo(s.Src, s.Dst, protoTCP, len(dst)-begin)
	check := ^fold(add(sum, dst[begin:]))
	switch {
	case s.Checksum != 0:
		check = s.Checksum
	case s.Note&decode.NoteBadChecksum != 0:
		check ^= 0x5555
	}
	be.PutUint16(dst[begin+16:], check)
	return dst, nil
}

// appendTCPOptions appends the options, padded to a multiple of four.
func appendTCPOptions(dst []byte, s *decode.Segment) []byte {
	has := s.Options.Has
	if has(decode.OptMSS) {
		dst = be.AppendUint16(append(dst, 2, 4), s.MSS)
	}
	if has(decode.OptSACKPermitted) {
		dst = append(dst, 4, 2)
	}
	if has(decode.OptTimestamps) {
		dst = append(dst, 8, 10)
		dst = be.AppendUint32(dst, s.TSVal)
		dst = be.AppendUint32(dst, s.TSEcr)
	}
	if has(decode.OptWindowScale) {
		dst = append(dst, 3, 3, s.WindowScale)
	}
	if has(decode.OptSACK) {
		blocks := []decode.Seq{s.SACKLeft, s.SACKRight}
		if s.SACKMax != s.SACKRight {
			blocks = append(blocks, s.SACKMax-1, s.SACKMax)
		}
		dst = append(dst, 5, byte(2+4*len(blocks)))
		for _, edge := range blocks {
			dst = be.AppendUint32(dst, uint32(edge))
		}
	}
	for _, o := range plainOptions {
		if has(o.bit) && (o.unless == 0 || s.Options&o.unless == 0) {
			dst = append(dst, o.octets...)
		}
	}
	for len(dst)%4 != 0 {
		dst = append(dst, 1)
	}
	if has(decode.OptMalformed) {
		dst = append(dst, 99, 0, 0, 0)
	}
	return dst
}

// plainOptions are the options whose content a Segment does not keep.
var plainOptions = [...]struct {
	bit, unless decode.Options
	octets      []byte
}{
	{decode.OptMPTCP, decode.OptMPFastclose | decode.OptMPReset | decode.OptMPDataFIN, []byte{30, 4, 0x01, 0x81}},
	{decode.OptMPFastclose, 0, []byte{30, 12, 0x70, 0, 1, 2, 3, 4, 5, 6, 7, 8}},
	{decode.OptMPReset, 0, []byte{30, 4, 0x80, 0}},
	{decode.OptMPDataFIN, 0, []byte{30, 14, 0x20, 0x14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1}},
	{decode.OptFastOpen, 0, []byte{34, 2}},
	{decode.OptMD5, 0, append([]byte{19, 18}, make([]byte, 16)...)},
	{decode.OptAO, 0, append([]byte{29, 16}, make([]byte, 14)...)},
}

// icmpForms are type, code and the second word of each error, for IPv4 and IPv6.
var icmpForms = [...]struct{ v4, v6 [8]byte }{
	decode.ICMPUnreachable:  {[8]byte{3, 1}, [8]byte{1, 3}},
	decode.ICMPProhibited:   {[8]byte{3, 13}, [8]byte{1, 1}},
	decode.ICMPFragNeeded:   {[8]byte{3, 4, 6: 0x05, 7: 0x78}, [8]byte{2, 0, 6: 0x05, 7: 0x00}},
	decode.ICMPTimeExceeded: {[8]byte{11, 0}, [8]byte{3, 0}},
	decode.ICMPOther:        {[8]byte{4, 0}, [8]byte{4, 0}},
}

// The router that sends the ICMP errors.
var (
	router4 = decode.AddrFrom(netip.AddrFrom4([4]byte{192, 0, 2, 254}))
	router6 = decode.AddrFrom(netip.MustParseAddr("2001:db8:ffff::fe"))
)

// appendICMP appends an ICMP error to the segment's sender that quotes as much of it as RFC 1812 and RFC 4443 ask for.
func appendICMP(dst []byte, s *decode.Segment, tcp []byte) []byte {
	form, router, proto, limit := icmpForms[s.ICMP].v6, router6, byte(protoICMPv6), 1280-40-8-40
	if s.Src.Is4() {
		form, router, proto, limit = icmpForms[s.ICMP].v4, router4, protoICMP, 576-20-8-20
	}
	message := form[:]
	message, _ = appendIP(message, s.Src, s.Dst, protoTCP, s, min(len(tcp), 0xffff-20)) // cannot fail at that size
	message = append(message, tcp[:min(len(tcp), limit)]...)
	sum := uint64(0)
	if proto == protoICMPv6 {
		sum = pseudo(router, s.Src, proto, len(message))
	}
	be.PutUint16(message[2:], ^fold(add(sum, message)))
	dst, _ = appendIP(dst, router, s.Src, proto, s, len(message))
	return append(dst, message...)
}

// add adds the 16-bit words of b to an Internet checksum (RFC 1071).
func add(sum uint64, b []byte) uint64 {
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(be.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	return sum
}

// fold brings a sum down to 16 bits.
func fold(sum uint64) uint16 {
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return uint16(sum)
}

// pseudo is the sum of the pseudo header.
func pseudo(from, to decode.Addr, proto byte, size int) uint64 {
	skip := 0
	if from.Is4() {
		skip = 12
	}
	return add(add(uint64(proto)+uint64(size), from[skip:]), to[skip:])
}
