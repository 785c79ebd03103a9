package flows

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A vectorBuffer is a buffer that takes pieces.
type vectorBuffer struct {
	bytes.Buffer
	most int // pieces at once
}

func (v *vectorBuffer) WriteVector(pieces [][]byte) error {
	v.most = max(v.most, len(pieces))
	for _, p := range pieces {
		v.Write(p)
	}
	return nil
}

// A said is one conversation of one worker, as a line.
type said struct {
	record
	text string
}

// sayings makes the conversations of some workers, each worker's in its order, and all of them in theirs.
func sayings(random *rand.Rand, workers, n int) (of [][]said, all []said) {
	of = make([][]said, workers)
	for id := range n {
		s := said{record: record{final: 1 + Moment(random.IntN(n/3+1)), id: uint64(id)}}
		if random.IntN(8) == 0 {
			s.final = captureEnd
		}
		s.text = fmt.Sprintf("%d %d %*s\n", s.final, s.id, random.IntN(60), "")
		w := random.IntN(workers)
		of[w], all = append(of[w], s), append(all, s)
	}
	order := func(a, b said) int { return cmp.Or(cmp.Compare(a.final, b.final), cmp.Compare(a.id, b.id)) }
	for w := range of {
		slices.SortFunc(of[w], order)
	}
	slices.SortFunc(all, order)
	return of, all
}

// merged gives the merger the conversations in chunks of any size, as the workers come along.
func merged(random *rand.Rand, w io.Writer, of [][]said) error {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	m := newMerger(w, len(of), stop)
	done := make(chan struct{})
	go func() { m.run(); close(done) }()
	at := make([]int, len(of))
	for open := len(of); open > 0; {
		w := random.IntN(len(of))
		if at[w] < 0 {
			continue
		}
		c := &chunk{worker: w}
		for range min(random.IntN(40), len(of[w])-at[w]) {
			s := of[w][at[w]]
			c.buf = append(c.buf, s.text...)
			c.records = append(c.records, record{s.final, s.id, len(c.buf)})
			at[w]++
		}
		if at[w] == len(of[w]) {
			c.last, c.upTo = true, captureEnd
			at[w] = -1
			open--
		} else {
			c.upTo = of[w][at[w]].final - 1
		}
		m.in <- c
	}
	close(m.in)
	<-done
	return cmp.Or(m.err, context.Cause(ctx))
}

func TestWorkersAreMergedIntoTheOneOrder(t *testing.T) {
	for round := range 20 {
		random := rand.New(rand.NewPCG(uint64(round), 7))
		of, all := sayings(random, 1+random.IntN(12), 1+random.IntN(2000))
		var want strings.Builder
		for i := range all {
			want.WriteString(all[i].text)
		}
		var pieces vectorBuffer
		if err := merged(random, &pieces, of); err != nil || pieces.String() != want.String() {
			t.Fatalf("round %d: %v, %d octets, want %d", round, err, pieces.Len(), len(want.String()))
		}
		if pieces.most > maxPieces {
			t.Errorf("%d pieces at once", pieces.most)
		}
		var whole bytes.Buffer
		if err := merged(random, &whole, of); err != nil || whole.String() != want.String() {
			t.Fatalf("round %d, put together: %v, %d octets, want %d", round, err, whole.Len(), len(want.String()))
		}
	}
}

// A fullWriter takes so many octets and no more.
type fullWriter struct{ room int }

var errFull = errors.New("full")

func (f *fullWriter) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestAnOutputThatFailsStopsTheReading(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 7))
	of, _ := sayings(random, 4, 4000)
	if err := merged(random, &fullWriter{room: 10_000}, of); !errors.Is(err, errFull) {
		t.Errorf("%v", err)
	}
}

// BenchmarkMerge merges lines of 2 KiB that alternate between the workers: the worst case.
func BenchmarkMerge(b *testing.B) {
	for _, workers := range []int{1, 2, 8, 32} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			const each = 512
			m := newMerger(&vectorSink{}, workers, func(error) {})
			chunks := make([]*chunk, workers)
			for w := range chunks {
				chunks[w] = newChunk()
				chunks[w].worker = w
				chunks[w].buf = chunks[w].buf[:each*2048]
				for range each {
					chunks[w].records = append(chunks[w].records, record{})
				}
			}
			b.SetBytes(int64(workers * each * 2048))
			b.ReportAllocs()
			n := uint64(0)
			for b.Loop() {
				for w, c := range chunks {
					c.next, c.upTo = 0, Moment(n+each)
					for i := range c.records {
						c.records[i] = record{Moment(n + uint64(i)), uint64(w), (i + 1) * 2048}
					}
					q := &m.queues[w]
					q.upTo, q.chunks = c.upTo, append(q.chunks[:0], c)
					q.settle()
					m.sink(slices.Index(m.heap, q))
				}
				m.drain()
				n += each + 1
				for len(m.free) > 0 {
					<-m.free
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*workers*each), "ns/line")
		})
	}
}

type vectorSink struct{}

func (*vectorSink) Write(b []byte) (int, error) { return len(b), nil }

func (*vectorSink) WriteVector([][]byte) error { return nil }
