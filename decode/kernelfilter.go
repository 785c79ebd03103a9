package decode

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// A FilterStart says what a packet begins with where the kernel's filter sees it.
type FilterStart uint8

// The starts.
const (
	StartEthernet FilterStart = iota
	StartIP                   // an IP header
	StartCooked               // what follows the link header, whose protocol Linux knows (a packet socket without headers)
)

// MaxSnap is the snap length that keeps whole packets, as tcpdump has it.
const MaxSnap = 262144

// sapSTP is where spanning tree's 802.2 frames go.
const sapSTP = 0x42

// KernelFilter returns a classic BPF program that keeps away from user space what can neither be TCP nor concern it. It
// is made of the decoder's own tables: what it refuses, a Decoder with any Config would skip. It passes TCP, ICMP errors,
// all fragments, IPv6 extension headers, and whatever may be a tunnel, at most snap octets of each, but fragments whole.
//
// A test that is not nil is done on TCP that stands unfragmented right behind the link header and at most two VLAN
// tags; every other packet passes for the decoder to judge. UDP from one of the ports passes too.
func KernelFilter(start FilterStart, snap int, test *PacketTest, ports ...uint16) ([]bpf.Instruction, error) {
	if snap <= 0 || snap > MaxSnap {
		snap = MaxSnap
	}
	p := &program{ports: ports}
	reject, accept, whole, tcp4, tcp6 := p.label(), p.label(), p.label(), p.label(), p.label()
	ip := p.label()
	switch start {
	case StartEthernet:
		p.add(bpf.LoadConstant{Dst: bpf.RegX, Val: 14}, bpf.LoadAbsolute{Off: 12, Size: 2})
		p.link(ip, accept, reject)
	case StartCooked:
		p.add(bpf.LoadConstant{Dst: bpf.RegX, Val: 0}, bpf.LoadExtension{Num: bpf.ExtProto})
		p.link(ip, accept, reject)
	case StartIP:
		p.add(bpf.LoadConstant{Dst: bpf.RegX, Val: 0})
	}
	// X is where the IP header begins, from here on.
	ip6 := p.label()
	p.place(ip)
	p.add(bpf.LoadIndirect{Off: 0, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 4})
	p.when(bpf.JumpEqual, 6, ip6)
	p.when(bpf.JumpNotEqual, 4, reject)
	p.ipv4(tcp4, accept, whole, reject)
	p.place(ip6)
	p.ipv6(tcp6, accept, reject)

	p.place(tcp4)
	if test != nil {
		p.transport()
		p.test(test, false, accept, reject)
	} else {
		p.jump(accept)
	}
	p.place(tcp6)
	if test != nil {
		p.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 40}, bpf.StoreScratch{Src: bpf.RegA, N: slotTransport})
		p.test(test, true, accept, reject)
	}
	p.place(accept)
	p.add(bpf.RetConstant{Val: uint32(snap)})
	p.place(whole)
	p.add(bpf.RetConstant{Val: MaxSnap})
	p.place(reject)
	p.add(bpf.RetConstant{Val: 0})
	return p.resolve()
}

// slotTransport is the scratch word that holds where the TCP header begins.
const slotTransport = 0

// link goes on by the EtherType in A; what it announces begins at X.
func (p *program) link(ip, accept, reject target) {
	// Up to two VLAN tags are looked through; what has more is left to the decoder.
	for n := range 3 {
		tagged, plain := p.label(), p.label()
		for _, e := range etherTypes {
			to := accept
			switch e.next {
			case headerIP:
				to = ip
			case headerVLAN:
				if n < 2 {
					to = tagged
				}
			}
			p.when(bpf.JumpEqual, uint32(e.etype), to)
		}
		p.jump(plain)
		p.place(tagged)
		if n < 2 {
			p.add(bpf.LoadIndirect{Off: 2, Size: 2}, bpf.StoreScratch{Src: bpf.RegA, N: slotTransport},
				bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 4}, bpf.TAX{}, bpf.LoadScratch{Dst: bpf.RegA, N: slotTransport})
			next := p.label()
			p.jump(next)
			p.place(plain)
			p.otherLink(accept, reject)
			p.place(next)
			continue
		}
		p.place(plain)
		p.otherLink(accept, reject)
	}
}

// otherLink decides about an EtherType in A that the decoder's table does not hold: below 0x600 an 802.2 frame follows.
func (p *program) otherLink(accept, reject target) {
	p.when(bpf.JumpGreaterOrEqual, etherMinimum, reject)
	p.add(bpf.LoadIndirect{Off: 0, Size: 1})
	p.when(bpf.JumpEqual, sapSTP, reject)
	p.jump(accept)
}

