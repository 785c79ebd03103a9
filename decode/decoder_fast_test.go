package decode

import (
	"encoding/hex"
	"strings"
	"testing"
)

// unhex reads hex text with blanks.
func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Frames of the common stack: Ethernet, IPv4 or IPv6, TCP with the timestamps option, FIN and ACK, no payload.
const (
	frameIPv4 = `02 00 00 00 00 02  02 00 00 00 00 01  08 00
		45 00 00 34 12 34 40 00 3f 06 00 00  0a 00 00 07  0a 00 00 09
		9c 42 01 bb 00 00 00 64 00 00 01 2c 80 11 01 f6 ab cd 00 00
		01 01 08 0a 00 00 00 11 00 00 00 22`
	frameIPv6 = `02 00 00 00 00 02  02 00 00 00 00 01  86 dd
		60 00 00 00 00 20 06 3e
		20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 07
		20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 09
		9c 42 01 bb 00 00 00 64 00 00 01 2c 80 11 01 f6 ab cd 00 00
		01 01 08 0a 00 00 00 11 00 00 00 22`
	frameVLAN = `02 00 00 00 00 02  02 00 00 00 00 01  81 00 00 2a 08 00
		45 00 00 34 12 34 40 00 3f 06 00 00  0a 00 00 07  0a 00 00 09
		9c 42 01 bb 00 00 00 64 00 00 01 2c 80 11 01 f6 ab cd 00 00
		01 01 08 0a 00 00 00 11 00 00 00 22`
)

func ethernetPacket(data []byte) *Packet {
	return &Packet{Frame: 7, Time: 1e9, Pos: 24, Data: data, WireLen: uint32(len(data)), LinkType: linkEthernet, Iface: 3}
}

func TestTheFastPathAndTheWalkReadTheSame(t *testing.T) {
	for _, text := range []string{frameIPv4, frameIPv6, frameVLAN} {
		data := unhex(t, text)
		for _, cfg := range []Config{{}, {KeyVLAN: true, KeyVNI: true}} {
			for cut := len(data); cut > 50; cut-- {
				p := ethernetPacket(data[:cut])
				p.WireLen = uint32(len(data))
				d := NewDecoder(cfg)
				var fast, slow Segment
				stain(&fast)
				stain(&slow)
				fastOK := d.decodeAlone(p, &fast)
				fastLoad := string(d.Payload(p, &fast))
				slowOK := d.walk(p, &slow)
				if fastOK && (!slowOK || fast != slow || fastLoad != string(d.Payload(p, &slow))) {
					t.Fatalf("%d octets of %s:\nfast %+v\nwalk %+v", cut, text, fast, slow)
				}
				if !fastOK && slowOK && cut > 80 {
					t.Fatalf("%d octets: not on the fast path", cut)
				}
			}
		}
	}
}

func TestASegmentHasAllItsFields(t *testing.T) {
	var s Segment
	stain(&s)
	p := ethernetPacket(unhex(t, frameVLAN))
	if !NewDecoder(Config{KeyVLAN: true}).Decode(p, &s) {
		t.Fatal("not decoded")
	}
	want := Segment{
		Time: 1e9, Frame: 7, Pos: 24, Src: mapped4([]byte{10, 0, 0, 7}), Dst: mapped4([]byte{10, 0, 0, 9}),
		Scope: 0x102a << 32, SrcPort: 40002, DstPort: 443, Seq: 100, Ack: 300, TSVal: 0x11, TSEcr: 0x22,
		Window: 0x1f6, IPID: 0x1234, Checksum: 0xabcd, VLAN: 42 | VLANPresent, Options: OptTimestamps, Iface: 3,
		Flags: FIN | ACK, TTL: 63, Encap: EncapVLAN,
	}
	want.SetHash(0)
	if s != want {
		t.Fatalf("got  %+v\nwant %+v", s, want)
	}
}

func TestDecodingAllocatesNothing(t *testing.T) {
	for _, text := range []string{frameIPv4, frameIPv6, frameVLAN} {
		p := ethernetPacket(unhex(t, text))
		d := NewDecoder(Config{})
		var s Segment
		if n := testing.AllocsPerRun(100, func() { d.Decode(p, &s) }); n != 0 {
			t.Errorf("fast path: %v allocations a packet", n)
		}
		if n := testing.AllocsPerRun(100, func() { d.walk(p, &s) }); n != 0 {
			t.Errorf("walk: %v allocations a packet", n)
		}
	}
}

func TestNoEncapsulationCostsAnAllocation(t *testing.T) {
	for _, e := range encapsulations {
		if fallbackLinks[e.link] != 0 {
			continue
		}
		p := onLink(e.link, e.data)
		d := NewDecoder(Config{})
		var s Segment
		if n := testing.AllocsPerRun(100, func() { d.Decode(p, &s) }); n != 0 {
			t.Errorf("%s: %v allocations a packet", e.name, n)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct{ name, text string }{{"ipv4", frameIPv4}, {"ipv6", frameIPv6}, {"vlan", frameVLAN}} {
		b.Run(c.name, func(b *testing.B) {
			p := ethernetPacket(unhex(b, c.text))
			d := NewDecoder(Config{})
			var s Segment
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(p, &s)
			}
		})
		b.Run(c.name+"/walk", func(b *testing.B) {
			p := ethernetPacket(unhex(b, c.text))
			d := NewDecoder(Config{})
			var s Segment
			b.ReportAllocs()
			for b.Loop() {
				d.walk(p, &s)
			}
		})
	}
	for _, e := range encapsulations {
		if e.name != "VXLAN" && e.name != "Linux cooked" && e.name != "PPPoE with a one-octet protocol, IPv6" {
			continue
		}
		b.Run(e.name, func(b *testing.B) {
			p := onLink(e.link, e.data)
			d := NewDecoder(Config{})
			var s Segment
			b.ReportAllocs()
			for b.Loop() {
				d.Decode(p, &s)
			}
		})
	}
	b.Run("skipped UDP", func(b *testing.B) {
		p := onLink(linkEthernet, stack(ether(etherIPv4), ip4(protoUDP, 7, 9), udp(53, 53), bye))
		d := NewDecoder(Config{})
		var s Segment
		b.ReportAllocs()
		for b.Loop() {
			d.Decode(p, &s)
		}
	})
}
