package flows

import (
	"io"
	"slices"
	"testing"
	"time"

	"tcpclose/decode"
)

// A wire is a live source made of a list: packets, and pauses where there is no data.
type wire struct {
	steps []decode.Packet
	frame uint64
}

func (w *wire) Next(p *decode.Packet) error {
	if len(w.steps) == 0 {
		return io.EOF
	}
	*p, w.steps = w.steps[0], w.steps[1:]
	if p.Data == nil {
		p.Frame = w.frame
		return decode.ErrPause
	}
	w.frame++
	p.Frame, p.LinkType, p.WireLen = w.frame, 101, uint32(len(p.Data))
	return nil
}

func (w *wire) Close() error                   { return nil }
func (w *wire) Files() []decode.FileInfo       { return nil }
func (w *wire) Interfaces() []decode.Interface { return nil }
func (w *wire) Damages() []decode.Damage       { return nil }
func (w *wire) DamageCount() uint64            { return 0 }

// the times of a wire begin here.
const wireStart = int64(1_700_000_000e9)

// send puts a segment on the wire; the client's port names the conversation.
func (w *wire) send(at time.Duration, port uint16, up bool, flags decode.Flags, seq, ack uint32) {
	b := []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, byte(port >> 8), byte(port), 0, 80}
	if !up {
		b[15], b[19] = 2, 1
		b[20], b[21], b[22], b[23] = 0, 80, b[20], b[21]
	}
	for _, v := range []uint32{seq, ack} {
		b = append(b, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
	}
	b = append(b, 0x50, byte(flags), 255, 255, 0, 0, 0, 0)
	w.steps = append(w.steps, decode.Packet{Time: wireStart + int64(at), Data: b})
}

// open makes a handshake.
func (w *wire) open(at time.Duration, port uint16) {
	w.send(at, port, true, decode.SYN, 0, 0)
	w.send(at+1e6, port, false, decode.SYN|decode.ACK, 0, 1)
	w.send(at+2e6, port, true, decode.ACK, 1, 1)
}

// quiet lets the clock go on.
func (w *wire) quiet(from, to time.Duration) {
	for at := from; at <= to; at += 200 * time.Millisecond {
		w.steps = append(w.steps, decode.Packet{Time: wireStart + int64(at)})
	}
}

// A told is one record of a live stream.
type told struct {
	port    uint16
	class   Class
	final   bool
	givenUp bool
}

// stream runs the wire and returns what was written, in order.
func (w *wire) stream(t *testing.T, cfg Config) (list []told, sum *Summary) {
	t.Helper()
	var out collector
	sum, err := Stream(t.Context(), w, decode.Config{}, cfg, &out, func(b []byte, v *Teardown) []byte {
		port := v.Ends[Client].Addr.Port()
		var over byte
		if v.Final {
			over |= 1
		}
		if v.GivenUp {
			over |= 2
		}
		return append(b, byte(port>>8), byte(port), byte(v.Class), over)
	})
	if err != nil {
		t.Fatal(err)
	}
	for r := range slices.Chunk([]byte(out), 4) {
		list = append(list, told{uint16(r[0])<<8 | uint16(r[1]), Class(r[2]), r[3]&1 != 0, r[3]&2 != 0})
	}
	return list, sum
}

// A collector keeps what is written to it.
type collector []byte

func (c *collector) Write(b []byte) (int, error) { *c = append(*c, b...); return len(b), nil }

func TestAQuietWireLetsTimersRunOut(t *testing.T) {
	var w wire
	w.open(0, 1000)
	w.send(1e9, 1000, true, decode.FIN|decode.ACK, 1, 1)
	w.send(1e9+1e6, 1000, false, decode.FIN|decode.ACK, 1, 2)
	w.send(1e9+2e6, 1000, true, decode.ACK, 2, 2)
	w.quiet(2*time.Second, 70*time.Second)
	w.open(71*time.Second, 1001)
	for _, workers := range []int{1, 3} {
		x := w
		got, _ := x.stream(t, Config{Workers: workers})
		if want := []told{{port: 1000, class: ThreeWay, final: true}, {port: 1001, class: Open, final: true}}; !slices.Equal(got, want) {
			t.Errorf("%d workers: %v", workers, got)
		}
	}
}

func TestStallsAreToldOnceWhenTheyBegin(t *testing.T) {
	var w wire
	w.open(0, 1000) // half-closed, answered late, half-closed again by nothing
	w.send(1e9, 1000, true, decode.FIN|decode.ACK, 1, 1)
	w.send(1e9+1e6, 1000, false, decode.ACK, 1, 2)
	w.open(2e9, 1001)                          // idle: no stall
	w.send(3e9, 1002, true, decode.SYN, 0, 0)  // never answered
	w.send(4e9, 1002, true, decode.SYN, 0, 0)  // …
	w.quiet(5*time.Second, 60*time.Second)     // both are told here
	w.send(61e9, 1001, true, decode.ACK, 1, 1) // nothing new
	w.quiet(62*time.Second, 100*time.Second)   // nothing to tell again
	w.send(101e9, 1000, false, decode.FIN|decode.ACK, 1, 2)
	w.send(101e9+1e6, 1000, true, decode.ACK, 2, 2)
	w.quiet(102*time.Second, 180*time.Second)
	got, sum := w.stream(t, Config{Workers: 2})
	want := []told{
		{port: 1000, class: HalfClosedStall},
		{port: 1002, class: Unanswered},
		{port: 1000, class: FourWay, final: true},
		{port: 1001, class: Open, final: true},
		{port: 1002, class: Unanswered, final: true},
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if sum.Conversations != 3 || sum.ByClass[HalfClosedStall] != 0 || sum.ByClass[FourWay] != 1 || !sum.Complete {
		t.Errorf("%+v", sum)
	}
}

func TestMemoryIsBoundedWhereNothingCloses(t *testing.T) {
	var w wire
	const scanned, opened = 20000, 4000
	at := time.Duration(0)
	for port := range uint16(opened) { // idle, and never closed
		w.open(at, 40000+port)
		at += 100 * time.Microsecond
	}
	for port := range uint16(scanned) { // a scan
		w.send(at, port+1, true, decode.SYN, 0, 0)
		at += 100 * time.Microsecond
	}
	w.quiet(at, at+10*time.Second)
	limit := int64(6 << 20)
	x := w
	got, sum := x.stream(t, Config{Workers: 1, Mem: limit, Stall: time.Hour})
	if sum.Evicted == 0 || sum.Conversations != scanned+opened || len(got) != scanned+opened {
		t.Fatalf("%d evicted, %d conversations, %d records", sum.Evicted, sum.Conversations, len(got))
	}
	early := 0
	for _, r := range got {
		if !r.final && r.class == Open {
			t.Fatal("an established conversation was given up before the scan's")
		}
		if r.givenUp == r.final {
			t.Fatalf("a conversation that is final: %v, given up: %v", r.final, r.givenUp)
		}
		if r.givenUp {
			early++
		}
	}
	if uint64(early) != sum.Evicted {
		t.Errorf("%d records are of conversations given up, %d were", early, sum.Evicted)
	}
	// With next to no memory the established ones go too.
	y := w
	if _, sum := y.stream(t, Config{Workers: 1, Mem: 1 << 20, Stall: time.Hour}); sum.Evicted <= scanned {
		t.Errorf("%d evicted", sum.Evicted)
	}
}
