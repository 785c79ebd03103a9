package names

import (
	"net/netip"
	"slices"
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
)

// The bounds of a table, which holds at most some 100 MB.
const (
	maxAddresses     = 1 << 16
	maxPerAddress    = 8 // names of one address
	maxRepeats       = 1 << 20
	maxConversations = 1 << 18
	maxPerTuple      = 16 // names that conversations of one five-tuple asked for
)

// A Table is what a capture's addresses are called. It is safe for concurrent use once nothing more is learned.
type Table struct {
	addresses map[netip.Addr][]said
	asked     map[tuple][]request
	bySource  map[flows.NameBy]map[string]struct{} // nil: nobody will ask for Counts
	requests  int
	repeats   int // times in said.again
	dropped   uint64

	once      sync.Once
	services  map[netip.AddrPort][]string // what each service was asked for
	serviceBy map[netip.AddrPort]flows.NameBy
}

// said is one name of an address: from when on, and whom it was told.
type said struct {
	name  string
	time  int64
	again []int64    // when it was told once more after another name had been
	to    netip.Addr // the resolver's client; not valid for what a file says
	by    flows.NameBy
}

// latest returns when it was last told, as far as that matters.
func (s *said) latest() int64 {
	if n := len(s.again); n > 0 {
		return s.again[n-1]
	}
	return s.time
}

// before returns when it was last told until a time; ok is false where it was not told yet.
func (s *said) before(at int64) (last int64, ok bool) {
	for _, again := range slices.Backward(s.again) {
		if again <= at {
			return again, true
		}
	}
	return s.time, s.time <= at
}

// A tuple is two endpoints in one direction, from who asks to whom.
type tuple struct {
	from, to netip.AddrPort
	scope    uint64
}

// A request is what a conversation asked its server for, between two frames.
type request struct {
	name        string
	first, last uint64
	by          flows.NameBy
	proxied     bool // it asked a proxy for somebody else: what follows names not the server
}

func newTable() *Table {
	return &Table{
		addresses: map[netip.Addr][]said{}, asked: map[tuple][]request{}, bySource: map[flows.NameBy]map[string]struct{}{},
	}
}

// tell notes that an address has a name.
func (t *Table) tell(addr netip.Addr, name string, by flows.NameBy, at int64, to netip.Addr) {
	addr = addr.Unmap().WithZone("")
	list, known := t.addresses[addr]
	if !known && len(t.addresses) >= maxAddresses {
		t.dropped++
		return
	}
	for i := range list {
		if s := &list[i]; s.name == name && s.by == by && (s.to == to || len(list) == maxPerAddress) {
			if s.to == to {
				t.repeat(list, s, at)
			}
			return
		}
	}
	if len(list) == maxPerAddress {
		t.dropped++
		return
	}
	t.addresses[addr] = append(list, said{name: name, time: at, to: to, by: by})
	t.count(name, by)
}

// repeat notes that an address was given one of its names again, where it was called something else in between.
func (t *Table) repeat(list []said, s *said, at int64) {
	last := s.latest()
	for i := range list {
		if other := &list[i]; other.name == s.name || other.latest() < last {
			continue
		}
		if t.repeats >= maxRepeats {
			t.dropped++
			return
		}
		t.repeats++
		s.again = append(s.again, at)
		return
	}
}

// ask notes what a conversation asked its server for at a frame.
func (t *Table) ask(key tuple, r request) {
	list := t.asked[key]
	for i := range list {
		if last := &list[i]; i == len(list)-1 && last.name == r.name && last.by == r.by && last.proxied == r.proxied {
			last.last = r.last
			return
		}
	}
	if t.requests >= maxConversations || len(list) >= maxPerTuple {
		t.dropped++
		return
	}
	t.requests++
	t.asked[key] = append(list, r)
	if r.name != "" {
		t.count(r.name, r.by)
	}
}

func (t *Table) count(name string, by flows.NameBy) {
	if t.bySource == nil {
		return
	}
	if t.bySource[by] == nil {
		t.bySource[by] = map[string]struct{}{}
	}
	t.bySource[by][name] = struct{}{}
}

