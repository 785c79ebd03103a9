package main

import (
	"fmt"
	"net/netip"
)

// A path is what a conversation's frames have in common.
type path struct {
	host    [2]uint32 // the last four octets of the addresses; IPv4 has no others
	port    [2]uint16
	pseudo  uint32 // sum of the pseudo header's addresses and protocol
	vlan    uint16 // 0: untagged
	outer   uint16 // of QinQ; 0: one tag
	ipID    [2]uint16
	ttl     [2]uint8
	options options
	v6      bool
}

// options are the TCP options that both sides use.
type options uint8

const (
	optStamps options = 1 << iota
	optSACK
	optScale
)

// The address blocks: 4,096 clients (more if their ports do not suffice) and the servers.
const (
	clientHosts = 4096
	clientPorts = 60999 - 32768 + 1
	clientBase  = 10<<24 | 16<<16
	serverBase  = 172<<24 | 16<<16
	serverHosts = 64
)

var serverPorts = [...]uint16{80, 443, 443, 443, 22, 25, 8080, 5432, 3306, 6379}

// prefixes are the first twelve octets of each side's IPv6 addresses.
var prefixes = [2][12]byte{
	{0x20, 0x01, 0x0d, 0xb8, 7: 1},
	{0x20, 0x01, 0x0d, 0xb8, 7: 2},
}

// newPath draws the path of conversation n: no two have the same five-tuple.
func newPath(n uint64, r *random) path {
	p := path{
		host: [2]uint32{
			clientBase + uint32(n%clientHosts) + uint32(n/(clientHosts*clientPorts))*clientHosts,
			serverBase + uint32(r.below(serverHosts)),
		},
		port: [2]uint16{32768 + uint16(n/clientHosts%clientPorts), serverPorts[r.below(len(serverPorts))]},
		ipID: [2]uint16{uint16(r.next()), uint16(r.next())},
		ttl:  [2]uint8{64 - uint8(r.below(12)), 64 - uint8(r.below(12))},
		v6:   r.below(4) == 0,
	}
	if r.chance(30) {
		p.ttl[client] += 64
	}
	if r.below(10) == 0 {
		p.vlan = 1 + uint16(r.below(4094))
		if r.below(10) == 0 {
			p.outer = 1 + uint16(r.below(4094))
		}
	}
	if r.chance(85) {
		p.options |= optStamps
	}
	if r.chance(92) {
		p.options |= optSACK
	}
	if r.chance(95) {
		p.options |= optScale
	}
	p.sum()
	return p
}

// sum works out the pseudo header's sum.
func (p *path) sum() {
	sum := uint32(6)
	for s := range p.host {
		sum += p.host[s]>>16 + p.host[s]&0xffff
		if p.v6 {
			for i := 0; i < 12; i += 2 {
				sum += uint32(prefixes[s][i])<<8 | uint32(prefixes[s][i+1])
			}
		}
	}
	p.pseudo = sum
}

// end returns a side's address and port.
func (p *path) end(s side) netip.AddrPort {
	a4 := [4]byte{byte(p.host[s] >> 24), byte(p.host[s] >> 16), byte(p.host[s] >> 8), byte(p.host[s])}
	if !p.v6 {
		return netip.AddrPortFrom(netip.AddrFrom4(a4), p.port[s])
	}
	var a [16]byte
	copy(a[:], prefixes[s][:])
	copy(a[12:], a4[:])
	return netip.AddrPortFrom(netip.AddrFrom16(a), p.port[s])
}

// expectation is the line that -expect writes for a conversation.
func (c *conv) expectation(class string) string {
	return fmt.Sprintf("%d,%v,%v,%s,%s\n", c.first, c.path.end(client), c.path.end(server), class, c.kind.id)
}
