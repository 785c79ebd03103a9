package flows

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"tcpclose/decode"
)

// crowd makes segments of few five-tuples that are used again all the time: many come soon after the conversation that they
// belong to has begun, has been replaced, or was given up for want of memory.
func crowd(rng *rand.Rand, n, tuples int) []decode.Segment {
	type end struct{ nxt decode.Seq }
	ends := make([][2]end, tuples)
	segs := make([]decode.Segment, n)
	at := int64(1_700_000_000) * second
	for i := range segs {
		tuple, x := rng.IntN(tuples), rng.IntN(2)
		own, peer := &ends[tuple][x], &ends[tuple][1-x]
		s := decode.Segment{Time: at, Frame: uint64(i) + 1, Seq: own.nxt, Ack: peer.nxt, Window: 500, Flags: decode.ACK, TTL: 64}
		s.SrcPort, s.DstPort = 80, uint16(40000+tuple%3) // a record that is used again often bears the same ports
		s.Src, s.Dst = decode.Addr{10: 0xff, 11: 0xff, 12: 10, 15: 1}, decode.Addr{10: 0xff, 11: 0xff, 12: 10, 13: 2, 14: uint8(tuple >> 8), 15: uint8(tuple)}
		if x == 0 {
			s.SrcPort, s.DstPort, s.Src, s.Dst = s.DstPort, s.SrcPort, s.Dst, s.Src
		}
		switch rng.IntN(12) {
		case 0, 1:
			s.Flags, s.Seq = decode.SYN, decode.Seq(rng.Uint32())
			own.nxt = s.Seq.Add(1)
		case 2:
			s.Flags |= decode.SYN
			own.nxt = own.nxt.Add(1)
		case 3, 4:
			s.Flags |= decode.FIN
			own.nxt = own.nxt.Add(1)
		case 5:
			s.Flags = decode.RST
		case 6, 7, 8:
			s.Len = uint32(rng.IntN(1400))
			own.nxt = own.nxt.Add(s.Len)
		}
		if s.Flags&decode.SYN != 0 && rng.IntN(4) > 0 {
			s.Options, s.WindowScale = decode.OptWindowScale, 7
		}
		s.Checksum = uint16(rng.Uint32())
		s.SetHash(0)
		segs[i] = s
		at += rng.Int64N(int64(2e6))
		if rng.IntN(2000) == 0 {
			at += 100 * second
		}
	}
	return segs
}

// TestLookingAheadChangesNothing: segments that are taken in runs make the same conversations as one by one.
func TestLookingAheadChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(17, 4))
	evicted := uint64(0)
	for round := range 60 {
		segs := crowd(rng, 3000, []int{1, 3, 40, 700, 2500}[round%5])
		cfg := Config{Mem: []int64{0, 1, 200 << 10}[round%3]}
		judged := func(take func(tr *Tracker, run []decode.Segment)) (out []Teardown, stats TrackerStats) {
			tr := NewTracker(cfg, func(td *Teardown, _ Moment) {
				c := td.Clone()
				if len(c.Causes) == 0 {
					c.Causes = nil // whether there is room for some is no difference
				}
				out = append(out, c)
			})
			clock, from := newCaptureClock(), 0
			for i := range segs {
				if clock.advance(segs[i].Time) {
					take(tr, segs[from:i])
					tr.Tick(clock.now, segs[i].Frame)
					from = i
				}
			}
			take(tr, segs[from:])
			tr.Finish(clock.now)
			return out, tr.Stats()
		}
		ahead, stats := judged((*Tracker).AddAll)
		single, singleStats := judged(func(tr *Tracker, run []decode.Segment) {
			for i := range run {
				tr.Add(&run[i])
			}
		})
		if stats != singleStats || len(ahead) != len(single) {
			t.Fatalf("round %d: %d conversations, %+v; one by one %d, %+v", round, len(ahead), stats, len(single), singleStats)
		}
		for i := range ahead {
			if !reflect.DeepEqual(ahead[i], single[i]) {
				t.Fatalf("round %d: in runs\n%+v\none by one\n%+v", round, ahead[i], single[i])
			}
		}
		evicted += stats.Evicted
	}
	if evicted == 0 {
		t.Error("nothing was given up: the memory was not tight")
	}
}
