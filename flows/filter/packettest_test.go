package filter

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"golang.org/x/net/bpf"

	"tcpclose/decode"
)

// pushed are filters whose packet part goes to the kernel, as a whole or weakened.
var pushed = []string{
	"", "tcp", "ip", "ip6", "not ip", "host 10.0.0.1", "client.host 10.0.0.1", "net 10.0.0.0/8 and port 443",
	"port 80,443 or portrange 8000-8080", "not port 22", "port < 1024", "port >= 60000", "not (server.port 443 and net 10.0.0.0/30)",
	"10.0.0.1:443", "src and dst net 10.0.0.0/29", "class rst-abort and port 443", "class rst-abort or port 443",
	"not (class open and host 10.0.0.2)", "2001:db8::/64", "host 2001:db8::1 or host 10.0.0.3", "port > 65535", "port <= 0",
	"[2001:db8::1]:80", "net 0.0.0.0/0", "client.port 1000-2000 and not server.net 10.0.0.0/31",
}

func TestThePushedDownFilterSaysWhatMatchSegmentSays(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, text := range pushed {
		f := MustParse(text)
		test := f.PacketTest()
		code, err := decode.KernelFilter(decode.StartIP, 320, test)
		if err != nil {
			t.Fatal(err)
		}
		vm, err := bpf.NewVM(code)
		if err != nil {
			t.Fatal(err)
		}
		d := decode.NewDecoder(decode.Config{})
		packet := MustParse(f.Packet().String())
		refused := 0
		for n := range 4000 {
			b := randomSYN(rng)
			p := decode.Packet{Frame: uint64(n + 1), Time: 1, Data: b, WireLen: uint32(len(b)), LinkType: 101}
			var s decode.Segment
			if !d.Decode(&p, &s) {
				t.Fatalf("%x is no segment: %v", b, d.LastSkip())
			}
			size, err := vm.Run(b)
			if err != nil {
				t.Fatal(err)
			}
			got := size > 0
			if want := packet.MatchSegment(&s); got != want {
				t.Fatalf("%q, packet part %q: the program says %v of %v > %v", text, packet, got, s.SrcAddrPort(), s.DstAddrPort())
			}
			if !got {
				refused++
				if f.MatchSegment(&s) {
					t.Fatalf("%q: the kernel refuses %v > %v, which we want", text, s.SrcAddrPort(), s.DstAddrPort())
				}
			}
			if test != nil && test.Holds(s.SrcAddrPort(), s.DstAddrPort()) != got {
				t.Fatalf("%q: Holds differs on %v > %v", text, s.SrcAddrPort(), s.DstAddrPort())
			}
		}
		if refused == 0 && test != nil && text != "tcp" && text != "net 0.0.0.0/0" {
			t.Errorf("%q refuses nothing", text)
		}
	}
}

// randomSYN makes an IP packet with a SYN between ends that the filters often mean.
func randomSYN(rng *rand.Rand) []byte {
	port := func() []byte {
		list := []uint16{80, 443, 22, 8080, 1500, 60000, 0, 65535, uint16(rng.Uint32())}
		p := list[rng.IntN(len(list))]
		return []byte{byte(p >> 8), byte(p)}
	}
	tcp := append(append(port(), port()...), 0, 0, 0, 1, 0, 0, 0, 0, 5<<4, 2, 255, 255, 0, 0, 0, 0)
	if rng.IntN(3) == 0 {
		b := append([]byte{6 << 4, 0, 0, 0, 0, 20, 6, 64}, make([]byte, 32)...)
		for _, at := range []int{8, 24} {
			a := netip.MustParseAddr("2001:db8::").As16()
			a[15], a[7] = byte(rng.IntN(3)), byte(rng.IntN(2))
			copy(b[at:], a[:])
		}
		return append(b, tcp...)
	}
	b := []byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, byte(rng.IntN(9)), 10, 0, byte(rng.IntN(2)), byte(rng.IntN(9))}
	return append(b, tcp...)
}
