package flows

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The ephemeral ports of Linux's default range, which a client has towards each server address and port; and the
// pessimistic half of them, since connect() takes the ports of one parity first.
const (
	EphemeralPorts     = ephemeralHigh - ephemeralLow + 1
	HalfEphemeralPorts = EphemeralPorts / 2
)

// Ports is how much of a client's ephemeral range the connections to one service took.
type Ports struct {
	Client        netip.Addr
	Service       netip.AddrPort
	Conversations uint64
	Peak          Count // client-side sockets not CLOSED, TIME-WAIT included
	PeakAt        int64
	TimeWait      Count // of the peak, those in TIME-WAIT
	ServerHeld    Count // the most TIME-WAITs that the server held for them: memory, no ports
	Last          Count // at the last sample
	LastAt        int64
	Rate          float64 // by how many they grew a second towards the end
	RunsOut       int64   // when all EphemeralPorts are taken, seen or foreseen; NoTime where that is not to be expected
	HalfRunsOut   int64   // likewise HalfEphemeralPorts
	first         int64
	ids           []uint64
}

// addPorts counts what Ports needs of one conversation: the client's sockets, all states but TIME-WAIT as one, and the
// TIME-WAITs of the server. h is the pair's hash.
func (p *tally) addPorts(t *Teardown, key *pairKey, h hash) {
	p.until = max(p.until, t.WatchedUntil)
	if !p.covered(t) {
		p.widen(t)
	}
	if p.pairs.leavesOut(h.rank) || !t.held() {
		return
	}
	pair := p.pair(t, key, h)
	if pair == nil {
		return
	}
	p.addClient(pair, t)
	for i, states := 0, t.Ends[Server].States; i < len(states); i++ {
		if states[i].State == TimeWait {
			s, _ := p.stayOf(t, Server, i)
			pair.stay(&p.grid, &p.finger, &s)
		}
	}
}

// held reports whether there was a socket at either end.
func (t *Teardown) held() bool {
	for side := range t.Ends {
		states := t.Ends[side].States
		for i := range states {
			if states[i].open() {
				return true
			}
		}
	}
	return false
}

// addClient counts the client's sockets. The states that it goes through first are mostly certain, and count as one stay.
func (p *tally) addClient(pair *series, t *Teardown) {
	states := t.Ends[Client].States
	n := 0
	for n+1 < len(states) && states[n].State != TimeWait && states[n].open() && states[n].provedBy(&states[n+1]) {
		n++
	}
	if n > 1 && states[0].When() != NoTime {
		run, _ := stayOf(t, Client, 0)
		run.state, run.to = Established, max(states[n].When(), run.from)
		run.sure = run.to
		pair.stay(&p.grid, &p.finger, &run)
	} else {
		n = 0
	}
	for i := n; i < len(states); i++ {
		if s, ok := p.stayOf(t, Client, i); ok {
			if s.state != TimeWait {
				s.state = Established
			}
			pair.stay(&p.grid, &p.finger, &s)
		}
	}
}

// stayOf returns how long one end of a conversation was in the state of its i-th transition; ok is false where there was
// no socket.
func (p *tally) stayOf(t *Teardown, side Side, i int) (s stay, ok bool) {
	s, ok = stayOf(t, side, i)
	if ok {
		s.sure = sureUntil(t, &s, i, p.cfg)
	}
	return s, ok
}

// stay counts one socket.
func (s *series) stay(g *grid, at *finger, of *stay) {
	if of.from == of.to {
		return
	}
	if from, sure, to := at.span(g, of); from != to {
		s.add(of.side, of.state, from, sure, to)
	}
}

// pair counts a conversation among those of its pair, whose series it returns; nil for one that is left out.
func (p *tally) pair(t *Teardown, key *pairKey, h hash) *series {
	s := p.pairs.at(key, h)
	if s == nil {
		return nil
	}
	s.ids.add(t.ID)
	s.conversations++
	s.follow(&p.grid)
	return s
}

// covered reports whether the grid is wide enough for all that a conversation's states take, so that its stays need not be
// looked at one by one: they lie between the first and the last state, since those are in order of time.
func (p *tally) covered(t *Teardown) bool {
	low, high := t.Start, t.Start
	for side := range t.Ends {
		states := t.Ends[side].States
		if len(states) == 0 {
			continue
		}
		last := &states[len(states)-1]
		low, high = min(low, states[0].When()), max(high, last.Earliest, last.Latest, last.Probable)
		if last.State != Closed { // it is still there at the end
			low, high = min(low, t.WatchedUntil), max(high, t.WatchedUntil)
		}
	}
	return low > p.grid.low && high < p.grid.high
}

// widen makes the grid wide enough for a conversation.
func (p *tally) widen(t *Teardown) {
	low, high, any := int64(0), int64(0), false
	for side := range Side(2) {
		for i := range t.Ends[side].States {
			s, ok := stayOf(t, side, i)
			switch {
			case !ok:
			case !any:
				low, high, any = s.from, s.to, true
			default:
				low, high = min(low, s.from), max(high, s.to)
			}
		}
	}
	if any {
		p.cover(low, high)
	}
}

// Ports lists the pairs of client and service by how many of the client's ports they took, the most first.
func (p *Population) Ports() (list []Ports) { return p.all().portsFrom(0) }

