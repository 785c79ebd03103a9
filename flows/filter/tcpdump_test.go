package filter

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpclose/flows"
)

// rawCapture makes a pcap file of raw IP packets, one SYN from the first to the second endpoint of each pair; packet i
// has the time i.
func rawCapture(pairs [][2]netip.AddrPort) []byte {
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(b, 65535)
	b = le.AppendUint32(b, 101) // LINKTYPE_RAW
	for i, p := range pairs {
		src, dst := p[0].Addr().AsSlice(), p[1].Addr().AsSlice()
		var packet []byte
		if len(src) == 4 {
			packet = append([]byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0}, append(src, dst...)...)
		} else {
			packet = append([]byte{0x60, 0, 0, 0, 0, 20, 6, 64}, append(src, dst...)...)
		}
		packet = be.AppendUint16(packet, p[0].Port())
		packet = be.AppendUint16(packet, p[1].Port())
		packet = append(packet, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0xff, 0xff, 0, 0, 0, 0)
		b = le.AppendUint32(b, uint32(i))
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(len(packet)))
		b = le.AppendUint32(b, uint32(len(packet)))
		b = append(b, packet...)
	}
	return b
}

// TestTcpdumpReadsTheSharedWordsAlike lets tcpdump judge the first packet of conversations by the same text.
func TestTcpdumpReadsTheSharedWordsAlike(t *testing.T) {
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not installed")
	}
	ends := []string{
		"10.0.0.5:80", "10.0.0.5:443", "10.1.2.3:8080", "10.1.2.3:40000", "192.168.1.9:22", "192.168.2.9:80",
		"[2001:db8::1]:80", "[2001:db8::1]:443", "[2001:db8:1::2]:6005", "[fe80::7]:8080",
	}
	var pairs [][2]netip.AddrPort
	for _, a := range ends {
		for _, b := range ends {
			if p, q := netip.MustParseAddrPort(a), netip.MustParseAddrPort(b); p.Addr().Is4() == q.Addr().Is4() {
				pairs = append(pairs, [2]netip.AddrPort{p, q})
			}
		}
	}
	capture := rawCapture(pairs)
	for _, text := range []string{
		"tcp", "ip", "ip6", "not ip6", "tcp port 80", "ip and port 80", "tcp src port 80", "tcp dst port https",
		"host 10.0.0.5", "src host 10.0.0.5", "dst host 10.0.0.5", "src or dst host 10.0.0.5", "src and dst host 10.0.0.5",
		"src 10.0.0.5", "dst 2001:db8::1", "host 2001:db8::1", "host 10.0.0.5 and 10.1.2.3", "host 10.0.0.5 or 2001:db8::1",
		"net 10", "net 10.1", "net 192.168.1", "net 192.168.0.0/16", "net 10.0.0.0 mask 255.0.0.0", "src net 10.0.0.0/16",
		"src and dst net 10", "dst net 2001:db8::/48", "net 2001:db8::/32 and not port 80",
		"port 80", "port http", "port http or https", "port 80 or 443", "port 80 or port 443", "src port 80 or 443", "dst port ssh or 8080",
		"port (80 or 443)", "src and dst port 80", "portrange 80-443", "src portrange 8000-8999", "portrange 6000-6010 or 22",
		"not port 80", "! port 80", "not (port 80 or port 443)", "not host 10.0.0.5 and port 80", "!(port 80 || port 443) && net 10",
		"port 80 and host 10.0.0.5", "port 80 and (host 10.0.0.5 or host 2001:db8::1)", "port 80 or 443 and host 10.0.0.5",
		"src host 10.0.0.5 and dst port 8080", "src 10.0.0.5 and (dst port 8080 or src port 80)",
		"tcp dst port 80 or 443 and dst host 10.0.0.5", "port 80 and not src host 10.0.0.5 and not 192.168.2.9",
		"host 10.0.0.5 and port 80 or port 22",
	} {
		f, err := Parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var ours []int
		for i, p := range pairs {
			td := flows.Teardown{Ends: [2]flows.End{{Addr: p[0]}, {Addr: p[1]}}}
			if f.Match(&td) {
				ours = append(ours, i)
			}
		}
		cmd := exec.CommandContext(t.Context(), tcpdump, "-tt", "-n", "-r", "-", text)
		cmd.Stdin = bytes.NewReader(capture)
		var complaints strings.Builder
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%q: tcpdump: %v: %s", text, err, complaints.String())
			continue
		}
		var theirs []int
		for line := range strings.Lines(string(out)) {
			seconds, _, _ := strings.Cut(line, ".")
			n, err := strconv.Atoi(seconds)
			if err != nil {
				t.Fatalf("%q: tcpdump prints %q", text, line)
			}
			theirs = append(theirs, n)
		}
		if !slices.Equal(ours, theirs) {
			t.Errorf("%q: we match the pairs %v, tcpdump %v", text, ours, theirs)
		}
	}
}
