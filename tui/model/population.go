package model

import (
	"context"
	"net/netip"
	"runtime"

	"tcpclose/flows"
)

// A Scope is whose sockets are counted: of all hosts, of one host, or of one service (a server's address and port).
type Scope struct {
	Addr netip.Addr // invalid for all
	Port uint16     // 0 for a host
}

// String names the scope.
func (s Scope) String() string {
	switch {
	case !s.Addr.IsValid():
		return "all hosts"
	case s.Port == 0:
		return s.Addr.String()
	}
	return netip.AddrPortFrom(s.Addr, s.Port).String()
}

// holds reports whether one end of a row belongs to the scope.
func (s Scope) holds(snap *Snapshot, row int32, side flows.Side) bool {
	if !s.Addr.IsValid() {
		return true
	}
	end := snap.End(row, side)
	if s.Port != 0 {
		return side == flows.Server && end.Port() == s.Port && end.Addr() == s.Addr
	}
	return end.Addr() == s.Addr
}

// A Population is how many sockets were in each state over a stretch of time, in steps of equal length. Count includes
// Maybe: those that perhaps were there no more (flows.EachStay).
//
// It is not a flows.Population, which samples the whole capture at a few hundred moments, for every host, service and pair
// at once. The screen asks for one scope, for any stretch that it is zoomed to, in steps as fine as its cells, and must not
// miss a state that was shorter than a step. Both count the same stays.
type Population struct {
	Scope    Scope
	From, To int64
	Count    [flows.NumStates][]int32
	Maybe    [flows.NumStates][]int32
	Peak     [flows.NumStates]int32
	Resets   []int32 // conversations that a RST ended, in each step
	Edition  uint64
}

// populationSteps is how finely a population is counted: more than any screen is wide, twice over.
const populationSteps = 1024

// Step returns the step that a time lies in, and whether it lies in the population at all.
func (p *Population) Step(at int64) (int, bool) {
	if p == nil || at < p.From || at > p.To || p.To <= p.From {
		return 0, false
	}
	// in floating point: the product of a span and the steps can pass 63 bits
	return min(populationSteps-1, int(float64(at-p.From)/float64(p.To-p.From)*populationSteps)), true
}

// CountPopulation goes through all rows. It stops early, with nil, when ctx ends.
func CountPopulation(ctx context.Context, s *Snapshot, cfg flows.Config, scope Scope, from, to int64) *Population {
	p := &Population{Scope: scope, From: from, To: to, Edition: s.Edition}
	if to <= from {
		return p
	}
	type tally struct {
		count, maybe [flows.NumStates][populationSteps + 1]int32
		resets       [populationSteps]int32
		t            flows.Teardown
	}
	tallies := make([]*tally, runtime.GOMAXPROCS(0))
	s.stretches(ctx, func(worker, first, last int) {
		if tallies[worker] == nil {
			tallies[worker] = new(tally)
		}
		w := tallies[worker]
		for row := int32(first); row < int32(last); row++ {
			if s.Start(row) > to || !scope.holds(s, row, flows.Client) && !scope.holds(s, row, flows.Server) {
				continue
			}
			s.watched(row, &w.t)
			for side := range flows.Server + 1 {
				if scope.holds(s, row, side) {
					flows.EachStay(&w.t, side, &cfg, func(state flows.State, from, sure, to int64) {
						add(p, &w.count[state], from, to)
						if sure < to {
							add(p, &w.maybe[state], max(from, sure), to)
						}
					})
				}
			}
			if step, ok := p.Step(w.t.CloseEnd); ok && w.t.ResetBy != flows.NoOne {
				w.resets[step]++
			}
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	p.Resets = make([]int32, populationSteps)
	for state := range flows.NumStates {
		count, maybe := make([]int32, populationSteps), make([]int32, populationSteps)
		var c, m int32
		for i := range populationSteps {
			for _, w := range tallies {
				if w != nil {
					c += w.count[state][i]
					m += w.maybe[state][i]
				}
			}
			count[i], maybe[i] = c, m
			p.Peak[state] = max(p.Peak[state], c)
		}
		p.Count[state], p.Maybe[state] = count, maybe
	}
	for _, w := range tallies {
		if w != nil {
			for i, n := range w.resets {
				p.Resets[i] += n
			}
		}
	}
	return p
}

// watched unpacks a row whose sockets are to be counted. One that can still change was judged a while ago: it is taken to be
// as it was then up to the latest segment of all. One that was given up was watched no longer.
func (s *Snapshot) watched(row int32, t *flows.Teardown) {
	s.Teardown(row, t)
	if !t.Over() {
		t.WatchedUntil = max(t.WatchedUntil, s.Latest)
	}
}

// add counts one socket up where it reaches a state and down where it leaves it. A state that was shorter than a step
// still counts in its step.
func add(p *Population, count *[populationSteps + 1]int32, from, to int64) {
	if from > p.To || to < p.From {
		return
	}
	first, _ := p.Step(max(from, p.From))
	last := populationSteps
	if to <= p.To {
		n, _ := p.Step(to)
		last = max(n, first+1)
	}
	count[first]++
	count[last]--
}
