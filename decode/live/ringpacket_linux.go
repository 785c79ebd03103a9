//go:build linux && !libpcap

package live

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
)

// The parts of a sockaddr_ll, which stands behind each packet's header.
const (
	sllProtocol = 2
	sllIndex    = 4
	sllHardware = 8
	sllKind     = 10
	sllHalen    = 11
	sllAddr     = 12
)

// packet reads the next packet of a ring; false: it is left out.
func (h *handle) packet(c *Capture, r *ring, p *decode.Packet) bool {
	frame := r.memory[r.block*blockSize:][r.at:blockSize]
	head := (*unix.Tpacket3Hdr)(unsafe.Pointer(&frame[0]))
	r.left--
	r.at += head.Next_offset
	r.look()
	sll := frame[unix.SizeofTpacket3Hdr:][:unix.SizeofSockaddrLinklayer]
	hardware := binary.NativeEndian.Uint16(sll[sllHardware:])
	if hardware == unix.ARPHRD_LOOPBACK && sll[sllKind] == unix.PACKET_OUTGOING {
		return false // it comes in as well
	}
	if end := int(head.Mac) + int(head.Snaplen); end > len(frame) || int(head.Mac) < unix.SizeofTpacket3Hdr+unix.SizeofSockaddrLinklayer {
		return false // never seen: the kernel's own figures
	}
	at, wire := int(head.Mac), head.Len
	end := at + int(head.Snaplen)
	tag := uint16(0)
	if head.Status&unix.TP_STATUS_VLAN_VALID != 0 {
		tag = unix.ETH_P_8021Q
		if head.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
			tag = head.Hv1.Vlan_tpid
		}
	}
	be := binary.BigEndian
	switch {
	case h.raw:
	case h.cooked:
		// The header is built in the room before the packet; the kernel's is read first, for it may lie there.
		var cooked [20 + 4]byte
		copy(cooked[0:2], sll[sllProtocol:])
		if innerTag(frame[at:end], be.Uint16(cooked[:])) {
			be.PutUint16(cooked[:], unix.ETH_P_8021Q)
		}
		be.PutUint32(cooked[4:], binary.NativeEndian.Uint32(sll[sllIndex:]))
		be.PutUint16(cooked[8:], hardware)
		cooked[10], cooked[11] = sll[sllKind], sll[sllHalen]
		copy(cooked[12:20], sll[sllAddr:])
		n := 20
		if tag != 0 {
			be.PutUint16(cooked[20:], uint16(head.Hv1.Vlan_tci))
			copy(cooked[22:24], cooked[0:2])
			be.PutUint16(cooked[0:], tag)
			n = 24
		}
		p.Iface = h.iface(c, int32(binary.NativeEndian.Uint32(sll[sllIndex:])))
		at, wire = at-n, wire+uint32(n)
		copy(frame[at:], cooked[:n])
	case tag != 0 && head.Snaplen >= 12 && h.link == linkEthernet:
		copy(frame[at-4:], frame[at:at+12])
		be.PutUint16(frame[at+8:], tag)
		be.PutUint16(frame[at+10:], uint16(head.Hv1.Vlan_tci))
		at, wire = at-4, wire+4
	}
	if h.index != 0 {
		p.Iface = 0
	}
	p.Data = frame[at:end:end]
	p.WireLen = max(wire, uint32(end-at))
	p.Time = int64(head.Sec)*1e9 + int64(head.Nsec)
	p.LinkType, p.FCSLen, p.NoTime = h.link, 0, false
	return true
}

// innerTag reports whether a cooked packet begins with VLAN tags that its protocol field does not tell of: with several tags
// the kernel names the protocol behind all of them, and gives only the outermost one apart from the packet.
func innerTag(b []byte, protocol uint16) bool {
	version := byte(4)
	if protocol == unix.ETH_P_IPV6 {
		version = 6
	} else if protocol != unix.ETH_P_IP {
		return false
	}
	// The first four bits of a tag, its priority, may be those of a version; a header of IPv4 is at least 5 words long.
	if len(b) == 0 || version == 4 && b[0] >= 0x45 && b[0] <= 0x4f {
		return false
	}
	for len(b) > 4 {
		next := binary.BigEndian.Uint16(b[2:])
		b = b[4:]
		switch next {
		case protocol:
			return b[0]>>4 == version
		case unix.ETH_P_8021Q, unix.ETH_P_8021AD, unix.ETH_P_QINQ1, unix.ETH_P_QINQ2:
		default:
			return false
		}
	}
	return false
}

// iface returns our number of an interface.
func (h *handle) iface(c *Capture, index int32) uint16 {
	if i, ok := h.ifaces[index]; ok {
		return i
	}
	name, err := interfaceName(h.rings[0].fd, int(index))
	if err != nil {
		name = fmt.Sprintf("#%d", index) // it is gone already
	}
	i := c.addInterface(decode.Interface{Name: name, LinkType: h.link})
	h.ifaces[index] = i
	return i
}
