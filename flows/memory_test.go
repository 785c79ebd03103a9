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

// A carousel sends segments straight to a tracker: conversations that end in every way, from clients that never come twice
// within a minute, beside some that stay open throughout and lose octets now and then.
type carousel struct {
	tracker *Tracker
	frame   uint64
	now     int64
	begun   int
}

func (c *carousel) send(client uint16, toServer bool, flags decode.Flags, seq, ack decode.Seq, octets uint32) {
	c.frame++
	s := decode.Segment{
		Time: c.now, Frame: c.frame, SrcPort: client, DstPort: 443, Src: decode.Addr{1}, Dst: decode.Addr{2},
		Flags: flags, Seq: seq, Ack: ack, Len: octets, Window: 500, TTL: 64, Checksum: uint16(c.frame),
	}
	if !toServer {
		s.SrcPort, s.DstPort, s.Src, s.Dst = s.DstPort, s.SrcPort, s.Dst, s.Src
	}
	s.SetHash(0)
	c.tracker.Add(&s)
}

// begin opens a conversation and lets it end in one of nine ways, all of which leave it closed, or refused.
func (c *carousel) begin(client uint16) {
	const ack, fin, rst = decode.ACK, decode.FIN | decode.ACK, decode.RST | decode.ACK
	way := c.begun % 9
	c.begun++
	c.send(client, true, decode.SYN, 0, 0, 0)
	if way == 0 {
		c.send(client, false, rst, 0, 1, 0)
		return
	}
	c.send(client, false, decode.SYN|ack, 0, 1, 0)
	c.send(client, true, ack, 1, 1, 0)
	if way == 1 {
		c.send(client, true, ack, 101, 1, 100) // the first octets come late
	}
	c.send(client, true, ack, 1, 1, 100)
	if way != 1 {
		c.send(client, true, ack, 101, 1, 100)
	}
	c.send(client, false, ack, 1, 201, 300)
	switch way {
	case 2:
		c.send(client, true, rst, 201, 301, 0)
	case 3:
		c.send(client, false, rst, 301, 201, 0)
		c.send(client, true, ack, 201, 301, 0)
	case 4:
		c.send(client, true, fin, 201, 301, 0)
		c.send(client, false, rst, 301, 202, 0)
	default:
		c.send(client, true, fin, 201, 301, 0)
		if way == 5 {
			c.send(client, true, fin, 201, 301, 0)
		}
		if way == 6 {
			c.send(client, false, ack, 301, 202, 0)
		}
		c.send(client, false, fin, 301, 202, 0)
		c.send(client, true, ack, 202, 302, 0)
		if way == 7 {
			c.send(client, true, decode.RST, 202, 0, 0)
		}
	}
}

func TestConversationsThatEndTakeNoMemoryFromThenOn(t *testing.T) {
	const begin, open, minutes = 100, 50, 15
	ended := 0
	c := &carousel{tracker: NewTracker(Config{TimeWait: 5 * time.Second}, func(*Teardown, Moment) { ended++ })}
	var heap []uint64
	for second := range minutes * 60 {
		c.now = wireStart + int64(time.Duration(second)*time.Second)
		c.tracker.Tick(c.now, c.frame+1)
		for client := range uint16(open) {
			if second == 0 {
				c.send(client, true, decode.SYN, 0, 0, 0)
				c.send(client, false, decode.SYN|decode.ACK, 0, 1, 0)
			}
			at := decode.Seq(1 + 1000*second)
			if second%7 == int(client)%7 {
				at += 500 // the others are never seen
			}
			c.send(client, true, decode.ACK, at, 1, uint32(1+1000*(second+1))-uint32(at))
			c.send(client, false, decode.ACK, 1, decode.Seq(1+1000*(second+1)), 0)
		}
		for range begin {
			c.begin(uint16(1024 + c.begun%60_000))
		}
		if second%60 == 59 {
			heap = append(heap, heapInUse())
		}
	}
	if ended < c.begun-begin*10 {
		t.Fatalf("only %d of %d have ended", ended, c.begun)
	}
	if early, late := heap[2], heap[len(heap)-1]; late > early+1<<16 {
		t.Errorf("the heap grows from %d to %d octets in %d minutes: %v", early, late, len(heap), heap)
	}
	runtime.KeepAlive(c)
}
