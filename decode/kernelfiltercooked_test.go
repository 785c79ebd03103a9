package decode

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

// cookedProtocol is how long the protocol is that stands before a cooked packet where the tests' machine runs a program.
const cookedProtocol = 2

// cook makes a program of StartCooked one that the tests' machine can run. It has no skb whose protocol could be asked
// for: the protocol stands before the packet instead, so X begins behind it.
func cook(t testing.TB, code []bpf.Instruction) {
	t.Helper()
	want := []bpf.Instruction{bpf.LoadConstant{Dst: bpf.RegX, Val: 0}, bpf.LoadExtension{Num: bpf.ExtProto}}
	if len(code) < 2 || !slices.Equal(code[:2], want) {
		t.Fatalf("a cooked program begins with %v", code[:min(2, len(code))])
	}
	code[0] = bpf.LoadConstant{Dst: bpf.RegX, Val: cookedProtocol}
	code[1] = bpf.LoadAbsolute{Off: 0, Size: cookedProtocol}
}

// seenByFilter returns what the kernel's filter sees of a packet: all of it, but of a cooked one the protocol and what
// follows the header.
func seenByFilter(p *Packet) []byte {
	switch {
	case p.LinkType == linkSLL && len(p.Data) >= 16:
		return p.Data[14:]
	case p.LinkType == linkSLL2 && len(p.Data) >= 20:
		return append(slices.Clone(p.Data[:2]), p.Data[20:]...)
	}
	return p.Data
}

// cookedFrame makes an Ethernet frame the cooked one (version 2) that Linux hands on: in place of a length stands what
// it takes 802.3 frames for.
func cookedFrame(b []byte) []byte {
	const (
		novell = 1 // ETH_P_802_3: IPX without LLC
		llc    = 4 // ETH_P_802_2
	)
	etype := binary.BigEndian.Uint16(b[12:])
	if etype < etherMinimum {
		etype = llc
		if len(b) >= 16 && binary.BigEndian.Uint16(b[14:]) == 0xffff {
			etype = novell
		}
	}
	head := make([]byte, 20, 20+len(b))
	binary.BigEndian.PutUint16(head, etype)
	head[7], head[9], head[11] = 2, 1, 6 // interface, ARPHRD_ETHER, length of the address
	copy(head[12:18], b[6:12])
	return append(head, b[14:]...)
}
