package decode

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

// vm runs a program as the kernel would.
func vm(t testing.TB, start FilterStart, test *PacketTest) func([]byte) bool {
	t.Helper()
	code, err := KernelFilter(start, 320, test)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bpf.Assemble(code); err != nil {
		t.Fatal(err)
	}
	if start == StartCooked {
		cook(t, code)
	}
	m, err := bpf.NewVM(code)
	if err != nil {
		t.Fatal(err)
	}
	return func(b []byte) bool {
		n, err := m.Run(b)
		if err != nil {
			t.Fatal(err)
		}
		return n > 0
	}
}

// needed reports whether the decoder makes anything of a packet, by itself or with others; direct, whether it is TCP that
// the test of a program is done on.
func needed(d *Decoder, p *Packet, s *Segment) (need bool) {
	if d.Decode(p, s) {
		return true
	}
	switch d.LastSkip().Reason {
	case ReasonFragment, ReasonFragmentLost, ReasonFragmentClash:
		return true
	}
	return false
}

// filterTests are pushed-down tests of every kind.
func filterTests() []PacketTest {
	port := PacketTest{Op: TestPort, Source: true, Dest: true, Low: 80, High: 443}
	host := PacketTest{Op: TestAddress, Source: true, Dest: true, Prefix: netip.MustParsePrefix("10.0.0.0/9")}
	to6 := PacketTest{Op: TestAddress, Dest: true, Prefix: netip.MustParsePrefix("2001:db8::/40")}
	from := PacketTest{Op: TestPort, Source: true, Low: 1024, High: 40000}
	v6 := PacketTest{Op: TestFamily, V6: true}
	return []PacketTest{
		port, host, to6, from, v6,
		{Op: TestAll},
		{Op: TestAny},
		{Op: TestNot, Kids: []PacketTest{port}},
		{Op: TestAll, Kids: []PacketTest{port, host}},
		{Op: TestAny, Kids: []PacketTest{{Op: TestNot, Kids: []PacketTest{{Op: TestAll, Kids: []PacketTest{from, host}}}}, to6, v6}},
	}
}

func TestTheKernelsFilterRefusesNothingThatTheDecoderNeeds(t *testing.T) {
	cooked := vm(t, StartCooked, nil)
	programs := map[LinkType]func([]byte) bool{linkEthernet: vm(t, StartEthernet, nil), linkRaw: vm(t, StartIP, nil), linkSLL: cooked, linkSLL2: cooked}
	packets, refused := 0, 0
	eachCapture(t, func(name string, c *Capture) {
		d := NewDecoder(Config{})
		var p Packet
		var s Segment
		for {
			err := c.Next(&p)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			pass := programs[p.LinkType]
			if pass == nil {
				continue
			}
			packets++
			need := needed(d, &p, &s)
			if ok := pass(seenByFilter(&p)); need && !ok {
				t.Fatalf("%s frame %d: the program refuses what the decoder needs", name, p.Frame)
			} else if !ok {
				refused++
			}
		}
	})
	t.Logf("%d packets, %d refused", packets, refused)
	if packets == 0 {
		t.Skip("no captures here")
	}
}

func TestAPushedDownTestKeepsWhatWeWantOfEveryCapture(t *testing.T) {
	tests := filterTests()
	programs := map[LinkType][]func([]byte) bool{}
	for link, start := range map[LinkType]FilterStart{linkEthernet: StartEthernet, linkRaw: StartIP, linkSLL: StartCooked, linkSLL2: StartCooked} {
		for i := range tests {
			programs[link] = append(programs[link], vm(t, start, &tests[i]))
		}
	}
	wanted, refused := 0, 0
	kinds := map[string]int{} // of what was wanted: cooked, tunnelled
	eachCapture(t, func(name string, c *Capture) {
		d := NewDecoder(Config{})
		var p Packet
		var s Segment
		for {
			err := c.Next(&p)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, pass := range programs[p.LinkType] {
				ok := pass(seenByFilter(&p))
				if !ok {
					refused++
				}
				if i == 0 && !d.Decode(&p, &s) {
					break // what is no segment is the other test's
				}
				if tests[i].Holds(s.SrcAddrPort(), s.DstAddrPort()) {
					wanted++
					if p.LinkType == linkSLL || p.LinkType == linkSLL2 {
						kinds["cooked"]++
					}
					if s.Encap&^EncapVLAN != 0 {
						kinds["tunnelled"]++
					}
					if !ok {
						t.Fatalf("%s frame %d: test %d refuses %v > %v, which it wants", name, p.Frame, i, s.SrcAddrPort(), s.DstAddrPort())
					}
				} else if ok && s.ICMP == NotICMP && s.Encap&^EncapVLAN == 0 && p.LinkType == linkEthernet && len(p.Data) > 40 && simpleTCP(p.Data) {
					t.Fatalf("%s frame %d: test %d passes %v > %v, which it should refuse", name, p.Frame, i, s.SrcAddrPort(), s.DstAddrPort())
				}
			}
		}
	})
	t.Logf("%d times wanted and passed, %d times refused; wanted %v", wanted, refused, kinds)
	if wanted < 1000 || refused < 1000 {
		t.Errorf("only %d wanted, %d refused", wanted, refused)
	}
}

