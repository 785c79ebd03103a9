package model

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// rowText writes rows so that two ladders can be compared.
func rowText(r built) []string {
	var list []string
	for i := range r.rows {
		row := r.rows[i]
		list = append(list, fmt.Sprintf("%v %d %d %d %v %s", row.Kind, row.Frame(), row.Seq, row.Time, row.Margins, row.Text))
	}
	for side := range r.tails {
		list = append(list, fmt.Sprintf("tail %d %q", r.tails[side].Frame, r.tails[side].Data))
	}
	return list
}

// TestWhatIsKeptDrawsTheLaddersOfTheFile compares the ladders of every capture of the repository, read again from the file
// and drawn of what a Keeper kept.
func TestWhatIsKeptDrawsTheLaddersOfTheFile(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "captures", "*.pcapng"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	compared, cut := 0, 0
	for _, path := range paths {
		c, err := decode.Open([]string{path}, decode.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		source := &keptFrom{c, NewKeeper(decode.Config{}, KeepMemory)}
		all, _, err := flows.Collect(context.Background(), source, decode.Config{}, flows.Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		file, kept := &Source{Reread: c.Reread}, &Source{Kept: source.keep}
		for i := range all {
			td := &all[i]
			want := buildLadder(t.Context(), file, td, ladder.Options{Expand: true})
			got := buildLadder(t.Context(), kept, td, ladder.Options{Expand: true})
			if n := td.Ends[0].Packets + td.Ends[1].Packets; n > keptFirst+keptLast {
				cut++
				checkCut(t, want, got, n)
				continue
			}
			compared++
			if got.note != "" || !slices.Equal(rowText(want), rowText(got)) {
				t.Errorf("%s: conversation %d, note %q:\n%q\n%q", filepath.Base(path), td.ID, got.note, rowText(want), rowText(got))
			}
		}
	}
	if compared < 30 || cut == 0 {
		t.Errorf("%d ladders were compared, %d that are cut", compared, cut)
	}
}

// checkCut holds what must be true of the ladder of a conversation of n segments, of which some were not kept.
func checkCut(t *testing.T, whole, cut built, n uint64) {
	t.Helper()
	frames := func(r built) (list []uint64) {
		for i := range r.rows {
			if f := r.rows[i].Frame(); f != 0 {
				list = append(list, f)
			}
		}
		return list
	}
	all, some := frames(whole), frames(cut)
	if len(some) != keptFirst+keptLast || !slices.Equal(some[:keptFirst], all[:keptFirst]) || !slices.Equal(some[keptFirst:], all[len(all)-keptLast:]) {
		t.Errorf("frames %v are kept of %v", some, all)
	}
	want := fmt.Sprintf("%d segments not kept", n-keptFirst-keptLast)
	if !slices.ContainsFunc(cut.rows, func(r ladder.Row) bool { return r.Text == want }) || cut.note == "" {
		t.Errorf("no row says %q, the note is %q", want, cut.note)
	}
	if !slices.EqualFunc(whole.tails[:], cut.tails[:], func(a, b Tail) bool { return a.Frame == b.Frame }) {
		t.Errorf("the last data are another's")
	}
}

// keptFrom hands what is read to a Keeper as well.
type keptFrom struct {
	flows.Source
	keep *Keeper
}

func (s *keptFrom) Next(p *decode.Packet) error {
	err := s.Source.Next(p)
	if err == nil {
		s.keep.Add(p)
	}
	return err
}

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

// TestAKeeperIsBoundedAndKeepsTheLatest feeds many conversations of random lengths, one after the other and mixed, and
// asks for each as soon as it has ended: those are all there, whatever was given up before.
func TestAKeeperIsBoundedAndKeepsTheLatest(t *testing.T) {
	const limit = 1 << 20
	k := NewKeeper(decode.Config{}, limit)
	rng := rand.New(rand.NewPCG(21, 22))
	frame := uint64(0)
	add := func(data []byte) {
		frame++
		k.Add(&decode.Packet{Frame: frame, Data: data, WireLen: uint32(len(data)), LinkType: 101})
	}
	for range 3000 {
		// A few clients use few ports again and again: the same pair of endpoints has many lives.
		client, port := 0x0a000000+uint32(rng.IntN(40)), uint16(1000+rng.IntN(3))
		isn, n := rng.Uint32(), 1+rng.IntN(200)
		first := frame + 1
		add(rawSegment(client, port, false, 2, isn, 0))
		for i := range n - 1 {
			add(rawSegment(client, port, i%2 == 0, 0x10, isn+1, rng.IntN(1200)))
		}
		ends := [2]uint64{first, frame}
		td := flows.Teardown{FirstFrame: ends[0], LastFrame: ends[1]}
		td.Ends[0].Addr, td.Ends[1].Addr = endsOf(client, port)
		list, whole := k.Read(&td, ends[0], ends[1])
		missing := uint64(0)
		for _, p := range list {
			missing += p.missing
		}
		if !whole || len(list) != min(n, keptFirst+keptLast) || missing != uint64(max(0, n-keptFirst-keptLast)) || list[len(list)-1].Frame != frame {
			t.Fatalf("of %d segments %d are there, %d missing, from the first: %v", n, len(list), missing, whole)
		}
		if k.size > limit {
			t.Fatalf("%d octets are kept, %d were allowed", k.size, limit)
		}
	}
	size := 0
	for i := range k.lives {
		if k.lives[i].buf != nil {
			size += cap(k.lives[i].buf) + lifeOverhead
		}
	}
	if size != k.size || k.dropped == 0 {
		t.Errorf("%d octets counted, %d there; %d given up", k.size, size, k.dropped)
	}
}

func endsOf(client uint32, port uint16) (a, b netip.AddrPort) {
	var s decode.Segment
	d := decode.NewDecoder(decode.Config{})
	data := rawSegment(client, port, false, 2, 0, 0)
	d.Decode(&decode.Packet{Data: data, WireLen: uint32(len(data)), LinkType: 101}, &s)
	return s.SrcAddrPort(), s.DstAddrPort()
}

// BenchmarkKeep measures what keeping costs for each packet: where all are kept, and where conversations have to give way
// all the time.
func BenchmarkKeep(b *testing.B) {
	for _, conversations := range []uint32{100, 1000, 5000} {
		b.Run(fmt.Sprint(conversations), func(b *testing.B) {
			k := NewKeeper(decode.Config{}, 16<<20)
			var packets []decode.Packet
			for i := range uint32(1 << 16) {
				data := rawSegment(0x0a000000+i%conversations, 1000, i&1 == 0, 0x10, i, 100)
				packets = append(packets, decode.Packet{Frame: uint64(i + 1), Data: data, WireLen: uint32(len(data)), LinkType: 101})
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				k.Add(&packets[i])
				i = (i + 1) % len(packets)
			}
		})
	}
}
