package flows

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"tcpclose/decode"
)

// A talk is what two ends of a crowd have said to each other.
type talk struct {
	tuple int
	nxt   [2]decode.Seq
	stage int // of the opening, of what is said then, and of the close
	first int // who closes
}

// segment returns one that an end sends, without flags and time.
func (k *talk) segment(x int) decode.Segment {
	s := decode.Segment{Seq: k.nxt[x], Ack: k.nxt[1-x], Window: 502, Flags: decode.ACK, TTL: 64}
	s.SrcPort, s.DstPort = uint16(40000+k.tuple%3), 80 // a record that is used again often bears the same ports
	s.Src = decode.Addr{10: 0xff, 11: 0xff, 12: 10, 13: 2, 14: uint8(k.tuple >> 8), 15: uint8(k.tuple)}
	s.Dst = decode.Addr{10: 0xff, 11: 0xff, 12: 10, 15: 1}
	if x == 1 {
		s.SrcPort, s.DstPort, s.Src, s.Dst = s.DstPort, s.SrcPort, s.Dst, s.Src
	}
	return s
}

// next says what comes next where all is as it should be.
func (k *talk) next(rng *rand.Rand) decode.Segment {
	var s decode.Segment
	switch k.stage {
	case 0:
		*k = talk{tuple: k.tuple, nxt: [2]decode.Seq{decode.Seq(rng.Uint32()), decode.Seq(rng.Uint32())}}
		s = k.segment(0)
		s.Flags, s.Ack = decode.SYN, 0
	case 1:
		s = k.segment(1)
		s.Flags |= decode.SYN
	case 2:
		s = k.segment(0)
	case 3:
		x := rng.IntN(2)
		s = k.segment(x)
		if rng.IntN(3) > 0 {
			s.Len = 1 + uint32(rng.IntN(1400))
		}
		if rng.IntN(5) == 0 {
			k.stage, k.first = 4, rng.IntN(2)
		}
		k.nxt[x] = k.nxt[x].Add(s.Len)
		return s
	case 4, 6:
		x := k.first ^ k.stage/2&1
		s = k.segment(x)
		s.Flags |= decode.FIN
		k.nxt[x] = k.nxt[x].Add(1)
	case 5:
		s = k.segment(1 - k.first)
	case 7:
		s = k.segment(k.first)
	}
	if s.Flags&decode.SYN != 0 {
		k.nxt[k.stage] = k.nxt[k.stage].Add(1)
		s.Options, s.WindowScale = decode.OptWindowScale, 10
	}
	k.stage = (k.stage + 1) % 8
	return s
}

// any says something that need not fit at all.
func (k *talk) any(rng *rand.Rand) decode.Segment {
	x := rng.IntN(2)
	s := k.segment(x)
	switch rng.IntN(12) {
	case 0, 1:
		s.Flags, s.Seq = decode.SYN, decode.Seq(rng.Uint32())
		k.nxt[x] = s.Seq.Add(1)
	case 2:
		s.Flags |= decode.SYN
		k.nxt[x] = k.nxt[x].Add(1)
	case 3, 4:
		s.Flags |= decode.FIN
		k.nxt[x] = k.nxt[x].Add(1)
	case 5:
		s.Flags = decode.RST
		if rng.IntN(2) == 0 {
			s.Seq = s.Seq.Add(rng.Uint32N(4000))
		}
	case 6, 7, 8:
		s.Len = uint32(rng.IntN(1400))
		k.nxt[x] = k.nxt[x].Add(s.Len)
	}
	if s.Flags&decode.SYN != 0 && rng.IntN(4) > 0 {
		s.Options, s.WindowScale = decode.OptWindowScale, 7
	}
	return s
}

// crowd makes segments of few five-tuples that are used again all the time: many come soon after the conversation that they
// belong to has begun, has been replaced, or was given up for want of memory. One of so many is not as it should be.
func crowd(rng *rand.Rand, n, tuples, odd int) []decode.Segment {
	talks := make([]talk, tuples)
	segs := make([]decode.Segment, n)
	at := int64(1_700_000_000) * second
	for i := range segs {
		tuple := rng.IntN(tuples)
		k := &talks[tuple]
		k.tuple = tuple
		if rng.IntN(odd) == 0 {
			segs[i] = k.any(rng)
		} else {
			segs[i] = k.next(rng)
		}
		s := &segs[i]
		s.Time, s.Frame, s.Checksum = at, uint64(i)+1, uint16(rng.Uint32())
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
	evicted, orderly := uint64(0), 0
	for round := range 120 {
		segs := crowd(rng, 3000, []int{1, 3, 40, 700, 2500}[round%5], []int{1, 8, 50}[round%3])
		cfg := Config{Mem: []int64{0, 1, 200 << 10, 0}[round%4]}
		ahead, stats := player{cfg: cfg, take: (*Tracker).AddAll}.play(segs)
		single, singleStats := player{cfg: cfg, take: func(tr *Tracker, run []decode.Segment) {
			for i := range run {
				tr.Add(&run[i])
			}
		}}.play(segs)
		if stats != singleStats || len(ahead) != len(single) {
			t.Fatalf("round %d: %d conversations, %+v; one by one %d, %+v", round, len(ahead), stats, len(single), singleStats)
		}
		for i := range ahead {
			if !reflect.DeepEqual(ahead[i], single[i]) {
				t.Fatalf("round %d: in runs\n%+v\none by one\n%+v", round, ahead[i], single[i])
			}
			if len(ahead[i].Marks) == 0 && ahead[i].Class == FourWay {
				orderly++
			}
		}
		evicted += stats.Evicted
	}
	if evicted == 0 {
		t.Error("nothing was given up: the memory was not tight")
	}
	if orderly < 300 {
		t.Errorf("%d orderly closes: the short ways were hardly taken", orderly)
	}
}
