package flowtest

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"tcpclose/decode"
)

const figure13 = `# RFC 9293 figure 13: both ends close at once.
+0    > F. 100:100(0) ack 300
+.01  < F. 300:300(0) ack 100
+.01  > .  101:101(0) ack 301
+0    < .  301:301(0) ack 101
`

func parse(t *testing.T, text string) []decode.Segment {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return s.Segments()
}

func TestAScriptIsReadAsItsFigureShowsIt(t *testing.T) {
	s, err := Parse(figure13)
	if err != nil {
		t.Fatal(err)
	}
	if s.Story != "RFC 9293 figure 13: both ends close at once." {
		t.Errorf("story %q", s.Story)
	}
	want := []string{
		"10.0.0.1:40000 > 10.0.0.2:80 F. 100:100(0) ack 300 win 65535",
		"10.0.0.2:80 > 10.0.0.1:40000 F. 300:300(0) ack 100 win 65535",
		"10.0.0.1:40000 > 10.0.0.2:80 . 101:101(0) ack 301 win 65535",
		"10.0.0.2:80 > 10.0.0.1:40000 . 301:301(0) ack 101 win 65535",
	}
	times := []int64{0, 10e6, 20e6, 20e6}
	for i, seg := range s.Segments() {
		if got := seg.String(); got != want[i] {
			t.Errorf("segment %d prints as %q, want %q", i, got, want[i])
		}
		if seg.Time != Start+times[i] || seg.Frame != uint64(i)+1 {
			t.Errorf("segment %d has time %d and frame %d", i, seg.Time-Start, seg.Frame)
		}
	}
}

func TestHeadersGiveEndpointsBasesFlowsAndTheStart(t *testing.T) {
	segs := parse(t, `
start 1970-01-01T00:00:10Z
A 10.1.1.1:1234
B [2001:db8::2]:443   # families may differ until they are written
base A 1000 B 2000
+1.5 > S 0:0(0) win 100 <mss 1460,nop,ws 7,sackOK,ts 1 0>
@3   < R. =0:0(0) ack 1
2> . 5:15(10) ack 6 ttl 9 id 8 sum 0xbeef vlan 100 frame 77
flow 2
-.5 < . 6:6(0) ack 15 <ts 100 200,sack 5:9 20:30 10:12> icmp frag-needed
`)
	want := []string{
		"10.1.1.1:1234 > [2001:db8::2]:443 S 1000:1000(0) win 100 <mss 1460,sackOK,ts 1 0,ws 7>",
		"[2001:db8::2]:443 > 10.1.1.1:1234 R. 0:0(0) ack 1001 win 0",
		"10.0.0.1:40001 > 10.0.0.2:80 . 5:15(10) ack 6 win 65535 ttl 9 id 8 sum 0xbeef vlan 100",
		"10.0.0.2:80 > 10.0.0.1:40001 . 6:6(0) ack 15 win 65535 <ts 100 200,sack 5:9 30:30> icmp frag-needed",
	}
	times := []int64{11.5e9, 13e9, 13e9, 12.5e9}
	frames := []uint64{1, 2, 77, 78}
	for i, seg := range segs {
		if got := seg.String(); got != want[i] || seg.Time != times[i] || seg.Frame != frames[i] {
			t.Errorf("segment %d: %q at %d, frame %d", i, got, seg.Time, seg.Frame)
		}
	}
}

func TestWhatStringPrintsIsALineOfAScript(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		want := randomSegment(rng)
		want.Time, want.Frame = Start, 1
		got := parse(t, want.String())
		if len(got) != 1 || got[0] != want {
			t.Fatalf("%s\nread back as\n%s", want, got[0])
		}
	}
}

func TestFormatIsReadBackToTheSameSegments(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		var segs []decode.Segment
		for range 1 + rng.IntN(20) {
			segs = append(segs, randomSegment(rng))
		}
		for _, opt := range []FormatOptions{{}, {Relative: true, Story: "a story\n\nof two lines"}} {
			text := Format(segs, opt)
			if got := parse(t, text); !slices.Equal(got, segs) {
				t.Fatalf("%s\nread back as\n%s", text, Format(got, opt))
			}
		}
	}
}

