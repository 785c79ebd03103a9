package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// judgeScript runs a segment script through a tracker and returns the conversations in the order of their first frames.
// The capture goes on for watched after the last segment.
func judgeScript(t testing.TB, text string, cfg Config, watched time.Duration) []Teardown {
	t.Helper()
	script, err := flowtest.Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return judgeSegments(script.Segments(), cfg, watched)
}

func judgeSegments(segs []decode.Segment, cfg Config, watched time.Duration) []Teardown {
	var out []Teardown
	tr := NewTracker(cfg, func(td *Teardown, _ Moment) { out = append(out, td.Clone()) })
	clock := newCaptureClock()
	last := NoTime
	for i := range segs {
		s := segs[i]
		s.SetHash(0)
		if clock.advance(s.Time) {
			tr.Tick(clock.now, s.Frame)
		}
		tr.Add(&s)
		last = max(last, s.Time)
	}
	tr.Finish(last + int64(watched))
	byID := out[:0:0]
	for range out {
		byID = append(byID, Teardown{})
	}
	copy(byID, out)
	sortByID(byID)
	return byID
}

func sortByID(list []Teardown) {
	for i := range list {
		for j := i; j > 0 && list[j].ID < list[j-1].ID; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
}

// brief prints what a verdict says, in words: "four-way closer=client client[…] server[…] marks[…] causes[…]".
func brief(td *Teardown) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", td.Class)
	if td.Shape.String() != td.Class.String() {
		fmt.Fprintf(&b, "/%v", td.Shape)
	}
	if td.Closer != NoOne {
		fmt.Fprintf(&b, " closer=%v", td.Closer)
	}
	if td.ResetBy != NoOne {
		fmt.Fprintf(&b, " reset-by=%v", td.ResetBy)
	}
	for s := range td.Ends {
		fmt.Fprintf(&b, "\n%v:", Side(s))
		for _, tr := range td.Ends[s].States {
			fmt.Fprintf(&b, " %v", tr.State)
			switch tr.Grade {
			case Seen:
				fmt.Fprintf(&b, "@%d", tr.Frame)
			case Inferred:
				fmt.Fprintf(&b, "@%d?", tr.Frame)
			case Assumed:
				b.WriteString("@timer")
			}
		}
	}
	for _, m := range td.Marks {
		fmt.Fprintf(&b, "\nmark %v", m.ID)
		if m.Who != NoOne {
			fmt.Fprintf(&b, " %v", m.Who)
		}
		fmt.Fprintf(&b, " @%d", m.Frame)
	}
	for _, c := range td.Causes {
		fmt.Fprintf(&b, "\ncause %v %v", c.Confidence, c.ID)
		if c.Who != NoOne {
			fmt.Fprintf(&b, " %v", c.Who)
		}
		fmt.Fprintf(&b, " %v", c.Evidence())
	}
	for _, d := range td.Uncertain {
		fmt.Fprintf(&b, "\nuncertain %s %v", d.What, d.Alternatives)
	}
	return b.String()
}

const handshake = `
+0    > S  0:0(0) win 64240 <mss 1460,sackOK,ts 100 0,ws 7>
+.02  < S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK,ts 500 100,ws 7>
+.01  > .  1:1(0) ack 1 win 502 <ts 110 500>
`

const exchange = handshake + `
+.01  > P. 1:101(100) ack 1 win 502 <ts 120 500>
+.02  < .  1:1(0) ack 101 win 509 <ts 540 120>
+.10  < P. 1:401(400) ack 101 win 509 <ts 640 120>
+.01  > .  101:101(0) ack 401 win 501 <ts 250 640>
`

type scriptCase struct {
	sentence string
	script   string
	watched  time.Duration
	cfg      Config
	want     []string // the brief of each conversation; a line may be left out by its prefix (see compare)
}

// runCases compares each conversation's brief with what is wanted. Every wanted line must be there; a line "no X" must
// not begin any; the first line must be equal.
func runCases(t *testing.T, cases []scriptCase) {
	for _, c := range cases {
		t.Run(c.sentence, func(t *testing.T) {
			got := judgeScript(t, c.script, c.cfg, c.watched)
			if len(got) != len(c.want) {
				for i := range got {
					t.Log(brief(&got[i]))
				}
				t.Fatalf("%d conversations, want %d", len(got), len(c.want))
			}
			for i := range got {
				compare(t, brief(&got[i]), c.want[i])
			}
		})
	}
}

func compare(t *testing.T, got, want string) {
	t.Helper()
	lines := strings.Split(got, "\n")
	for i, w := range strings.Split(strings.TrimSpace(want), "\n") {
		w = strings.TrimSpace(w)
		if i == 0 {
			if lines[0] != w {
				t.Errorf("verdict %q, want %q in\n%s", lines[0], w, got)
			}
			continue
		}
		prefix, absent := strings.CutPrefix(w, "no ")
		found := false
		for _, l := range lines[1:] {
			found = found || strings.HasPrefix(l, prefix) && (absent || l == w || strings.HasPrefix(l, w+" "))
		}
		if found == absent {
			t.Errorf("line %q: present %v in\n%s", w, found, got)
		}
	}
}
