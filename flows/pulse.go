package flows

import (
	"net/netip"
	"sync/atomic"
)

// Occasion says why a verdict is handed on.
type Occasion uint8

// The occasions.
const (
	Ended   Occasion = iota // it is final
	Stalled                 // live: it has begun to stall; it goes on
	Evicted                 // given up as it stands, for want of memory; nothing more comes of it
)

// A Pulse is what a run tells of itself while it goes on, for metrics and for what depends on verdicts but is no report.
// One that stands in Config.Pulse serves one run. Its figures are of a live capture: a file's source never pauses.
type Pulse struct {
	// Told gets every verdict when it is given, whatever becomes of it in the report. It is called by several goroutines
	// at once, each conversation's by one; the Teardown is borrowed. It may be nil.
	Told func(t *Teardown, why Occasion)

	// Counts reports whether the sockets of a conversation that goes on are counted; nil counts all. It is called as Told is.
	Counts func(t *Teardown) bool

	beats atomic.Pointer[[]beat]
}

// A Beat is how a run stands.
type Beat struct {
	Sockets       StateCounts // that Pulse.Counts counts, by the role of their end; CLOSED ones are none. Some seconds old at most
	Conversations int64       // kept: open, closing, and closed ones until their 2 MSL are over
	Memory        int64       // octets that they take
	Evicted       uint64      // given up for want of memory
	Stalls        uint64      // told
}

// StateCounts are how many sockets are in each state, by the role of their end.
type StateCounts [2][NumStates]int64

// Add adds other counts to these.
func (c *StateCounts) Add(o *StateCounts) {
	for side := range c {
		for state := range c[side] {
			c[side][state] += o[side][state]
		}
	}
}

// A beat is one shard's.
type beat struct {
	services      atomic.Pointer[serviceCensus]
	conversations atomic.Int64
	memory        atomic.Int64
	evicted       atomic.Uint64
	stalls        atomic.Uint64
}

// begin makes room for the shards of a run.
func (p *Pulse) begin(shards int) []beat {
	list := make([]beat, shards)
	p.beats.Store(&list)
	return list
}

// Read returns how the run stands. It may be called at any time.
func (p *Pulse) Read() (sum Beat) {
	list := p.beats.Load()
	if list == nil {
		return sum
	}
	for i := range *list {
		b := &(*list)[i]
		if c := b.services.Load(); c != nil {
			sum.Sockets.Add(&c.all)
		}
		sum.Conversations += b.conversations.Load()
		sum.Memory += b.memory.Load()
		sum.Evicted += b.evicted.Load()
		sum.Stalls += b.stalls.Load()
	}
	return sum
}

// Services returns the sockets of each service that has any, as Read does those of all. Those of servers that have never
// answered, and of more services than are counted apart, stand under the zero address.
func (p *Pulse) Services() map[netip.AddrPort]StateCounts {
	sum := map[netip.AddrPort]StateCounts{}
	list := p.beats.Load()
	if list == nil {
		return sum
	}
	for i := range *list {
		c := (*list)[i].services.Load()
		if c == nil {
			continue
		}
		rest := c.all
		for k, n := range c.of {
			addr := k.addrPort()
			have := sum[addr]
			have.Add(n)
			sum[addr] = have
			for side := range rest {
				for state := range rest[side] {
					rest[side][state] -= n[side][state]
				}
			}
		}
		have := sum[netip.AddrPort{}]
		have.Add(&rest)
		sum[netip.AddrPort{}] = have
	}
	return sum
}

// maxCensusServices is how many services a shard counts apart.
const maxCensusServices = 1024

// A serviceCensus is what one count came to. It is not changed once it is told.
type serviceCensus struct {
	all StateCounts
	of  map[endKey]*StateCounts // of servers that have answered
}

// add counts the sockets of one conversation.
func (c *serviceCensus) add(t *Teardown) {
	var n StateCounts
	for side := range t.Ends {
		if states := t.Ends[side].States; len(states) > 0 {
			if s := states[len(states)-1].State; s != Closed && s != Unknown {
				n[side][s]++
			}
		}
	}
	c.all.Add(&n)
	if n == (StateCounts{}) || !t.Served() {
		return
	}
	k := keyOf(t.Ends[Server].Addr)
	of := c.of[k]
	if of == nil {
		if len(c.of) >= maxCensusServices {
			return
		}
		if c.of == nil {
			c.of = map[endKey]*StateCounts{}
		}
		of = new(StateCounts)
		c.of[k] = of
	}
	of.Add(&n)
}

// A census counts the sockets of a shard's conversations, a part at each pause: to judge a million at once would keep
// packets waiting for half a second.
type census struct {
	next  uint32
	count *serviceCensus
}

// Of a census, one pause counts a 25th of the conversations and at least so many: it is through in some five seconds.
const (
	censusParts = 25
	censusLeast = 4096
)

// beatOnce updates what the shard tells of itself.
func (t *Tracker) beatOnce() {
	b := t.beat
	if b == nil {
		return
	}
	b.conversations.Store(int64(t.conns.live()))
	b.memory.Store(t.memory())
	b.evicted.Store(t.stats.Evicted)
	b.stalls.Store(t.stats.Stalls)
	c := &t.census
	if c.count == nil {
		c.count = new(serviceCensus)
	}
	end := min(c.next+max(t.conns.used/censusParts, censusLeast), t.conns.used)
	for ; c.next < end; c.next++ {
		conv := t.conns.at(c.next)
		if conv.firstFrame == 0 {
			continue
		}
		t.judge.run(t, conv, &t.verdict)
		if t.counts() {
			c.count.add(&t.verdict)
		}
	}
	if c.next < t.conns.used {
		return
	}
	b.services.Store(c.count)
	*c = census{}
}

// counts reports whether the census counts what was judged last.
func (t *Tracker) counts() bool {
	p := t.cfg.Pulse
	if p == nil || p.Counts == nil {
		return true
	}
	t.verdict.Final, t.verdict.GivenUp = false, false
	if t.cfg.Annotate != nil {
		t.cfg.Annotate(&t.verdict)
	}
	return p.Counts(&t.verdict)
}

// tell hands a verdict to the pulse.
func (t *Tracker) tell(why Occasion) {
	if p := t.cfg.Pulse; p != nil && p.Told != nil {
		p.Told(&t.verdict, why)
	}
}