func TestRelativeNumbersStartAtEachSidesFirst(t *testing.T) {
	text := Format(parse(t, "base A 4294967290 B 7000\n> S 0:0(0)\n< S. 0:0(0) ack 1\n> . 1:11(10) ack 1\n< R. =0:0(0) ack 11"),
		FormatOptions{Relative: true})
	want := `A 10.0.0.1:40000
B 10.0.0.2:80
base A 4294967290 B 7000
+0     > S 0:0(0) win 65535
+0     < S. 0:0(0) ack 1 win 65535
+0     > . 1:11(10) ack 1 win 65535
+0     < R. =0:0(0) ack 11 win 0
`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

// randomSegment returns a segment that the decoder could have made, of one of a few five-tuples.
func randomSegment(rng *rand.Rand) decode.Segment {
	ends := []string{"10.0.0.1:40000", "10.0.0.2:80", "[2001:db8::1]:443", "[fe80::2]:0"}
	src := parseOrPanic(ends[rng.IntN(len(ends))])
	dst := parseOrPanic(ends[rng.IntN(len(ends))])
	odd := func() bool { return rng.IntN(4) == 0 }
	s := decode.Segment{
		Time: rng.Int64(), Frame: rng.Uint64() >> 1, Seq: decode.Seq(rng.Uint32()), Len: rng.Uint32() >> rng.IntN(32),
		Window: uint16(rng.Uint32()), Flags: decode.Flags(rng.Uint32()), TTL: uint8(rng.Uint32()),
		Options: decode.Options(rng.Uint32()) & (decode.OptMPDataFIN<<1 - 1),
	}
	s.Src, s.SrcPort = decode.AddrFrom(src.Addr()), src.Port()
	s.Dst, s.DstPort = decode.AddrFrom(dst.Addr()), dst.Port()
	if s.Options&(decode.OptMPFastclose|decode.OptMPReset|decode.OptMPDataFIN) != 0 {
		s.Options |= decode.OptMPTCP
	}
	if odd() {
		s.Options = 0
	}
	if odd() || s.Flags.Has(decode.ACK) {
		s.Ack = decode.Seq(rng.Uint32())
	}
	if s.Options.Has(decode.OptMSS) {
		s.MSS = uint16(rng.Uint32())
	}
	if s.Options.Has(decode.OptWindowScale) {
		s.WindowScale = uint8(rng.Uint32())
	}
	if s.Options.Has(decode.OptTimestamps) {
		s.TSVal, s.TSEcr = rng.Uint32(), rng.Uint32()
	}
	if s.Options.Has(decode.OptSACK) {
		s.SACKLeft, s.SACKRight = decode.Seq(rng.Uint32()), decode.Seq(rng.Uint32())
		s.SACKMax = s.SACKRight.Add(rng.Uint32() >> 2 * rng.Uint32N(2))
	}
	if odd() {
		s.IPID, s.Checksum, s.VLAN = uint16(rng.Uint32()), uint16(rng.Uint32()), uint16(rng.Uint32())&4095|decode.VLANPresent
	}
	if odd() {
		s.Iface, s.Scope, s.Encap = uint16(rng.Uint32()), rng.Uint64(), decode.Encap(rng.Uint32())
		s.Note, s.ICMP = decode.Note(rng.Uint32())&15, decode.ICMPKind(rng.IntN(6))
	}
	if s.VLAN != 0 {
		s.Encap |= decode.EncapVLAN
	}
	return s
}

func TestErrorsNameTheLineAndWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"\n\n> F. 1:2(0) ack 1":          `line 3: sequence numbers "1:2(0)": the end should be 1 (SYN and FIN are not counted)`,
		"> F. 1:1(0)":                    "line 1: the flags F. have an ACK, but no ack number follows",
		"> FF 1:1(0)":                    `line 1: flags "FF": want letters of FSRPUEW and . for ACK, or -`,
		">":                              `line 1: flags "": want letters of FSRPUEW and . for ACK, or -`,
		"+1":                             `line 1: "": want a header, an arrow (> or <) or an endpoint`,
		"hello":                          `line 1: "hello": want a header, an arrow (> or <) or an endpoint`,
		"+1.0000000001 > S 0:0(0)":       `line 1: time "+1.0000000001": want seconds with up to nine places`,
		"@9223372036.9 > S 0:0(0)":       `line 1: time "@9223372036.9": want seconds with up to nine places`,
		"@9223372036 > S 0:0(0)":         `line 1: time "@9223372036": does not fit nanoseconds since 1970`,
		"start yesterday":                `line 1: start: "yesterday" is no RFC 3339 time`,
		"start 1969-12-31T00:00:00Z":     "line 1: start: 1969-12-31T00:00:00Z does not fit nanoseconds since 1970",
		"A 10.0.0.1":                     `line 1: "10.0.0.1" is no address and port, as 10.0.0.1:40000 or [2001:db8::1]:80`,
		"A [fe80::1%eth0]:1":             `line 1: "[fe80::1%eth0]:1" is no address and port, as 10.0.0.1:40000 or [2001:db8::1]:80`,
		"base A":                         "line 1: base wants pairs, as in base A 1000 B 2000",
		"> S 0:0(0) win 70000":           "line 1: 70000 is above 65535",
		"> S 0:0(0) <mss 1460":           `line 1: options "<mss 1460": no closing >`,
		"> S 0:0(0) <mss 1460 7>":        `line 1: option "mss 1460 7": "7" is too much`,
		"> S 0:0(0) <huh>":               `line 1: option "huh": unknown`,
		"> S 0:0(0) icmp nonsense":       `line 1: icmp: "nonsense" is no kind of error`,
		"> S 0:0(0) speed 9":             `line 1: unknown attribute "speed"`,
		"> S 0:0(0) ttl":                 `line 1: ttl: "" is no number`,
		"1.2.3.4:5 < 1.2.3.4:6 S 0:0(0)": `line 1: "<" between two endpoints: want >`,
	} {
		if _, err := Parse(text); err == nil || err.Error() != want {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

func FuzzScriptRoundTrip(f *testing.F) {
	f.Add(figure13)
	f.Add("base A 4294967290\nA [::1]:1\n+1.5 > S. 0:9(9) ack =5 win 3 <sack 1:2 7:9,ws 14,ts 1 2> vlan 0 snap badsum\n7< R 1:1(0) frame 9")
	f.Add("start 2000-02-29T23:59:59.999999999Z\n1.2.3.4:5 > 1.2.3.4:5 - 0:0(0) encap vlan,gre iface 3 icmp other notime")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := Parse(text)
		if err != nil {
			return
		}
		want := script.Segments()
		for _, opt := range []FormatOptions{{}, {Relative: true}} {
			printed := Format(want, opt)
			again, err := Parse(printed)
			if err != nil {
				t.Fatalf("%v in\n%s", err, printed)
			}
			if got := again.Segments(); !slices.Equal(got, want) {
				t.Fatalf("%s\nread back as\n%s", printed, Format(got, opt))
			}
		}
	})
}

func parseOrPanic(text string) netip.AddrPort {
	ep, err := parseEndpoint(text)
	if err != nil {
		panic(err)
	}
	return ep
}
