package decode

import (
	"slices"
	"testing"
)

// stainedRun fills what lies behind short packets, and must decide nothing.
func stainedRun(r *Run) {
	for i := range r.short {
		r.short[i] = "\x01\x01\x08\x0a"[i%4]
	}
}

// FuzzFastPath reads frames with everything that can come with one: a check sequence at the end, a snap length, no time,
// any set of tunnels, tags that belong to the key. What the fast path takes, the walk reads the same.
func FuzzFastPath(f *testing.F) {
	for _, text := range []string{frameIPv4, frameIPv6, frameVLAN} {
		data := unhex(f, text)
		for _, fcs := range []uint8{0, 4} {
			f.Add(data, uint16(linkEthernet), uint16(len(data)), fcs, uint8(0), uint8(0))
			f.Add(data[:len(data)-8], uint16(linkEthernet), uint16(len(data)), fcs, uint8(3), uint8(0))
			f.Add(append(slices.Clip(data), 1, 2, 3, 4), uint16(linkEthernet), uint16(len(data)+4), fcs, uint8(7), uint8(1))
		}
	}
	for _, e := range encapsulations {
		f.Add(e.data, uint16(e.link), uint16(len(e.data)), uint8(0), uint8(3), uint8(0))
	}
	seedPackets(f, func(p *Packet) { f.Add(p.Data, uint16(p.LinkType), uint16(p.WireLen), uint8(0), uint8(1), uint8(0)) })
	f.Fuzz(func(t *testing.T, data []byte, link, wire uint16, fcs, how, decap uint8) {
		p := onLink(LinkType(link), data)
		p.WireLen, p.FCSLen, p.NoTime = max(uint32(wire), uint32(len(data))), fcs, how&4 != 0
		d := NewDecoder(Config{KeyVLAN: how&1 != 0, KeyVNI: how&2 != 0, Decap: DecapSet(decap)})
		var fast, slow Segment
		stain(&fast)
		stainWith(&slow, 0xff)
		stainedRun(d.single)
		if !d.decodeAlone(p, &fast) {
			return
		}
		load := string(d.Payload(p, &fast))
		if !d.walk(p, &slow) {
			t.Fatalf("only the fast path reads it: %+v\n%v", fast, d.LastSkip())
		}
		if fast != slow {
			t.Fatalf("read differently:\nfast %+v\nwalk %+v", fast, slow)
		}
		if again := string(d.Payload(p, &slow)); again != load {
			t.Fatalf("%d octets of payload on the fast path, %d on the walk", len(load), len(again))
		}
	})
}
