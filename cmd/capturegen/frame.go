package main

import "encoding/binary"

var be = binary.BigEndian

// A segment is what emit makes a frame of.
type segment struct {
	from  side
	flags byte
	seq   uint32
	ack   uint32
	size  int
	mods  mod
}

// The largest frame: 14 + 8 octets of link header, 40 of IPv6, 60 of TCP, and the payload.
const frameRoom = 14 + 8 + 40 + 60 + 1460

// payload is what all conversations send: an excerpt that begins where the sequence number says, so that what is sent
// again is the same. payloadSums holds the sums of its 16-bit words up to each.
var (
	payload     [1<<16 + 2048]byte
	payloadSums [len(payload)/2 + 1]uint32
)

func init() {
	r := seeded(1, 1)
	for i := range payload {
		payload[i] = "abcdefghijklmnopqrstuvwxyz0123456789 .,-/:\n"[r.below(43)]
	}
	for i := range len(payloadSums) - 1 {
		payloadSums[i+1] = payloadSums[i] + uint32(be.Uint16(payload[2*i:]))
	}
}

// emit writes the frame that carries a segment.
func (g *generator) emit(c *conv, s *segment) {
	p := &c.path
	b := g.out.room()
	n := putLink(b, p, s.from)
	ip := n
	n += 20
	if p.v6 {
		n += 20
	}
	tcp := n
	stamp := c.stamp[s.from] + uint32(c.time/1e6)
	n += 20 + putOptions(b[tcp+20:], c, s, stamp)
	length := n - tcp + s.size

	h := b[tcp : tcp+20]
	peer := 1 - s.from
	be.PutUint16(h, p.port[s.from])
	be.PutUint16(h[2:], p.port[peer])
	be.PutUint32(h[4:], s.seq)
	ack := s.ack
	if s.flags&fACK == 0 {
		ack = 0
	}
	be.PutUint32(h[8:], ack)
	h[12] = byte(n-tcp) << 2
	h[13] = s.flags
	be.PutUint16(h[14:], c.window(s))
	be.PutUint32(h[16:], 0)

	sum := uint64(p.pseudo) + uint64(length)
	for i := tcp; i < n; i += 4 {
		sum += uint64(be.Uint32(b[i:]))
	}
	at := int(s.seq & 0xfffe)
	sum += uint64(payloadSums[(at+s.size)/2] - payloadSums[at/2])
	if s.size%2 == 1 {
		sum += uint64(payload[at+s.size-1]) << 8
	}
	be.PutUint16(h[16:], ^fold(sum))

	id := uint16(0)
	if s.mods&modKernel == 0 {
		p.ipID[s.from]++
		id = p.ipID[s.from]
	}
	putIP(b[ip:], p, s.from, id, length)
	keep := g.out.keep(n + s.size)
	if keep > n {
		copy(b[n:], payload[at:at+keep-n])
	}
	if p.options&optStamps != 0 {
		c.last[s.from] = stamp
	}
	g.out.commit(c.time, keep, n+s.size)
}

// window returns the window field.
func (c *conv) window(s *segment) uint16 {
	switch {
	case s.mods&modShut != 0, s.flags&fRST != 0:
		return 0
	case s.flags&fSYN != 0 || c.path.options&optScale == 0:
		return 64240
	case s.from == client:
		return 502
	default:
		return 509
	}
}

// putLink writes the Ethernet header and returns its length.
func putLink(b []byte, p *path, from side) int {
	be.PutUint16(b, 0x0200)
	be.PutUint32(b[2:], p.host[1-from])
	be.PutUint16(b[6:], 0x0200)
	be.PutUint32(b[8:], p.host[from])
	n := 12
	if p.outer != 0 {
		be.PutUint32(b[n:], 0x88a8<<16|uint32(p.outer))
		n += 4
	}
	if p.vlan != 0 {
		be.PutUint32(b[n:], 0x8100<<16|uint32(p.vlan))
		n += 4
	}
	if p.v6 {
		be.PutUint16(b[n:], 0x86dd)
	} else {
		be.PutUint16(b[n:], 0x0800)
	}
	return n + 2
}

// putIP writes the IP header of a packet with size octets of TCP.
func putIP(b []byte, p *path, from side, id uint16, size int) {
	peer := 1 - from
	if p.v6 {
		be.PutUint32(b, 0x60000000)
		be.PutUint16(b[4:], uint16(size))
		b[6], b[7] = 6, p.ttl[from]
		copy(b[8:], prefixes[from][:])
		be.PutUint32(b[20:], p.host[from])
		copy(b[24:], prefixes[peer][:])
		be.PutUint32(b[36:], p.host[peer])
		return
	}
	putIPv4(b, p.host[from], p.host[peer], id, p.ttl[from], 6, size)
}

// putIPv4 writes an IPv4 header with its checksum.
func putIPv4(b []byte, from, to uint32, id uint16, ttl, proto byte, size int) {
	be.PutUint32(b, 0x45000000|uint32(20+size))
	be.PutUint32(b[4:], uint32(id)<<16|0x4000)
	be.PutUint32(b[8:], uint32(ttl)<<24|uint32(proto)<<16)
	be.PutUint32(b[12:], from)
	be.PutUint32(b[16:], to)
	sum := uint64(0)
	for i := 0; i < 20; i += 4 {
		sum += uint64(be.Uint32(b[i:]))
	}
	be.PutUint16(b[10:], ^fold(sum))
}

// putOptions writes the TCP options and returns their length.
func putOptions(b []byte, c *conv, s *segment, stamp uint32) int {
	o := c.path.options
	n := 0
	switch {
	case s.flags&fRST != 0 && s.mods&modKernel != 0, s.mods&modOld != 0:
		return 0
	case s.flags&fSYN != 0:
		be.PutUint32(b, 0x02040000|uint32(c.mss))
		n = 4
		if o&optSACK != 0 {
			be.PutUint32(b[n:], 0x01010402)
			n += 4
		}
		if o&optScale != 0 {
			be.PutUint32(b[n:], 0x01030307)
			n += 4
		}
	}
	if o&optStamps != 0 {
		be.PutUint32(b[n:], 0x0101080a)
		be.PutUint32(b[n+4:], stamp)
		be.PutUint32(b[n+8:], c.echo[s.from])
		n += 12
	}
	if o&optSACK == 0 || s.mods&(modSACK|modDSACK) == 0 {
		return n
	}
	left, right := c.mark+uint32(c.markLen), c.seq[1-s.from]
	if s.mods&modDSACK != 0 {
		left = right - 1
	}
	be.PutUint32(b[n:], 0x0101050a)
	be.PutUint32(b[n+4:], left)
	be.PutUint32(b[n+8:], right)
	return n + 12
}

// fold brings an Internet checksum's sum (RFC 1071) down to 16 bits.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum)
}
