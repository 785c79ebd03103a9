package flows

import (
	"net/netip"
	"time"
)

// A Count is how many sockets were in a state: those that are certain, and those that may have been there besides (TEARDOWN
// section 8).
type Count struct{ Certain, Maybe int }

// Most returns how many there were at the most.
func (c Count) Most() int { return c.Certain + c.Maybe }

func (c *Count) add(o Count) {
	c.Certain += o.Certain
	c.Maybe += o.Maybe
}

// A Census is how many sockets were in each state at one moment, by the role of their end.
type Census [2][NumStates]Count

// Of returns the count of a state over both roles.
func (c *Census) Of(s State) Count {
	n := c[Client][s]
	n.add(c[Server][s])
	return n
}

// Open returns the count over all states of one role: TIME-WAIT is one of them, CLOSED is none.
func (c *Census) Open(side Side) (n Count) {
	for s := SynSent; s < Closed; s++ {
		n.add(c[side][s])
	}
	return n
}

// Scope says whose sockets are counted together.
type Scope uint8

// The scopes.
const (
	ScopeCapture Scope = iota // all
	ScopeHost                 // those of one host
	ScopeService              // both ends of one server address and port
	ScopePair                 // both ends of one client address and one server address and port
	NumScopes
)

var scopeNames = [NumScopes]string{"capture", "host", "service", "pair"}

// String returns the scope's name.
func (s Scope) String() string { return scopeNames[s] }

// ParseScope reads a scope's name.
func ParseScope(name string) (Scope, bool) {
	for s, n := range scopeNames {
		if n == name {
			return Scope(s), true
		}
	}
	return 0, false
}

// A Crowd names sockets that are counted together. The zero value is the whole capture.
type Crowd struct {
	Scope   Scope
	Host    netip.Addr     // of ScopeHost; the client of ScopePair
	Service netip.AddrPort // of ScopeService and ScopePair
}

// String returns the host, the service, or "client > service".
func (c Crowd) String() string {
	switch c.Scope {
	case ScopeHost:
		return c.Host.String()
	case ScopeService:
		return c.Service.String()
	case ScopePair:
		return c.Host.String() + " > " + c.Service.String()
	}
	return "capture"
}

// The most hosts, services and pairs that a Population counts apart. Where there are more, a sample of them is.
const (
	maxCrowdHosts    = 1024
	maxCrowdServices = 1024
	maxCrowdPairs    = 4096
)

// A Population is how many sockets were in each state over time: netstat from a capture. It samples at moments that lie
// one step apart; each value is exact at its moment. The step grows with the capture, so that memory stays bounded, and
// what comes out does not depend on the order in which conversations are added. Add may be called by several goroutines
// at once, the rest only when all were added.
type Population struct {
	cfg   Config
	step  int64
	lanes lanes[tally]
}

// A tally is what the conversations of one lane add up to.
type tally struct {
	cfg      *Config
	secret   uint64 // of the samples
	grid     grid
	finger   finger // on the grid, of addPorts
	capture  series
	hosts    sample[endKey, series]
	services sample[endKey, series]
	pairs    sample[pairKey, series]
	until    int64 // how long the capture was watched
	passed   [2][NumStates]uint64
}

// A pairKey is a client's address and a server's address and port.
type pairKey struct{ client, server endKey }

// hash makes the pair's of that of the client's address and that of the server's address and port.
func (k pairKey) hash(secret uint64) hash {
	return pairHash(k.client.hash(secret), k.server.hash(secret))
}

func pairHash(client, server hash) hash {
	return hash{mix(client.rank<<1 ^ server.rank), fold(client.slot+rankSeed, server.slot)}
}

// set makes it the key of a conversation's pair.
func (k *pairKey) set(t *Teardown) {
	k.client = hostOf(t.Ends[Client].Addr.Addr())
	k.server = keyOf(t.Ends[Server].Addr)
}

