package filter

import (
	"net/netip"

	"tcpclose/decode"
	"tcpclose/flows"
)

var addressWords = [...]word{
	{
		name: "host", values: hostKind, scope: perEnd, sided: true, end: endInPrefix,
		example: "host 10.0.0.5", help: "an address of either end, also without the word; 10.0.0.5:443 is an endpoint",
	},
	{
		name: "net", values: netKind, scope: perEnd, sided: true, end: endInPrefix,
		example: "net 10.0.0.0/8", help: "a network of either end: CIDR, also without the word; \"net 10\"; \"net 10.0.0.0 mask 255.0.0.0\"",
	},
	{
		name: "name", values: nameKind, scope: perEnd, sided: true, has: isNamed,
		example: "name *.example.com", help: "what the capture calls an address: by DNS, TLS, HTTP or the file itself",
	},
	{
		name: "port", values: portKind, scope: perEnd, sided: true, ordered: true, end: endPort,
		example: "port https", help: "a port of either end: a number, a service's name or a range",
	},
	{
		name: "portrange", values: portKind, scope: perEnd, sided: true, end: endPort,
		example: "portrange 8000-8080", help: "a range of ports",
	},
	{
		name: "ip", takes: takesNothing, scope: perEnd,
		end:     func(ap netip.AddrPort, _ compare, _ *value) bool { return addrOf(ap).Is4() },
		example: "ip", help: "IPv4",
	},
	{
		name: "ip6", takes: takesNothing, scope: perEnd,
		end:     func(ap netip.AddrPort, _ compare, _ *value) bool { return addrOf(ap).Is6() },
		example: "ip6 and port 443", help: "IPv6",
	},
	{
		name: "tcp", takes: takesNothing, scope: perEnd,
		end:     func(netip.AddrPort, compare, *value) bool { return true },
		example: "tcp port 80", help: "every conversation; for fingers that type it",
	},
	{
		name: "vlan", takes: takesOptional, values: ranged("a VLAN", 0, 4095, "a VLAN id: 5, 100-199"), ordered: true,
		get: func(t *flows.Teardown, _ flows.Side) int64 {
			if t.VLAN&decode.VLANPresent == 0 {
				return flows.NoTime
			}
			return int64(t.VLAN &^ decode.VLANPresent)
		},
		example: "vlan 5", help: "the first segment's outer VLAN id; alone: any tag",
	},
	{
		name: "iface", aliases: []string{"interface"}, values: ifaceKind,
		named:   func(t *flows.Teardown) uint16 { return t.Iface },
		example: "iface eth0", help: "the interface of the first segment, by name or by number in the capture",
	},
}

func endInPrefix(ap netip.AddrPort, _ compare, v *value) bool {
	port := int64(ap.Port())
	return v.prefix.Contains(addrOf(ap)) && port >= v.low && port <= v.high
}

func endPort(ap netip.AddrPort, op compare, v *value) bool { return op.holds(int64(ap.Port()), v) }