// Counts returns how many different names each source told.
func (t *Table) Counts() map[flows.NameBy]int {
	counts := map[flows.NameBy]int{}
	for by, names := range t.bySource {
		counts[by] = len(names)
	}
	return counts
}

// Dropped returns how many names were left out for want of room.
func (t *Table) Dropped() uint64 { return t.dropped }

// Annotate puts names to the two ends of a conversation.
func (t *Table) Annotate(c *flows.Teardown) {
	client, server := &c.Ends[flows.Client], &c.Ends[flows.Server]
	client.Name, client.NameBy = t.nameOf(client.Addr.Addr(), server.Addr.Addr(), c.Start)
	if r := t.requestOf(tuple{client.Addr, server.Addr, c.Scope}, c); r != nil {
		server.Name, server.NameBy = r.name, r.by
		return
	}
	server.Name, server.NameBy = t.nameOf(server.Addr.Addr(), client.Addr.Addr(), c.Start)
}

// requestOf returns what a conversation asked for first; nil where it asked for nothing, or asked a proxy.
func (t *Table) requestOf(key tuple, c *flows.Teardown) *request {
	list := t.asked[key]
	for i := range list {
		if r := &list[i]; r.first <= c.LastFrame && r.last >= c.FirstFrame {
			if r.proxied {
				return nil
			}
			return r
		}
	}
	return nil
}

// Called returns all names of a service, or with port 0 of an address, in order: those that its clients asked it for, else
// what the file says, else those of DNS answers.
func (t *Table) Called(service netip.AddrPort) ([]string, flows.NameBy) {
	t.once.Do(t.index)
	if list := t.services[service]; len(list) > 0 {
		return list, t.serviceBy[service]
	}
	var list []string
	by := flows.NameNone
	for _, s := range t.addresses[service.Addr().Unmap().WithZone("")] {
		if s.by > by {
			list, by = nil, s.by
		}
		if s.by == by && !slices.Contains(list, s.name) {
			list = append(list, s.name)
		}
	}
	return list, by
}

// index gathers what the services were asked for.
func (t *Table) index() {
	t.services, t.serviceBy = map[netip.AddrPort][]string{}, map[netip.AddrPort]flows.NameBy{}
	for key, list := range t.asked {
		for _, r := range list {
			if r.name != "" && r.by >= t.serviceBy[key.to] {
				if r.by > t.serviceBy[key.to] {
					t.services[key.to], t.serviceBy[key.to] = nil, r.by
				}
				t.services[key.to] = append(t.services[key.to], r.name)
			}
		}
	}
	for key, list := range t.services {
		slices.Sort(list)
		t.services[key] = slices.Compact(list)
	}
}

// nameOf returns what an address is called at a time by whom talks to it: what the capture file says; else the answer that
// the other end got last before; else the last that anybody got before; else the first after.
func (t *Table) nameOf(addr, other netip.Addr, at int64) (string, flows.NameBy) {
	list := t.addresses[addr.Unmap().WithZone("")]
	best := -1
	for i := range list {
		if best < 0 || better(&list[i], &list[best], other, at) {
			best = i
		}
	}
	if best < 0 {
		return "", flows.NameNone
	}
	return list[best].name, list[best].by
}

// better reports whether a is the better name than b.
func better(a, b *said, other netip.Addr, at int64) bool {
	if a.by != b.by {
		return a.by == flows.NamedByFile
	}
	x, before := a.before(at)
	y, too := b.before(at)
	if mine, yours := before && a.to == other, too && b.to == other; mine != yours {
		return mine
	}
	if before != too {
		return before
	}
	if before {
		return x > y
	}
	return a.time < b.time
}

// filed notes what the files' name resolution blocks say.
func (t *Table) filed(list []decode.Name) {
	for _, n := range list {
		if name := clean(n.Name); name != "" {
			t.tell(n.Addr, name, flows.NamedByFile, 0, netip.Addr{})
		}
	}
}
