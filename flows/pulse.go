package flows

import (
	"sync/atomic"
)

// Occasion says why a verdict is handed on.
type Occasion uint8

// The occasions.
const (
	Ended   Occasion = iota // it is final
	Stalled                 // live: it has begun to stall; it goes on
	Evicted                 // live: given up as it stands, for want of memory; nothing more comes of it
)

// A Pulse is what a run tells of itself while it goes on, for metrics and for what depends on verdicts but is no report.
// One that stands in Config.Pulse serves one run. Its figures are of a live capture: a file's source never pauses.
type Pulse struct {
	// Told gets every verdict when it is given, whatever becomes of it in the report. It is called by several goroutines
	// at once, each conversation's by one; the Teardown is borrowed. It may be nil.
	Told func(t *Teardown, why Occasion)

	beats atomic.Pointer[[]beat]
}

// A Beat is how a run stands.
type Beat struct {
	Sockets       [2][NumStates]int64 // by the role of their end; CLOSED ones are none. Some seconds old at most
	Conversations int64               // kept: open, closing, and closed ones until their 2 MSL are over
	Memory        int64               // octets that they take
	Evicted       uint64              // given up for want of memory
	Stalls        uint64              // told
}

// A beat is one shard's.
type beat struct {
	sockets       [2][NumStates]atomic.Int64
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
		for side := range b.sockets {
			for state := range b.sockets[side] {
				sum.Sockets[side][state] += b.sockets[side][state].Load()
			}
		}
		sum.Conversations += b.conversations.Load()
		sum.Memory += b.memory.Load()
		sum.Evicted += b.evicted.Load()
		sum.Stalls += b.stalls.Load()
	}
	return sum
}

// A census counts the sockets of a shard's conversations, a part at each pause: to judge a million at once would keep
// packets waiting for half a second.
type census struct {
	next   uint32
	counts [2][NumStates]int64
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
	end := min(c.next+max(t.conns.used/censusParts, censusLeast), t.conns.used)
	for ; c.next < end; c.next++ {
		conv := t.conns.at(c.next)
		if conv.firstFrame == 0 {
			continue
		}
		t.judge.run(t, conv, &t.verdict)
		for side := range t.verdict.Ends {
			if n := len(t.verdict.Ends[side].States); n > 0 {
				c.counts[side][t.verdict.Ends[side].States[n-1].State]++
			}
		}
	}
	if c.next < t.conns.used {
		return
	}
	for side := range c.counts {
		for state, n := range c.counts[side] {
			if State(state) != Closed && State(state) != Unknown {
				b.sockets[side][state].Store(n)
			}
		}
	}
	*c = census{}
}

// tell hands a verdict to the pulse.
func (t *Tracker) tell(why Occasion) {
	if p := t.cfg.Pulse; p != nil && p.Told != nil {
		p.Told(&t.verdict, why)
	}
}
