package flows

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// mirrored exchanges the two endpoints' addresses and ports.
func mirrored(segs []decode.Segment) []decode.Segment {
	out := slices.Clone(segs)
	for i := range out {
		s := &out[i]
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	}
	return out
}

// shifted adds a constant to every sequence number of one side. A reply to a segment without ACK keeps its number 0.
func shifted(segs []decode.Segment, from decode.Addr, by uint32) []decode.Segment {
	out := slices.Clone(segs)
	for i := range out {
		s := &out[i]
		switch {
		case s.Src == from && !(s.Flags.Has(decode.RST|decode.ACK) && s.Seq == 0):
			s.Seq = s.Seq.Add(by)
		case s.Src != from:
			if s.Flags.Has(decode.ACK) {
				s.Ack = s.Ack.Add(by)
			}
			s.SACKLeft, s.SACKRight, s.SACKMax = s.SACKLeft.Add(by), s.SACKRight.Add(by), s.SACKMax.Add(by)
		}
	}
	return out
}

// script prints segments as a script, to repeat a failure with.
func script(segs []decode.Segment) string { return flowtest.Format(segs, flowtest.FormatOptions{}) }

// holdInvariants judges every prefix, watched for no time and for long, and holds what must be true of each verdict.
func holdInvariants(t *testing.T, segs []decode.Segment) {
	t.Helper()
	for n := 1; n <= len(segs); n++ {
		if n > 40 && n%7 != 0 && n != len(segs) {
			continue
		}
		for _, watched := range []time.Duration{0, 200 * time.Second} {
			all := judgeSegments(segs[:n], Config{}, watched)
			packets := uint64(0)
			for i := range all {
				td := &all[i]
				if i > 0 && all[i-1].ID == td.ID {
					t.Fatalf("conversation %d was judged twice\n%s", td.ID, script(segs[:n]))
				}
				packets += td.Ends[0].Packets + td.Ends[1].Packets
				if faults := broken(td); len(faults) > 0 {
					t.Fatalf("%s\nin %s\n%s", strings.Join(faults, "\n"), brief(td), script(segs[:n]))
				}
			}
			if packets > uint64(n) {
				t.Fatalf("%d packets of %d\n%s", packets, n, script(segs[:n]))
			}
		}
	}
}

// holdMirror: exchanging the endpoints mirrors the verdict. Where ports tell client from server, they go along.
func holdMirror(t *testing.T, segs []decode.Segment) {
	t.Helper()
	want, got := judgeSegments(segs, Config{}, time.Minute), judgeSegments(mirrored(segs), Config{}, time.Minute)
	if len(want) != len(got) {
		t.Fatalf("%d conversations, mirrored %d\n%s", len(want), len(got), script(segs))
	}
	for i := range want {
		flip := want[i].RolesBy == RolesPort
		if a, b := describe(&want[i], false), describe(&got[i], flip); a != b {
			t.Fatalf("mirrored:\n%s\n%s", differ(a, b), script(segs))
		}
	}
}

// holdShift: where a side's numbers begin changes nothing.
func holdShift(t *testing.T, segs []decode.Segment, by uint32) {
	t.Helper()
	acked := map[decode.Addr]bool{}
	for i := range segs {
		if s := &segs[i]; s.Flags.Has(decode.RST|decode.ACK) && s.Seq == 0 && acked[s.Dst] {
			return // a reply with number 0 to a side whose expected number is known: where it lies depends on the shift
		} else if s.Flags.Has(decode.ACK) {
			acked[s.Src] = true
		}
	}
	want := judgeSegments(segs, Config{}, time.Minute)
	for _, from := range []decode.Addr{segs[0].Src, segs[0].Dst} {
		got := judgeSegments(shifted(segs, from, by), Config{}, time.Minute)
		if len(want) != len(got) {
			t.Fatalf("%d conversations, shifted by %d: %d\n%s", len(want), by, len(got), script(segs))
		}
		for i := range want {
			if a, b := describe(&want[i], false), describe(&got[i], false); a != b {
				t.Fatalf("%v shifted by %d:\n%s\n%s", from, by, differ(a, b), script(segs))
			}
		}
	}
}

