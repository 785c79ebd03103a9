package netlab

import (
	"compress/gzip"
	"encoding/gob"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// preserved is the ending of a file that holds a production whole: what every tap saw, with what only the lab knows of a
// packet, and the truth.
const preserved = ".production"

// A keepsake is a production as such a file holds it.
type keepsake struct {
	Story       string
	V6          bool
	A, B        []*Life
	Taps        []string
	Seen        [][]keptPacket // by tap
	Late, Delay time.Duration
}

// A keptPacket is one sighting.
type keptPacket struct {
	Time   int64
	Dir    Direction
	Data   []byte
	Forged bool
	Serial int
}

// preserve writes a production into a file.
func (p *production) preserve(path string) error {
	k := keepsake{Story: p.scenario.name, V6: p.v6, A: p.a, B: p.b, Late: p.late, Delay: p.delay}
	for _, tap := range p.taps {
		var seen []keptPacket
		for _, s := range tap.sightings {
			seen = append(seen, keptPacket{s.Time, s.Dir, s.Data, s.Forged, s.serial})
		}
		k.Taps, k.Seen = append(k.Taps, tap.Name), append(k.Seen, seen)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z := gzip.NewWriter(f)
	if err := gob.NewEncoder(z).Encode(&k); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// recall reads a production that preserve wrote. Its scenario has no play any more, only its ends.
func recall(path string) (*production, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	var k keepsake
	if err := gob.NewDecoder(z).Decode(&k); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	p := &production{scenario: &scenario{name: k.Story}, v6: k.V6, a: k.A, b: k.B, late: k.Late, delay: k.Delay}
	if all := scenarios(); slices.ContainsFunc(all, func(s *scenario) bool { return s.name == k.Story }) {
		p.scenario = all[slices.IndexFunc(all, func(s *scenario) bool { return s.name == k.Story })]
	}
	for i, name := range k.Taps {
		tap := &Tap{Name: name}
		for _, s := range k.Seen[i] {
			packet, ok := parsePacket(s.Dir, s.Data)
			if !ok {
				return nil, fmt.Errorf("%s: a packet is damaged", path)
			}
			packet.Forged, packet.serial = s.Forged, s.Serial
			tap.sightings = append(tap.sightings, Sighting{s.Time, packet})
		}
		p.taps = append(p.taps, tap)
	}
	return p, nil
}

// TestTheTrackerAgreesWithARecordedKernel judges what earlier runs recorded, so that a change of the judge can be tried on
// the very packets that it was wrong about. It needs neither root nor Linux's namespaces.
func TestTheTrackerAgreesWithARecordedKernel(t *testing.T) {
	if *replay == "" {
		t.Skip("-replay names no folder")
	}
	paths, err := filepath.Glob(filepath.Join(*replay, "*"+preserved))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recording in %s: %v", *replay, err)
	}
	var stories, soaks stage
	for _, path := range paths {
		p, err := recall(path)
		if err != nil {
			t.Fatal(err)
		}
		if p.scenario.ends == nil {
			soaks.add(p)
		} else {
			_, told := p.asTold()
			p.otherwise = !told
			stories.add(p)
		}
	}
	stories.judge(t).holdScenarios(t)
	soaks.judge(t).holdSoak(t)
}
