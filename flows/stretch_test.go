package flows

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"tcpclose/decode"
)

// TestASegmentReadAgainFindsItsConversation has conversations follow one another between the same endpoints, and adds them in
// any order.
func TestASegmentReadAgainFindsItsConversation(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 8))
	var list []Stretch
	for i := range 600 {
		a := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 3)}), uint16(i%2))
		b := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 9}), 80)
		if random.IntN(2) == 0 {
			a, b = b, a
		}
		first := uint64(i*10 + 1)
		list = append(list, Stretch{first, first + 18 + random.Uint64N(8), [2]netip.AddrPort{a, b}, uint64(i % 4 / 3)})
	}
	random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	var all Stretches
	for _, s := range list {
		all.Add(s)
	}
	for range 5000 {
		of := &list[random.IntN(len(list))]
		s := decode.Segment{
			Frame: 1 + random.Uint64N(6100), Scope: of.Scope, Src: decode.AddrFrom(of.Ends[0].Addr()), SrcPort: of.Ends[0].Port(),
			Dst: decode.AddrFrom(of.Ends[1].Addr()), DstPort: of.Ends[1].Port(),
		}
		want := -1
		for i := range list {
			o := &list[i]
			same := o.Scope == of.Scope && (o.Ends == of.Ends || o.Ends[0] == of.Ends[1] && o.Ends[1] == of.Ends[0])
			if same && o.First <= s.Frame && (want < 0 || o.First > list[want].First) {
				want = i
			}
		}
		got, inside := all.Latest(&s)
		if got != want || want >= 0 && inside != (s.Frame <= list[want].Last) {
			t.Fatalf("frame %d of %v: number %d, inside %t; want %d", s.Frame, of.Ends, got, inside, want)
		}
	}
}

// TestMillionsOfConversationsOfOnePairOfPorts would take hours if each segment were compared with all of them.
func TestMillionsOfConversationsOfOnePairOfPorts(t *testing.T) {
	ends := [2]netip.AddrPort{netip.MustParseAddrPort("10.0.0.1:4000"), netip.MustParseAddrPort("10.0.0.2:80")}
	var all Stretches
	const number = 1 << 20
	began := time.Now()
	for i := range uint64(number) {
		all.Add(Stretch{First: 3*i + 1, Last: 3*i + 3, Ends: ends})
	}
	s := decode.Segment{Src: decode.AddrFrom(ends[0].Addr()), SrcPort: 4000, Dst: decode.AddrFrom(ends[1].Addr()), DstPort: 80}
	for i := range uint64(3 * number) {
		s.Frame = i + 1
		if n, inside := all.Latest(&s); n != int(i/3) || !inside {
			t.Fatalf("frame %d: number %d, inside %t", s.Frame, n, inside)
		}
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("%v", took)
	}
}
