package filter

import "strings"

// foreign lists words of other filter languages and what to write here; an empty answer means that it cannot be asked.
var foreign = map[string]string{
	"ip.addr": "host", "ipv6.addr": "host", "addr": "host", "address": "host",
	"ip.src": "src host", "ipv6.src": "src host", "saddr": "src host",
	"ip.dst": "dst host", "ipv6.dst": "dst host", "daddr": "dst host",
	"tcp.port": "port", "tcp.srcport": "src port", "sport": "src port", "tcp.dstport": "dst port", "dport": "dst port",
	"tcp.stream": "id", "frame.number": "id", "flow": "id",
	"vlan.id": "vlan", "frame.interface-name": "iface", "frame.interface-id": "iface", "in-interface": "iface",
	"tcp.flags.reset": "rst", "tcp.flags.fin": "fin",
	"len": "bytes", "greater": "bytes >", "less": "bytes <", "frame.len": "bytes",
	"status": "class", "reason": "cause", "tag": "mark", "flag": "mark", "by": "reset-by",
	"client": "src", "server": "dst", "inbound": "", "outbound": "",
	"udp": "", "icmp": "", "icmp6": "", "arp": "", "sctp": "", "igmp": "", "rarp": "",
	"ether": "", "proto": "", "broadcast": "", "multicast": "", "gateway": "", "mpls": "", "pppoes": "", "geneve": "",
}

// foreignWord explains a word that another filter language knows; ok is false for any other.
func foreignWord(text string) (message, suggestion string, ok bool) {
	name := fold(text)
	if word, _, bracket := strings.Cut(name, "["); bracket && (word == "tcp" || word == "ip" || word == "ip6" || word == "ether" || word == "udp" || word == "icmp") {
		return "conversations are filtered here, not the octets of packets", "fin or rst", true
	}
	instead, ok := foreign[name]
	switch {
	case !ok:
		return "", "", false
	case instead == "":
		return quoted(text) + " cannot be asked of a TCP conversation", "", true
	}
	return quoted(text) + " belongs to another language", instead, true
}
