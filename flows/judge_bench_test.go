package flows

import (
	"testing"

	"tcpclose/flows/flowtest"
)

// BenchmarkJudge judges one ordinary conversation again and again.
func BenchmarkJudge(b *testing.B) {
	script, err := flowtest.Parse(exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`)
	if err != nil {
		b.Fatal(err)
	}
	tr := NewTracker(Config{}, func(*Teardown, Moment) {})
	segs := script.Segments()
	for i := range segs {
		segs[i].SetHash(0)
		tr.Add(&segs[i])
	}
	c := tr.conns.at(1)
	b.ReportAllocs()
	for b.Loop() {
		tr.judge.run(tr, c, &tr.verdict)
	}
}

// BenchmarkTracker takes one conversation of eleven segments after the other, each on its own five-tuple, and judges it.
func BenchmarkTracker(b *testing.B) {
	script, err := flowtest.Parse(exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`)
	if err != nil {
		b.Fatal(err)
	}
	tr := NewTracker(Config{}, func(*Teardown, Moment) {})
	segs := script.Segments()
	b.ReportAllocs()
	frame, n := uint64(0), uint64(0)
	for b.Loop() {
		n++
		for i := range segs {
			s := segs[i]
			frame++
			s.Frame = frame
			s.Time += int64(n) * second / 1000
			client := &s.Src
			if i == 1 || i == 4 || i == 5 || i == 8 || i == 9 {
				client = &s.Dst
			}
			client[13], client[14], client[15] = byte(n>>16), byte(n>>8), byte(n)
			s.SetHash(0)
			if i == 0 {
				tr.Tick(s.Time, frame)
			}
			tr.Add(&s)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(frame), "ns/segment")
}
