package main

// emitUDP writes a datagram, which a reader of TCP has to pass over.
func (g *generator) emitUDP(at int64) {
	b := g.out.room()
	size := 40 + g.rng.below(400)
	from, to := serverBase+uint32(200+g.rng.below(4)), clientBase+uint32(g.rng.below(clientHosts))
	p := path{host: [2]uint32{to, from}}
	n := putLink(b, &p, server)
	putIPv4(b[n:], from, to, uint16(g.rng.next()), 64, 17, 8+size)
	n += 20
	h := b[n : n+8]
	be.PutUint32(h, 9<<16|uint32(32768+g.rng.below(clientPorts)))
	be.PutUint32(h[4:], uint32(8+size)<<16)
	start := g.rng.below(1<<15) * 2
	copy(b[n+8:], payload[start:start+size])
	sum := uint64(17+8+size) + uint64(from>>16+from&0xffff) + uint64(to>>16+to&0xffff)
	sum += uint64(be.Uint32(h)) + uint64(be.Uint32(h[4:])) + uint64(payloadSums[(start+size)/2]-payloadSums[start/2])
	if size%2 == 1 {
		sum += uint64(payload[start+size-1]) << 8
	}
	check := ^fold(sum)
	if check == 0 {
		check = 0xffff // 0 would mean that there is none
	}
	be.PutUint16(h[6:], check)
	n += 8 + size
	g.out.commit(at, g.out.keep(n), n)
}
