package report

import (
	"errors"
	"iter"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// read returns a summary with something of everything, as a damaged capture of two files gives it.
func read() *flows.Summary {
	s := &flows.Summary{
		Packets: 60_077, Segments: 60_000, ICMPErrors: 1, Conversations: 5, Reported: 4, First: base - 2*ms, Last: base + 2_950*ms,
		Files: []decode.FileInfo{
			{Path: "a.pcap", Format: "pcap", Size: 4096, Packets: 60_000, First: base - 2*ms, Last: base + 1_000*ms, Timed: true, Damages: 1},
			{Path: "b\x1b.pcapng.gz", Format: "pcapng", Compression: "gzip", Size: -1, Packets: 77, First: base + 2_000*ms, Last: base + 2_950*ms, Timed: true, Complete: true, Comments: []string{"a \"comment\""}},
			{Path: "c.txt", Skipped: "not a capture file"},
		},
		Interfaces:  []decode.Interface{{Name: "eth0", LinkType: 1, SnapLen: 96, Packets: 77, Stats: decode.InterfaceStats{PacketDrops: 3}}},
		Damages:     []decode.Damage{{Kind: decode.DamageTruncated, Path: "a.pcap", Offset: 4000, AfterFrame: 60_000, Lost: -1}},
		DamageCount: 1, Drops: 3, Stray: 1, Late: 2, Evicted: 1, ClockJumps: 1, Outside: 12, Interrupted: true, ReadError: errors.New("disk on fire"),
		Skips: []decode.SkipCount{
			{Layer: decode.LayerNetwork, Reason: decode.ReasonCut, Count: 6, First: 17, Need: 20, Have: 4},
			{Layer: decode.LayerTransport, Reason: decode.ReasonUDP, Count: 70, First: 2},
		},
	}
	s.Findings = someFindings()
	s.ByClass[flows.FourWay], s.ByClass[flows.RSTAfterFIN] = 4, 1
	return s
}

// untouched returns the summary of a capture without packets.
func untouched() *flows.Summary {
	return &flows.Summary{
		First: flows.NoTime, Last: flows.NoTime, Complete: true,
		Files: []decode.FileInfo{{Path: "empty.pcap", Format: "pcap", Size: 24, Complete: true}},
	}
}

// objects returns conversations as a document takes them.
func objects(list []flows.Teardown) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var e Encoder
		for c := range all(list) {
			if !yield(e.AppendObject(nil, c, nil)) {
				return
			}
		}
	}
}

// someFindings returns a finding with everything in it, and one with nothing.
func someFindings() []flows.Finding {
	return []flows.Finding{
		{
			ID: flows.FindingCloseWaitLeak, Confidence: flows.Likely, Rank: 1, Service: netip.MustParseAddrPort("10.0.0.9:8080"),
			Client: netip.MustParseAddr("10.0.0.7"), Side: flows.ByServer, Conversations: []uint64{9, 12}, Count: 134, Of: 150, Time: 7_380_000 * ms,
			Longest: 400_000 * ms, LongestID: 9, BytesLost: 3, Since: base, Until: base + 2_000*ms,
			Sentence: "10.0.0.9:8080 has not closed 134 of the 150 connections that its clients closed; the oldest has been in CLOSE-WAIT for 2 h 03 min: look for a missing close().",
			Evidence: []string{"the FINs were acknowledged"}, Remedies: []string{"find the \"close()\""}, Filter: "class half-closed-stall and port 8080",
			Numbers: []flows.Number{{Name: "since_fin_ns", Value: 7_380_000 * ms}},
		},
		{ID: flows.FindingForgedRST, Rank: 2, Since: flows.NoTime, Until: flows.NoTime},
	}
}

func TestDocumentAndSummaryKeepTheSchema(t *testing.T) {
	for _, s := range []*flows.Summary{read(), untouched()} {
		var b strings.Builder
		var e Encoder
		if err := WriteDocument(&b, s, objects(samples())); err != nil {
			t.Fatal(err)
		}
		validate(t, "document", []byte(b.String()))
		validate(t, "", []byte(b.String()))
		line := e.AppendSummary(nil, s, 4)
		validate(t, "summary_line", line)
		validate(t, "", line)
		if n := strings.Count(string(line), "\n"); n != 0 {
			t.Errorf("the summary takes %d lines", n+1)
		}
	}
	if err := validationError(t, "document", []byte(`{"schema":"tcpclose/2"}`)); err == nil {
		t.Error("another version keeps the schema")
	}
}