// portsFrom leaves out the pairs with fewer conversations than least, which cannot take more ports than that.
func (p *tally) portsFrom(least uint64) (list []Ports) {
	for _, k := range p.pairs.keysOf(comparePairs, func(_ pairKey, s *series) bool { return s.conversations >= least }) {
		if o, ok := p.portsOf(k); ok {
			list = append(list, o)
		}
	}
	slices.SortStableFunc(list, func(a, b Ports) int { return cmp.Compare(b.Peak.Most(), a.Peak.Most()) })
	return list
}

// portsOf returns what a pair took; ok is false where all its sockets were gone before the next sample.
func (p *tally) portsOf(k pairKey) (o Ports, ok bool) {
	s := p.pairs.get(k)
	o = Ports{
		Client: k.client.addrPort().Addr(), Service: k.server.addrPort(), Conversations: s.conversations, ids: s.ids.list(),
		PeakAt: NoTime, LastAt: NoTime, RunsOut: NoTime, HalfRunsOut: NoTime, first: NoTime,
	}
	var at []int64
	var taken []int
	p.samples(s, func(when int64, census *Census) bool {
		n, served := census.Open(Client), census.Open(Server)
		ok = ok || n.Most()+served.Most() > 0
		if n.Most() > o.Peak.Most() {
			o.Peak, o.PeakAt, o.TimeWait = n, when, census[Client][TimeWait]
		}
		if held := census[Server][TimeWait]; held.Most() > o.ServerHeld.Most() {
			o.ServerHeld = held
		}
		if o.first == NoTime && n.Most() > 0 {
			o.first = when
		}
		if n.Most() >= EphemeralPorts && o.RunsOut == NoTime {
			o.RunsOut = when
		}
		if n.Most() >= HalfEphemeralPorts && o.HalfRunsOut == NoTime {
			o.HalfRunsOut = when
		}
		o.Last, o.LastAt = n, when
		at, taken = append(at, when), append(taken, n.Most())
		return true
	})
	o.foresee(at, taken, p.cfg.timeWait())
	return o, ok
}

// foresee extends the growth of the last quarter of what was watched. Within one TIME-WAIT of the first connection no
// port comes back, and the growth is the rate of new connections: it ends at as many as come in one TIME-WAIT.
func (o *Ports) foresee(at []int64, taken []int, timeWait int64) {
	if len(at) < 4 || o.first == NoTime {
		return
	}
	last := len(at) - 1
	from := last - max(last/4, 1)
	span := at[last] - at[from]
	o.Rate = float64(taken[last]-taken[from]) / (float64(span) / float64(second))
	if o.Rate <= 0 {
		return
	}
	most := o.Rate * float64(timeWait) / float64(second) * 10
	if at[last]-o.first < timeWait {
		most = o.Rate * float64(timeWait) / float64(second)
	}
	for _, limit := range []struct {
		ports int
		when  *int64
	}{{EphemeralPorts, &o.RunsOut}, {HalfEphemeralPorts, &o.HalfRunsOut}} {
		if *limit.when == NoTime && most >= float64(limit.ports) {
			*limit.when = at[last] + int64(float64(limit.ports-taken[last])/o.Rate*float64(second))
		}
	}
}

// leastPorts is from how many ports on a client's TIME-WAITs are pressure: half of the pessimistic half; and from how many
// on it counts that they will run out.
const (
	leastPorts    = HalfEphemeralPorts / 2
	leastForeseen = 1000
)

// exhaustion finds the clients that run short of ports towards a service.
func exhaustion(p *tally) (list []Finding) {
	for _, o := range p.portsFrom(leastForeseen) {
		peak := o.Peak.Most()
		if peak < leastForeseen {
			break
		}
		if peak < leastPorts && o.RunsOut == NoTime || 2*o.TimeWait.Most() < peak {
			continue
		}
		f := Finding{
			ID: FindingTimeWaitExhaustion, Confidence: Likely, Service: o.Service, Client: o.Client, Side: ByClient,
			Conversations: o.ids, Count: o.Conversations, Since: o.first, Until: o.LastAt,
			Time:   int64(peak) * second, // the ports' time is not what hurts: rank it by their number
			Filter: fmt.Sprintf("src %s and dst %s and client.state time-wait", o.Client, o.Service),
			Numbers: []Number{
				{"peak_ports", int64(peak)},
				{"peak_time_wait", int64(o.TimeWait.Most())},
				{"ephemeral_ports", EphemeralPorts},
				{"half_ephemeral_ports", HalfEphemeralPorts},
				{"server_time_wait", int64(o.ServerHeld.Most())},
			},
		}
		then := ""
		switch {
		case peak >= EphemeralPorts:
			f.Confidence = Certain
			then = "; the default range is used up"
		case o.RunsOut != NoTime && o.RunsOut > o.LastAt:
			f.Numbers = append(f.Numbers, Number{"runs_out_ns", o.RunsOut})
			then = fmt.Sprintf("; at this rate (%.0f a second) they run out at %s", o.Rate, time.Unix(0, o.RunsOut).UTC().Format("15:04:05"))
		case peak >= HalfEphemeralPorts:
			then = "; programs that bind() before connect() have no more"
		}
		f.Sentence = fmt.Sprintf("%s held %s of its %s ephemeral ports towards %s, %s of them in TIME-WAIT%s: keep connections alive, or let the server close first.",
			o.Client, figure(uint64(peak)), figure(EphemeralPorts), o.Service, figure(uint64(o.TimeWait.Most())), then)
		list = append(list, f)
	}
	return list
}
