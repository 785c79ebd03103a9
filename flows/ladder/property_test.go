package ladder

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tcpclose/decode"
	"tcpclose/flows"
)

// chaos writes a script of n segments in which anything can happen: lost and repeated segments, old numbers, resets,
// gaps, ICMP errors, silences.
func chaos(rng *rand.Rand, n int) string {
	var b strings.Builder
	seq := [2]int{}
	flags := []string{".", ".", ".", "P.", "P.", "P.", "F.", "F.", "R", "R.", "S", "S.", "FS", "-", "FPUEW."}
	if rng.IntN(3) > 0 {
		b.WriteString("+0 > S 0:0(0) <mss 1460,ws 7,sackOK,ts 1 0>\n+.01 < S. 0:0(0) ack 1 <ws 3>\n+.01 > . 1:1(0) ack 1\n")
		seq = [2]int{1, 1}
	}
	for range n {
		from := rng.IntN(2)
		f := flags[rng.IntN(len(flags))]
		size := 0
		if strings.Contains(f, "P") {
			size = rng.IntN(3000)
		}
		at := seq[from]
		switch rng.IntN(12) {
		case 0:
			at = max(0, at-rng.IntN(2000))
		case 1:
			at += rng.IntN(5000)
		}
		seq[from] = max(seq[from], at+size)
		ack := ""
		if strings.Contains(f, ".") {
			ack = fmt.Sprintf(" ack %d", max(0, seq[1-from]-rng.IntN(2)*rng.IntN(300)))
		}
		gap := []float64{0, 0.0000001, 0.001, 0.02, 0.3, 12, 90, 100000}[rng.IntN(8)]
		if rng.IntN(40) == 0 {
			gap = -gap
		}
		fmt.Fprintf(&b, "%+.7f %s %s %d:%d(%d)%s win %d", gap, []string{">", "<"}[from], f, at, at+size, size, ack, rng.IntN(3)*20000)
		if rng.IntN(30) == 0 {
			b.WriteString(" icmp frag-needed")
		}
		b.WriteString("\n")
		if strings.Contains(f, "F") && rng.IntN(2) == 0 {
			seq[from]++
		}
	}
	return b.String()
}

func TestNoLineIsEverWiderThanTheLadderAndTheRailsNeverMove(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 1))
		td, segs := judged(t, chaos(rng, 1+rng.IntN(40)), time.Duration(rng.IntN(200))*time.Second)
		opt := Options{
			Expand: rng.IntN(2) == 0, MinRun: rng.IntN(12) - 1, ASCII: rng.IntN(2) == 0, Times: Times(rng.IntN(int(numTimes))),
			Numbers: Numbers(rng.IntN(2)), Decimals: rng.IntN(12),
		}
		rows := Build(td, segs, opt)
		widths := []int{-1, 0, 1, 5, 12, 20, 23, 24, 25, 30, 39, 40, 41, 59, 60, 61, 75, 76, 77, 80, 99, 100, 132, 160, 300}
		for _, width := range widths {
			l := NewLayout(td, width, opt)
			rail := "│"
			if opt.ASCII {
				rail = "|"
			}
			for i := range rows {
				checkLine(t, &l, &rows[i], width, rail)
			}
			heading := 0
			for _, s := range l.AppendHeading(nil) {
				heading += utf8.RuneCountInString(s.Text)
			}
			if heading != max(1, width) {
				t.Fatalf("seed %d: a heading of %d columns at width %d", seed, heading, width)
			}
		}
	}
}

// checkLine holds that a painted row is exactly as wide as it may be, and has both rails where they belong, or none.
func checkLine(t *testing.T, l *Layout, r *Row, width int, rail string) {
	t.Helper()
	var text strings.Builder
	var rails []int
	for _, s := range l.AppendLine(nil, r) {
		if s.Role == Rail {
			rails = append(rails, utf8.RuneCountInString(text.String()))
			if s.Text != rail {
				t.Fatalf("a rail %q", s.Text)
			}
		}
		text.WriteString(s.Text)
	}
	line := text.String()
	if got := utf8.RuneCountInString(line); got != max(1, width) || strings.ContainsAny(line, "\n\t\x00") {
		t.Fatalf("width %d: %d columns in %q of %+v", width, got, line, r)
	}
	if l.opt.ASCII && len(line) != utf8.RuneCountInString(line) {
		t.Fatalf("not ASCII: %q", line)
	}
	want := []int{l.left(), l.left() + 1 + l.body}
	if width < MinWidth {
		want = nil
	}
	if !slices.Equal(rails, want) {
		t.Fatalf("width %d: rails at %v, want %v, in %q", width, rails, want, line)
	}
}