// NewPopulation returns an empty population that assumes the timers of cfg. It samples every step; 0 chooses steps that
// are easy to read, a few hundred over the capture. A step that would give more than that is doubled.
func NewPopulation(cfg Config, step time.Duration) *Population {
	return &Population{cfg: cfg, step: int64(step)}
}

func (p *Population) newTally() *tally { return newTally(&p.cfg, p.step, newSecret()) }

func newTally(cfg *Config, step int64, secret uint64) *tally {
	return &tally{
		cfg: cfg, grid: newGrid(step), until: NoTime, secret: secret,
		hosts:    newSample[endKey, series](maxCrowdHosts, secret),
		services: newSample[endKey, series](maxCrowdServices, secret),
		pairs:    newSample[pairKey, series](maxCrowdPairs, secret),
	}
}

// all returns what all conversations add up to.
func (p *Population) all() *tally { return p.lanes.whole(p.newTally, (*tally).merge) }

// A stay is one endpoint in one state: certainly from from to sure, and perhaps until to.
type stay struct {
	side           Side
	state          State
	from, sure, to int64
}

// Add counts the sockets of one conversation; each must be added once, when it is final. It keeps nothing of the Teardown.
// One conversation with wild times makes the samples of all lie far apart.
func (p *Population) Add(t *Teardown) {
	l := p.lanes.enter(t, p.newTally)
	l.value.add(t)
	l.mu.Unlock()
}

func (p *tally) add(t *Teardown) {
	var room [16]stay
	stays := room[:0]
	for s := range t.Ends {
		stays = appendStays(stays, t, Side(s), p.cfg)
	}
	p.until = max(p.until, t.WatchedUntil)
	if len(stays) == 0 {
		return
	}
	low, high := stays[0].from, stays[0].to
	for i := range stays {
		low, high = min(low, stays[i].from), max(high, stays[i].to)
		p.passed[stays[i].side][stays[i].state]++
	}
	p.cover(low, high)
	var crowds [2][4]*series
	p.crowds(t, &crowds)
	var at finger
	for i := range stays {
		s := &stays[i]
		from, sure, to := at.span(&p.grid, s)
		if from == to {
			continue
		}
		for _, c := range crowds[s.side] {
			if c != nil {
				c.add(s.side, s.state, from, sure, to)
			}
		}
	}
}

// crowds finds the series that a conversation's sockets belong to, at the grid's width.
func (p *tally) crowds(t *Teardown, of *[2][4]*series) {
	var k pairKey
	k.set(t)
	host := k.server
	host.port = 0
	byClient, byServer, byHost := k.client.hash(p.secret), k.server.hash(p.secret), host.hash(p.secret)
	service, pair := p.services.at(&k.server, byServer), p.pair(t, &k, pairHash(byClient, byServer))
	p.hosts.at(&host, byHost) // a new host can move the other, or leave it out, so both must be there first
	client := p.hosts.at(&k.client, byClient)
	server := p.hosts.at(&host, byHost)
	of[Client] = [4]*series{&p.capture, client, service, pair}
	of[Server] = [4]*series{&p.capture, server, service, pair}
	for _, s := range [...]*series{&p.capture, client, server, service} {
		if s != nil {
			s.follow(&p.grid)
		}
	}
}

// cover makes the grid wide enough for a stretch of time.
func (p *tally) cover(from, to int64) {
	for !p.grid.cover(from, to) {
		p.grid.coarsen()
		p.finger = finger{}
	}
}

// merge takes what another tally gathered, which is of no use afterwards.
func (p *tally) merge(o *tally) {
	p.until = max(p.until, o.until)
	for side := range o.passed {
		for state, n := range o.passed[side] {
			p.passed[side][state] += n
		}
	}
	if !o.grid.used {
		return
	}
	p.finger = finger{}
	for p.grid.width != o.grid.width || !p.grid.join(o.grid.first, o.grid.last) {
		if o.grid.width < p.grid.width {
			o.grid.coarsen()
		} else {
			p.grid.coarsen()
		}
	}
	add := func(to, from *series) {
		to.follow(&p.grid)
		from.follow(&o.grid)
		to.merge(from)
	}
	add(&p.capture, &o.capture)
	p.hosts.merge(&o.hosts, add)
	p.services.merge(&o.services, add)
	p.pairs.merge(&o.pairs, add)
}

