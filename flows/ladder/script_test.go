package ladder

import (
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/flowtest"
)

// judged runs a segment script through the tracker and returns its first conversation and all segments. The capture
// goes on for watched after the last segment.
func judged(t testing.TB, text string, watched time.Duration) (*flows.Teardown, []decode.Segment) {
	t.Helper()
	script, err := flowtest.Parse(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	segs := script.Segments()
	var first *flows.Teardown
	tr := flows.NewTracker(flows.Config{}, func(td *flows.Teardown, _ flows.Moment) {
		if first == nil || td.ID < first.ID {
			c := td.Clone()
			first = &c
		}
	})
	var last int64
	for i := range segs {
		s := segs[i]
		s.SetHash(0)
		tr.Add(&s)
		last = max(last, s.Time)
	}
	tr.Finish(last + int64(watched))
	if first == nil {
		t.Fatalf("no conversation in\n%s", text)
	}
	return first, segs
}

// painted builds and paints a ladder.
func painted(t testing.TB, td *flows.Teardown, segs []decode.Segment, width int, opt Options) string {
	t.Helper()
	var b strings.Builder
	if err := Text(&b, td, Build(td, segs, opt), width, opt); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