func TestEverySegmentIsInTheLadderOnceAndEveryStateChangeHasItsRow(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 2))
		td, segs := judged(t, chaos(rng, 1+rng.IntN(60)), time.Duration(rng.IntN(200))*time.Second)
		opt := Options{DupWindow: -1, Expand: rng.IntN(2) == 0, MinRun: rng.IntN(10)}
		rows := Build(td, segs, opt)
		var frames []uint64
		segments := uint32(0)
		var changes [2][]flows.State
		for i := range rows {
			r := &rows[i]
			switch r.Kind {
			case Segment, ICMP:
				if r.Frame() > td.LastFrame {
					break // an ICMP error that came after the last segment
				}
				segments++
				frames = append(frames, r.Frame())
			case Run:
				segments += r.Tally.Segments
				frames = append(frames, r.Frame(), r.Tally.LastFrame)
			}
			for s := range changes {
				if m := r.Margins[s]; m.Changed {
					changes[s] = append(changes[s], m.State)
				}
			}
		}
		if !slices.IsSorted(frames) {
			t.Errorf("seed %d: rows are out of order: %v", seed, frames)
		}
		want := uint32(0)
		for i := range segs {
			if segs[i].Frame >= td.FirstFrame && segs[i].Frame <= td.LastFrame {
				want++
			}
		}
		if segments != want {
			t.Errorf("seed %d: %d segments in the ladder, %d in the conversation", seed, segments, want)
		}
		for s := range changes {
			var states []flows.State
			for _, tr := range td.Ends[s].States {
				states = append(states, tr.State)
			}
			if !slices.Equal(changes[s], states) {
				t.Errorf("seed %d: %v changes %v in the ladder, %v in the verdict", seed, flows.Side(s), changes[s], states)
			}
		}
	}
}

func TestAnIndexBuildsTheSameRowsFromAnyPlace(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		td, segs := judged(t, chaos(rng, 50+rng.IntN(200)), 65*time.Second)
		opt := Options{Expand: rng.IntN(2) == 0}
		all := Build(td, segs, opt)
		x := NewIndex(td, opt, 1+rng.IntN(20))
		for i := range segs {
			x.Add(&segs[i])
		}
		x.Finish()
		if x.Len() != len(all) {
			t.Fatalf("seed %d: the index has %d rows, the ladder %d", seed, x.Len(), len(all))
		}
		replay := func(_ decode.Position, frame uint64, each func(*decode.Segment) bool) {
			for i := range segs {
				if segs[i].Frame >= frame && !each(&segs[i]) {
					return
				}
			}
		}
		for range 20 {
			first, n := rng.IntN(len(all)+3)-1, rng.IntN(30)
			got := x.Rows(first, n, replay)
			from := min(max(first, 0), len(all))
			want := all[from:min(from+n, len(all))]
			if !slices.EqualFunc(got, want, sameRow) {
				t.Fatalf("seed %d: rows %d+%d differ:\n%+v\n%+v", seed, first, n, got, want)
			}
		}
	}
}

func sameRow(a, b Row) bool {
	marks := slices.Equal(a.Marks, b.Marks)
	a.Marks, b.Marks = nil, nil
	return marks && fmt.Sprint(a) == fmt.Sprint(b)
}

