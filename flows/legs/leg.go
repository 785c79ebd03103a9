package legs

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
)

// maxLegs bounds how many conversations are looked at; a leg takes some 350 octets. In a capture with more nothing is
// paired, since which ones are left out would have to be an accident.
const maxLegs = 1 << 20

// A leg is what is kept of one conversation.
type leg struct {
	id, last          uint64 // frames
	firstPos, lastPos decode.Position
	scope             uint64
	addr              [2]netip.AddrPort // by Side
	isn               [2]decode.Seq     // the first number seen where no SYN was
	syn               [2]bool
	data              [2]uint64 // payload octets, each counted once
	start, end        int64
	served            int64 // from its first segment to the SYN-ACK; flows.NoTime where that is not known
	class             flows.Class
	fin, rst          [2]flows.LegEvent
	look              *look // nil: its packets were not read again
}

// A Collector gathers the conversations of a capture. Add may be called by several goroutines at once.
type Collector struct {
	mu    sync.Mutex
	legs  []leg
	total uint64
}

// Add takes a conversation; the Teardown is borrowed.
func (c *Collector) Add(t *flows.Teardown) {
	l := leg{
		id: t.ID, last: t.LastFrame, firstPos: t.FirstPos, lastPos: t.LastPos, scope: t.Scope, start: t.Start, end: t.Last, class: t.Class, served: t.Ends[flows.Server].RTT,
	}
	for s := range flows.Side(2) {
		e := &t.Ends[s]
		l.addr[s], l.isn[s], l.syn[s], l.data[s] = e.Addr, e.FirstSeq, e.SawSYN, e.DataBytes
		if e.FIN.Frame != 0 {
			l.fin[s] = flows.LegEvent{Frame: e.FIN.Frame, Time: e.FIN.Time}
		}
		if e.RST.Frame != 0 {
			l.rst[s] = flows.LegEvent{Frame: e.RST.Frame, Time: e.RST.Time}
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.total++; len(c.legs) < maxLegs {
		c.legs = append(c.legs, l)
	}
}

// A Table knows the pairs of a capture. It is safe for concurrent use.
type Table struct {
	pairs   map[uint64][]flows.Pair // by conversation
	number  [2]int                  // pairs, by kind
	alone   map[uint64]struct{}     // conversations that several others fit
	leftOut int                     // possible pairs that were not compared
	tooMany bool
}

// Annotate gives a conversation its other legs.
func (t *Table) Annotate(c *flows.Teardown) { c.Pairs = t.pairs[c.ID] }

// Number returns how many pairs of a kind were found.
func (t *Table) Number(k flows.PairKind) int { return t.number[k] }

// Ambiguous returns how many conversations stay alone because several others fit them.
func (t *Table) Ambiguous() int { return len(t.alone) }

// LeftOut returns how many possible pairs of a proxy's legs were not compared, for want of room.
func (t *Table) LeftOut() int { return t.leftOut }

// TooMany reports whether the capture holds more conversations than are looked at, so that none was paired.
func (t *Table) TooMany() bool { return t.tooMany }

// A Reread reads packets again, as decode.Capture does.
type Reread func(from, to decode.Position, fn func(*decode.Packet) bool) error

// Pair finds the pairs. Where proxies may be at work it reads some packets again; outside leaves out those that the first
// pass left out.
func (c *Collector) Pair(again Reread, cfg decode.Config, outside func(p *decode.Packet) bool) (*Table, error) {
	t := &Table{pairs: map[uint64][]flows.Pair{}, alone: map[uint64]struct{}{}}
	if c.total > maxLegs {
		t.tooMany = true
		return t, nil
	}
	slices.SortFunc(c.legs, func(a, b leg) int { return cmp.Compare(a.id, b.id) })
	t.translated(c.legs)
	found := candidates(c.legs, t)
	t.leftOut = found.leftOut
	if err := inspect(found.legs, again, cfg, outside); err != nil {
		return nil, err
	}
	t.proxied(found)
	return t, nil
}

// join notes a pair: front is the leg nearer to who opened.
func (t *Table) join(front, back *leg, kind flows.PairKind, sure flows.Confidence, evidence []string) {
	add := func(to, other *leg, beyond flows.Side) {
		t.pairs[to.id] = append(t.pairs[to.id], flows.Pair{
			ID: other.id, Kind: kind, Confidence: sure, Beyond: beyond, Evidence: evidence,
			Client: other.addr[flows.Client], Server: other.addr[flows.Server], Class: other.class, FIN: other.fin, RST: other.rst,
		})
	}
	add(front, back, flows.Server)
	add(back, front, flows.Client)
	t.number[kind]++
}
