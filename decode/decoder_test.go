package decode

import (
	"slices"
	"testing"
)

func TestTheKeyHoldsVLANsAndTunnelIDsOnlyIfAsked(t *testing.T) {
	tagged := stack(ether(etherQinQ), dot1q(7, etherVLAN), dot1q(0, etherIPv4), raw(segment4...))
	tunnel := stack(ether(etherVLAN), dot1q(5, etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0), raw(bridged4...))
	inner := stack(ether(etherVLAN), dot1q(5, etherIPv4), ip4(protoUDP, 1, 2), udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0), raw(tagged...))
	for _, c := range []struct {
		name  string
		data  []byte
		cfg   Config
		scope uint64
	}{
		{"two tags, not asked", tagged, Config{}, 0},
		{"two tags", tagged, Config{KeyVLAN: true}, (0x1007<<13 | 0x1000) << 32},
		{"no tag", bridged4, Config{KeyVLAN: true, KeyVNI: true}, 0},
		{"a VNI", tunnel, Config{KeyVNI: true}, 88},
		{"the tag of the network that carries the tunnel", tunnel, Config{KeyVLAN: true, KeyVNI: true}, 88},
		{"the tags in the tunnel", inner, Config{KeyVLAN: true, KeyVNI: true}, (0x1007<<13|0x1000)<<32 | 88},
	} {
		var s Segment
		if !NewDecoder(c.cfg).Decode(onLink(linkEthernet, c.data), &s) || s.Scope != c.scope {
			t.Errorf("%s: scope %#x, want %#x", c.name, s.Scope, c.scope)
		}
	}
}

