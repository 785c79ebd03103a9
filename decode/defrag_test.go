package decode

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"
)

// bigSegment is a TCP header with 1,000 octets behind it, as the payload of an IP datagram.
var bigSegment = stack(tcp(timestamps...), raw(bytes.Repeat([]byte("x"), 1000)...))

// piece is a part of a datagram's payload.
type piece struct{ from, to int }

// fragments4 cuts a payload into IPv4 packets; the last piece is the one that ends it.
func fragments4(proto byte, payload []byte, pieces ...piece) (packets []*Packet) {
	for _, c := range pieces {
		word := c.from / 8
		if c.to < len(payload) {
			word |= 0x2000
		}
		packets = append(packets, onLink(linkRaw, stack(ip4With(proto, 7, 9, word, nil), raw(payload[c.from:c.to]...))))
	}
	return packets
}

// fragments6 does the same with IPv6.
func fragments6(proto byte, payload []byte, pieces ...piece) (packets []*Packet) {
	for _, c := range pieces {
		word := c.from
		if c.to < len(payload) {
			word |= 1
		}
		packets = append(packets, onLink(linkRaw, stack(ip6(protoFragment, 7, 9),
			raw(slices.Concat([]byte{proto, 0}, be16(word), be32(99))...), raw(payload[c.from:c.to]...))))
	}
	return packets
}

// feed decodes packets as frames 1, 2, 3 …, a millisecond apart, and returns the segments.
func feed(d *Decoder, packets []*Packet) (segments []Segment) {
	for i, p := range packets {
		var s Segment
		stain(&s)
		p.Frame, p.Time = uint64(i+1), int64(i+1)*1e6
		if d.Decode(p, &s) {
			segments = append(segments, s)
		}
	}
	return segments
}

// tally returns the skips as a map, and checks that every frame is accounted for once.
func tally(t *testing.T, d *Decoder) map[Reason]uint64 {
	t.Helper()
	m := map[Reason]uint64{}
	c := d.Counters()
	sum := c.Segments + c.ICMPErrors
	for _, s := range d.Skips() {
		m[s.Reason] += s.Count
		sum += s.Count
	}
	if sum != c.Frames {
		t.Errorf("%d frames, but %d segments and skips", c.Frames, sum)
	}
	return m
}

func TestFragmentsGiveOneSegmentWhenTheyAreComplete(t *testing.T) {
	want := Segment{
		Src: mapped4([]byte{10, 0, 0, 7}), Dst: mapped4([]byte{10, 0, 0, 9}), SrcPort: 40002, DstPort: 443,
		Seq: 100, Ack: 300, Len: 1000, TSVal: 0x11, TSEcr: 0x22, Window: 0x1f6, IPID: 0x1234, Checksum: 0xabcd,
		Options: OptTimestamps, Iface: 3, Flags: FIN | ACK, TTL: 63, Encap: EncapFragment, Pos: 24,
	}
	want6 := want
	want6.Src, want6.Dst, want6.IPID = Addr{0x20, 1, 0xd, 0xb8, 15: 7}, Addr{0x20, 1, 0xd, 0xb8, 15: 9}, 0
	end := len(bigSegment)
	for _, c := range []struct {
		name    string
		pieces  []piece
		frame   uint64
		clashes uint64
	}{
		{"in order", []piece{{0, 504}, {504, 1000}, {1000, end}}, 3, 0},
		{"the last first", []piece{{1000, end}, {504, 1000}, {0, 504}}, 3, 0},
		{"the header cut in two", []piece{{16, end}, {0, 16}}, 2, 0},
		{"eight octets first", []piece{{0, 8}, {8, 16}, {16, 24}, {24, 32}, {32, end}}, 5, 0},
		{"every fragment captured twice", []piece{{0, 504}, {0, 504}, {504, end}, {504, end}}, 3, 0},
		{"a fragment inside another", []piece{{0, 504}, {8, 16}, {504, end}}, 3, 0},
		{"an overlap", []piece{{0, 504}, {496, 1000}, {1000, end}}, 3, 1},
		{"a gap filled by too much", []piece{{0, 104}, {504, end}, {96, 600}}, 3, 1},
	} {
		for _, v := range []struct {
			name string
			cut  func(byte, []byte, ...piece) []*Packet
			want Segment
		}{{"IPv4", fragments4, want}, {"IPv6", fragments6, want6}} {
			t.Run(c.name+" in "+v.name, func(t *testing.T) {
				d := NewDecoder(Config{})
				got := feed(d, v.cut(protoTCP, bigSegment, c.pieces...))
				v.want.Frame, v.want.Time = c.frame, int64(c.frame)*1e6
				v.want.SetHash(0)
				if len(got) != 1 || got[0] != v.want {
					t.Fatalf("\ngot  %+v\nwant %+v", got, v.want)
				}
				if n := d.Counters().Overlaps; n != c.clashes {
					t.Errorf("%d overlaps, want %d", n, c.clashes)
				}
				m := tally(t, d)
				if m[ReasonFragmentLost] != 0 || m[ReasonFragment]+m[ReasonFragmentClash] != uint64(len(c.pieces)-1) {
					t.Errorf("skips: %v", m)
				}
			})
		}
	}
}

