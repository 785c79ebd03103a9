package flows

import (
	"math/rand/v2"
	"testing"

	"tcpclose/decode"
)

// reordering returns a tracker with one conversation under way, and the next data segment of its client.
func reordering(tb testing.TB) (*Tracker, decode.Segment) {
	tb.Helper()
	tr := NewTracker(Config{}, func(*Teardown, Moment) {})
	var s decode.Segment
	s.Src, s.Dst = decode.Addr{15: 1}, decode.Addr{15: 2}
	s.SrcPort, s.DstPort, s.Window, s.Flags = 40000, 443, 1000, decode.ACK
	s.SetHash(0)
	s.Frame, s.Time, s.Seq, s.Ack, s.Len = 1, second, 1000, 1, 100
	tr.Add(&s)
	back := s
	back.Src, back.Dst, back.SrcPort, back.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	back.Frame, back.Seq, back.Ack, back.Len = 2, 1, 1100, 0
	back.SetHash(0)
	tr.Add(&back)
	s.Frame, s.Seq = 3, 1100
	return tr, s
}

// TestReorderedSegmentsCostNoAllocation: each pair of segments comes in the wrong order, so that a hole opens and is
// filled.
func TestReorderedSegmentsCostNoAllocation(t *testing.T) {
	tr, s := reordering(t)
	var n uint16
	pair := func() {
		for _, ahead := range []uint32{100, 0} {
			c := s
			c.Seq = s.Seq.Add(ahead)
			n++
			c.Checksum = n
			s.Frame++
			s.Time += 1000
			c.Frame, c.Time = s.Frame, s.Time
			tr.Add(&c)
		}
		s.Seq = s.Seq.Add(200)
	}
	for range 100 {
		pair()
	}
	if got := testing.AllocsPerRun(1000, pair); got != 0 {
		t.Errorf("%v allocations for two segments", got)
	}
	if c := tr.conns.at(1); c.side[0].bits&sideHoles != 0 || c.side[0].nxt != s.Seq || len(tr.holes.of) != 0 {
		t.Errorf("holes are left: %v", tr.holes.of)
	}
}

// TestHolesAreWhatMarkingOctetsGives compares the lists with a set of octets, and what they say to take with what they do.
func TestHolesAreWhatMarkingOctetsGives(t *testing.T) {
	const span = 4000
	random := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		var h holeSet
		var missing [span]bool
		next := 0
		count := func(lo, hi int) (n uint32) {
			for _, m := range missing[lo:hi] {
				if m {
					n++
				}
			}
			return n
		}
		for next < span-200 {
			switch lo, hi := random.IntN(next+1), random.IntN(next+1); random.IntN(4) {
			case 0, 1: // a segment beyond what was seen
				gap, size := random.IntN(40), 1+random.IntN(40)
				if gap > 0 {
					if dropped := h.open(3, 1, decode.Seq(next), decode.Seq(next+gap)); dropped > 0 {
						n := uint32(0)
						for i := range missing {
							if missing[i] && n < dropped {
								missing[i] = false
								n++
							}
						}
					}
					for i := next; i < next+gap; i++ {
						missing[i] = true
					}
				}
				next += gap + size
			case 2:
				lo, hi = min(lo, hi), max(lo, hi)
				want := count(lo, hi)
				clear(missing[lo:hi])
				if got, left := h.fill(3, 1, decode.Seq(lo), decode.Seq(hi)); got != want || left != (count(0, span) > 0) {
					t.Fatalf("[%d, %d) fills %d of %d octets, %t that more are missing", lo, hi, got, want, left)
				}
			default:
				ack := min(lo, hi)
				want := count(0, ack)
				clear(missing[:ack])
				if got, left := h.upTo(3, 1, decode.Seq(ack)); got != want || left != (count(0, span) > 0) {
					t.Fatalf("up to %d: %d of %d octets, %t that more are missing", ack, got, want, left)
				}
			}
			if n := len(h.of[holeKey(3, 1)]); n > maxHoles {
				t.Fatalf("%d holes", n)
			}
			room := 0
			for _, list := range h.of {
				room += cap(list)
			}
			for _, list := range h.spare {
				room += cap(list)
			}
			if h.room != int64(room) {
				t.Fatalf("room for %d holes is counted as %d", room, h.room)
			}
		}
	}
}
