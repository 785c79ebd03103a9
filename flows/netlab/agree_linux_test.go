package netlab

import (
	"sync/atomic"
	"testing"
)

// labNumber counts the labs of the process: it goes into their addresses.
var labNumber atomic.Int64

func TestTheTrackerAgreesWithTheKernel(t *testing.T) {
	needLab(t)
	for i := range orderly {
		for _, v6 := range [...]bool{false, true} {
			s := &orderly[i]
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
