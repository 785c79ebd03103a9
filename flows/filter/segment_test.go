package filter

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// segment makes a segment from one endpoint to another.
func segment(src, dst netip.AddrPort) *decode.Segment {
	return &decode.Segment{
		Src: decode.AddrFrom(src.Addr()), SrcPort: src.Port(),
		Dst: decode.AddrFrom(dst.Addr()), DstPort: dst.Port(),
	}
}

func TestASegmentIsRefusedOnlyWhereItsConversationCannotMatch(t *testing.T) {
	client, server := netip.MustParseAddrPort("10.0.0.7:40001"), netip.MustParseAddrPort("10.0.0.9:443")
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", true},
		{"tcp", true},
		{"not tcp", false},
		{"host 10.0.0.7", true},
		{"host 10.0.0.8", false},
		{"not host 10.0.0.7", false},
		{"src host 10.0.0.9", true}, // the segment does not tell who is the client
		{"src host 10.0.0.8", false},
		{"src host 10.0.0.7 and dst port 443", true},
		{"src host 10.0.0.7 and src port 443", false}, // whoever is the client
		{"src host 10.0.0.7 and dst host 10.0.0.7", false},
		{"not src host 10.0.0.7", true},
		{"not src net 10.0.0.0/8", false}, // both ends are inside
		{"src and dst net 10.0.0.0/24", true},
		{"src and dst host 10.0.0.7", false},
		{"port < 1024", true},
		{"src and dst port < 1024", false},
		{"ip6", false},
		{"not ip", false},
		{"10.0.0.9:443", true},
		{"10.0.0.7:443", false},

		// What a segment does not tell passes, on both sides of not.
		{"class open", true},
		{"not class open", true},
		{"vlan 5", true},
		{"not vlan", true},
		{"iface 7", true},
		{"class open and port 443", true},
		{"class open and port 80", false},
		{"class open or port 80", true},
		{"not (class open and port 443)", true},
		{"not (class open or port 443)", false},
		{"(class open or port 80) and (fin or host 10.0.0.8)", true},
		{"(class open or port 80) and host 10.0.0.8", false},
	} {
		f := MustParse(c.text)
		for _, s := range []*decode.Segment{segment(client, server), segment(server, client)} {
			if got := f.MatchSegment(s); got != c.want {
				t.Errorf("%q: a segment from %s to %s passes: %t, want %t", c.text, s.SrcAddrPort(), s.DstAddrPort(), got, c.want)
			}
		}
	}
}

func TestThePacketPartHoldsWhatOneSegmentTells(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"class open", ""},
		{"not class open", ""},
		{"port 80", "port 80"},
		{"src port 80", "port 80"},
		{"not src port 80", "not src and dst port 80"},
		{"not not src port 80", "port 80"},
		{"src and dst net 10", "src and dst net 10.0.0.0/8"},
		{"class open and src port 80", "port 80"},
		{"class open or src port 80", ""},
		{"not (class open or src port 80)", "not src and dst port 80"},
		{"not (class open and src port 80)", ""},
		{"class open and (port 80 or 443) and vlan 5 and host 10.0.0.1", "port in {80, 443} and host 10.0.0.1"},
		{"class open and (port 80 or ip6 and fin)", "port 80 or ip6"},
		{"(class open and (port 80 or ip6)) and (host 10.0.0.1 or host 10.0.0.2 and fin)", "(port 80 or ip6) and (host 10.0.0.1 or host 10.0.0.2)"},
		{"not (fin or port 80) and rst", "not port 80"},
		{"not (fin or not src 10.0.0.1)", "host 10.0.0.1"},
	} {
		if got := MustParse(c.text).Packet().String(); got != c.want {
			t.Errorf("%q: the packet part is %q, want %q", c.text, got, c.want)
		}
	}
}

// checkSegments fails where a filter matches a conversation and refuses one of its segments, or where its packet part
// says less than it should.
func checkSegments(t *testing.T, f *Filter, td *flows.Teardown) {
	t.Helper()
	packet := f.Packet()
	for side := range td.Ends {
		s := segment(td.Ends[side].Addr, td.Ends[1-side].Addr)
		s.VLAN, s.Iface = 77|decode.VLANPresent, 9 // a mirror port may tag and number as it likes
		if f.Match(td) && !f.MatchSegment(s) {
			t.Fatalf("%q matches conversation %d but refuses its segment from %s", f, td.ID, s.SrcAddrPort())
		}
		if f.MatchSegment(s) && !packet.MatchSegment(s) {
			t.Fatalf("%q passes a segment from %s that its packet part %q refuses", f, s.SrcAddrPort(), packet)
		}
	}
}

// checkPacket fails where a packet part holds what one segment does not tell.
func checkPacket(t *testing.T, n *node) {
	t.Helper()
	if n == nil {
		return
	}
	if n.kind == nodeTerm && (n.term.word.end == nil || n.term.reach == clientEnd || n.term.reach == serverEnd) {
		t.Fatalf("the packet part holds %q", n.term.append(nil))
	}
	for _, k := range n.kids {
		checkPacket(t, k)
	}
}

func TestNoSentenceOfTheGrammarRefusesASegmentOfAMatch(t *testing.T) {
	g := readGrammar(t)
	ends := []string{
		"10.0.0.5:443", "10.0.0.5:8000", "10.9.9.9:443", "10.9.9.9:9", "192.168.1.1:8080", "[2001:db8::1]:443",
		"[2001:db8::1]:5", "[2001:db8::2]:443", "[fe80::1]:8001",
	}
	matched, refused := 0, 0
	for seed := range uint64(8000) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		s := &speaker{g: g, rnd: rnd}
		s.say(g.productions["Or"])
		if s.lost {
			continue
		}
		f, err := Parse(s.sentence())
		if err != nil {
			continue
		}
		checkPacket(t, f.Packet().root)
		for range 4 {
			td := samples[rnd.IntN(len(samples))].Teardown
			for side := range td.Ends {
				td.Ends[side].Addr = netip.MustParseAddrPort(ends[rnd.IntN(len(ends))])
			}
			checkSegments(t, f, &td)
			if f.Match(&td) {
				matched++
			}
			if !f.MatchSegment(segment(td.Ends[0].Addr, td.Ends[1].Addr)) {
				refused++
			}
		}
	}
	if matched < 1000 || refused < 1000 {
		t.Errorf("%d matches and %d refusals: too few to prove anything", matched, refused)
	}
}