// ipv4 goes on by protocol.
func (p *program) ipv4(tcp, accept, whole, reject target) {
	p.add(bpf.LoadIndirect{Off: 6, Size: 2})
	p.when(bpf.JumpBitsSet, 0x3fff, whole)
	p.add(bpf.LoadIndirect{Off: 9, Size: 1})
	icmp, udp := p.label(), p.label()
	for proto, row := range ipProtos {
		if to, ok := p.byHeader(row.next, tcp, udp, icmp, accept); ok {
			p.when(bpf.JumpEqual, uint32(proto), to)
		}
	}
	p.jump(reject)
	p.place(icmp)
	p.transport()
	p.icmp(accept, reject)
	p.place(udp)
	p.transport()
	p.udp(accept, reject)
}

// transport puts where the header behind that of IPv4 begins into the scratch word and X.
func (p *program) transport() {
	p.add(bpf.StoreScratch{Src: bpf.RegX, N: slotNetwork})
	p.add(bpf.LoadIndirect{Off: 0, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 15},
		bpf.ALUOpConstant{Op: bpf.ALUOpShiftLeft, Val: 2}, bpf.ALUOpX{Op: bpf.ALUOpAdd},
		bpf.StoreScratch{Src: bpf.RegA, N: slotTransport})
}

const slotNetwork = 1

// ipv6 goes on by next header.
func (p *program) ipv6(tcp, accept, reject target) {
	p.add(bpf.LoadIndirect{Off: 6, Size: 1})
	icmp, udp := p.label(), p.label()
	for proto, row := range ipProtos {
		to, ok := p.byHeader(row.next, tcp, udp, icmp, accept)
		if extensionHeaders[proto].unit != 0 || proto == protoFragment {
			to, ok = accept, true
		}
		if ok {
			p.when(bpf.JumpEqual, uint32(proto), to)
		}
	}
	p.jump(reject)
	for _, l := range []struct {
		at   target
		icmp bool
	}{{icmp, true}, {udp, false}} {
		p.place(l.at)
		p.add(bpf.TXA{}, bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 40}, bpf.StoreScratch{Src: bpf.RegA, N: slotTransport})
		if l.icmp {
			p.icmp(accept, reject)
		} else {
			p.udp(accept, reject)
		}
	}
}

// byHeader returns where to go for a header that the decoder reads behind IP.
func (p *program) byHeader(next header, tcp, udp, icmp, accept target) (target, bool) {
	switch next {
	case headerNone:
		return 0, false
	case headerTCP:
		return tcp, true
	case headerUDP:
		return udp, true
	case headerICMP, headerICMP6:
		return icmp, true
	}
	return accept, true
}

// icmp accepts the types that are errors in either family: the decoder reads the other one's protocol all the same.
func (p *program) icmp(accept, reject target) {
	p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slotTransport}, bpf.LoadIndirect{Off: 0, Size: 1})
	last := -1
	for _, c := range icmpCodes {
		if int(c.typ) != last {
			p.when(bpf.JumpEqual, uint32(c.typ), accept)
		}
		last = int(c.typ)
	}
	p.jump(reject)
}

// udp accepts the ports of tunnels, and what comes from those that were asked for.
func (p *program) udp(accept, reject target) {
	p.add(bpf.LoadScratch{Dst: bpf.RegX, N: slotTransport})
	for _, off := range []uint32{0, 2} {
		p.add(bpf.LoadIndirect{Off: off, Size: 2})
		for _, t := range udpTunnels {
			p.when(bpf.JumpEqual, uint32(t.port), accept)
		}
		if off == 0 {
			for _, port := range p.ports {
				p.when(bpf.JumpEqual, uint32(port), accept)
			}
		}
	}
	p.jump(reject)
}

// A program is BPF under construction. Jumps go to labels, which lie ahead.
type program struct {
	ports  []uint16 // of UDP, that pass besides the tunnels'
	code   []bpf.Instruction
	places []int          // of each label; -1 where it is not placed yet
	jumps  map[int]target // the unconditional jumps
}

type target int

func (p *program) label() target {
	p.places = append(p.places, -1)
	return target(len(p.places) - 1)
}

func (p *program) place(l target) { p.places[l] = len(p.code) }

func (p *program) add(code ...bpf.Instruction) { p.code = append(p.code, code...) }

// jump goes to a label, however far it is.
func (p *program) jump(to target) {
	if p.jumps == nil {
		p.jumps = map[int]target{}
	}
	p.jumps[len(p.code)] = to
	p.code = append(p.code, bpf.Jump{})
}

// when goes to a label if A compares so with a number.
func (p *program) when(cond bpf.JumpTest, value uint32, to target) {
	p.add(bpf.JumpIf{Cond: cond, Val: value, SkipTrue: 0, SkipFalse: 1})
	p.jump(to)
}

// maxInstructions is the kernel's limit (BPF_MAXINSNS).
const maxInstructions = 4096

// resolve fills in the jumps.
func (p *program) resolve() ([]bpf.Instruction, error) {
	if len(p.code) > maxInstructions {
		return nil, fmt.Errorf("the filter takes %d instructions; the kernel's limit is %d", len(p.code), maxInstructions)
	}
	for at, to := range p.jumps {
		p.code[at] = bpf.Jump{Skip: uint32(p.places[to] - at - 1)}
	}
	return p.code, nil
}
