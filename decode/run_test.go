package decode

import (
	"bytes"
	"cmp"
	"path/filepath"
	"slices"
	"testing"
)

// TestARunIsDealtAsItsPacketsAreDecoded: what Deal makes of runs, for any number of shares, is what Decode makes of each packet
// alone, lies in its share's lane, and it stops where a RST has a payload.
func TestARunIsDealtAsItsPacketsAreDecoded(t *testing.T) {
	paths, err := filepath.Glob("../testdata/captures/*.pcap*")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	paths = append(paths, writeFile(t, "mixed.pcapng", mixedPcapng()))
	for _, path := range paths {
		for _, cfg := range []Config{{}, {KeyVLAN: true, KeyVNI: true}, {Checksums: ChecksumsNoted}} {
			for _, shares := range []int{1, 3} {
				for _, step := range []int{1, 7} {
					compareDealt(t, path, cfg, shares, step)
				}
			}
		}
	}
}

func compareDealt(t *testing.T, path string, cfg Config, shares, step int) {
	t.Helper()
	dealt, counted := dealAll(t, path, cfg, shares, step)
	c, err := Open([]string{path}, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d := NewDecoder(cfg)
	var p Packet
	n := 0
	for c.Next(&p) == nil {
		var s Segment
		stain(&s)
		if !d.Decode(&p, &s) {
			continue
		}
		if n == len(dealt) {
			t.Fatalf("%s: %d segments dealt, and more decoded", path, n)
		}
		load := d.Payload(&p, &s)
		g := dealt[n]
		if g.segment != s || g.asked && !bytes.Equal(g.payload, load) {
			t.Fatalf("%s: segment %d\ndealt   %+v %x\ndecoded %+v %x", path, n+1, g.segment, g.payload, s, load)
		}
		if s.Flags.Has(RST) && s.Len > 0 && !g.asked {
			t.Fatalf("%s: Deal did not stop behind the RST with a payload in frame %d", path, s.Frame)
		}
		n++
	}
	if n != len(dealt) || counted != d.Counters() {
		t.Fatalf("%s: %d segments dealt, %d decoded; counted %+v and %+v", path, len(dealt), n, counted, d.Counters())
	}
}

type dealtSegment struct {
	segment Segment
	payload []byte
	asked   bool // payload was asked for
}

// dealAll deals all packets of a capture to so many shares, up to so many of them at a time.
func dealAll(t *testing.T, path string, cfg Config, shares, step int) (out []dealtSegment, counted Counters) {
	t.Helper()
	c, err := Open([]string{path}, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const room = 7
	d, run := NewDecoder(cfg), NewRun(room)
	for range shares {
		run.Lanes = append(run.Lanes, Lane{Segments: make([]Segment, room)})
	}
	var p Packet
	for {
		if !c.NextRun(run, room) {
			if c.Next(&p) != nil {
				return out, d.Counters()
			}
			run.Hold(&p)
		}
		loads := map[uint64][]byte{}
		for i := 0; i < run.Len(); {
			next, spoken := d.Deal(run, i, min(i+step, run.Len()))
			if next <= i || next > min(i+step, run.Len()) || spoken == nil && next < min(i+step, run.Len()) {
				t.Fatalf("%s: dealt packets %d to %d, stopped before %d", path, i, i+step, next)
			}
			run.Packet(next-1, &p)
			for _, l := range run.Lanes {
				if l.N > 0 && (step == 1 || spoken != nil) && l.Segments[l.N-1].Frame == p.Frame {
					loads[p.Frame] = bytes.Clone(d.Payload(&p, &l.Segments[l.N-1]))
				}
			}
			i = next
		}
		out = append(out, emptied(t, run.Lanes, loads)...)
	}
}

// emptied returns what the lanes hold, in the order of frames.
func emptied(t *testing.T, lanes []Lane, loads map[uint64][]byte) (out []dealtSegment) {
	t.Helper()
	for w := range lanes {
		l := &lanes[w]
		for i := range l.N {
			s := &l.Segments[i]
			if Share(s.Hash, len(lanes)) != w {
				t.Fatalf("frame %d lies in another share's lane", s.Frame)
			}
			load, asked := loads[s.Frame]
			out = append(out, dealtSegment{*s, load, asked})
			stain(s)
		}
		l.N = 0
	}
	slices.SortFunc(out, func(a, b dealtSegment) int { return cmp.Compare(a.segment.Frame, b.segment.Frame) })
	return out
}
