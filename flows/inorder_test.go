package flows

import (
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// play judges segments, taken in runs as an engine hands them on; careful: all of them the slow way.
func play(segs []decode.Segment, careful bool) []Teardown {
	out, _ := player{careful: careful, take: (*Tracker).AddAll}.play(segs)
	return out
}

// A player judges segments by a tracker of its own.
type player struct {
	cfg     Config
	careful bool
	take    func(tr *Tracker, run []decode.Segment)
}

func (p player) play(segs []decode.Segment) (out []Teardown, stats TrackerStats) {
	tr := NewTracker(p.cfg, func(td *Teardown, _ Moment) {
		c := td.Clone()
		if len(c.Causes) == 0 {
			c.Causes = nil // whether there is room for some is no difference
		}
		out = append(out, c)
	})
	tr.careful = p.careful
	clock := newCaptureClock()
	from, last := 0, NoTime
	for i := range segs {
		segs[i].SetHash(0)
		if clock.advance(segs[i].Time) {
			p.take(tr, segs[from:i])
			tr.Tick(clock.now, segs[i].Frame)
			from = i
		}
		last = max(last, segs[i].Time)
	}
	p.take(tr, segs[from:])
	tr.Finish(last + int64(time.Minute))
	return out, tr.Stats()
}

// holdShortWay: what inOrder makes of segments is what the slow way makes of them.
func holdShortWay(t *testing.T, segs []decode.Segment) {
	t.Helper()
	short, long := play(segs, false), play(segs, true)
	if len(short) != len(long) {
		t.Fatalf("%d conversations, the slow way %d\n%s", len(short), len(long), script(segs))
	}
	for i := range short {
		if !reflect.DeepEqual(short[i], long[i]) {
			t.Fatalf("the short way\n%+v\nthe slow way\n%+v\n%s", short[i], long[i], script(segs))
		}
	}
}

func TestTheShortWayIsTheSlowWay(t *testing.T) {
	t.Run("worlds", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 11))
		for range 3000 {
			data := make([]byte, rng.IntN(120))
			for i := range data {
				if rng.IntN(3) > 0 { // the other decisions are the dull ones
					data[i] = byte(rng.Uint32())
				}
			}
			holdShortWay(t, playWorld(data))
		}
	})
	t.Run("captures", func(t *testing.T) {
		paths, err := filepath.Glob("../testdata/captures/*.pcapng")
		if err != nil || len(paths) < 20 {
			t.Fatalf("%d captures, %v", len(paths), err)
		}
		for _, path := range paths {
			holdShortWay(t, readSegments(t, path))
		}
	})
}

// readSegments reads all segments of a capture.
func readSegments(t *testing.T, path string) (segs []decode.Segment) {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	dec := decode.NewDecoder(decode.Config{})
	var p decode.Packet
	var s decode.Segment
	for src.Next(&p) == nil {
		if dec.Decode(&p, &s) {
			segs = append(segs, s)
		}
	}
	return segs
}

// Two things that only a segment before tells: it was a SYN of old, which the next one challenges; and the clock was set back.
func TestTheWayOfSegmentsInMidStreamKnowsWhatHappenedJustBefore(t *testing.T) {
	const open = `
		A 10.0.0.1:40000
		B 10.0.0.2:80
		+0     > S 0:0(0) win 64240
		+.02   < S. 0:0(0) ack 1 win 65160
		+.01   > . 1:1(0) ack 1 win 502
		+.01   > P. 1:101(100) ack 1 win 502
		+.02   < P. 1:401(400) ack 101 win 502
		+.01   > . 101:101(0) ack 401 win 502
`
	for name, rest := range map[string]string{
		"an old SYN is challenged": `
		+1     > S 0:0(0) win 64240
		+.02   < . 401:401(0) ack 101 win 502
		+1     > P. 101:201(100) ack 401 win 502
		+.02   < . 401:401(0) ack 201 win 502
`,
		"the clock is set back": `
		+5     > P. 101:201(100) ack 401 win 502
		-4     < . 401:401(0) ack 201 win 502
		+.02   > P. 201:301(100) ack 401 win 502
`,
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := flowtest.Parse(open + rest)
			if err != nil {
				t.Fatal(err)
			}
			holdShortWay(t, parsed.Segments())
		})
	}
}

// TestTheWindowOfAServersFirstSegmentIsScaled: that of its SYN-ACK was not, and the first segment after it may be one in
// mid-stream. A RST 900 octets ahead then lies within 502 << 10.
func TestTheWindowOfAServersFirstSegmentIsScaled(t *testing.T) {
	parsed, err := flowtest.Parse(`
		A 10.0.0.1:40000
		B 10.0.0.2:80
		+0     > S 0:0(0) win 64240 <mss 1460,ws 10>
		+.02   < S. 0:0(0) ack 1 win 65160 <mss 1460,ws 10>
		+.01   > . 1:1(0) ack 1 win 502
		+.01   > P. 1:101(100) ack 1 win 502
		+2     < P. 1:401(400) ack 101 win 502
		+.01   > . 101:101(0) ack 401 win 502
		+.01   > R 1001:1001(0) win 0
		+.01   < . 401:401(0) ack 101 win 502
		+.10   > F. 101:101(0) ack 401 win 502
		+.02   < F. 401:401(0) ack 102 win 502
		+.01   > . 102:102(0) ack 402 win 502
`)
	if err != nil {
		t.Fatal(err)
	}
	holdShortWay(t, parsed.Segments())
	for _, td := range play(parsed.Segments(), false) {
		for _, m := range td.Marks {
			if m.ID == MarkRSTOutOfWindow {
				t.Errorf("out of the window: %v", td.Marks)
			}
		}
	}
}