func TestAnEmptyDocumentIsOne(t *testing.T) {
	var b strings.Builder
	if err := WriteDocument(&b, untouched(), objects(nil)); err != nil {
		t.Fatal(err)
	}
	validate(t, "document", []byte(b.String()))
}

func TestDocumentWithRemarks(t *testing.T) {
	var b strings.Builder
	if err := WriteRemarks(&b, read(), 4); err != nil {
		t.Fatal(err)
	}
	b.WriteString("---\n")
	if err := WriteRemarks(&b, untouched(), 0); err != nil {
		t.Fatal(err)
	}
	b.WriteString("---\n")
	var e Encoder
	b.WriteString(memberPerLine(e.AppendSummary(nil, read(), 4)[len(`{"summary":`):]))
	golden(t, "summary.golden", b.String())
}

func TestGroupsKeepTheSchema(t *testing.T) {
	for _, by := range Groupings() {
		a, _ := NewAggregate(by)
		for c := range all(samples()) {
			a.Add(c)
		}
		groups, _ := a.Groups("close_p99", false, 3)
		var b strings.Builder
		if err := a.WriteJSON(&b, groups, true); err != nil {
			t.Fatal(err)
		}
		validate(t, "groups", []byte(b.String()))
		for i := range groups {
			validate(t, "group", a.AppendGroup(nil, &groups[i]))
		}
	}
	a, _ := NewAggregate("class")
	if _, ok := a.Groups("colour", false, 0); ok {
		t.Error("groups can be sorted by their colour")
	}
}

func TestGroupsWithoutAValueStandLastInEitherDirection(t *testing.T) {
	a, _ := NewAggregate("class")
	for c := range all(samples()) {
		a.Add(c)
	}
	for _, ascending := range []bool{false, true} {
		groups, _ := a.Groups("close_p50", ascending, 0)
		var values []int64
		without := 0
		for i := range groups {
			switch v := groups[i].CloseP50; {
			case v == flows.NoTime:
				without++
			case without > 0:
				t.Errorf("ascending %t: %s stands behind groups without a value", ascending, groups[i].Key)
			default:
				values = append(values, v)
			}
		}
		if !ascending {
			slices.Reverse(values)
		}
		if without == 0 || len(values) < 2 || !slices.IsSorted(values) {
			t.Errorf("ascending %t: %d, and %d without", ascending, values, without)
		}
		if first, _ := a.Groups("close_p50", ascending, 1); len(first) != 1 || !reflect.DeepEqual(first[0], groups[0]) {
			t.Errorf("ascending %t: the first is %v", ascending, first)
		}
	}
}

func TestFramesArePlacedWhereFilesFollowEachOther(t *testing.T) {
	file := func(packets uint64, first, last int64) decode.FileInfo {
		return decode.FileInfo{Packets: packets, First: first, Last: last, Timed: true}
	}
	later, earlier := file(10, 100, 200), file(5, 1, 50)
	locate := Locator([]decode.FileInfo{later, {Skipped: "no capture"}, earlier})
	for _, c := range []struct{ frame, file, fileFrame uint64 }{{1, 2, 1}, {5, 2, 5}, {6, 0, 1}, {15, 0, 10}} {
		f, n, ok := locate(c.frame)
		if !ok || f != int(c.file) || n != c.fileFrame {
			t.Errorf("frame %d is frame %d of file %d (%t), want %d of %d", c.frame, n, f, ok, c.fileFrame, c.file)
		}
	}
	if _, _, ok := locate(16); ok {
		t.Error("a frame beyond the last has a place")
	}
	if Locator([]decode.FileInfo{file(5, 1, 100), file(5, 100, 200)}) != nil {
		t.Error("files that overlap in time place frames")
	}
	if Locator([]decode.FileInfo{file(5, 1, 100)}) != nil {
		t.Error("one file needs no places")
	}
}

// What --since and --until left out was not looked at: nobody knows what is in it.
func TestNoTCPIsSaidOfWhatWasLookedAtAlone(t *testing.T) {
	for _, row := range []struct {
		packets, outside uint64
		want             string
	}{
		{5, 0, "0 conversations, 5 packets: no TCP in it\n"},
		{5, 2, "0 conversations, 5 packets: no TCP between --since and --until\n2 packets outside of --since and --until left out\n"},
		{5, 5, "0 conversations, 5 packets\n5 packets outside of --since and --until left out\n"},
	} {
		s := untouched()
		s.Packets, s.Outside = row.packets, row.outside
		var b strings.Builder
		if err := WriteRemarks(&b, s, 0); err != nil || b.String() != row.want {
			t.Errorf("%d of %d: %v\ngot  %q\nwant %q", row.outside, row.packets, err, &b, row.want)
		}
	}
}
