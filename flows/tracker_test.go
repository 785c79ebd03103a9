package flows

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

func TestRecordsAreWholeCacheLines(t *testing.T) {
	for _, c := range []struct {
		name string
		got  uintptr
		want uintptr
	}{
		{"conn", unsafe.Sizeof(conn{}), 256},
		{"half", unsafe.Sizeof(half{}), 64},
		{"closing", unsafe.Sizeof(closing{}), 128},
		{"note", unsafe.Sizeof(note{}), 64},
		{"conn's line 0", unsafe.Offsetof(conn{}.side), 64},
	} {
		if c.got != c.want {
			t.Errorf("%s takes %d bytes, want %d", c.name, c.got, c.want)
		}
	}
}

// TestAnOpenConversationCostsNoAllocation: once it is known, no segment of it allocates.
func TestAnOpenConversationCostsNoAllocation(t *testing.T) {
	script, err := flowtest.Parse(exchange)
	if err != nil {
		t.Fatal(err)
	}
	tr := NewTracker(Config{}, func(*Teardown, Moment) {})
	segs := script.Segments()
	for i := range segs {
		segs[i].SetHash(0)
		tr.Add(&segs[i])
	}
	up, down := segs[3], segs[4]
	up.Seq, up.Ack, down.Seq, down.Ack = 101, 401, 401, 101
	if n := testing.AllocsPerRun(1000, func() {
		up.Time += int64(time.Millisecond)
		up.Frame += 2
		up.Checksum++
		tr.Add(&up)
		up.Seq = up.End()
		down.Time, down.Frame, down.Ack = up.Time, up.Frame+1, up.Seq
		tr.Add(&down)
	}); n != 0 {
		t.Errorf("%v allocations a pair of segments", n)
	}
}

