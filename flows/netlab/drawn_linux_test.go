package netlab

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// One run of two kernels shows what they sent and what reached them. Where on the way a packet was lost, held up, repeated or
// overtaken made no difference to them, so any number of vantages between them can be drawn that might have been.

// drawn returns the production with another vantage in its middle, the nth of those that are drawn by the lot.
func (p *production) drawn(nth int) *production {
	name := fmt.Sprintf("%s drawn %d", p.scenario.name, nth)
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	d := &drawer{
		rng:  rand.New(rand.NewPCG(h.Sum64(), uint64(nth))),
		near: [2]*Tap{p.taps[0], p.taps[2]},
	}
	d.place[FromA] = d.rng.Float64()
	d.place[FromB] = 1 - d.place[FromA]
	out := *p
	story := *p.scenario
	story.name = name
	out.scenario = &story
	out.taps = []*Tap{p.taps[0], {Name: p.taps[1].Name, sightings: append(d.pass(FromA), d.pass(FromB)...)}, p.taps[2]}
	seen := out.taps[1].sightings
	slices.SortStableFunc(seen, func(a, b Sighting) int { return cmp.Compare(a.Time, b.Time) })
	return &out
}

// A drawer draws by the lot what a vantage saw.
type drawer struct {
	rng   *rand.Rand
	near  [2]*Tap
	place [2]float64 // of the way from the host of that direction
}

// heldUp is by how much longer a packet is on its way than the fastest one where that is no mere lateness of this machine: then
// it was held up at one point, before the vantage or behind it.
const heldUp = int64(5 * time.Millisecond)

// pass returns what passes the vantage in one direction.
func (d *drawer) pass(dir Direction) (seen []Sighting) {
	arrived := map[int][]Sighting{}
	for _, s := range d.near[1-dir].sightings {
		if s.Dir == dir {
			arrived[s.serial] = append(arrived[s.serial], s)
		}
	}
	fastest := int64(time.Second)
	for _, s := range d.near[dir].sightings {
		if copies := arrived[s.serial]; s.Dir == dir && len(copies) > 0 {
			fastest = min(fastest, max(0, copies[0].Time-s.Time))
		}
	}
	for _, s := range d.near[dir].sightings {
		if s.Dir != dir {
			continue
		}
		copies := arrived[s.serial]
		if len(copies) == 0 {
			if d.before(dir) {
				continue // lost
			}
			copies = []Sighting{{s.Time + fastest, s.Packet}}
		}
		if len(copies) > 1 && !d.before(dir) {
			copies = copies[:1] // it was repeated behind the vantage
		}
		for i, c := range copies {
			packet := s.Clone()
			packet.Forged = packet.Forged || i > 0
			seen = append(seen, Sighting{s.Time + d.share(dir, fastest, c.Time-s.Time), packet})
		}
		if d.rng.IntN(100) == 0 {
			twin := s.Clone()
			twin.Forged = true // it was repeated before, and one of the two lost behind
			seen = append(seen, Sighting{seen[len(seen)-1].Time + d.rng.Int64N(90e6), twin})
		}
	}
	return seen
}

// before draws whether something happened before the vantage: the likelier the further that is away.
func (d *drawer) before(dir Direction) bool { return d.rng.Float64() < d.place[dir] }

// share returns how much of the time that a packet was on its way had gone when it passed the vantage.
func (d *drawer) share(dir Direction, fastest, took int64) int64 {
	extra := took - fastest
	if extra < heldUp {
		return int64(d.place[dir] * float64(took))
	}
	passed := int64(d.place[dir] * float64(fastest))
	if d.before(dir) {
		passed += extra
	}
	return passed
}