// holdFinal: a verdict that was final in a prefix is the same in the whole, but for how long it was watched.
func holdFinal(t *testing.T, segs []decode.Segment) {
	t.Helper()
	whole := judgeSegments(segs, Config{}, 0)
	var given []Teardown
	tr := NewTracker(Config{}, func(td *Teardown, _ Moment) { given = append(given, td.Clone()) })
	clock := newCaptureClock()
	for i := range segs {
		s := segs[i]
		s.SetHash(0)
		if clock.advance(s.Time) {
			tr.Tick(clock.now, s.Frame)
		}
		tr.Add(&s)
	}
	for i := range given {
		j := slices.IndexFunc(whole, func(td Teardown) bool { return td.ID == given[i].ID })
		if j < 0 || describe(&whole[j], false) != describe(&given[i], false) || !given[i].Final {
			t.Fatalf("conversation %d was final, and is otherwise in the end\n%s", given[i].ID, script(segs))
		}
	}
}

// endedBy reports whether the RST of that frame ended the conversation.
func (t *Teardown) endedBy(frame uint64) bool {
	return slices.ContainsFunc(t.Ends[:], func(e End) bool { return e.RST.Counts && e.RST.Frame == frame })
}

// holdDuplicate: a segment that the network repeats changes counts, marks and causes, an orderly class into
// retransmitted-fin, and what is not answered into vanished; never the shape. A RST that ended nothing may end what its
// copy meets later.
func holdDuplicate(t *testing.T, segs []decode.Segment, which int, later time.Duration) {
	t.Helper()
	twin := segs[which]
	twin.Frame++
	twin.Time += int64(later)
	twin.TTL--
	out := slices.Insert(slices.Clone(segs), which+1, twin)
	slices.SortStableFunc(out, func(a, b decode.Segment) int { return int(min(max(a.Time-b.Time, -1), 1)) })
	for i := range out {
		out[i].Frame = uint64(i+1) * 10
	}
	want, got := judgeSegments(segs, Config{}, time.Minute), judgeSegments(out, Config{}, time.Minute)
	if twin.Flags.Has(decode.RST) {
		met := slices.DeleteFunc(slices.Clone(want), func(td Teardown) bool { return td.Start > twin.Time })
		if last := met[len(met)-1]; !last.endedBy(segs[which].Frame) {
			return
		}
	}
	if len(want) != len(got) {
		t.Fatalf("%d conversations, with frame %d repeated %v later %d\n%s", len(want), twin.Frame-1, later, len(got), script(out))
	}
	for i := range want {
		a, b := &want[i], &got[i]
		ok := a.Class == b.Class || a.Class.Orderly() && b.Class == RetransmittedFIN || b.Class == Vanished && a.Class > Vanished
		if !ok || a.Shape != b.Shape || a.FirstFIN != b.FirstFIN {
			t.Fatalf("frame %d repeated %v later:\n%s\nbefore %s\nafter %s\n%s", twin.Frame-1, later, twin, brief(a), brief(b), script(out))
		}
	}
}

// holdSplit: the number of files and of workers changes nothing, nor does a snap length that keeps the headers, but for
// the mark that says so.
func holdSplit(t *testing.T, segs []decode.Segment, at int) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, segs []decode.Segment, snap int) string {
		text := script(segs)
		parsed, err := flowtest.Parse(text)
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := flowtest.WritePcap(f, parsed, flowtest.PcapOptions{SnapLen: snap}); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		return f.Name()
	}
	read := func(workers int, paths ...string) string {
		src, err := decode.Open(paths, decode.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer src.Close()
		all, _, err := Collect(t.Context(), src, decode.Config{}, Config{Workers: workers}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for i := range all {
			b.WriteString(describe(&all[i], false) + "\n")
		}
		return b.String()
	}
	whole := write("whole.pcap", segs, 0)
	one := read(1, whole)
	if got := read(3, whole); got != one {
		t.Fatalf("three workers:\n%s\n%s", differ(one, got), script(segs))
	}
	if got := read(1, write("first.pcap", segs[:at], 0), write("second.pcap", segs[at:], 0)); got != one {
		t.Fatalf("split before segment %d:\n%s\n%s", at+1, differ(one, got), script(segs))
	}
	unmarked := func(text string) string {
		var b strings.Builder
		for line := range strings.Lines(text) {
			if !strings.HasPrefix(line, "mark truncated ") {
				b.WriteString(line)
			}
		}
		return b.String()
	}
	if got := read(1, write("cut.pcap", segs, 14+60+60)); unmarked(got) != unmarked(one) {
		t.Fatalf("cut to headers:\n%s\n%s", differ(one, got), script(segs))
	}
}
