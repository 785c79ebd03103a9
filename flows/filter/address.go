package filter

import (
	"net/netip"
	"strconv"
	"strings"
)

// lastPort ends the range of ports of an address that was written without one.
const lastPort = 65535

// hostKind reads an address, an endpoint (10.0.0.5:443, [2001:db8::1]:443) or a network in CIDR form.
var hostKind = &valueKind{
	what:   "an address",
	parse:  func(text string, _ bool) (value, *complaint) { return parseHost(text) },
	format: formatHost,
	offers: func() []offer { return []offer{{"", "an address: 10.0.0.5, 2001:db8::1, 10.0.0.5:443"}} },
}

// netKind reads a network: what hostKind reads, or the leading octets of an IPv4 network as tcpdump takes them (10 is
// 10.0.0.0/8, 192.168 is 192.168.0.0/16). The parser adds a mask where one follows.
var netKind = &valueKind{
	what: "a network",
	parse: func(text string, _ bool) (value, *complaint) {
		if octets := strings.Count(text, ".") + 1; octets < 4 && digits(strings.ReplaceAll(text, ".", "")) {
			addr, err := netip.ParseAddr(text + strings.Repeat(".0", 4-octets))
			if err != nil {
				return value{}, complain("", "%s is not a network", quoted(text))
			}
			return network(netip.PrefixFrom(addr, 8*octets)), nil
		}
		return parseHost(text)
	},
	format: func(v *value) string {
		if v.low == v.high {
			return formatHost(v)
		}
		return v.prefix.String()
	},
	offers: func() []offer { return []offer{{"", "a network: 10.0.0.0/8, 192.168, 2001:db8::/32"}} },
}

func parseHost(text string) (value, *complaint) {
	if v, ok := parseEndpoint(text); ok {
		return v, nil
	}
	if strings.Contains(text, "/") {
		return parseCIDR(text)
	}
	return parseAddress(text)
}

func formatHost(v *value) string {
	addr := v.prefix.Addr()
	switch {
	case v.low == v.high:
		return netip.AddrPortFrom(addr, uint16(v.low)).String()
	case !v.prefix.IsSingleIP():
		return v.prefix.String()
	}
	return addr.String()
}

func network(p netip.Prefix) value { return value{prefix: p, high: lastPort} }

// isAddress reports whether text is an address, an endpoint or a network on its face, so that it needs no word.
func isAddress(text string) bool {
	if _, ok := parseEndpoint(text); ok {
		return true
	}
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	_, err := netip.ParseAddr(text)
	return err == nil
}

func parseEndpoint(text string) (value, bool) {
	ap, err := netip.ParseAddrPort(text)
	if err != nil || ap.Addr().Zone() != "" {
		return value{}, false
	}
	addr := ap.Addr().Unmap()
	port := int64(ap.Port())
	return value{prefix: netip.PrefixFrom(addr, addr.BitLen()), low: port, high: port}, true
}

func parseAddress(text string) (value, *complaint) {
	addr, err := netip.ParseAddr(text)
	switch {
	case err == nil && addr.Zone() != "":
		return value{}, complain(addr.WithZone("").String(), "captures hold no zone such as that of %s", quoted(text))
	case err == nil:
		addr = addr.Unmap()
		return network(netip.PrefixFrom(addr, addr.BitLen())), nil
	case digits(text):
		return value{}, complain("port "+text, "%s is not an address", quoted(text))
	}
	if _, ok := servicePort(fold(text)); ok {
		return value{}, complain("port "+fold(text), "%s is not an address", quoted(text))
	}
	if v, bad := nameKind.parse(text, false); bad == nil && strings.Contains(text, ".") && !digits(strings.ReplaceAll(text, ".", "")) {
		return value{}, complain("name "+nameKind.format(&v), "%s is not an address (what the capture calls one is asked for by name)", quoted(text))
	}
	return value{}, complain("", "%s is not an address (names are not looked up)", quoted(text))
}

func parseCIDR(text string) (value, *complaint) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return value{}, complain("", "%s is not a network in CIDR form such as 10.0.0.0/8 or 2001:db8::/32", quoted(text))
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return value{}, complain("", "the network %s mixes IPv4 and IPv6", quoted(text))
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return value{}, complain(p.Masked().String(), "the network %s has bits set beyond its prefix", quoted(text))
	}
	return network(p), nil
}

// withMask applies tcpdump's "mask 255.0.0.0" to an IPv4 network that was written without a prefix length.
func withMask(v *value, text string) *complaint {
	mask, err := netip.ParseAddr(text)
	if err != nil || !mask.Is4() {
		return complain("", "%s is not an IPv4 mask such as 255.255.0.0", quoted(text))
	}
	if !v.prefix.Addr().Is4() {
		return complain("", "a mask belongs to an IPv4 network; write the prefix length")
	}
	bits := 0
	octets := mask.As4()
	for _, o := range octets {
		for b := 7; b >= 0 && o>>b&1 == 1; b-- {
			bits++
		}
	}
	if m, _ := netip.AddrFrom4([4]byte{255, 255, 255, 255}).Prefix(bits); m.Addr() != mask {
		return complain("", "the mask %s is not ones followed by zeros", quoted(text))
	}
	p := netip.PrefixFrom(v.prefix.Addr(), bits)
	if p != p.Masked() {
		return complain(p.Masked().Addr().String()+"/"+strconv.Itoa(bits), "the network has bits set beyond the mask %s", quoted(text))
	}
	*v = network(p)
	return nil
}
