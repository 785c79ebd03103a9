package flows

import (
	"io"
	"runtime"
	"testing"
	"time"

	"tcpclose/decode"
)

// A metronome is a live source without an end: so many connections a second that are refused at once, from clients that
// never come twice within a minute, with pauses between. Each second of capture time it says how much heap is in use.
type metronome struct {
	wire
	perSecond int
	seconds   int
	second    int
	heap      []uint64
}

func (m *metronome) Next(p *decode.Packet) error {
	if len(m.steps) == 0 {
		if m.second == m.seconds {
			return io.EOF
		}
		if m.second%60 == 59 {
			m.heap = append(m.heap, heapInUse())
		}
		m.steps = m.steps[:0]
		at := time.Duration(m.second) * time.Second
		for i := range m.perSecond {
			port := uint16(1024 + (m.second*m.perSecond+i)%60_000)
			m.send(at, port, true, decode.SYN, 0, 0)
			m.send(at, port, false, decode.RST|decode.ACK, 0, 1)
			at += time.Second / time.Duration(m.perSecond)
		}
		m.steps = append(m.steps, decode.Packet{Time: wireStart + int64(at)})
		m.second++
	}
	return m.wire.Next(p)
}

// heapInUse returns how much of the heap is reachable.
func heapInUse() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func TestALongRunTakesNoMoreMemoryThanItsFirstMinutes(t *testing.T) {
	m := &metronome{perSecond: 300, seconds: 12 * 60}
	sum, err := Stream(t.Context(), m, decode.Config{}, Config{Workers: 2, TimeWait: 5 * time.Second, Pulse: &Pulse{}}, io.Discard,
		func(b []byte, _ *Teardown) []byte { return append(b, make([]byte, 100)...) })
	if err != nil || sum.ByClass[Refused] != uint64(m.perSecond*m.seconds) {
		t.Fatal(sum.ByClass, err)
	}
	// Nothing lives longer than a few seconds: what grows is not conversations. How many chunks of output go round, one or two
	// more or less, depends on which goroutine gets to run.
	slack := uint64(1<<19 + 2*cap(newChunk().buf))
	if early, late := m.heap[1], m.heap[len(m.heap)-1]; late > early+slack {
		t.Errorf("the heap grows from %d to %d octets in %d minutes: %v", early, late, len(m.heap), m.heap)
	}
}

func TestPayloadsOfRSTsThatNobodyTookAreForgotten(t *testing.T) {
	x := NewTracker(Config{}, func(*Teardown, Moment) {})
	sh := &shard{tracker: x, in: make(chan *batch, 1), onEpoch: func(Moment, bool) {}}
	b := new(batch)
	for n := range 3 { // the third copy of a RST, and the second, are copies of a capture that saw it thrice
		b.segments[n] = decode.Segment{
			Frame: uint64(n + 1), Time: wireStart, SrcPort: 1, DstPort: 2, Flags: decode.RST, Seq: 7, Len: 3, Hash: 9,
		}
		b.quotes = append(b.quotes, quote{n, "why"})
	}
	b.n = 3
	sh.in <- b
	close(sh.in)
	sh.run(make(chan *batch, 1))
	if len(x.quotes) != 1 {
		t.Errorf("%d payloads are kept of one RST: %v", len(x.quotes), x.quotes)
	}
}
