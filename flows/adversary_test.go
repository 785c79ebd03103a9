package flows

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"tcpclose/decode"
)

// An attack feeds a tracker segment by segment, and says how long each may take and how many octets may stay.
type attack struct {
	sentence string
	n        int // segments
	segment  func(i int, s *decode.Segment)
	each     time.Duration // bound on the mean time of a segment: far above what it takes, below what growing with n would
	octets   uint64        // bound on what the tracker holds at the end
	check    func(t *testing.T, all []Teardown, st TrackerStats)
}

// play runs an attack and returns the verdicts, of which only the first thousand are kept.
func (a *attack) play(t *testing.T) (all []Teardown, st TrackerStats) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	tr := NewTracker(Config{}, func(td *Teardown, _ Moment) {
		if len(all) < 1000 {
			all = append(all, td.Clone())
		}
	})
	clock := newCaptureClock()
	began := time.Now()
	for i := range a.n {
		s := decode.Segment{
			Frame: uint64(i + 1), Time: worldStart + int64(i)*1000, Src: worldAddr(0), Dst: worldAddr(1), SrcPort: 40000, DstPort: 80,
			Window: 500, TTL: 64, Flags: decode.ACK, Seq: 1_000_000, Ack: 2_000_000, Checksum: uint16(i),
		}
		a.segment(i, &s)
		s.SetHash(0)
		if clock.advance(s.Time) {
			tr.Tick(clock.now, s.Frame)
		}
		tr.Add(&s)
	}
	took := time.Since(began)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if held := int64(after.HeapInuse) - int64(before.HeapInuse); held > int64(a.octets) {
		t.Errorf("%d octets held, at most %d expected", held, a.octets)
	}
	tr.Finish(clock.now)
	if each := took / time.Duration(a.n); each > a.each {
		t.Errorf("%v for each segment, at most %v expected", each, a.each)
	}
	t.Logf("%v for each segment", took/time.Duration(a.n))
	for i := range all {
		for _, fault := range broken(&all[i]) {
			t.Errorf("%s in %s", fault, brief(&all[i]))
		}
		if d := len(all[i].Marks) + len(all[i].Causes) + len(all[i].Uncertain) + len(all[i].Ends[0].States) + len(all[i].Ends[1].States); d > 120 {
			t.Errorf("%d marks, causes, doubts and states", d)
		}
	}
	return all, tr.Stats()
}

// large is the size of the largest attacks; TCPCLOSE_ATTACK=10000000 makes them as large as real floods are.
var large = func() int {
	if n, err := strconv.Atoi(os.Getenv("TCPCLOSE_ATTACK")); err == nil && n > 0 {
		return n
	}
	return 1_000_000
}()

const small = 1 << 20 // what a tracker of a few conversations may hold: its slabs grow by chunks of 4096 records

// dialogue makes segment i of a conversation: data one way, its acknowledgements the other.
func dialogue(i int, s *decode.Segment) {
	if i%2 == 0 {
		s.Seq = s.Seq.Add(uint32(i/2) * 1000)
		s.Len = 1000
		return
	}
	s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	s.Seq, s.Ack = s.Ack, s.Seq.Add(uint32(i/2+1)*1000)
}

