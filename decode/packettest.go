package decode

import (
	"net/netip"

	"golang.org/x/net/bpf"
)

// A PacketTest is a condition on the addresses and ports of a TCP packet, for KernelFilter.
type PacketTest struct {
	Op   TestOp
	Kids []PacketTest // of TestNot (one), TestAll and TestAny

	// TestAddress and TestPort look at the source, at the destination, or are true where either fits.
	Source, Dest bool
	Prefix       netip.Prefix // of TestAddress
	Low, High    uint16       // of TestPort, both included
	V6           bool         // of TestFamily
}

// TestOp is what a PacketTest does.
type TestOp uint8

// The operations.
const (
	TestAll TestOp = iota // of its kids; true where it has none
	TestAny
	TestNot
	TestAddress
	TestPort
	TestFamily
)

// Holds does the test on a packet's ends, as the program that KernelFilter makes of it does.
func (t *PacketTest) Holds(src, dst netip.AddrPort) bool {
	switch t.Op {
	case TestAll:
		for i := range t.Kids {
			if !t.Kids[i].Holds(src, dst) {
				return false
			}
		}
		return true
	case TestAny:
		for i := range t.Kids {
			if t.Kids[i].Holds(src, dst) {
				return true
			}
		}
		return false
	case TestNot:
		return !t.Kids[0].Holds(src, dst)
	case TestAddress:
		return t.Source && t.Prefix.Contains(src.Addr()) || t.Dest && t.Prefix.Contains(dst.Addr())
	case TestPort:
		in := func(p uint16) bool { return p >= t.Low && p <= t.High }
		return t.Source && in(src.Port()) || t.Dest && in(dst.Port())
	case TestFamily:
		return src.Addr().Is6() == t.V6
	}
	return true
}

// test goes to yes or no; X is not kept. The scratch words hold where the two headers begin.
func (p *program) test(t *PacketTest, v6 bool, yes, no target) {
	p.add(bpf.StoreScratch{Src: bpf.RegX, N: slotNetwork})
	p.branch(t, v6, yes, no)
}

func (p *program) branch(t *PacketTest, v6 bool, yes, no target) {
	switch t.Op {
	case TestAll, TestAny:
		for i := range t.Kids {
			next := p.label()
			if t.Op == TestAll {
				p.branch(&t.Kids[i], v6, next, no)
			} else {
				p.branch(&t.Kids[i], v6, yes, next)
			}
			p.place(next)
		}
		if t.Op == TestAll {
			p.jump(yes)
		} else {
			p.jump(no)
		}
	case TestNot:
		p.branch(&t.Kids[0], v6, no, yes)
	case TestAddress:
		p.address(t, v6, yes)
		p.jump(no)
	case TestPort:
		p.port(t, yes)
		p.jump(no)
	case TestFamily:
		if t.V6 == v6 {
			p.jump(yes)
		} else {
			p.jump(no)
		}
	}
}

// address goes to yes where an address lies in the prefix, and on otherwise.
func (p *program) address(t *PacketTest, v6 bool, yes target) {
	if t.Prefix.Addr().Is6() != v6 {
		return
	}
	source, size := uint32(12), uint32(4)
	if v6 {
		source, size = 8, 16
	}
	p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slotNetwork})
	want := t.Prefix.Masked().Addr().AsSlice()
	for _, end := range []struct {
		look bool
		at   uint32
	}{{t.Source, source}, {t.Dest, source + size}} {
		if !end.look {
			continue
		}
		differs := p.label()
		for bits := 0; bits < t.Prefix.Bits(); bits += 32 {
			mask := ^uint32(0)
			if rest := t.Prefix.Bits() - bits; rest < 32 {
				mask <<= 32 - rest
			}
			p.add(bpf.LoadIndirect{Off: end.at + uint32(bits)/8, Size: 4})
			if mask != ^uint32(0) {
				p.add(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask})
			}
			b := want[bits/8:]
			p.when(bpf.JumpNotEqual, uint32(b[0])<<24|uint32(b[1])<<16|uint32(b[2])<<8|uint32(b[3]), differs)
		}
		p.jump(yes)
		p.place(differs)
	}
}

// port goes to yes where a port lies in the range, and on otherwise.
func (p *program) port(t *PacketTest, yes target) {
	p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slotTransport})
	for _, end := range []struct {
		look bool
		at   uint32
	}{{t.Source, 0}, {t.Dest, 2}} {
		if !end.look {
			continue
		}
		outside := p.label()
		p.add(bpf.LoadIndirect{Off: end.at, Size: 2})
		p.when(bpf.JumpLessThan, uint32(t.Low), outside)
		p.when(bpf.JumpGreaterThan, uint32(t.High), outside)
		p.jump(yes)
		p.place(outside)
	}
}