func TestAMillionSegmentsCostNoMoreThanTheBuilder(t *testing.T) {
	td, segs := judged(t, "+0 > S 0:0(0)\n+.01 < S. 0:0(0) ack 1\n+.01 > . 1:1(0) ack 1\n", 0)
	td.LastFrame = 0
	b := NewBuilder(td, Options{})
	rows := 0
	var last Row
	emit := func(r *Row) bool {
		rows++
		last = *r
		return true
	}
	for i := range segs {
		b.Add(&segs[i], emit)
	}
	s := segs[2]
	allocs := testing.AllocsPerRun(1000, func() {
		for range 200 {
			s.Frame++
			s.Time += 1000
			s.Seq += decode.Seq(s.Len)
			s.Len = 1460
			b.Add(&s, emit)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations for 200 segments of a run", allocs)
	}
	b.Finish(emit)
	if rows != 4 || last.Kind != Run || last.Tally.Segments != 200*1001 {
		t.Errorf("%d rows, the last %v of %d segments", rows, last.Kind, last.Tally.Segments)
	}
	if last.Tally.Octets[flows.Client] != 200*1001*1460 {
		t.Errorf("%d octets", last.Tally.Octets[flows.Client])
	}
}

func TestRelativeNumbersDoNotWrapAfterFourGibibytes(t *testing.T) {
	td, segs := judged(t, "+0 > S 0:0(0)\n+.01 < S. 0:0(0) ack 1\n+.01 > . 1:1(0) ack 1\n", 0)
	td.LastFrame = 0
	b := NewBuilder(td, Options{Expand: true})
	var last Row
	emit := func(r *Row) bool {
		last = *r
		return true
	}
	for i := range segs {
		b.Add(&segs[i], emit)
	}
	s := segs[2]
	s.Len = 1 << 20
	for range 5000 {
		s.Frame++
		s.Time += 1e6
		b.Add(&s, emit)
		s.Seq += 1 << 20
	}
	if want := int64(1 + 4999<<20); last.Seq != want || last.Resend != 0 {
		t.Errorf("seq %d, resend %d, want %d, 0", last.Seq, last.Resend, want)
	}
	s.Seq -= 1 << 20
	s.Time += 1e9
	s.Frame++
	b.Add(&s, emit)
	if last.Resend != 1 {
		t.Errorf("resend %d, want 1", last.Resend)
	}
}

func TestEmitCanStopTheBuilder(t *testing.T) {
	td, segs := judged(t, "+0 > F. 1:1(0) ack 1\n+1 < F. 1:1(0) ack 2\n+1 > . 2:2(0) ack 2\n", 65*time.Second)
	for stop := range 7 {
		b := NewBuilder(td, Options{})
		n := 0
		emit := func(*Row) bool {
			n++
			return n < stop
		}
		for i := range segs {
			b.Add(&segs[i], emit)
		}
		b.Finish(emit)
		if n > max(stop, 1) {
			t.Errorf("%d rows after emit had enough at %d", n, stop)
		}
	}
}

func TestOneRunCanBeExpandedAndWhatWasNotKeptIsSaid(t *testing.T) {
	td, segs := judged(t, `+0 > P. 1:11(10) ack 1
+.01 < . 1:1(0) ack 11
+.01 > P. 11:21(10) ack 1
+.01 < . 1:1(0) ack 21
+20 > P. 21:31(10) ack 1
+.01 < . 1:1(0) ack 31
+.01 > P. 31:41(10) ack 1
+.01 > F. 41:41(0) ack 1
`, 0)
	kinds := func(opt Options, skipAt int) string {
		var words []string
		b := NewBuilder(td, opt)
		emit := func(r *Row) bool {
			words = append(words, r.Kind.String())
			return true
		}
		for i := range segs {
			if i == skipAt {
				b.Skipped(7, emit)
			}
			b.Add(&segs[i], emit)
		}
		b.Finish(emit)
		return strings.Join(words, " ")
	}
	for _, c := range []struct {
		opt    Options
		skipAt int
		want   string
	}{
		{Options{}, -1, "change run pause run segment change"},
		{Options{Pause: -1}, -1, "change run segment change"},
		{Options{Expanded: func(frame uint64) bool { return frame == 5 }}, -1, "change run pause segment segment segment segment change"},
		{Options{Expand: true, Pause: time.Minute}, -1, "change segment segment segment segment segment segment segment segment change"},
		{Options{}, 3, "change run note segment pause run segment change"},
		{Options{MinRun: 5}, -1, "change segment segment segment segment pause segment segment segment segment change"},
	} {
		got := strings.TrimSuffix(kinds(c.opt, c.skipAt), " change")
		if got != strings.TrimSuffix(c.want, " change") {
			t.Errorf("%+v: %s, want %s", c.opt, got, c.want)
		}
	}
}

func TestAVerdictThatDoesNotFitTheSegmentsDoesNoHarm(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		td, _ := judged(t, chaos(rng, 1+rng.IntN(40)), time.Minute)
		_, segs := judged(t, chaos(rng, 1+rng.IntN(40)), 0)
		rng.Shuffle(len(segs), func(i, j int) { segs[i], segs[j] = segs[j], segs[i] })
		if rng.IntN(2) == 0 {
			td.LastFrame = 0
		}
		opt := Options{ASCII: true, Expand: rng.IntN(2) == 0}
		rows := Build(td, segs, opt)
		if len(rows) > 6*len(segs)+40 {
			t.Errorf("seed %d: %d rows for %d segments", seed, len(rows), len(segs))
		}
		for _, width := range []int{10, 24, 60, 100} {
			l := NewLayout(td, width, opt)
			for i := range rows {
				checkLine(t, &l, &rows[i], width, "|")
			}
		}
	}
}
