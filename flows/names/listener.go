package names

import (
	"maps"
	"slices"
	"sync"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// forgetAfter is how long a Listener keeps what it has heard at the least; twice that at the most.
const forgetAfter = int64(6 * time.Hour)

// A Listener learns names while a capture goes on, for as long as it goes on: what conversations asked for is forgotten
// when they end, and what addresses are called when it is old, or when there is too much of it. Its methods may be called
// by several goroutines at once.
type Listener struct {
	mu     sync.RWMutex
	l      learner
	before *Table // what was heard before the present table was begun
	begun  int64
	heard  decode.Segment
}

// NewListener returns a Listener that has heard nothing.
func NewListener(cfg decode.Config) *Listener {
	return &Listener{
		l:      learner{table: newHeard(), decoder: decode.NewDecoder(cfg), partial: map[tuple]*hello{}},
		before: newHeard(), begun: flows.NoTime,
	}
}

// newHeard returns a table that does not count its names: over weeks there are too many.
func newHeard() *Table {
	t := newTable()
	t.bySource = nil
	return t
}

// Ports are the UDP ports from which names are told.
func Ports() []uint16 {
	return slices.Sorted(maps.Keys(nameServerPorts))
}

// Hear takes the next packet of the capture.
func (n *Listener) Hear(p *decode.Packet) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.begun == flows.NoTime {
		n.begun = p.Time
	}
	if t := n.l.table; p.Time-n.begun >= forgetAfter || len(t.addresses) >= maxAddresses || t.requests >= maxConversations || t.repeats >= maxRepeats {
		n.before, n.l.table, n.begun = t, newHeard(), p.Time
	}
	n.l.take(p, &n.heard)
}

// Annotate puts names to the two ends of a conversation, as a Table does. Of one that is over, what it asked for is
// forgotten.
func (n *Listener) Annotate(t *flows.Teardown) {
	n.mu.RLock()
	n.l.table.Annotate(t)
	lately := t.Ends
	n.before.Annotate(t)
	for side := range t.Ends {
		// A name that the conversation asked for is better than an address's, however old; else the later one is.
		if a, b := &lately[side], &t.Ends[side]; a.NameBy >= b.NameBy {
			b.Name, b.NameBy = a.Name, a.NameBy
		}
	}
	n.mu.RUnlock()
	if t.Over() {
		n.mu.Lock()
		n.forget(t)
		n.mu.Unlock()
	}
}

// forget drops what a conversation asked for.
func (n *Listener) forget(t *flows.Teardown) {
	key := tuple{t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr, t.Scope}
	for _, of := range []*Table{n.l.table, n.before} {
		list, kept := of.asked[key], 0
		for _, r := range list {
			if r.first > t.LastFrame {
				list[kept] = r
				kept++
			}
		}
		of.requests -= len(list) - kept
		if kept == 0 {
			delete(of.asked, key)
		} else {
			of.asked[key] = list[:kept]
		}
	}
}