// stayOf returns how long one end of a conversation was in the state of its i-th transition, but for sure; ok is false
// where there was no socket.
func stayOf(t *Teardown, side Side, i int) (s stay, ok bool) {
	states := t.Ends[side].States
	tr := &states[i]
	if !tr.open() {
		return stay{}, false
	}
	s = stay{side: side, state: tr.State, from: tr.When()}
	if s.from == NoTime {
		s.from = t.Start
	}
	if i+1 < len(states) {
		s.to = max(states[i+1].When(), s.from)
	} else {
		s.to = max(t.WatchedUntil, s.from) + 1 // it is still there at the end
	}
	return s, true
}

// appendStays appends the states of one end of a conversation, with how long each is certain.
func appendStays(list []stay, t *Teardown, side Side, cfg *Config) []stay {
	for i := range t.Ends[side].States {
		if s, ok := stayOf(t, side, i); ok {
			s.sure = sureUntil(t, &s, i, cfg)
			list = append(list, s)
		}
	}
	return list
}

// sureUntil returns until when a stay, that of the i-th transition, is certain.
func sureUntil(t *Teardown, s *stay, i int, cfg *Config) int64 {
	states := t.Ends[s.side].States
	var next *Transition
	if i+1 < len(states) {
		next = &states[i+1]
	}
	return min(max(certainUntil(t, s.side, &states[i], next, cfg), s.from), s.to)
}

// open reports whether the state is that of a socket.
func (t *Transition) open() bool { return t.State != Closed && t.State != Unknown }

// provedBy reports whether the wire shows an endpoint in a state until the next one, whatever the timers are.
func (t *Transition) provedBy(next *Transition) bool {
	const everywhere = 1<<SynSent | 1<<SynReceived | 1<<Established
	return next.Grade == Seen || // what it did next shows where it was
		1<<t.State&everywhere != 0 ||
		t.Grade == Seen && t.State != FinWait2 // for an orphan expires there
}

// certainUntil says until when a socket was certainly in a state (TEARDOWN section 8); NoTime where it is not certain that
// it ever was.
func certainUntil(t *Teardown, side Side, tr, next *Transition, cfg *Config) int64 {
	const always = 1<<63 - 1
	if next != nil && tr.provedBy(next) {
		return always
	}
	from := tr.When()
	f := &t.Ends[side].FIN
	switch tr.State {
	case FinWait2:
		// An acknowledgement of its FIN passed. Only an orphan expires.
		return from + cfg.finWait2()
	case FinWait1, Closing, LastAck:
		if tr.Grade != Seen {
			return NoTime
		}
		if f.Resends > 0 {
			from = max(from, t.Last)
		}
		return from + cfg.giveUp()
	case SynSent, SynReceived:
		return max(from, t.Last) + cfg.giveUp()
	case Established:
		return t.Last + cfg.stall() // a silent one may be dead
	}
	if tr.Grade != Seen {
		return NoTime
	}
	return always
}

// Passed returns how many sockets were in each state at any time, by the role of their end: also those that came and went
// between two samples.
func (p *Population) Passed() [2][NumStates]uint64 { return p.all().passed }

// Step returns the time between two samples, in nanoseconds.
func (p *Population) Step() int64 { return p.all().grid.width }

// Cut reports whether there were more hosts, services or pairs than are counted apart, so that those named are a sample.
func (p *Population) Cut() bool {
	all := p.all()
	return all.hosts.cut || all.services.cut || all.pairs.cut
}