func TestFramesWithoutASegmentAreExplained(t *testing.T) {
	many := []wrap{ether(etherIPv4)}
	for range 30 {
		many = append(many, ip4(protoIPIP, 1, 2))
	}
	many = append(many, raw(segment4...))
	badTotal := slices.Clone(segment4)
	badTotal[3] = 19
	for _, c := range []struct {
		name   string
		link   LinkType
		data   []byte
		layer  Layer
		reason Reason
	}{
		{"nothing", linkEthernet, nil, LayerLink, ReasonShort},
		{"ARP", linkEthernet, stack(ether(0x0806), raw(make([]byte, 28)...)), LayerLink, ReasonNotIP},
		{"spanning tree", linkEthernet, stack(ether8023, raw(0x42, 0x42, 3, 0, 0)), LayerLink, ReasonNotIP},
		{"Novell's IPX", linkEthernet, stack(ether8023, raw(0xff, 0xff, 0, 3)), LayerLink, ReasonNotIP},
		{"MACsec", linkEthernet, stack(ether(etherMACsec), raw(make([]byte, 40)...)), LayerLink, ReasonEncrypted},
		{"PPPoE discovery", linkEthernet, stack(ether(etherPPPoED), raw(make([]byte, 40)...)), LayerLink, ReasonControlFrame},
		{"PPP link control", linkPPP, []byte{0xff, 3, 0xc0, 0x21, 1, 1, 0, 4}, LayerLink, ReasonControlFrame},
		{"encrypted PPP", linkPPP, []byte{0xff, 3, 0, 0xfd, 1, 1, 0, 4}, LayerLink, ReasonEncrypted},
		{"an 802.11 beacon", linkWiFi, stack(wifiHeader(0x80, 0)), LayerLink, ReasonControlFrame},
		{"a protected 802.11 frame", linkWiFi, stack(wifiHeader(0x08, 0x41), raw(make([]byte, 40)...)), LayerLink, ReasonEncrypted},
		{"an 802.11 frame without a body", linkWiFi, stack(wifiHeader(0x48, 1)), LayerLink, ReasonControlFrame},
		{"an unknown link type", 147, segment4, LayerLink, ReasonUnknownLink},
		{"a link type beyond the table", 60000, segment4, LayerLink, ReasonUnknownLink},
		{"an unknown link type in PPI", linkPPI, stack(raw(0, 0, 8, 0, 147, 0, 0, 0), raw(segment4...)), LayerLink, ReasonUnknownLink},
		{"a fallback that panics", linkPFLog, make([]byte, 60), LayerLink, ReasonDecoderError},
		{"a fallback that fails", linkFDDI, []byte{0x50, 1}, LayerLink, ReasonDecoderError},
		{"IP version 5", linkRaw, []byte{0x55, 0, 0, 20}, LayerNetwork, ReasonBadVersion},
		{"an IPv4 header of four words", linkRaw, stack(raw(0x44), func(b []byte) []byte { return b[1:] }, raw(segment4...)), LayerNetwork, ReasonBadHeaderLen},
		{"a total length below the header's", linkRaw, badTotal, LayerNetwork, ReasonBadLength},
		{"an extension header beyond the packet", linkRaw, stack(ip6(protoHopByHop, 7, 9), raw(protoTCP, 9, 0, 0, 0, 0, 0, 0)), LayerNetwork, ReasonBadHeaderLen},
		{"a short IPv6 header", linkRaw, segment6[:39], LayerNetwork, ReasonShort},
		{"a TCP header cut by the IP length", linkRaw, stack(ip4(protoTCP, 7, 9), raw(make([]byte, 19)...)), LayerTransport, ReasonShort},
		{"UDP", linkRaw, stack(ip4(protoUDP, 7, 9), udp(53, 53)), LayerTransport, ReasonUDP},
		{"UDP that only uses VXLAN's port", linkRaw, stack(ip4(protoUDP, 7, 9), udp(4789, 53), raw(make([]byte, 20)...)), LayerTransport, ReasonUDP},
		{"GTP that is not user data", linkRaw, stack(ip4(protoUDP, 7, 9), udp(2152, 2152), raw(0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0)), LayerTransport, ReasonUDP},
		{"SCTP", linkRaw, stack(ip4(132, 7, 9), raw(make([]byte, 20)...)), LayerTransport, ReasonOtherIP},
		{"ESP", linkRaw, stack(ip4(protoESP, 7, 9), raw(make([]byte, 20)...)), LayerTransport, ReasonEncrypted},
		{"ESP in IPv6", linkRaw, stack(ip6(protoESP, 7, 9), raw(make([]byte, 20)...)), LayerTransport, ReasonEncrypted},
		{"ARP in VXLAN", linkRaw, stack(ip4(protoUDP, 7, 9), udp(1, 4789), raw(8, 0, 0, 0, 0, 0, 1, 0), ether(0x0806), raw(make([]byte, 28)...)), LayerLink, ReasonNotIP},
		{"a GTP extension header of length zero", linkRaw, stack(ip4(protoUDP, 7, 9), udp(2152, 2152), raw(0x34, 0xff, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0x85, 0, 0, 0, 0)), LayerTunnel, ReasonBadHeaderLen},
		{"a GRE keep-alive", linkRaw, stack(ip4(protoGRE, 7, 9), raw(0, 0, 0, 0)), LayerTunnel, ReasonControlFrame},
		{"thirty headers nested", linkEthernet, stack(many...), LayerNetwork, ReasonTooDeep},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := NewDecoder(Config{})
			var s Segment
			if d.Decode(onLink(c.link, c.data), &s) {
				t.Fatalf("gave %+v", s)
			}
			skip := d.LastSkip()
			if skip.Layer != c.layer || skip.Reason != c.reason || skip.Frame != 7 {
				t.Fatalf("skipped for %+v: %v", skip, &skip)
			}
			if list := d.Skips(); len(list) != 1 || list[0] != (SkipCount{c.layer, c.reason, 1, 7, skip.Need, skip.Have}) {
				t.Fatalf("counted %+v", list)
			}
		})
	}
}

