package netlab

import "slices"

// A Sighting is one packet as a tap saw it.
type Sighting struct {
	Time int64 // nanoseconds since 1970, by the lab's clock
	*Packet
}

// A Tap keeps what passes one point of the wire.
type Tap struct {
	Name      string
	sightings []Sighting
}

func (t *Tap) stage(w *Wire, at int, p *Packet) {
	t.sightings = append(t.sightings, Sighting{now(), p.Clone()})
	w.next(at, p)
}

// A Cut makes another capture of the same packets: what a capture would hold that was taken otherwise.
type Cut struct {
	Name string
	Keep func(all []Sighting, i int) bool // whether the i-th packet is in that capture
}

// OneWay keeps one direction alone.
func OneWay(dir Direction) Cut {
	name := "from-a-only"
	if dir == FromB {
		name = "from-b-only"
	}
	return Cut{name, func(all []Sighting, i int) bool { return all[i].Dir == dir }}
}

// apply returns the packets that the cut keeps.
func (c Cut) apply(all []Sighting) []Sighting {
	if c.Keep == nil {
		return all
	}
	kept := make([]Sighting, 0, len(all))
	for i := range all {
		if c.Keep(all, i) {
			kept = append(kept, all[i])
		}
	}
	return slices.Clip(kept)
}
