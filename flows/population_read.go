package flows

import (
	"cmp"
	"iter"
	"slices"
)

// Crowds lists what is counted apart within a scope, those with the most sockets at any one time first.
func (p *Population) Crowds(scope Scope) []Crowd {
	type ranked struct {
		crowd Crowd
		peak  int
	}
	var list []ranked
	take := func(c Crowd) {
		peak := 0
		for _, census := range p.Samples(c) {
			open := census.Open(Client)
			open.add(census.Open(Server))
			peak = max(peak, open.Most())
		}
		if peak > 0 || scope == ScopeCapture { // else all were over before the next sample
			list = append(list, ranked{c, peak})
		}
	}
	switch scope {
	case ScopeCapture:
		take(Crowd{})
	case ScopeHost:
		for _, k := range p.all().hosts.keys(compareKeys) {
			take(Crowd{Scope: scope, Host: k.addrPort().Addr()})
		}
	case ScopeService:
		for _, k := range p.all().services.keys(compareKeys) {
			take(Crowd{Scope: scope, Service: k.addrPort()})
		}
	case ScopePair:
		for _, k := range p.all().pairs.keys(comparePairs) {
			take(Crowd{Scope: scope, Host: k.client.addrPort().Addr(), Service: k.server.addrPort()})
		}
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return cmp.Compare(b.peak, a.peak) })
	crowds := make([]Crowd, len(list))
	for i := range list {
		crowds[i] = list[i].crowd
	}
	return crowds
}

func comparePairs(a, b pairKey) int {
	return cmp.Or(compareKeys(a.client, b.client), compareKeys(a.server, b.server))
}

// series returns what was counted of a crowd, or nil.
func (p *tally) series(c Crowd) *series {
	switch c.Scope {
	case ScopeHost:
		return p.hosts.get(hostOf(c.Host))
	case ScopeService:
		return p.services.get(keyOf(c.Service))
	case ScopePair:
		return p.pairs.get(pairKey{hostOf(c.Host), keyOf(c.Service)})
	}
	return &p.capture
}

// Samples goes through the moments that were sampled, with how many sockets of a crowd were in each state then. The
// census is the walk's own: copy what is kept.
func (p *Population) Samples(c Crowd) iter.Seq2[int64, *Census] {
	return func(yield func(int64, *Census) bool) {
		all := p.all()
		if s := all.series(c); s != nil {
			all.samples(s, yield)
		}
	}
}

// samples goes through those of one series, as far as they were watched.
func (p *tally) samples(s *series, yield func(at int64, census *Census) bool) {
	if !p.grid.used {
		return
	}
	s.walk(&p.grid, func(i int64, census *Census) bool {
		at := i * p.grid.width
		return at <= p.until && yield(at, census)
	})
}

// At returns how many sockets of a crowd were in each state at the last sample that is not later than a time.
func (p *Population) At(c Crowd, at int64) (census Census) {
	for t, now := range p.Samples(c) {
		if t > at {
			break
		}
		census = *now
	}
	return census
}

// A Growth is how the number of sockets in one state of one role went. Its floor at a sample is the least number from
// there to the end: the sockets that never went away again, without those that come and go.
type Growth struct {
	Crowd     Crowd
	Side      Side
	State     State
	Last      Count // at the last sample
	Peak      Count
	PeakAt    int64
	Rises     int  // how often the floor rose
	OnlyRises bool // the floor rose three times or more, and did so early enough to be no coincidence of the end: a leak
}

// Grew follows one state of one role of a crowd.
func (p *Population) Grew(c Crowd, side Side, state State) (g Growth) {
	g = Growth{Crowd: c, Side: side, State: state, PeakAt: NoTime}
	var floor []int // from the first sample with a socket
	for at, census := range p.Samples(c) {
		n := census[side][state]
		if n.Most() > g.Peak.Most() {
			g.Peak, g.PeakAt = n, at
		}
		g.Last = n
		if len(floor) > 0 || n.Most() > 0 {
			floor = append(floor, n.Most())
		}
	}
	for i := len(floor) - 2; i >= 0; i-- {
		floor[i] = min(floor[i], floor[i+1])
	}
	before := 0
	for _, n := range floor {
		if n > before {
			g.Rises++
		}
		before = n
	}
	if len(floor) > 0 {
		g.OnlyRises = g.Rises >= 3 && 4*floor[len(floor)/2] >= floor[len(floor)-1]
	}
	return g
}

// Growing lists the services whose CLOSE-WAIT or FIN-WAIT-2 only rises, the highest first (TEARDOWN section 8).
func (p *Population) Growing() (list []Growth) {
	for _, c := range p.Crowds(ScopeService) {
		for _, state := range [...]State{CloseWait, FinWait2} {
			for side := range Side(2) {
				if g := p.Grew(c, side, state); g.OnlyRises {
					list = append(list, g)
				}
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Growth) int { return cmp.Compare(b.Last.Most(), a.Last.Most()) })
	return list
}