var attacks = []attack{
	{
		sentence: "a million SYNs of a million five-tuples take 320 octets each",
		n:        large,
		segment: func(i int, s *decode.Segment) {
			s.Flags, s.SrcPort, s.Src[13], s.Src[14] = decode.SYN, uint16(i), byte(i>>16), byte(i>>24)
		},
		each: 20 * time.Microsecond, octets: 320 * uint64(large),
		check: func(t *testing.T, all []Teardown, st TrackerStats) {
			if st.Conversations != uint64(large) || all[0].Class != Unanswered {
				t.Errorf("%d conversations, the first is %v", st.Conversations, all[0].Class)
			}
		},
	},
	{
		sentence: "a million SYNs of one five-tuple, each with another number, leave few conversations behind",
		n:        large,
		segment: func(i int, s *decode.Segment) {
			s.Flags, s.Seq = decode.SYN, decode.Seq(uint32(i)*2654435761)
		},
		each: 50 * time.Microsecond, octets: 4 * small,
	},
	{
		sentence: "a million segments of one conversation",
		n:        large,
		segment:  dialogue,
		each:     10 * time.Microsecond, octets: 4 * small,
		check: func(t *testing.T, all []Teardown, st TrackerStats) {
			if st.Conversations != 1 || all[0].Ends[0].Packets+all[0].Ends[1].Packets != uint64(large) || all[0].Class != Open {
				t.Errorf("%d conversations, the first %s", st.Conversations, brief(&all[0]))
			}
		},
	},
	{
		sentence: "100 000 RSTs in one conversation are counted, and four of a side kept apart",
		n:        100_000,
		segment: func(i int, s *decode.Segment) {
			if i < 1000 {
				dialogue(i, s)
				return
			}
			s.Flags = decode.RST
			s.Seq = s.Seq.Add(uint32(i) * 77777)
		},
		each: 20 * time.Microsecond, octets: 4 * small,
		check: func(t *testing.T, all []Teardown, st TrackerStats) {
			if st.Conversations != 1 || all[0].Ends[0].RST.Number+all[0].Ends[1].RST.Number != 99_000 {
				t.Errorf("%d conversations, the first %s", st.Conversations, brief(&all[0]))
			}
		},
	},
	{
		sentence: "100 000 RSTs at the right number, and ordinary segments between them",
		n:        60_000,
		segment: func(i int, s *decode.Segment) {
			dialogue(i/2, s)
			if i%2 != 0 {
				s.Flags, s.Len = decode.RST|decode.ACK, 0
			}
		},
		each: 20 * time.Microsecond, octets: 4 * small,
	},
	{
		sentence: "a storm of FINs, each with another number and acknowledgement",
		n:        100_000,
		segment: func(i int, s *decode.Segment) {
			dialogue(i, s)
			s.Flags |= decode.FIN
			s.Seq, s.Ack = s.Seq.Add(uint32(i)*3), s.Ack.Add(uint32(i)*2)
		},
		each: 20 * time.Microsecond, octets: 4 * small,
	},
	{
		sentence: "a storm of the same FIN",
		n:        100_000,
		segment: func(i int, s *decode.Segment) {
			s.Flags |= decode.FIN
		},
		each: 20 * time.Microsecond, octets: 4 * small,
		check: func(t *testing.T, all []Teardown, _ TrackerStats) {
			if n := all[0].Ends[Client].FIN.Resends; n != 99_999 {
				t.Errorf("the FIN was resent %d times", n)
			}
		},
	},
	{
		sentence: "holes beyond the cap",
		n:        60_000,
		segment: func(i int, s *decode.Segment) {
			s.Seq = s.Seq.Add(uint32(i) * 2)
			s.Len = 1
			if i%1000 == 999 {
				s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
				s.Seq, s.Ack, s.Len = 2_000_000, 1_000_001, 0
			}
		},
		each: 20 * time.Microsecond, octets: 4 * small,
		check: func(t *testing.T, all []Teardown, _ TrackerStats) {
			if all[0].FirstMark(MarkCaptureGap) == nil {
				t.Errorf("no gap is said: %s", brief(&all[0]))
			}
		},
	},
	{
		sentence: "holes in many conversations at once",
		n:        120_000,
		segment: func(i int, s *decode.Segment) {
			s.SrcPort = uint16(i % 4000)
			s.Seq = s.Seq.Add(uint32(i/4000) * 2)
			s.Len = 1
		},
		each: 20 * time.Microsecond, octets: 4000 * (320 + 64*64*8/64 + 64*16),
	},
	{
		sentence: "times that run backwards",
		n:        60_000,
		segment: func(i int, s *decode.Segment) {
			dialogue(i, s)
			s.Time = worldStart - int64(i)*2*second
		},
		each: 20 * time.Microsecond, octets: 4 * small,
		check: func(t *testing.T, all []Teardown, _ TrackerStats) {
			if all[0].FirstMark(MarkClockJump) == nil {
				t.Errorf("no jump is said: %s", brief(&all[0]))
			}
		},
	},
	{
		sentence: "times that jump about, to the ends of what 64 bits hold",
		n:        60_000,
		segment: func(i int, s *decode.Segment) {
			dialogue(i, s)
			rng := rand.New(rand.NewPCG(uint64(i), 1))
			s.Time = int64(rng.Uint64() >> rng.IntN(63))
			if i%3 == 0 {
				s.Flags |= []decode.Flags{decode.FIN, decode.RST, decode.SYN}[i%9/3]
			}
		},
		each: 200 * time.Microsecond, octets: 16 * small,
	},
	{
		sentence: "random numbers, flags and times on one five-tuple",
		n:        80_000,
		segment: func(i int, s *decode.Segment) {
			rng := rand.New(rand.NewPCG(uint64(i), 2))
			if rng.IntN(2) == 0 {
				s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
			}
			s.Seq, s.Ack, s.Flags = decode.Seq(rng.Uint32()), decode.Seq(rng.Uint32()), decode.Flags(rng.Uint32())
			s.Len, s.Window = rng.Uint32N(70_000), uint16(rng.Uint32())
		},
		each: 100 * time.Microsecond, octets: 64 * small,
	},
	{
		sentence: "ICMP errors about everything",
		n:        60_000,
		segment: func(i int, s *decode.Segment) {
			dialogue(i, s)
			if i%2 == 1 {
				s.ICMP = decode.ICMPKind(1 + i/2%5)
			}
		},
		each: 20 * time.Microsecond, octets: 4 * small,
	},
}

func TestAttacksTakeBoundedTimeAndMemory(t *testing.T) {
	for i := range attacks {
		a := &attacks[i]
		t.Run(a.sentence, func(t *testing.T) {
			if a.n == large && testing.Short() {
				t.Skip("large")
			}
			all, st := a.play(t)
			if a.check != nil {
				a.check(t, all, st)
			}
		})
	}
}
