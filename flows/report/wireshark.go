package report

import (
	"tcpclose/flows"
)

// AppendWiresharkFilter appends a display filter that shows one conversation's frames in Wireshark and nothing else. The
// frame numbers part it from other conversations on the same addresses and ports; they count in the merged order of the
// capture's files, as mergecap writes it.
//
// Where both ends have the same address or the same port, "ip.addr==A && ip.addr==A" would also match frames with only
// one such field, so source and destination are named.
func AppendWiresharkFilter(b []byte, t *flows.Teardown) []byte {
	client, server := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	ip := "ip"
	if client.Addr().Is6() {
		ip = "ipv6"
	}
	if client.Addr() == server.Addr() {
		b = appendIP(append(append(b, ip...), ".src=="...), client.Addr())
		b = append(append(b, " && "...), ip...)
		b = appendIP(append(b, ".dst=="...), server.Addr())
	} else {
		b = appendIP(append(append(b, ip...), ".addr=="...), client.Addr())
		b = append(append(b, " && "...), ip...)
		b = appendIP(append(b, ".addr=="...), server.Addr())
	}
	if client.Port() == server.Port() {
		b = appendUint(append(b, " && tcp.srcport=="...), uint64(client.Port()))
		b = appendUint(append(b, " && tcp.dstport=="...), uint64(server.Port()))
	} else {
		b = appendUint(append(b, " && tcp.port=="...), uint64(client.Port()))
		b = appendUint(append(b, " && tcp.port=="...), uint64(server.Port()))
	}
	b = appendUint(append(b, " && frame.number>="...), t.FirstFrame)
	return appendUint(append(b, " && frame.number<="...), t.LastFrame)
}
