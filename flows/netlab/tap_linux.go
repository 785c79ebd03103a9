package netlab

import (
	"cmp"
	"slices"
)

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

// host makes the tap one that stands in the host itself, as tcpdump does there: what the host sends is seen when its
// kernel hands it to the device, not when this program gets to read it.
func (t *Tap) host(side Direction, log *hostLog) {
	for i := range t.sightings {
		s := &t.sightings[i]
		if s.Dir != side {
			continue
		}
		if at, ok := log.sentAt(s.serial); ok && at < s.Time {
			s.Time = at
		}
	}
	slices.SortStableFunc(t.sightings, func(a, b Sighting) int { return cmp.Compare(a.Time, b.Time) })
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
