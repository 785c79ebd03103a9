package held

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// rawSegment is an IPv4 packet with a TCP segment.
func rawSegment(client uint32, port uint16, back bool, flags byte, seq uint32, payload int) []byte {
	b := make([]byte, 40+payload)
	b[0], b[8], b[9], b[32], b[33] = 0x45, 64, 6, 5<<4, flags
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	ends := [2]uint32{client, 0xc0a80001}
	ports := [2]uint16{port, 80}
	from := 0
	if back {
		from = 1
	}
	binary.BigEndian.PutUint32(b[12:], ends[from])
	binary.BigEndian.PutUint32(b[16:], ends[1-from])
	binary.BigEndian.PutUint16(b[20:], ports[from])
	binary.BigEndian.PutUint16(b[22:], ports[1-from])
	binary.BigEndian.PutUint32(b[24:], seq)
	return b
}

// A feed numbers packets and adds them to a store.
type feed struct {
	store *Store
	dec   *decode.Decoder
	frame uint64
}

func newFeed(limit int64, octets int) *feed {
	return &feed{store: NewStore(limit, octets), dec: decode.NewDecoder(decode.Config{})}
}

func (f *feed) add(t testing.TB, data []byte) decode.Segment {
	f.frame++
	p := decode.Packet{
		Frame: f.frame, Time: int64(f.frame) * 1e6, Pos: decode.Position(f.frame << 8), Data: data, WireLen: uint32(len(data)) + 3,
		LinkType: 101, Iface: 2, FCSLen: 0, NoTime: f.frame%7 == 0,
	}
	var s decode.Segment
	if !f.dec.Decode(&p, &s) {
		t.Fatal("no segment")
	}
	f.store.Add(&p, &s)
	return s
}

// life feeds a conversation of n segments and returns it.
func (f *feed) life(t testing.TB, client uint32, port uint16, isn uint32, n int, size func() int) *flows.Teardown {
	td := &flows.Teardown{FirstFrame: f.frame + 1}
	s := f.add(t, rawSegment(client, port, false, 2, isn, 0))
	for i := range n - 1 {
		f.add(t, rawSegment(client, port, i%2 == 0, 0x10, isn+1, size()))
	}
	td.Ends[0].Addr, td.Ends[1].Addr, td.LastFrame = s.SrcAddrPort(), s.DstAddrPort(), f.frame
	return td
}

// sized adds up what is held, life by life.
func (f *feed) sized() (size int64) {
	for i := f.store.lives[0].after; i != 0; i = f.store.lives[i].after {
		size += int64(cap(f.store.lives[i].buf)) + talkCost
	}
	return size
}

// TestAStoreIsBoundedAndHoldsTheLatest feeds many conversations of random lengths, and asks for each as soon as it has
// ended: those are all there, whatever was given up before.
func TestAStoreIsBoundedAndHoldsTheLatest(t *testing.T) {
	const limit = 1 << 20
	f := newFeed(limit, 640)
	rng := rand.New(rand.NewPCG(21, 22))
	for range 3000 {
		// A few clients use few ports again and again: the same pair of endpoints has many lives.
		n := 1 + rng.IntN(200)
		td := f.life(t, 0x0a000000+uint32(rng.IntN(40)), uint16(1000+rng.IntN(3)), rng.Uint32(), n, func() int { return rng.IntN(1200) })
		list, whole := f.store.Read(td, td.FirstFrame, td.LastFrame)
		missing := uint64(0)
		for _, p := range list {
			missing += p.Missing
		}
		if !whole || len(list) != min(n, First+Last) || missing != uint64(max(0, n-First-Last)) || list[len(list)-1].Frame != f.frame {
			t.Fatalf("of %d segments %d are there, %d missing, from the first: %v", n, len(list), missing, whole)
		}
		if f.store.Size() > limit {
			t.Fatalf("%d octets are held, %d were allowed", f.store.Size(), limit)
		}
	}
	if c := f.store.Counts(); f.sized() != f.store.Size() || c.Lean == 0 || c.Forgotten == 0 {
		t.Errorf("%d octets counted, %d there; %+v given up", f.store.Size(), f.sized(), c)
	}
}

// TestALeanLifeHoldsItsOpeningAndItsEnd leaves less of a conversation of every length, lets it go on, and looks at what
// is said to be missing.
func TestALeanLifeHoldsItsOpeningAndItsEnd(t *testing.T) {
	for n := 1; n < 100; n++ {
		for more := range 12 {
			f := newFeed(0, 0)
			td := f.life(t, 0x0a000001, 1000, 7, n, func() int { return 10 })
			l := &f.store.lives[f.store.newestOf(td)]
			l.trim()
			for range more {
				f.add(t, rawSegment(0x0a000001, 1000, false, 0x10, 8, 10))
			}
			var frames []uint64
			next := uint64(1)
			list, _ := f.store.Read(td, 1, f.frame)
			for _, p := range list {
				if p.Frame != next+p.Missing {
					t.Fatalf("%d and %d: after frame %d comes %d, %d missing", n, more, next-1, p.Frame, p.Missing)
				}
				next = p.Frame + 1
				frames = append(frames, p.Frame)
			}
			total := n + more
			if next != f.frame+1 || len(frames) < min(total, firstLean+lastLean) || total > firstLean+lastLean && len(frames) != firstLean+lastLean {
				t.Fatalf("%d and %d: %v are held", n, more, frames)
			}
		}
	}
}