// TestMemoryOfManyOpenConversations holds the bound of 320 bytes for a conversation that has not begun to close.
func TestMemoryOfManyOpenConversations(t *testing.T) {
	const n = 300_000
	var before, after runtime.MemStats
	tr := NewTracker(Config{}, func(*Teardown, Moment) {})
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := decode.Segment{Flags: decode.SYN, DstPort: 443, Window: 1}
	for i := range n {
		s.Frame, s.Time = uint64(i+1), int64(i)
		s.Src = decode.Addr{12: 10, 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}
		s.SetHash(0)
		tr.Add(&s)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(tr)
	if each := (after.HeapInuse - before.HeapInuse) / n; each > 320 {
		t.Errorf("%d bytes an open conversation, want at most 320", each)
	}
}

func TestTheTableKeepsWhatIsPutIn(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	tab := newTable()
	type entry struct{ hash, index uint32 }
	var in []entry
	for step := range 20000 {
		if len(in) > 0 && rng.IntN(3) == 0 {
			k := rng.IntN(len(in))
			tab.remove(in[k].hash, in[k].index)
			in[k] = in[len(in)-1]
			in = in[:len(in)-1]
			continue
		}
		e := entry{rng.Uint32() >> uint(rng.IntN(20)), uint32(step + 1)} // many hashes collide
		tab.insert(e.hash, e.index)
		in = append(in, e)
	}
	if tab.count != len(in) {
		t.Errorf("counts %d, holds %d", tab.count, len(in))
	}
	for _, e := range in {
		if _, ok := tab.find(e.hash, e.index); !ok {
			t.Fatalf("%v is lost", e)
		}
	}
}

// manyLives is a capture of conversations that close, stall, reset and come again on the same ports.
func manyLives(t testing.TB) string {
	t.Helper()
	var b strings.Builder
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 400 {
		port := 40000 + rng.IntN(150)
		isn := rng.Uint32N(1 << 30)
		b.WriteString("A 10.0.0." + string(rune('1'+i%8)) + ":" + itoa(port) + "\nB 10.0.1.1:80\nbase A " + itoa(int(isn)) + " B " + itoa(int(isn/2)) + "\n")
		b.WriteString(exchange)
		switch i % 5 {
		case 0:
			b.WriteString("+.5 > F. 101:101(0) ack 401\n+.02 < F. 401:401(0) ack 102\n+.01 > . 102:102(0) ack 402\n")
		case 1:
			b.WriteString("+.5 < F. 401:401(0) ack 101\n+.01 > . 101:101(0) ack 402\n+.1 > F. 101:101(0) ack 402\n+.02 < . 402:402(0) ack 102\n")
		case 2:
			b.WriteString("+.5 > R. 101:101(0) ack 401\n")
		case 3:
			b.WriteString("+.5 > F. 101:101(0) ack 401\n+.02 < . 401:401(0) ack 102\n")
		}
	}
	script, err := flowtest.Parse(b.String())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lives.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := flowtest.WritePcap(f, script, flowtest.PcapOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func itoa(n int) string {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(b[i:])
		}
	}
}

func stream(t testing.TB, path string, cfg Config) (string, *Summary) {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var out strings.Builder
	sum, err := Stream(context.Background(), src, decode.Config{}, cfg, &out, func(buf []byte, td *Teardown) []byte {
		return append(append(append(buf, itoa(int(td.ID))...), brief(td)...), '\n')
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), sum
}

func TestTheOutputDoesNotDependOnTheNumberOfWorkers(t *testing.T) {
	path := manyLives(t)
	want, sum := stream(t, path, Config{Workers: 1})
	if sum.Reported < 300 || !sum.Complete {
		t.Fatalf("only %d conversations, complete %v", sum.Reported, sum.Complete)
	}
	for _, workers := range []int{2, 3, 8, 32} {
		if got, _ := stream(t, path, Config{Workers: workers}); got != want {
			t.Errorf("%d workers write something else than one", workers)
		}
	}
}

func TestCollectAndStreamAgree(t *testing.T) {
	path := manyLives(t)
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all, sum, err := Collect(t.Context(), src, decode.Config{}, Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, streamed := stream(t, path, Config{})
	if uint64(len(all)) != streamed.Reported || sum.ByClass != streamed.ByClass {
		t.Errorf("%d and %d conversations, %v and %v", len(all), streamed.Reported, sum.ByClass, streamed.ByClass)
	}
}

func TestAWriterThatFailsStopsTheRun(t *testing.T) {
	src, err := decode.Open([]string{manyLives(t)}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r, w := io.Pipe()
	r.CloseWithError(io.ErrClosedPipe)
	_, err = Stream(t.Context(), src, decode.Config{}, Config{}, w, func(buf []byte, td *Teardown) []byte { return append(buf, 'x') })
	if err != io.ErrClosedPipe {
		t.Errorf("error %v", err)
	}
}

func TestUnderMemoryPressureTheLongestClosedAreGivenUpAndWhatComesLateIsCounted(t *testing.T) {
	path := manyLives(t)
	_, all := stream(t, path, Config{Workers: 1})
	_, few := stream(t, path, Config{Workers: 1, Mem: 30_000})
	if few.Evicted == 0 || all.Evicted != 0 {
		t.Fatalf("evicted %d under pressure, %d without", few.Evicted, all.Evicted)
	}
	if few.Conversations != all.Conversations {
		t.Errorf("%d conversations under pressure, %d without", few.Conversations, all.Conversations)
	}
}

func TestTheTextOfARSTIsKept(t *testing.T) {
	script, err := flowtest.Parse(exchange + "+.5 < R. 401:421(20) ack 101\n+.1 < R. 401:431(30) ack 101\n")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "rst.pcap")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := flowtest.WritePcap(f, script, flowtest.PcapOptions{}); err != nil {
		t.Fatal(err)
	}
	f.Close()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all, _, err := Collect(t.Context(), src, decode.Config{}, Config{}, nil)
	if err != nil || len(all) != 1 {
		t.Fatal(len(all), err)
	}
	if got := all[0].Ends[Server].RST.Text; len(got) != 20 {
		t.Errorf("text %q of the first RST with payload, want 20 octets", got)
	}
	if all[0].Ends[Client].RST.Text != "" || all[0].FirstMark(MarkRSTWithData) == nil {
		t.Error("the other side has a text, or the mark is missing")
	}
}

// A segment that differs from its side's last one is no copy of it. What goes up in one field goes down in the checksum, so
// that the two must not be mixed in a way that lets them cancel out.
func TestNoSegmentHasTheFingerprintOfTheOneBefore(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 17))
	const trials = 4_000_000
	met := 0
	for range trials {
		s := decode.Segment{
			Seq: decode.Seq(rng.Uint32()), Ack: decode.Seq(rng.Uint32()), TSVal: rng.Uint32(), TSEcr: rng.Uint32(),
			Window: uint16(rng.Uint32()), Checksum: uint16(rng.Uint32()), Flags: decode.ACK,
		}
		next := s
		d := uint32(1 + rng.IntN(3000))
		switch rng.IntN(4) {
		case 0:
			next.Seq = next.Seq.Add(d)
		case 1:
			next.Ack = next.Ack.Add(d)
		case 2:
			next.TSVal += d
		default:
			next.Window -= uint16(d)
			next.Ack = next.Ack.Add(d)
			d = 0
		}
		sum := uint32(^s.Checksum) + d // one's complement, but for a carry beyond 32 bits of a field
		next.Checksum = ^uint16(sum + sum>>16)
		if fingerprint(&s) == fingerprint(&next) {
			met++
		}
	}
	if met > 3 { // of 4 million, one in a thousand would by chance
		t.Errorf("%d of %d segments have the fingerprint of the one before", met, trials)
	}
}
