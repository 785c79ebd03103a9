package ladder

import "testing"

// BenchmarkBuilder measures a segment of a data run, and BenchmarkLine the painting of a row at 160 columns.
func BenchmarkBuilder(b *testing.B) {
	td, segs := judged(b, "+0 > S 0:0(0)\n+.01 < S. 0:0(0) ack 1\n+.01 > . 1:1(0) ack 1\n", 0)
	td.LastFrame = 0
	builder := NewBuilder(td, Options{})
	emit := func(*Row) bool { return true }
	for i := range segs {
		builder.Add(&segs[i], emit)
	}
	s := segs[2]
	s.Len = 1460
	b.ReportAllocs()
	for b.Loop() {
		s.Frame++
		s.Time += 1000
		builder.Add(&s, emit)
		s.Seq += 1460
	}
}

func BenchmarkLine(b *testing.B) {
	td, segs := judged(b, "+0 > F. 1:1(0) ack 1\n+1 < F. 1:1(0) ack 2\n+1 > . 2:2(0) ack 2\n", 0)
	rows := Build(td, segs, Options{})
	l := NewLayout(td, 160, Options{})
	var spans []Span
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		spans = l.AppendLine(spans[:0], &rows[i%len(rows)])
		i++
	}
}