// TestWhatIsTakenIsGone takes conversations that share their endpoints, in random order with packets that follow, and
// holds that each packet comes out once, as it went in.
func TestWhatIsTakenIsGone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for range 300 {
		f := newFeed(0, 0)
		sent := map[uint64][]byte{}
		var lives []*flows.Teardown
		for range 1 + rng.IntN(5) {
			first := f.frame + 1
			data := rawSegment(0x0a000001, 1000, false, 2, rng.Uint32(), 0)
			s := f.add(t, data)
			sent[f.frame] = data
			for range rng.IntN(30) {
				data := rawSegment(0x0a000001, 1000, rng.IntN(2) == 0, 0x10, 1, rng.IntN(30))
				f.add(t, data)
				sent[f.frame] = data
			}
			// A conversation may be over before the last of its packets, which belong to another one then.
			last := first + uint64(rng.IntN(int(f.frame-first+1)))
			for _, bounds := range [][2]uint64{{first, last}, {last + 1, f.frame}} {
				td := &flows.Teardown{FirstFrame: bounds[0], LastFrame: bounds[1]}
				td.Ends[0].Addr, td.Ends[1].Addr = s.SrcAddrPort(), s.DstAddrPort()
				if bounds[0] <= bounds[1] {
					lives = append(lives, td)
				}
			}
		}
		for _, td := range lives {
			list, missing := f.store.Take(td)
			want := td.FirstFrame
			for _, p := range list {
				if p.Frame != want || string(p.Data) != string(sent[p.Frame]) || p.Time != int64(p.Frame)*1e6 || p.Pos != decode.Position(p.Frame<<8) ||
					p.WireLen != uint32(len(p.Data))+3 || p.LinkType != 101 || p.Iface != 2 || p.NoTime != (p.Frame%7 == 0) || p.Missing != 0 {
					t.Fatalf("frame %d came out as %+v", want, p)
				}
				want++
			}
			if want != td.LastFrame+1 || missing != 0 {
				t.Fatalf("%d to %d: up to %d came, %d missing", td.FirstFrame, td.LastFrame, want-1, missing)
			}
			if again, _ := f.store.Take(td); len(again) > 0 || f.sized() != f.store.Size() {
				t.Fatalf("%d packets came twice; %d octets counted, %d there", len(again), f.store.Size(), f.sized())
			}
		}
		if f.store.Size() != 0 || f.store.lives[0].after != 0 || len(f.store.newest) != 0 {
			t.Fatalf("%d octets are left", f.store.Size())
		}
	}
}

// TestATakenLifeGoesOnWithinItsBound takes the beginning of a conversation that goes on for long.
func TestATakenLifeGoesOnWithinItsBound(t *testing.T) {
	f := newFeed(0, 0)
	td := f.life(t, 0x0a000001, 1000, 7, 200, func() int { return 10 })
	td.LastFrame = 3
	f.store.Take(td)
	for range 200 {
		f.add(t, rawSegment(0x0a000001, 1000, false, 0x10, 8, 10))
	}
	td.FirstFrame, td.LastFrame = 4, f.frame
	list, missing := f.store.Take(td)
	if len(list) != Last || list[0].Missing != missing || list[Last-1].Frame != f.frame {
		t.Errorf("%d packets came, %d missing", len(list), missing)
	}
}

// BenchmarkAdd measures what holding costs for each packet: where all are held, and where conversations have to give way
// all the time.
func BenchmarkAdd(b *testing.B) {
	for _, conversations := range []uint32{100, 1000, 5000} {
		b.Run(fmt.Sprint(conversations), func(b *testing.B) {
			s, d := NewStore(16<<20, 640), decode.NewDecoder(decode.Config{})
			var packets []decode.Packet
			for i := range uint32(1 << 16) {
				data := rawSegment(0x0a000000+i%conversations, 1000, i&1 == 0, 0x10, i, 100)
				packets = append(packets, decode.Packet{Frame: uint64(i + 1), Data: data, WireLen: uint32(len(data)), LinkType: 101})
			}
			b.ReportAllocs()
			i := 0
			var seg decode.Segment
			for b.Loop() {
				d.Decode(&packets[i], &seg)
				s.Add(&packets[i], &seg)
				i = (i + 1) % len(packets)
			}
		})
	}
}
