package main

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/held"
)

// A keptSource is a source whose packets a keeper holds.
type keptSource struct {
	flows.Source
	mu   sync.Mutex
	k    *keeper
	most int64 // the most that was ever held
	out  []held.Packet
}

func (s *keptSource) Next(p *decode.Packet) error {
	err := s.Source.Next(p)
	if err != nil {
		return err
	}
	var seg decode.Segment
	heard := s.k.hear(p, &seg)
	s.mu.Lock()
	defer s.mu.Unlock()
	if heard {
		s.k.hold(p, &seg)
		s.most = max(s.most, s.k.store.Size())
	}
	return nil
}

// keepFrom runs a source through a keeper and returns what it gave out, in the order of the frames.
func keepFrom(t *testing.T, src flows.Source, want string, limit int64, workers int) *keptSource {
	t.Helper()
	s := &keptSource{Source: src, k: newKeeper(filter.MustParse(want), limit, decode.Config{})}
	cfg := flows.Config{Workers: workers, Pulse: &flows.Pulse{Told: func(v *flows.Teardown, why flows.Occasion) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.out = append(s.out, s.k.verdict(v, why)...)
	}}}
	if _, err := flows.Stream(t.Context(), s, decode.Config{}, cfg, io.Discard, func(b []byte, _ *flows.Teardown) []byte { return b }); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(s.out, func(a, b held.Packet) int { return int(a.Frame) - int(b.Frame) })
	return s
}