func TestOctetsThatCameFirstAreKept(t *testing.T) {
	forged := slices.Clone(bigSegment)
	forged[13] = byte(RST) // another flag octet, in a fragment that overlaps
	packets := fragments4(protoTCP, bigSegment, piece{0, 504})
	packets = append(packets, fragments4(protoTCP, forged, piece{8, 600})...)
	packets = append(packets, fragments4(protoTCP, bigSegment, piece{600, len(bigSegment)})...)
	got := feed(NewDecoder(Config{}), packets)
	if len(got) != 1 || got[0].Flags != FIN|ACK {
		t.Fatalf("got %+v", got)
	}
}

func TestTwoDatagramsWithOneIDDifferByProtocol(t *testing.T) {
	other := stack(udp(1, 2), raw(make([]byte, 600)...))
	tcps, udps := fragments4(protoTCP, bigSegment, piece{0, 504}, piece{504, len(bigSegment)}), fragments4(protoUDP, other, piece{0, 504}, piece{504, len(other)})
	d := NewDecoder(Config{})
	got := feed(d, []*Packet{tcps[0], udps[0], udps[1], tcps[1]})
	if len(got) != 1 || got[0].Len != 1000 {
		t.Fatalf("got %+v", got)
	}
	if m := tally(t, d); m[ReasonUDP] != 1 || m[ReasonFragment] != 2 {
		t.Errorf("skips: %v", m)
	}
}

func TestATunnelInFragmentsIsLookedInto(t *testing.T) {
	inner := stack(udp(50000, 4789), raw(8, 0, 0, 0, 0, 0, 88, 0), ether(etherIPv4), ip4(protoTCP, 1, 2), raw(bigSegment...))
	got := feed(NewDecoder(Config{}), fragments4(protoUDP, inner, piece{0, 800}, piece{800, len(inner)}))
	if len(got) != 1 || got[0].Len != 1000 || got[0].Encap != EncapFragment|EncapVXLAN || got[0].Note != 0 {
		t.Fatalf("got %+v", got)
	}
}

func TestIPv6OptionsBehindTheFragmentHeaderAreSteppedOver(t *testing.T) {
	payload := stack(extension(protoTCP, 16), raw(bigSegment...))
	got := feed(NewDecoder(Config{}), fragments6(protoDestOptions, payload, piece{0, 8}, piece{8, len(payload)}))
	if len(got) != 1 || got[0].Len != 1000 {
		t.Fatalf("got %+v", got)
	}
}

func TestASnappedFragmentIsNoted(t *testing.T) {
	packets := fragments4(protoTCP, bigSegment, piece{0, 504}, piece{504, len(bigSegment)})
	for _, p := range packets {
		p.Data = p.Data[:min(len(p.Data), 60)]
	}
	d := NewDecoder(Config{})
	var s Segment
	got := feed(d, packets)
	if len(got) != 1 || got[0].Len != 1000 || got[0].Note != NoteSnapped || got[0].Options != OptTimestamps {
		t.Fatalf("got %+v", got)
	}
	s = got[0]
	if load := d.Payload(packets[1], &s); string(load) != "xxxxxxxx" {
		t.Errorf("payload %q", load)
	}
}

func TestFragmentsWithoutTCPAreNotWaitedFor(t *testing.T) {
	payload := stack(icmp(3, 3), raw(segment4...), raw(make([]byte, 600)...)) // looks like an error everywhere
	for proto, want := range map[byte]Reason{protoICMP: ReasonICMP, protoESP: ReasonEncrypted, 132: ReasonOtherIP} {
		for _, p := range [][]*Packet{
			fragments4(proto, payload, piece{0, 504}, piece{504, len(payload)}),
			fragments6(proto, payload, piece{0, 504}, piece{504, len(payload)}),
		} {
			d := NewDecoder(Config{})
			feed(d, p)
			if m := tally(t, d); m[want] != 2 {
				t.Errorf("protocol %d: %v", proto, m)
			}
		}
	}
}

func TestALostFragmentIsCountedAsAFault(t *testing.T) {
	first := fragments4(protoTCP, bigSegment, piece{0, 504})[0]
	d := NewDecoder(Config{})
	feed(d, []*Packet{first})
	for range 2 { // asking must not change the answer
		if m := tally(t, d); m[ReasonFragmentLost] != 1 || m[ReasonFragment] != 0 {
			t.Fatalf("skips: %v", m)
		}
	}
	// The rest comes a minute later: too late, and then it is a datagram without its start.
	rest := fragments4(protoTCP, bigSegment, piece{504, len(bigSegment)})[0]
	rest.Frame, rest.Time = 2, 60e9
	var s Segment
	if d.Decode(rest, &s) {
		t.Fatal("a datagram was put together after its time")
	}
	if m := tally(t, d); m[ReasonFragmentLost] != 2 {
		t.Errorf("skips: %v", m)
	}
	if first := d.Skips()[0]; first.Reason != ReasonFragmentLost || first.First != 1 {
		t.Errorf("first skip: %+v", first)
	}
}

