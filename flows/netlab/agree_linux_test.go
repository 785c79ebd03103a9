package netlab

import (
	"slices"
	"sync/atomic"
	"testing"
)

// labNumber counts the labs of the process: it goes into their addresses.
var labNumber atomic.Int64

// scenarios returns all of them.
func scenarios() []*scenario {
	var all []*scenario
	for _, group := range [][]scenario{{leak}, silences, timeWaits, openings, orderly, losses, resets} {
		for i := range group {
			all = append(all, &group[i])
		}
	}
	return all
}

func TestTheTrackerAgreesWithTheKernel(t *testing.T) {
	needLab(t)
	for _, s := range scenarios() {
		families := []bool{false, true}
		if s.opt.Hosts[0].IsValid() {
			families = []bool{s.opt.Hosts[0].Is6()}
		}
		if *record {
			families = slices.DeleteFunc(families, func(v6 bool) bool { return v6 || s.tape == nil })
		}
		for _, v6 := range families {
			name := s.name + " over IPv4"
			if v6 {
				name = s.name + " over IPv6"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				p := perform(t, s, int(labNumber.Add(1)), v6)
				t.Log("\n" + p.String())
			})
		}
	}
}