// framesOf returns the frames of the conversations of a capture that match, as the tracker counts them.
func framesOf(t *testing.T, path, want string) (frames []uint64) {
	t.Helper()
	open := func() *decode.Capture {
		c, err := decode.Open([]string{path}, decode.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := open()
	f := filter.MustParse(want)
	list, _, err := flows.Collect(t.Context(), c, decode.Config{}, flows.Config{}, f.Match)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	again := open()
	defer again.Close()
	d := decode.NewDecoder(decode.Config{})
	var p decode.Packet
	var s decode.Segment
	for again.Next(&p) == nil {
		if !d.Decode(&p, &s) {
			continue
		}
		for i := range list {
			v := &list[i]
			a, b, from, to := v.Ends[0].Addr, v.Ends[1].Addr, s.SrcAddrPort(), s.DstAddrPort()
			if (a == from && b == to || a == to && b == from) && s.Scope == v.Scope && p.Frame >= v.FirstFrame && p.Frame <= v.LastFrame {
				frames = append(frames, p.Frame)
			}
		}
	}
	return frames
}

func TestThePacketsOfTheConversationsThatAreWantedAreKept(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(top(t), "testdata", "captures", "*.pcap*"))
	if err != nil || len(names) == 0 {
		t.Fatal(err, len(names))
	}
	compared := 0
	for _, name := range names {
		for _, want := range []string{"class rst-abort or half-closed-stall", "not class four-way"} {
			c, err := decode.Open([]string{name}, decode.FileOptions{})
			if err != nil {
				continue // damaged on purpose
			}
			frames := framesOf(t, name, want)
			s := keepFrom(t, c, want, 0, 1+compared%3)
			c.Close()
			var got []uint64
			cut := uint64(0)
			for _, h := range s.out {
				got = append(got, h.Frame)
				cut += h.Missing
			}
			if cut == 0 && !slices.Equal(got, frames) {
				t.Errorf("%s, %s: kept %v, want %v", filepath.Base(name), want, got, frames)
			}
			if len(got)+int(cut) != len(frames) || cut != s.k.count.cut || s.k.count.packets != uint64(len(got)) {
				t.Errorf("%s, %s: %d kept and %d cut of %d; %+v", filepath.Base(name), want, len(got), cut, len(frames), s.k.count)
			}
			if s.k.store.Size() != 0 || len(s.k.promised) != 0 {
				t.Errorf("%s: %d octets and %d promises are still held", filepath.Base(name), s.k.store.Size(), len(s.k.promised))
			}
			compared += len(got)
		}
	}
	if compared < 100 {
		t.Errorf("only %d packets compared", compared)
	}
}

// talkers is a source of many conversations at once, each with a handshake, data and a reset by its client.
type talkers struct {
	flows.Source
	rng     *rand.Rand
	frame   uint64
	opened  int
	most    int // conversations
	rounds  int // of data in each
	pending []int
	sent    map[int]int
}

func (s *talkers) Next(p *decode.Packet) error {
	if len(s.pending) == 0 && s.opened == s.most {
		return io.EOF
	}
	if s.opened < s.most && (len(s.pending) < 50 || s.rng.IntN(s.rounds) == 0) {
		s.opened++
		s.pending = append(s.pending, s.opened)
	}
	i := s.rng.IntN(len(s.pending))
	n := s.pending[i]
	step := s.sent[n]
	s.sent[n]++
	s.frame++
	seq, ack := uint32(1000+max(step-2, 0)*10), uint32(500)
	var b []byte
	switch {
	case step == 0:
		b = segmentOf(n, true, decode.SYN, 999, 0, 0)
	case step == 1:
		b = segmentOf(n, false, decode.SYN|decode.ACK, 499, 1000, 0)
	case step == 2+s.rounds:
		b = segmentOf(n, true, decode.RST|decode.ACK, seq, ack, 0)
		s.pending = slices.Delete(s.pending, i, i+1)
		delete(s.sent, n)
	default:
		b = segmentOf(n, true, decode.ACK, seq, ack, 10)
	}
	*p = decode.Packet{Frame: s.frame, FileFrame: s.frame, Time: 1_700_000_000e9 + int64(s.frame)*1e5, Data: b, WireLen: uint32(len(b)), LinkType: 101}
	return nil
}

func (s *talkers) Close() error                   { return nil }
func (s *talkers) Files() []decode.FileInfo       { return nil }
func (s *talkers) Interfaces() []decode.Interface { return nil }
func (s *talkers) Damages() []decode.Damage       { return nil }
func (s *talkers) DamageCount() uint64            { return 0 }

// segmentOf makes an IP packet of a conversation that a number names.
func segmentOf(n int, up bool, flags decode.Flags, seq, ack uint32, size int) []byte {
	be := binary.BigEndian
	b := make([]byte, 40+size)
	copy(b, []byte{0x45, 0, 0, byte(40 + size), 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, byte(n >> 16), 1, 10, 0, 0, 9})
	be.PutUint16(b[20:], uint16(n))
	be.PutUint16(b[22:], 80)
	if !up {
		b[14], b[15], b[18], b[19] = 0, 9, byte(n>>16), 1
		be.PutUint16(b[20:], 80)
		be.PutUint16(b[22:], uint16(n))
	}
	be.PutUint32(b[24:], seq)
	be.PutUint32(b[28:], ack)
	b[32], b[33] = 5<<4, byte(flags)
	be.PutUint16(b[34:], 0xffff)
	return b
}

func TestOfALongConversationTheFirstAndTheLastPacketsAreKept(t *testing.T) {
	const rounds = 300
	s := keepFrom(t, &talkers{rng: rand.New(rand.NewPCG(5, 6)), most: 3, rounds: rounds, sent: map[int]int{}}, "class rst-abort", 0, 1)
	if len(s.out) != 3*(held.First+held.Last) || s.k.count.conversations != 3 || s.k.count.cut != 3*(rounds+3-held.First-held.Last) {
		t.Fatalf("%d kept; %+v", len(s.out), s.k.count)
	}
	flagsAt := func(h *held.Packet) decode.Flags { return decode.Flags(h.Data[33]) }
	noted, syns, resets := 0, 0, 0
	for i := range s.out {
		h := &s.out[i]
		if h.Missing > 0 {
			noted++
		}
		if flagsAt(h).Has(decode.SYN) {
			syns++
		}
		if flagsAt(h).Has(decode.RST) {
			resets++
		}
	}
	if noted != 3 || syns != 6 || resets != 3 {
		t.Errorf("%d gaps noted, %d SYNs, %d resets", noted, syns, resets)
	}
}

func TestWhatIsHeldIsBounded(t *testing.T) {
	const limit = 1 << 20
	s := keepFrom(t, &talkers{rng: rand.New(rand.NewPCG(7, 8)), most: 3000, rounds: 70, sent: map[int]int{}}, "class rst-abort", limit, 2)
	if s.most > limit || s.k.store.Counts().Lean == 0 {
		t.Errorf("%d octets were held; %+v", s.most, s.k.count)
	}
	// Every packet is given out, said to be cut, or of a conversation that is said to be forgotten.
	if c := s.k.count; c.packets == 0 || c.conversations+s.k.store.Counts().Forgotten < 3000 || c.packets+c.cut > 3000*73 {
		t.Errorf("%+v", c)
	}
	if s.k.store.Size() != 0 {
		t.Errorf("%d octets are still held", s.k.store.Size())
	}
}

func TestAConversationThatStalledIsKeptToItsEnd(t *testing.T) {
	k := newKeeper(filter.MustParse("class half-closed-stall"), 0, decode.Config{})
	var s decode.Segment
	frame := uint64(0)
	hear := func(up bool, flags decode.Flags, seq, ack uint32) {
		frame++
		p := decode.Packet{Frame: frame, Time: int64(frame) * 1e9, Data: segmentOf(7, up, flags, seq, ack, 0), LinkType: 101}
		p.WireLen = uint32(len(p.Data))
		if !k.hear(&p, &s) {
			t.Fatal("no segment")
		}
		k.hold(&p, &s)
	}
	v := &flows.Teardown{Class: flows.HalfClosedStall, FirstFrame: 1}
	hear(true, decode.SYN, 0, 0)
	v.Ends[flows.Client].Addr, v.Ends[flows.Server].Addr = s.SrcAddrPort(), s.DstAddrPort()
	hear(false, decode.SYN|decode.ACK, 0, 1)
	hear(true, decode.FIN|decode.ACK, 1, 1)
	v.LastFrame = frame
	if got := k.verdict(v, flows.Stalled); len(got) != 3 {
		t.Errorf("%d packets at the stall", len(got))
	}
	hear(false, decode.FIN|decode.ACK, 1, 2)
	v.LastFrame, v.Class, v.Final = frame, flows.FourWay, true
	if got := k.verdict(v, flows.Ended); len(got) != 1 || k.count.conversations != 1 || k.count.packets != 4 || k.store.Size() != 0 {
		t.Errorf("%d packets at the end; %+v, %d held", len(got), k.count, k.store.Size())
	}
}