func TestSkipsAreCountedFaultsFirst(t *testing.T) {
	d := NewDecoder(Config{})
	var s Segment
	for i, p := range []*Packet{
		onLink(linkRaw, stack(ip4(protoUDP, 7, 9), udp(53, 53))),
		onLink(linkEthernet, bridged4[:40]),
		onLink(linkEthernet, stack(ether(0x0806))),
		onLink(linkRaw, stack(ip4(protoUDP, 7, 9), udp(53, 53))),
		onLink(linkEthernet, bridged4),
	} {
		p.Frame, p.WireLen = uint64(i+1), 80
		d.Decode(p, &s)
	}
	want := []SkipCount{
		{LayerTransport, ReasonCut, 1, 2, 20, 6},
		{LayerLink, ReasonNotIP, 1, 3, 0, 0},
		{LayerTransport, ReasonUDP, 2, 1, 0, 0},
	}
	if got := d.Skips(); !slices.Equal(got, want) {
		t.Fatalf("\ngot  %+v\nwant %+v", got, want)
	}
	if c := d.Counters(); c.Frames != 5 || c.Segments != 1 {
		t.Fatalf("counters %+v", c)
	}
}

func TestDecapSetsRoundTrip(t *testing.T) {
	for text, want := range map[string]string{
		"all": "all", "none": "none", "gre": "gre", "vxlan, GRE": "gre,vxlan", DecapNames(): "all", "none,gtp": "gtp",
	} {
		set, err := ParseDecapSet(text)
		if err != nil || set.String() != want {
			t.Errorf("%q: %v, %v", text, set, err)
		}
		if again, err := ParseDecapSet(set.String()); err != nil || again.String() != want {
			t.Errorf("%q again: %v, %v", text, again, err)
		}
	}
	if DecapSet(0).String() != "all" {
		t.Error("the zero set is not all")
	}
	for _, text := range []string{"", "vlan", "gre,"} {
		if set, err := ParseDecapSet(text); err == nil {
			t.Errorf("%q gave %v", text, set)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, e := range encapsulations {
		f.Add(e.data, uint16(e.link), uint16(len(e.data)))
	}
	for _, p := range append(fragments4(protoTCP, bigSegment, piece{0, 504}), fragments6(protoTCP, bigSegment, piece{504, len(bigSegment)})...) {
		f.Add(p.Data, uint16(p.LinkType), uint16(1500))
	}
	f.Add(stack(ip4(protoICMP, 1, 7), icmp(3, 3), raw(segment4...)), uint16(linkRaw), uint16(0))
	seedPackets(f, func(p *Packet) { f.Add(p.Data, uint16(p.LinkType), uint16(p.WireLen)) })
	f.Fuzz(func(t *testing.T, data []byte, link, wire uint16) {
		p := onLink(LinkType(link), data)
		p.WireLen = max(uint32(wire), uint32(len(data)))
		for _, cfg := range []Config{{}, {KeyVLAN: true, KeyVNI: true, Checksums: ChecksumsNoted}} {
			d, e := NewDecoder(cfg), NewDecoder(cfg)
			var a, b Segment
			stainWith(&b, 0xff)
			ok := d.Decode(p, &a)
			if e.walk(p, &b) != ok { // the same without the fast path
				t.Fatalf("the fast path says %v: %+v, %+v", ok, a, b)
			}
			skip := d.LastSkip()
			if !ok {
				if skip.Frame != p.Frame || skip.Error() == "" || skip.Reason.Text() == "" {
					t.Fatalf("unexplained: %+v", skip)
				}
				continue
			}
			if a != b {
				t.Fatalf("a field was left alone, or the fast path differs:\n%+v\n%+v", a, b)
			}
			if a.ICMP == NotICMP {
				if n := len(d.Payload(p, &a)); uint32(n) > a.Len {
					t.Fatalf("%d octets of payload in a segment of %d", n, a.Len)
				}
				if a.Len > 1<<16 && a.Len > p.WireLen && a.Src.Is4() {
					t.Fatalf("%d octets of payload", a.Len)
				}
			} else if a.Len != 0 || a.Options != 0 {
				t.Fatalf("an ICMP error with a length: %+v", a)
			}
			// The way back has the same hash.
			back := a
			back.Src, back.Dst, back.SrcPort, back.DstPort = a.Dst, a.Src, a.DstPort, a.SrcPort
			if back.SetHash(0); back.Hash != a.Hash {
				t.Fatalf("the way back has another hash: %+v", a)
			}
		}
	})
}