func TestAnIDThatIsUsedAgainBeginsANewDatagram(t *testing.T) {
	twice := append(fragments4(protoTCP, bigSegment, piece{0, 504}, piece{504, len(bigSegment)}),
		fragments4(protoTCP, bigSegment, piece{0, 504}, piece{504, len(bigSegment)})...)
	d := NewDecoder(Config{})
	if got := feed(d, twice); len(got) != 1 {
		t.Fatalf("copies within milliseconds gave %d segments", len(got))
	}
	d = NewDecoder(Config{})
	segments := 0
	for i, p := range twice {
		var s Segment
		p.Time = int64(i) * 100e6
		if d.Decode(p, &s) {
			segments++
		}
	}
	if segments != 2 {
		t.Fatalf("copies 200 ms apart gave %d segments", segments)
	}
}

func TestFragmentsThatCannotBeAreSkipped(t *testing.T) {
	for _, c := range []struct {
		name   string
		word   int
		length int
		reason Reason
	}{
		{"beyond 65,535 octets", 0x1fff, 1000, ReasonBadLength},
		{"a first fragment of less than eight octets", 0x2000, 7, ReasonBadLength},
		{"an empty last fragment", 0x0010, 0, ReasonBadLength},
	} {
		d := NewDecoder(Config{})
		p := onLink(linkRaw, stack(ip4With(protoTCP, 7, 9, c.word, nil), raw(make([]byte, c.length)...)))
		if got := feed(d, []*Packet{p}); len(got) != 0 || d.LastSkip().Reason != c.reason {
			t.Errorf("%s: %+v, %v", c.name, got, d.LastSkip().Reason)
		}
	}
}

func TestTheDefragmenterStaysWithinItsBounds(t *testing.T) {
	d := NewDecoder(Config{FragmentBytes: 64 << 10})
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 20000 {
		p := onLink(linkRaw, stack(ip4With(protoTCP, byte(random.Uint32()), byte(random.Uint32()), 0x2000|int(random.Uint32()&0x3ff), nil), raw(bigSegment[:8]...)))
		p.Frame, p.Time = uint64(i+1), int64(i)
		var s Segment
		d.Decode(p, &s)
		if n := len(d.frags.slab); n > 64<<10/datagramBytes {
			t.Fatalf("%d datagrams held", n)
		}
	}
	m := tally(t, d)
	if m[ReasonFragmentLost] == 0 || len(d.frags.index) > len(d.frags.slab) {
		t.Errorf("skips: %v", m)
	}
}

func TestADatagramTakesWhatTheBoundCounts(t *testing.T) {
	// The index entry beside it holds the key again.
	if got := unsafe.Sizeof(datagram{}) + 2*unsafe.Sizeof(fragmentKey{}); got > datagramBytes {
		t.Fatalf("a datagram takes %d octets, the bound counts %d", got, datagramBytes)
	}
}

func TestManySeparateRangesDoNotCompleteADatagram(t *testing.T) {
	payload := stack(tcp(), raw(make([]byte, 2000)...))
	var pieces []piece
	for at := 0; at < 600; at += 16 { // 38 ranges with holes between
		pieces = append(pieces, piece{at, at + 8})
	}
	pieces = append(pieces, piece{0, len(payload) &^ 7}, piece{len(payload) &^ 7, len(payload)})
	d := NewDecoder(Config{})
	feed(d, fragments4(protoTCP, payload, pieces...))
	tally(t, d)
}

func FuzzDefrag(f *testing.F) {
	f.Add([]byte{0, 63, 63, 70, 1}, uint16(1020))
	f.Add([]byte{63, 70, 0, 63, 10, 20, 128, 9}, uint16(1020))
	f.Fuzz(func(t *testing.T, script []byte, size uint16) {
		// Every two octets of the script are a fragment: where it begins in units of 8, and how long it is.
		d := NewDecoder(Config{FragmentBytes: 8 << 10})
		payload := stack(tcp(timestamps...), raw(make([]byte, int(size)%4000)...))
		script = script[:min(len(script), 200)]
		for i := 0; i+1 < len(script); i += 2 {
			from := int(script[i]&0x7f) * 8 % (len(payload) &^ 7)
			to := min(from+int(script[i+1])*8+8, len(payload))
			packet := fragments4(protoTCP, payload, piece{from, to})[0]
			if script[i]&0x80 != 0 {
				packet = fragments6(protoTCP, payload, piece{from, to})[0]
			}
			packet.Frame, packet.Time = uint64(i+1), int64(script[i+1])*3e8*int64(i)
			var s Segment
			stain(&s)
			if !d.Decode(packet, &s) {
				continue
			}
			// Whatever the order and the overlaps, equal octets give the whole datagram.
			if want := uint32(len(payload) - 32); s.Len != want || s.SrcPort != 40002 || s.Encap&EncapFragment == 0 && from != 0 {
				t.Fatalf("got %+v, want %d octets", s, want)
			}
		}
		if n := len(d.frags.slab); n > 8<<10/datagramBytes {
			t.Fatalf("%d datagrams held", n)
		}
		tally(t, d)
	})
}
