package decode

import (
	"bytes"
	"path/filepath"
	"testing"
)

// TestARunIsDealtAsItsPacketsAreDecoded: what Deal makes of runs, for any number of shares, is what Decode makes of each packet
// alone, and stands at its share's place.
func TestARunIsDealtAsItsPacketsAreDecoded(t *testing.T) {
	paths, err := filepath.Glob("../testdata/captures/*.pcap*")
	if err != nil || len(paths) < 20 {
		t.Fatalf("%d captures, %v", len(paths), err)
	}
	paths = append(paths, writeFile(t, "mixed.pcapng", mixedPcapng()))
	for _, path := range paths {
		for _, cfg := range []Config{{}, {KeyVLAN: true, KeyVNI: true}, {Checksums: ChecksumsNoted}} {
			for _, shares := range []int{1, 3} {
				dealt := dealAll(t, path, cfg, shares)
				c, err := Open([]string{path}, FileOptions{})
				if err != nil {
					t.Fatal(err)
				}
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
					if g := dealt[n]; g.segment != s || !bytes.Equal(g.payload, d.Payload(&p, &s)) {
						t.Fatalf("%s: segment %d\ndealt   %+v %x\ndecoded %+v %x", path, n+1, g.segment, g.payload, s, d.Payload(&p, &s))
					}
					n++
				}
				if n != len(dealt) {
					t.Fatalf("%s: %d segments dealt, %d decoded", path, len(dealt), n)
				}
				c.Close()
			}
		}
	}
}

type dealtSegment struct {
	segment Segment
	payload []byte
}

// dealAll deals all packets of a capture to so many shares.
func dealAll(t *testing.T, path string, cfg Config, shares int) (out []dealtSegment) {
	t.Helper()
	c, err := Open([]string{path}, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	d, run := NewDecoder(cfg), NewRun(7)
	places := make([]Segment, shares)
	for i := range places {
		run.Places = append(run.Places, &places[i])
	}
	var p Packet
	for {
		if !c.NextRun(run, 7) {
			if c.Next(&p) != nil {
				return out
			}
			run.Hold(&p)
		}
		for i := range run.Len() {
			stain(&places[i%shares])
			s := d.Deal(run, i)
			if s == nil {
				continue
			}
			if s != &places[Share(s.Hash, shares)] {
				t.Fatalf("%s: frame %d lies at another share's place", path, s.Frame)
			}
			run.Packet(i, &p)
			out = append(out, dealtSegment{*s, bytes.Clone(d.Payload(&p, s))})
		}
	}
}
