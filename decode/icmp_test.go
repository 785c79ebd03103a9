package decode

import (
	"slices"
	"testing"
)

// icmp is an ICMP message; what it quotes follows.
func icmp(typ, code byte) wrap { return raw(typ, code, 0, 0, 0, 0, 0, 0) }

func TestAnICMPErrorIsAboutTheSegmentThatItQuotes(t *testing.T) {
	for _, c := range []struct {
		name string
		data []byte
		kind ICMPKind
	}{
		{"port unreachable", stack(ip4(protoICMP, 1, 7), icmp(3, 3), raw(segment4...)), ICMPUnreachable},
		{"host unreachable", stack(ip4(protoICMP, 1, 7), icmp(3, 1), raw(segment4...)), ICMPUnreachable},
		{"network prohibited", stack(ip4(protoICMP, 1, 7), icmp(3, 9), raw(segment4...)), ICMPProhibited},
		{"host prohibited", stack(ip4(protoICMP, 1, 7), icmp(3, 10), raw(segment4...)), ICMPProhibited},
		{"prohibited by a filter", stack(ip4(protoICMP, 1, 7), icmp(3, 13), raw(segment4...)), ICMPProhibited},
		{"fragmentation needed", stack(ip4(protoICMP, 1, 7), icmp(3, 4), raw(segment4...)), ICMPFragNeeded},
		{"time exceeded", stack(ip4(protoICMP, 1, 7), icmp(11, 0), raw(segment4...)), ICMPTimeExceeded},
		{"source quench", stack(ip4(protoICMP, 1, 7), icmp(4, 0), raw(segment4...)), ICMPOther},
		{"parameter problem", stack(ip4(protoICMP, 1, 7), icmp(12, 0), raw(segment4...)), ICMPOther},
		{"no route", stack(ip6(protoICMP6, 1, 7), icmp(1, 0), raw(segment6...)), ICMPUnreachable},
		{"prohibited, IPv6", stack(ip6(protoICMP6, 1, 7), icmp(1, 1), raw(segment6...)), ICMPProhibited},
		{"source address failed the policy", stack(ip6(protoICMP6, 1, 7), icmp(1, 5), raw(segment6...)), ICMPProhibited},
		{"reject route", stack(ip6(protoICMP6, 1, 7), icmp(1, 6), raw(segment6...)), ICMPProhibited},
		{"packet too big", stack(ip6(protoICMP6, 1, 7), icmp(2, 0), raw(segment6...)), ICMPFragNeeded},
		{"hop limit exceeded", stack(ip6(protoICMP6, 1, 7), icmp(3, 0), raw(segment6...)), ICMPTimeExceeded},
		{"parameter problem, IPv6", stack(ip6(protoICMP6, 1, 7), icmp(4, 1), raw(segment6...)), ICMPOther},
		{"a quoted packet with options", stack(ip4(protoICMP, 1, 7), icmp(3, 3), ip4With(protoTCP, 7, 9, 0, make([]byte, 8)), tcp(timestamps...), bye), ICMPUnreachable},
		{"a quoted packet with extension headers", stack(ip6(protoICMP6, 1, 7), icmp(1, 0), ip6(protoHopByHop, 7, 9), extension(protoFragment, 8), raw(protoTCP, 0, 0, 1, 0, 0, 0, 1), tcp(timestamps...), bye), ICMPUnreachable},
		{"an error in a tunnel", stack(ip4(protoIPIP, 1, 2), ip4(protoICMP, 1, 7), icmp(3, 3), raw(segment4...)), ICMPUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := NewDecoder(Config{})
			p := onLink(linkRaw, c.data)
			var s Segment
			stain(&s)
			if !d.Decode(p, &s) {
				t.Fatalf("skipped: %+v", d.LastSkip())
			}
			want := Segment{
				Time: 1e9, Frame: 7, Pos: 24, Src: mapped4([]byte{10, 0, 0, 7}), Dst: mapped4([]byte{10, 0, 0, 9}),
				SrcPort: 40002, DstPort: 443, Seq: 100, Ack: 300, Window: 0x1f6, Checksum: 0xabcd, IPID: 0x1234, Iface: 3,
				Flags: FIN | ACK, TTL: 63, ICMP: c.kind, Encap: s.Encap,
			}
			if s.Src[0] == 0x20 {
				want.Src, want.Dst, want.IPID = Addr{0x20, 1, 0xd, 0xb8, 15: 7}, Addr{0x20, 1, 0xd, 0xb8, 15: 9}, 0
			}
			want.SetHash(0)
			if s != want {
				t.Fatalf("\ngot  %+v\nwant %+v", s, want)
			}
			if load := d.Payload(p, &s); load != nil {
				t.Errorf("payload %q", load)
			}
			var segment Segment
			inner := segment4
			if s.Src[0] == 0x20 {
				inner = segment6
			}
			if NewDecoder(Config{}).Decode(onLink(linkRaw, inner), &segment); segment.Hash != s.Hash {
				t.Error("another hash than the segment's own")
			}
		})
	}
}

func TestAnICMPErrorMayQuoteThePortsOnly(t *testing.T) {
	head := stack(ip4(protoICMP, 1, 7), icmp(3, 3), raw(segment4...))
	for quoted := range 20 {
		data := slices.Clone(head[:20+8+20+quoted])
		data[3] = byte(len(data))
		d := NewDecoder(Config{})
		var s Segment
		stain(&s)
		ok := d.Decode(onLink(linkRaw, data), &s)
		if ok != (quoted >= 4) {
			t.Fatalf("%d octets: %v, %+v", quoted, ok, d.LastSkip())
		}
		if !ok {
			continue
		}
		want := [3]uint32{}
		if quoted >= 8 {
			want[0] = 100
		}
		if quoted >= 14 {
			want[1], want[2] = 300, uint32(FIN|ACK)
		}
		if got := [3]uint32{uint32(s.Seq), uint32(s.Ack), uint32(s.Flags)}; got != want || s.SrcPort != 40002 || s.DstPort != 443 {
			t.Errorf("%d octets: %v, want %v", quoted, got, want)
		}
		if s.Options != 0 || s.Len != 0 || s.TSVal != 0 || s.MSS != 0 {
			t.Errorf("%d octets: %+v", quoted, s)
		}
	}
}

func TestOtherICMPIsAnOrdinarySkip(t *testing.T) {
	for name, data := range map[string][]byte{
		"echo":                        stack(ip4(protoICMP, 1, 7), icmp(8, 0), raw(segment4...)),
		"redirect":                    stack(ip4(protoICMP, 1, 7), icmp(5, 0), raw(segment4...)),
		"an error about UDP":          stack(ip4(protoICMP, 1, 7), icmp(3, 3), ip4(protoUDP, 7, 9), udp(1, 2)),
		"an error about a later part": stack(ip4(protoICMP, 1, 7), icmp(3, 3), ip4With(protoTCP, 7, 9, 5, nil), tcp()),
		"an error that quotes little": stack(ip4(protoICMP, 1, 7), icmp(3, 3), raw(0x45, 0, 0, 60)),
		"neighbour solicitation":      stack(ip6(protoICMP6, 1, 7), icmp(135, 0), raw(make([]byte, 16)...)),
	} {
		d := NewDecoder(Config{})
		var s Segment
		if d.Decode(onLink(linkRaw, data), &s) || d.LastSkip().Reason != ReasonICMP {
			t.Errorf("%s: %+v", name, d.LastSkip())
		}
	}
}
