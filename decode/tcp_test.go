package decode

import (
	"slices"
	"testing"
)

// options reads one option list behind a TCP header.
func options(list ...byte) (s Segment) {
	stain(&s)
	s.readOptions(list, false)
	return s
}

func TestTCPOptions(t *testing.T) {
	for _, c := range []struct {
		name string
		list []byte
		want Segment
	}{
		{"no option at all", nil, Segment{}},
		{"a SYN's usual options", []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7}, Segment{
			Options: OptMSS | OptSACKPermitted | OptTimestamps | OptWindowScale, MSS: 1460, TSVal: 1, TSEcr: 2, WindowScale: 7,
		}},
		{"what stands behind the end of the list", []byte{0, 2, 4, 5, 0xb4}, Segment{}},
		{"one SACK block", []byte{1, 1, 5, 10, 0, 0, 0, 10, 0, 0, 0, 20}, Segment{Options: OptSACK, SACKLeft: 10, SACKRight: 20, SACKMax: 20}},
		{"the right-most edge of three SACK blocks, across the wrap", []byte{
			5, 26, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 4, 0, 0, 0, 9,
		}, Segment{Options: OptSACK, SACKLeft: 1, SACKRight: 2, SACKMax: 9}},
		{"a SACK option without a whole block", []byte{5, 6, 0, 0, 0, 1}, Segment{Options: OptMalformed}},
		{"MPTCP", []byte{30, 12, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, Segment{Options: OptMPTCP}},
		{"MPTCP's data FIN", []byte{30, 12, 0x20, 0x15, 0, 0, 0, 0, 0, 0, 0, 0}, Segment{Options: OptMPTCP | OptMPDataFIN}},
		{"an MPTCP data acknowledgement without it", []byte{30, 8, 0x20, 0x01, 0, 0, 0, 0}, Segment{Options: OptMPTCP}},
		{"MPTCP's fast close", []byte{30, 12, 0x70, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Segment{Options: OptMPTCP | OptMPFastclose}},
		{"MPTCP's reset reason", []byte{30, 4, 0x80, 1}, Segment{Options: OptMPTCP | OptMPReset}},
		{"a Fast Open cookie", []byte{34, 10, 1, 2, 3, 4, 5, 6, 7, 8}, Segment{Options: OptFastOpen}},
		{"Fast Open's experimental option", []byte{254, 4, 0xf9, 0x89}, Segment{Options: OptFastOpen}},
		{"another experimental option", []byte{253, 6, 0xe2, 0xd4, 0, 0}, Segment{}},
		{"an MD5 signature", append([]byte{19, 18}, make([]byte, 16)...), Segment{Options: OptMD5}},
		{"the authentication option", []byte{29, 16, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, Segment{Options: OptAO}},
		{"an unknown option", []byte{77, 3, 9, 3, 3, 2}, Segment{Options: OptWindowScale, WindowScale: 2}},
		{"a length of zero", []byte{3, 3, 7, 77, 0, 4, 2}, Segment{Options: OptWindowScale | OptMalformed, WindowScale: 7}},
		{"a length of one", []byte{3, 3, 7, 77, 1, 4, 2}, Segment{Options: OptWindowScale | OptMalformed, WindowScale: 7}},
		{"a length beyond the header", []byte{3, 3, 7, 8, 10, 0, 0}, Segment{Options: OptWindowScale | OptMalformed, WindowScale: 7}},
		{"a kind without a length", []byte{3, 3, 7, 8}, Segment{Options: OptWindowScale | OptMalformed, WindowScale: 7}},
		{"timestamps of the wrong length", []byte{8, 6, 0, 0, 0, 1, 4, 2}, Segment{Options: OptMalformed | OptSACKPermitted}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := options(c.list...)
			only := Segment{
				Options: got.Options, MSS: got.MSS, WindowScale: got.WindowScale, TSVal: got.TSVal, TSEcr: got.TSEcr,
				SACKLeft: got.SACKLeft, SACKRight: got.SACKRight, SACKMax: got.SACKMax,
			}
			if only != c.want {
				t.Fatalf("\ngot  %+v\nwant %+v", only, c.want)
			}
		})
	}
}

func TestATCPHeaderLengthThatCannotBeIsASkip(t *testing.T) {
	for _, words := range []byte{0, 4, 15} {
		data := slices.Clone(segment4)
		data[20+12] = words << 4
		d := NewDecoder(Config{})
		var s Segment
		if d.Decode(onLink(linkRaw, data), &s) || d.LastSkip().Reason != ReasonBadHeaderLen || d.LastSkip().Need != int(words)*4 {
			t.Errorf("%d words: %+v", words, d.LastSkip())
		}
	}
}

func TestSegmentationOffloadLeavesTheLengthToTheFrame(t *testing.T) {
	load := make([]byte, 70000)
	v4 := stack(ether(etherIPv4), ip4(protoTCP, 7, 9), tcp(), raw(load...))
	v4[16], v4[17] = 0, 0 // total length
	v6 := stack(ether(etherIPv6), ip6(protoTCP, 7, 9), tcp(), raw(load...))
	v6[18], v6[19] = 0, 0 // payload length
	jumbo := stack(ether(etherIPv6), ip6(protoHopByHop, 7, 9), raw(protoTCP, 0, 0xc2, 4, 0, 1, 0x11, 0x8c), tcp(), raw(load...), trail(1, 2, 3))
	jumbo[18], jumbo[19] = 0, 0
	for name, data := range map[string][]byte{"IPv4": v4, "IPv6": v6, "a jumbogram": jumbo} {
		for _, snap := range []int{len(data), 96} {
			d := NewDecoder(Config{})
			var s Segment
			p := onLink(linkEthernet, data[:snap])
			p.WireLen = uint32(len(data))
			if !d.Decode(p, &s) || s.Len != 70000 {
				t.Errorf("%s cut to %d: %d octets, %+v", name, snap, s.Len, d.LastSkip())
			}
		}
	}
}

func TestTheLengthComesFromTheHeaders(t *testing.T) {
	// The IP header promises 1,000 octets more than the record says the frame had: the record was rewritten.
	data := stack(ether(etherIPv4), ip4(protoTCP, 7, 9), tcp(), raw(make([]byte, 1000)...))[:60]
	var s Segment
	if !NewDecoder(Config{}).Decode(onLink(linkEthernet, data), &s) || s.Len != 1000 || s.Note != NoteSnapped {
		t.Errorf("a record that lies about its length: %+v", s)
	}
	// A middlebox wrote a total length that counts Ethernet's padding; PPPoE's own length shows it.
	data = stack(ether(etherPPPoE), pppoe, raw(0, 0x21), ip4(protoTCP, 7, 9), tcp(), trail(0, 0, 0, 0, 0, 0))
	data[14+4], data[14+5] = 0, 42
	if !NewDecoder(Config{}).Decode(onLink(linkEthernet, data), &s) || s.Len != 0 {
		t.Errorf("padding inside of the total length: %+v", s)
	}
	// The frame check sequence at the end is no payload, even where the IP header leaves the length open.
	data = stack(ether(etherIPv4), ip4(protoTCP, 7, 9), tcp(), raw(make([]byte, 100)...), trail(1, 2, 3, 4))
	data[16], data[17] = 0, 0
	p := onLink(linkEthernet, data)
	p.FCSLen = 4
	if !NewDecoder(Config{}).Decode(p, &s) || s.Len != 100 || s.Note != 0 {
		t.Errorf("a check sequence: %+v", s)
	}
}

func TestChecksums(t *testing.T) {
	for _, good := range [][]byte{
		stack(ether(etherIPv4), ip4(protoTCP, 7, 9), tcp(timestamps...), raw([]byte("odd")...)),
		stack(ether(etherIPv6), ip6(protoTCP, 7, 9), tcp(timestamps...), raw([]byte("odd")...)),
	} {
		at := len(good) - 3 - 32
		good[at+16], good[at+17] = 0, 0
		src, dst := mapped4([]byte{10, 0, 0, 7}), mapped4([]byte{10, 0, 0, 9})
		if good[12] == 0x86 {
			src, dst = Addr(good[14+8:14+24]), Addr(good[14+24:14+40])
		}
		sum := uint64(len(good)-at) + 6
		sum = sum16(sum16(sum16(sum, src[:]), dst[:]), good[at:])
		for sum > 0xffff {
			sum = sum>>16 + sum&0xffff
		}
		good[at+16], good[at+17] = byte(^sum>>8), byte(^sum)
		bad := slices.Clone(good)
		bad[len(bad)-1] ^= 1
		for _, c := range []struct {
			data []byte
			mode ChecksumMode
			ok   bool
			note Note
		}{
			{good, ChecksumsIgnored, true, 0},
			{good, ChecksumsNoted, true, 0},
			{good, ChecksumsDropped, true, 0},
			{bad, ChecksumsIgnored, true, 0},
			{bad, ChecksumsNoted, true, NoteBadChecksum},
			{bad, ChecksumsDropped, false, 0},
			{bad[:len(bad)-1], ChecksumsDropped, true, NoteSnapped}, // cannot be told
		} {
			d := NewDecoder(Config{Checksums: c.mode})
			p := onLink(linkEthernet, c.data)
			p.WireLen = uint32(len(good))
			var s Segment
			if ok := d.Decode(p, &s); ok != c.ok || ok && s.Note != c.note || !ok && d.LastSkip().Reason != ReasonBadChecksum {
				t.Errorf("mode %d: %v, note %v, %+v", c.mode, ok, s.Note, d.LastSkip())
			}
		}
	}
}

func TestAPacketWithoutTimeIsNoted(t *testing.T) {
	for _, link := range []LinkType{linkEthernet, linkRaw} {
		p := onLink(link, bridged4)
		if link == linkRaw {
			p.Data = segment4
		}
		p.NoTime, p.Time, p.WireLen = true, 0, uint32(len(p.Data))
		var s Segment
		if !NewDecoder(Config{}).Decode(p, &s) || s.Note != NoteNoTime {
			t.Errorf("link type %d: %+v", link, s)
		}
	}
}

func FuzzTCPOptions(f *testing.F) {
	f.Add([]byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7}, false)
	f.Add([]byte{5, 26, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xf0, 0, 0, 0, 4, 0, 0, 0, 9}, true)
	f.Add([]byte{30, 12, 0x20, 0x15}, false)
	f.Fuzz(func(t *testing.T, list []byte, truncated bool) {
		list = list[:min(len(list), 40)]
		var a, b Segment
		stainWith(&b, 0xff)
		a.readOptions(list, truncated)
		b.readOptions(list, truncated)
		if a.Options != b.Options || a.MSS != b.MSS || a.WindowScale != b.WindowScale || a.TSVal != b.TSVal ||
			a.TSEcr != b.TSEcr || a.SACKLeft != b.SACKLeft || a.SACKRight != b.SACKRight || a.SACKMax != b.SACKMax {
			t.Fatalf("a field was left alone: %+v, %+v", a, b)
		}
		if a.Options.Has(OptTruncated) != truncated {
			t.Fatalf("truncated %v: %v", truncated, a.Options)
		}
		// Cutting a list never invents an option or a value.
		for n := range list {
			var c Segment
			c.readOptions(list[:n], true)
			if c.Options&^(a.Options|OptTruncated|OptMalformed) != 0 {
				t.Fatalf("%d of %v: %b, whole %b", n, list, c.Options, a.Options)
			}
		}
		if a.Options.Has(OptSACK) && a.SACKMax.Before(a.SACKRight) {
			t.Fatalf("right-most edge %d lies before %d", a.SACKMax, a.SACKRight)
		}
	})
}

