package decode

import (
	"cmp"
	"path/filepath"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// gopacketSees decodes a packet with gopacket and returns its innermost TCP segment. ok is false where there is none;
// length is -1 where gopacket cannot know it, because the capture was cut.
func gopacketSees(p *Packet) (seen seenBy, length int, ok bool) {
	if p.LinkType > 255 {
		return seen, 0, false
	}
	data := p.Data[:len(p.Data)-int(p.FCSLen)]
	packet := gopacket.NewPacket(data, layers.LinkType(p.LinkType), gopacket.DecodeOptions{NoCopy: true})
	for _, l := range packet.Layers() {
		switch l := l.(type) {
		case *layers.IPv4:
			seen.src, seen.dst = l.SrcIP.String(), l.DstIP.String()
			length = int(l.Length) - 4*int(l.IHL)
			if l.Length == 0 || l.Protocol != layers.IPProtocolTCP {
				length = -1
			}
		case *layers.IPv6:
			seen.src, seen.dst = l.SrcIP.String(), l.DstIP.String()
			length = -1
			if len(l.LayerPayload()) == int(l.Length) && l.NextHeader == layers.IPProtocolTCP {
				length = int(l.Length)
			}
		case *layers.TCP:
			ok = true
			seen.srcPort, seen.dstPort, seen.window = uint16(l.SrcPort), uint16(l.DstPort), l.Window
			seen.seq, seen.ack = l.Seq, l.Ack
			seen.flags = 0
			for i, set := range []bool{l.FIN, l.SYN, l.RST, l.PSH, l.ACK, l.URG, l.ECE, l.CWR} {
				if set {
					seen.flags |= 1 << i
				}
			}
			if length >= 0 {
				length -= 4 * int(l.DataOffset)
			}
		}
	}
	return seen, length, ok
}

const noTCP = "gopacket finds no TCP"

// gopacketDiffers says in words how gopacket and our decoder differ about a packet; empty where they agree.
func gopacketDiffers(d *Decoder, p *Packet) string {
	var s Segment
	ours := d.Decode(p, &s)
	if ours && s.ICMP != NotICMP {
		return ""
	}
	seen, length, theirs := gopacketSees(p)
	switch {
	case ours && !theirs:
		return noTCP
	case !ours && theirs:
		skip := d.LastSkip()
		return "gopacket finds TCP, we skip: " + skip.Reason.String()
	case !ours:
		return ""
	}
	mine := seenBy{
		srcPort: s.SrcPort, dstPort: s.DstPort, window: s.Window, seq: uint32(s.Seq), ack: uint32(s.Ack), flags: s.Flags,
		src: s.Src.String(), dst: s.Dst.String(),
	}
	if mine != seen {
		return "gopacket reads another segment"
	}
	if length >= 0 && uint32(length) != s.Len {
		return "gopacket reads another length"
	}
	return ""
}

// gopacketCannot names the encapsulations that gopacket v1.1.19 reads otherwise: in which it finds no TCP, if how is empty.
var gopacketCannot = []struct {
	why   string
	how   string
	names []string
}{
	{"it believes the EtherType, not the version", "", []string{"IPv4 announced, IPv6 there"}},
	{"it knows no IP access point in LLC", "", []string{"802.3 with IP's own access point"}},
	{"the EtherType is not in its table", "", []string{
		"jumbo LLC", "0x9100 and 0x9200 and 0x8100 stacked", "802.1ah, MAC in MAC", "a Cisco VN-Tag", "HSR", "FabricPath",
	}},
	{"a length in a tag or a cooked header is an unknown EtherType to it", "", []string{"an LLC frame in a VLAN", "Linux cooked, LLC"}},
	{"below MPLS it expects IP", "", []string{
		"an MPLS pseudowire with a control word", "an MPLS pseudowire without a control word", "an MPLS pseudowire whose address looks like IPv4",
	}},
	{"its link types are eight bits wide", "", []string{"Linux cooked, version 2", "Apple's packet tap", "Ethernet with its preamble"}},
	{"it has no decoder for the link type", "", []string{
		"OpenBSD enc", "raw IP, written as 14", "raw IPv4", "raw IPv6", "PPP in HDLC framing", "PPP's link type with Cisco HDLC in it",
		"PPPoE as a link type", "PPP with a direction octet", "Cisco HDLC", "Cisco HDLC with a direction octet", "Frame Relay, RFC 2427",
		"Frame Relay, SNAP", "Frame Relay, bridged Ethernet", "Frame Relay, Cisco", "ATM with RFC 2684 bridging",
		"ATM with a routed NLPID", "AVS", "PPI with 802.11", "PPI with Ethernet", "netfilter log", "netfilter log, big endian",
		"Fibre Channel", "SunATM", "Solaris ipnet", "netANALYZER", "IP over InfiniBand", "Token Ring with source routing",
	}},
	{"it knows PPP with IP, IPv6 and MPLS only", "", []string{"PPP with bridged Ethernet"}},
	{"it takes an aggregate for one frame", "", []string{"802.11 with aggregated frames"}},
	{"it takes every Prism header for Prism", "", []string{"AVS in Prism's link type"}},
	{"it fails on routing headers and leaves an extension header's protocol unread", "", []string{
		"IPv6 with hop-by-hop, routing and destination options", "IPv6 with a segment routing header",
		"IPv6 on its way by a segment list", "IPv6 with mobility, HIP and shim6",
	}},
	{"it takes the next hop for the destination", "gopacket reads another segment", []string{"IPv6 on its way by a source route"}},
	{"it stops at a fragment header", "", []string{"IPv6 with an atomic fragment"}},
	{"the protocol is not in its GRE table, or misread", "", []string{
		"WCCP without a redirect header", "WCCP with a redirect header", "an Aruba access point's GRE", "ERSPAN type I",
		"ERSPAN type III", "ERSPAN type III with a platform header", "ERSPAN type III with an IP packet",
	}},
	{"the UDP port is not in its table", "", []string{
		"MPLS in UDP", "VXLAN on Linux's old port, in IPv6", "VXLAN-GPE with IPv4", "VXLAN-GPE with a service header", "Teredo",
		"Teredo with authentication and origin", "AYIYA", "L2TP with every optional field", "CAPWAP with Ethernet",
		"CAPWAP with swapped 802.11",
	}},
	{"it expects IP in GTP-U", "", []string{"GTP-U with an Ethernet frame"}},
}

func TestGopacketReadsTheSameEncapsulations(t *testing.T) {
	cannot := map[string]string{}
	for _, c := range gopacketCannot {
		for _, name := range c.names {
			cannot[name] = cmp.Or(c.how, noTCP)
		}
	}
	for _, e := range encapsulations {
		got := gopacketDiffers(NewDecoder(Config{}), onLink(e.link, e.data))
		if want := cannot[e.name]; got != want {
			t.Errorf("%q: %q, want %q", e.name, got, want)
		}
	}
}

// gopacketCorpus explains the packets of the public captures in which gopacket differs.
var gopacketCorpus = []struct {
	file, how string
	frames    int
	why       string
}{
	{"http-ooo.pcap", noTCP, 16, "link type 228"},
	{"http-ooo2.pcap", noTCP, 7, "link type 228"},
	{"retrans-tls.pcap", noTCP, 2, "link type 228"},
	{"tcp-badsegments.pcap", noTCP, 25, "link type 228"},
	{"tls12-dsb.pcapng", noTCP, 17, "link type 228"},
	{"tls-fragmented-handshakes.pcap.gz", noTCP, 589, "link type 228"},
	{"gre-aruba-amsdu.pcap", noTCP, 1, "802.11 in GRE"},
	{"capwap_data.pcapng", noTCP, 14, "CAPWAP"},
	{"ayiya3.pcap", noTCP, 21, "AYIYA"},
	{"ajp.pcap", noTCP, 12, "FabricPath"},
	{"ipoipoip.pcap", noTCP, 1, "link type 228, and five IP headers"},
	{"gtp1_gn_normal_incl_fragmentation.pcap", noTCP, 36, "the outer packet came in fragments, which it does not put together"},
	{"ip_fragmented_garbage.pcap", noTCP, 2, "fragments"},
	{"reasm_crash_anon.pcapng", noTCP, 5, "it panics where a cooked header says that its address has more than eight octets"},
	{"reasm_crash_anon.pcapng", "gopacket finds TCP, we skip: bad-header-length", 1, "a data offset of zero"},
	{"pppoe-over-qinq.pcap", "gopacket reads another length", 6, "a total length that counts padding; PPPoE's own length is right, as the next sequence number shows"},
}

func TestGopacketReadsTheSameCorpus(t *testing.T) {
	type place struct{ file, how string }
	counts, first := map[place]int{}, map[place]uint64{}
	packets := 0
	for _, file := range corpusFiles(t) {
		d := NewDecoder(Config{})
		eachPacket(t, file, func(p *Packet) {
			packets++
			if how := gopacketDiffers(d, p); how != "" {
				at := place{filepath.Base(file), how}
				if counts[at]++; counts[at] == 1 {
					first[at] = p.Frame
				}
			}
		})
	}
	t.Logf("%d packets compared", packets)
	for _, c := range gopacketCorpus {
		at := place{c.file, c.how}
		if counts[at] != c.frames {
			t.Errorf("%s: %q in %d frames, the table says %d (%s)", c.file, c.how, counts[at], c.frames, c.why)
		}
		delete(counts, at)
	}
	for at, n := range counts {
		t.Errorf("%s: %q in %d frames, first %d: nothing explains it", at.file, at.how, n, first[at])
	}
}