// eachCapture opens the captures that the repository and its neighbour hold.
func eachCapture(t *testing.T, fn func(name string, c *Capture)) {
	t.Helper()
	for _, pattern := range []string{"../testdata/captures/*.pcap*", "../../shared/captures/*/*.pcap*"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			c, err := Open([]string{name}, FileOptions{MaxPackets: 20000})
			if err != nil {
				continue // some are damaged on purpose
			}
			fn(name, c)
			c.Close()
		}
	}
}

// A filterCheck compares the programs with the decoder, frame by frame.
type filterCheck struct {
	start    FilterStart // Ethernet, or the same frames cooked
	tests    []PacketTest
	programs []func([]byte) bool
	plain    func([]byte) bool
	d        *Decoder
	s        Segment
	judged   int
	segments int
}

func newFilterCheck(tb testing.TB, start FilterStart) *filterCheck {
	c := &filterCheck{start: start, tests: filterTests(), plain: vm(tb, start, nil), d: NewDecoder(Config{})}
	for i := range c.tests {
		c.programs = append(c.programs, vm(tb, start, &c.tests[i]))
	}
	return c
}

// frame holds what must be true of every frame.
func (c *filterCheck) frame(t *testing.T, n int, b []byte) {
	t.Helper()
	p := Packet{Frame: uint64(n + 1), Time: int64(n) * 1e6, Data: b, WireLen: uint32(len(b)), LinkType: linkEthernet}
	if c.start == StartCooked {
		p.Data, p.LinkType = cookedFrame(b), linkSLL2
		p.WireLen = uint32(len(p.Data))
	}
	need := needed(c.d, &p, &c.s)
	seen := seenByFilter(&p)
	plain := c.plain(seen)
	if need && !plain {
		t.Fatalf("frame %d %x: the program refuses what the decoder needs", n, b)
	}
	direct := need && c.s.ICMP == NotICMP && c.s.Encap&^EncapVLAN == 0 && c.d.LastSkip().Frame != p.Frame
	if need {
		c.segments++
	}
	for i, pass := range c.programs {
		got := pass(seen)
		holds := direct && c.tests[i].Holds(c.s.SrcAddrPort(), c.s.DstAddrPort())
		switch {
		case need && !got && (!direct || holds):
			t.Fatalf("frame %d %x: test %d refuses it", n, b, i)
		case got && !plain:
			t.Fatalf("frame %d %x: test %d passes what nobody needs", n, b, i)
		case direct && got && simpleTCP(b) && !holds:
			t.Fatalf("frame %d %x: test %d passes what it should refuse", n, b, i)
		case direct && simpleTCP(b):
			c.judged++
		}
	}
}

func TestAPushedDownTestSaysWhatWeSayOnTCPAndPassesTheRest(t *testing.T) {
	for _, start := range []FilterStart{StartEthernet, StartCooked} {
		rng := rand.New(rand.NewPCG(1, 2))
		c := newFilterCheck(t, start)
		for n := range 60000 {
			c.frame(t, n, randomFrame(rng))
		}
		if c.judged < 10000 || c.segments < 5000 {
			t.Errorf("start %d: only %d judged, %d segments of 60000 frames", start, c.judged, c.segments)
		}
	}
}

func TestAPushedDownTestKeepsWhatWeWantInEveryEncapsulation(t *testing.T) {
	tunnelled := 0
	for _, start := range []FilterStart{StartEthernet, StartCooked} {
		for n, e := range encapsulations {
			if e.link != linkEthernet {
				continue
			}
			c := newFilterCheck(t, start)
			c.frame(t, n, e.data)
			if c.segments > 0 && c.s.Encap&^EncapVLAN != 0 {
				tunnelled++
			}
		}
	}
	if tunnelled < 40 {
		t.Errorf("only %d tunnelled segments", tunnelled)
	}
}

func FuzzKernelFilter(f *testing.F) {
	for _, e := range encapsulations {
		if e.link == linkEthernet {
			f.Add(e.data)
		}
	}
	seedPackets(f, func(p *Packet) {
		if p.LinkType == linkRaw {
			f.Add(stack(ether(etherIPv4), raw(p.Data...)))
		}
	})
	checks := []*filterCheck{newFilterCheck(f, StartEthernet), newFilterCheck(f, StartCooked)}
	n := 0
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 14 || len(b) > 1<<14 {
			return
		}
		n++
		for _, c := range checks {
			c.frame(t, n, b)
		}
	})
}

