package netlab

import (
	"io"
	"path/filepath"
	"slices"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A view is one capture of a production: a tap, and perhaps a cut of it.
type view struct {
	tap *Tap
	cut Cut
}

func (v view) name() string {
	if v.cut.Name == "" {
		return v.tap.Name
	}
	return v.tap.Name + "." + v.cut.Name
}

// sightings are the packets of the capture.
func (v view) sightings() []Sighting { return v.cut.apply(v.tap.sightings) }

// track runs the tracker over a view: over a file where it is the whole capture, over the packets themselves where it is
// one of the many cuts of it.
func (v view) track(t *testing.T, p *production) []flows.Teardown {
	t.Helper()
	stall := p.scenario.stall
	if stall == 0 {
		stall = stallTime
	}
	src := v.open(t, p)
	defer src.Close()
	all, _, err := flows.Collect(t.Context(), src, decode.Config{}, flows.Config{Stall: stall, Workers: 1}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(td flows.Teardown) bool { return td.Ends[flows.Server].Addr.Port() == neighbourPort })
}

func (v view) open(t *testing.T, p *production) flows.Source {
	t.Helper()
	if v.cut.Name != "" {
		return &reel{seen: v.sightings()}
	}
	path := filepath.Join(t.TempDir(), p.file()+"."+v.name()+".pcapng")
	writeCapture(t, path, p.scenario.name, v.tap)
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// A reel is a flows.Source of packets that a tap saw.
type reel struct {
	seen []Sighting
	at   int
}

// Next returns the next packet, as a file of raw IP packets would.
func (r *reel) Next(p *decode.Packet) error {
	if r.at == len(r.seen) {
		return io.EOF
	}
	s := r.seen[r.at]
	r.at++
	*p = decode.Packet{
		Frame: uint64(r.at), FileFrame: uint64(r.at), Time: s.Time, Data: s.Data, WireLen: uint32(len(s.Data)), LinkType: linkTypeRaw,
	}
	return nil
}

// Close does nothing: the packets stay.
func (r *reel) Close() error { return nil }

// Files, Interfaces and Damages are none.
func (r *reel) Files() []decode.FileInfo { return nil }

// Interfaces returns none.
func (r *reel) Interfaces() []decode.Interface { return nil }

// Damages returns none.
func (r *reel) Damages() []decode.Damage { return nil }

// DamageCount returns none.
func (r *reel) DamageCount() uint64 { return 0 }