// TestAlignedOptionsAreReadAsAllOthers goes through every list of up to four of the words that SYNs are made of, of words that
// are nearly such ones, and of others. Where readAligned takes a list, it says what readOptions says.
func TestAlignedOptionsAreReadAsAllOthers(t *testing.T) {
	words := [][]byte{
		{2, 4, 5, 0xb4},
		{1, 3, 3, 7},
		{1, 1, 4, 2},
		{1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2},
		{4, 2, 8, 10, 0, 0, 0, 3, 0, 0, 0, 4},
		{4, 2, 0, 0},
		{1, 1, 1, 1},
		{3, 3, 9, 1},
		{1, 1, 8, 10},
		{1, 1, 5, 10, 0, 0, 0, 9, 0, 0, 0, 12},
		{1, 1, 1, 8},
	}
	taken := 0
	var try func(list []byte, more int)
	try = func(list []byte, more int) {
		if len(list) > 40 {
			return
		}
		var o [40]byte
		for i := copy(o[:], list); i < len(o); i += 4 { // what stands behind the header is nobody's option
			copy(o[i:], []byte{1, 1, 8, 10})
		}
		var s Segment
		stain(&s)
		s.clearOptions()
		if want := options(list...); s.readAligned(&o, len(list)) {
			taken++
			if s != want {
				t.Fatalf("%x\nword by word   %+v\none by one     %+v", list, s, want)
			}
		}
		for _, w := range words {
			if more > 0 {
				try(slices.Concat(list, w), more-1)
			}
		}
	}
	try(nil, 4)
	if taken < 500 {
		t.Fatalf("only %d lists were read word by word", taken)
	}
}
