package decode

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// describedWell checks what a screen relies on: layers in order and within the packet, fields within their layer.
func describedWell(t *testing.T, p *Packet) []LayerText {
	t.Helper()
	list := Describe(p)
	at := 0
	for i, l := range list {
		if l.Name == "" || l.Offset < at || l.Length < 0 || l.Offset+l.Length > len(p.Data) {
			t.Fatalf("layer %d of %+v stands at %d, the one before ends at %d of %d", i, l, l.Offset, at, len(p.Data))
		}
		for _, f := range l.Fields {
			if f.Name == "" || f.Offset < l.Offset || f.Offset+f.Length > l.Offset+l.Length {
				t.Fatalf("field %+v lies outside of %+v", f, l)
			}
		}
		at = l.Offset + l.Length
	}
	if len(list) == 0 {
		t.Fatal("nothing described")
	}
	return list
}

func TestEveryEncapsulationIsDescribed(t *testing.T) {
	for _, e := range encapsulations {
		t.Run(e.name, func(t *testing.T) {
			list := describedWell(t, onLink(e.link, e.data))
			names := make([]string, len(list))
			for i, l := range list {
				names[i] = l.Name
			}
			if n := len(names); n < 3 || names[n-1] != "Payload" || names[n-2] != "TCP" {
				t.Fatalf("described as %v", names)
			}
			head := list[len(list)-2]
			if head.Length != 32 || head.Summary != "40002 > 443 F. seq 100 ack 300 win 502" || len(head.Fields) != 10 {
				t.Fatalf("TCP: %+v", head)
			}
			for n := range e.data {
				p := onLink(e.link, e.data[:n:n])
				p.WireLen = uint32(len(e.data))
				describedWell(t, p)
			}
		})
	}
}

func TestAPacketInWords(t *testing.T) {
	for _, c := range []struct {
		name string
		p    *Packet
		want []string
	}{
		{"a segment in a VLAN", onLink(linkEthernet, stack(ether(etherVLAN), dot1q(42, etherIPv4), raw(segment4...))), []string{
			"0+14 Ethernet: Destination 02:00:00:00:00:02, Source 02:00:00:00:00:01, Type Dot1Q (0x8100)",
			"14+4 802.1Q VLAN: Priority 0, VLAN 42, Type IPv4 (0x0800)",
			"18+20 IPv4: 10.0.0.7 > 10.0.0.9, TCP (6)",
			"38+32 TCP: 40002 > 443 F. seq 100 ack 300 win 502",
			"70+5 Payload: 5 of 5 octets captured",
		}},
		{"ARP", onLink(linkEthernet, stack(ether(0x0806), raw(0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 0, 0, 7, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9))), []string{
			"0+14 Ethernet: Destination 02:00:00:00:00:02, Source 02:00:00:00:00:01, Type ARP (0x0806)",
			"14+28 ARP: AddrType Ethernet, Protocol IPv4, HwAddressSize 6, ProtAddressSize 4",
			"42+0 No segment: no IP packet in the frame",
		}},
		{"a name looked up", onLink(linkRaw, stack(ip4(protoUDP, 7, 9), udp(40000, 53), raw(0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 'x', 0, 0, 1, 0, 1))), []string{
			"0+20 IPv4: 10.0.0.7 > 10.0.0.9, UDP (17)",
			"20+8 UDP: Source port 40000, Destination port 53, Length 27, Checksum 0x0000",
			"28+19 DNS: ID 7, QR false, OpCode Query, AA false",
			"47+0 No segment: UDP, not a known tunnel",
		}},
		{"IPv6 with an extension header", onLink(linkRaw, stack(ip6(protoHopByHop, 7, 9), extension(protoTCP, 8), tcp())), []string{
			"0+40 IPv6: 2001:db8::7 > 2001:db8::9, IPv6HopByHop (0)",
			"40+8 IPv6HopByHop (0): extension header",
			"48+20 TCP: 40002 > 443 F. seq 100 ack 300 win 502",
		}},
		{"a fragment", fragments4(protoTCP, bigSegment, piece{0, 16})[0], []string{
			"0+20 IPv4: 10.0.0.7 > 10.0.0.9, TCP (6)",
			"20+16 No segment: IP fragment, counted with the datagram it belongs to",
		}},
	} {
		var got []string
		for _, l := range describedWell(t, c.p) {
			got = append(got, fmt.Sprintf("%d+%d %s: %s", l.Offset, l.Length, l.Name, l.Summary))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestTCPOptionsInWords(t *testing.T) {
	p := onLink(linkRaw, stack(ip4(protoTCP, 7, 9), tcp(2, 4, 5, 0xb4, 4, 2, 3, 3, 7, 5, 10, 0, 0, 0, 1, 0, 0, 0, 9, 0)))
	list := describedWell(t, p)
	var got []string
	for _, f := range list[1].Fields[9:] {
		got = append(got, fmt.Sprintf("%d+%d %s: %s", f.Offset, f.Length, f.Name, f.Value))
	}
	want := []string{
		"40+4 Option MSS: 1460", "44+2 Option SACKPermitted: present", "46+3 Option WindowScale: shift 7", "49+10 Option SACK: 1 to 9",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestTheCorpusIsDescribed(t *testing.T) {
	for _, file := range corpusFiles(t) {
		n := 0
		eachPacket(t, file, func(p *Packet) {
			if n++; n%17 == 1 { // a few of each file: gopacket is slow
				describedWell(t, p)
			}
		})
	}
}

func FuzzDescribe(f *testing.F) {
	for _, e := range encapsulations {
		f.Add(e.data, uint16(e.link))
	}
	f.Add(stack(trail(0, 0, 0), ip6(protoUDP, 7, 9), raw(0, 1, 0, 2, 0)), uint16(linkRaw)) // UDP cut by the IP length
	f.Fuzz(func(t *testing.T, data []byte, link uint16) {
		describedWell(t, onLink(LinkType(link), data))
	})
}