// simpleTCP reports, without the decoder, whether a frame is at most two tags, IP without extensions or fragments, and TCP.
func simpleTCP(b []byte) bool {
	etype, at := binary.BigEndian.Uint16(b[12:]), 14
	for range 2 {
		if isVLAN(etype) && len(b) > at+4 {
			etype = binary.BigEndian.Uint16(b[at+2:])
			at += 4
		}
	}
	b = b[at:]
	switch {
	case etype != etherIPv4 && etype != etherIPv6 || len(b) < 40:
		return false
	case b[0]>>4 == 4:
		return b[9] == protoTCP && binary.BigEndian.Uint16(b[6:])&0x3fff == 0 && len(b) >= int(b[0]&15)*4+4
	}
	return b[0]>>4 == 6 && b[6] == protoTCP && len(b) >= 44
}

// randomFrame makes Ethernet frames that are often nearly right.
func randomFrame(rng *rand.Rand) []byte {
	b := make([]byte, 12, 200)
	be := binary.BigEndian
	pick := func(list ...uint16) uint16 { return list[rng.IntN(len(list))] }
	for range rng.IntN(4) {
		b = be.AppendUint16(b, pick(etherVLAN, etherQinQ, etherQinQ9100, etherQinQ9200))
		b = be.AppendUint16(b, uint16(rng.Uint32()))
	}
	etype := pick(etherIPv4, etherIPv4, etherIPv4, etherIPv6, etherIPv6, etherMPLS, 0x0806, 0x0026, 0x88cc, etherPPPoE, uint16(rng.Uint32()))
	b = be.AppendUint16(b, etype)
	proto := byte(pick(6, 6, 6, 6, 17, 1, 58, 4, 41, 47, 51, 44, 0, 60, 50, 89, uint16(rng.Uint32N(256))))
	version := byte(4)
	if etype == etherIPv6 && rng.IntN(20) > 0 || rng.IntN(20) == 0 {
		version = 6
	}
	port := func() uint16 { return pick(80, 443, 444, 79, 1024, 40000, 4789, 2152, 53, uint16(rng.Uint32())) }
	body := be.AppendUint16(nil, port())
	if proto == 1 || proto == 58 {
		body = []byte{byte(rng.IntN(14)), byte(rng.IntN(5))}
	}
	body = be.AppendUint16(body, port())
	for range 60 {
		body = append(body, byte(rng.Uint32()))
	}
	if proto == protoTCP {
		body[12] = byte(5+rng.IntN(2)) << 4
	}
	if rng.IntN(3) == 0 { // an address in the tests' prefixes now and then
		body = append(body[:8], append([]byte{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 1, 2, 3, 10, 200, 0, 1}, body[8:]...)...)
	}
	if version == 4 {
		options := rng.IntN(2) * rng.IntN(4) * 4
		head := make([]byte, 20+options)
		head[0] = 0x40 | byte(len(head)/4)
		be.PutUint16(head[2:], uint16(len(head)+len(body)))
		if rng.IntN(10) == 0 {
			be.PutUint16(head[6:], pick(0x2000, 0x4000, 1, 0x2001))
		}
		head[8], head[9] = 64, proto
		for i := range 8 {
			head[12+i] = byte(rng.Uint32())
		}
		if rng.IntN(2) == 0 {
			head[12], head[13] = 10, byte(rng.IntN(256))
		}
		b = append(b, head...)
	} else {
		head := make([]byte, 40)
		head[0] = 0x60
		be.PutUint16(head[4:], uint16(len(body)))
		head[6], head[7] = proto, 64
		for i := range 32 {
			head[8+i] = byte(rng.Uint32())
		}
		if rng.IntN(2) == 0 {
			copy(head[24:], []byte{0x20, 0x01, 0x0d, 0xb8, 0, byte(rng.IntN(2))})
		}
		b = append(b, head...)
	}
	b = append(b, body...)
	if rng.IntN(10) == 0 {
		b = b[:14+rng.IntN(len(b)-14)]
	}
	return b
}

func TestDatagramsFromThePortsAskedForPass(t *testing.T) {
	for _, start := range []struct {
		at   FilterStart
		link []byte
	}{{StartIP, nil}, {StartEthernet, append(make([]byte, 12), 8, 0)}} {
		code, err := KernelFilter(start.at, 320, &PacketTest{Op: TestPort, Source: true, Dest: true, Low: 443, High: 443}, 53, 5353)
		if err != nil {
			t.Fatal(err)
		}
		m, err := bpf.NewVM(code)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			src, dst uint16
			pass     bool
		}{{53, 40000, true}, {5353, 5353, true}, {40000, 53, false}, {54, 40000, false}, {40000, 4789, true}} {
			b := append(slices.Clip(start.link), 0x45, 0, 0, 40, 0, 0, 0, 0, 64, protoUDP, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2)
			b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, c.src), c.dst)
			b = append(b, make([]byte, 20)...)
			if n, err := m.Run(b); err != nil || n > 0 != c.pass {
				t.Errorf("UDP from %d to %d: %d, %v", c.src, c.dst, n, err)
			}
		}
	}
}
