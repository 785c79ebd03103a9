package flows

import (
	"math/bits"
	"net/netip"
	"slices"
)

// The most services, and groups of conversations that a finding is about, which Findings keeps. Where there are more, a
// sample is kept, and Cut says so.
const (
	maxFindingServices = 16384
	maxFindingGroups   = 16384
)

// Findings gathers what conversations have in common. The zero value is not ready: use NewFindings. Add may be called by
// several goroutines at once; what List says does not depend on the order of the conversations.
type Findings struct {
	// Called says what the capture calls a service, or with port 0 an address, and who says so; nil where nobody learned it.
	Called func(addr netip.AddrPort) ([]string, NameBy)

	cfg   *Config // where ports are counted
	lanes lanes[harvest]
}

// A harvest is what the conversations of one lane have in common.
type harvest struct {
	total    uint64
	services sample[endKey, service]
	silent   sample[endKey, service] // services that were never seen to answer: a scan makes millions of these
	groups   sample[groupKey, group]
	ports    *tally // of the pairs alone; nil where no ports are counted
	view     view   // of the conversation at hand

	secret uint64 // of the samples
	nobody hash   // of the key of no end

	// What waits to be added.
	toServices, toSilent waiting[endKey, service, member]
	toGroups             waiting[groupKey, group, sighting]
}

// NewFindings returns an empty accumulator.
func NewFindings() *Findings { return new(Findings) }

// NewFindingsWithPorts returns an empty accumulator that counts the ports which clients take, too, for a List without a
// Population. It assumes the timers of cfg.
func NewFindingsWithPorts(cfg Config) *Findings { return &Findings{cfg: &cfg} }

func (f *Findings) newHarvest() *harvest {
	secret := newSecret()
	h := &harvest{
		secret: secret, nobody: endKey{}.hash(secret),
		services: newSample[endKey, service](maxFindingServices, secret),
		silent:   newSample[endKey, service](maxFindingServices, secret),
		groups:   newSample[groupKey, group](maxFindingGroups, secret),
	}
	h.toServices = waiting[endKey, service, member]{of: &h.services, add: (*service).add, lines: (*service).lines}
	h.toSilent = waiting[endKey, service, member]{of: &h.silent, add: (*service).add, lines: (*service).lines}
	h.toGroups = waiting[groupKey, group, sighting]{of: &h.groups, add: (*group).add, lines: (*group).lines}
	if f.cfg != nil {
		h.ports = newTally(f.cfg, 0, secret)
	}
	return h
}

// settle adds what waits.
func (f *harvest) settle() {
	f.toServices.settle()
	f.toSilent.settle()
	f.toGroups.settle()
}

// A service is what all conversations of one server address and port have in common.
type service struct {
	conversations uint64
	served        uint64 // the handshake was completed, or data passed
	clientClosed  uint64 // the client's FIN was acknowledged, and came first
	closedByBoth  uint64 // in order
	brief         briefs
}

// A groupKey tells the groups of one finding apart.
type groupKey struct {
	kind   groupKind
	client endKey // no end where the finding puts the conversations of all clients together
	server endKey // likewise
}

// A groupKind is a row of the findings, and what a sight told apart: a side and a variant.
type groupKind uint64

const (
	kindVariant = 40
	kindSide    = kindVariant + 8
	kindRow     = kindSide + 8
)

func kindOf(row int, s *sight) groupKind {
	return groupKind(row)<<kindRow | groupKind(s.side)<<kindSide | groupKind(s.variant)<<kindVariant
}

func (k groupKind) row() *findingRow { return &findingRows[k>>kindRow] }

func (k groupKind) side() Who { return Who(k >> kindSide) }

func (k groupKind) variant() uint8 { return uint8(k >> kindVariant) }

func (k groupKey) hash(secret uint64) hash {
	return groupHash(k.kind, k.client.hash(secret), k.server.hash(secret))
}

// groupHash makes the group's of its kind and that of both ends.
func groupHash(kind groupKind, client, server hash) hash {
	return hash{mix(client.rank ^ server.rank<<1 ^ uint64(kind)), fold(client.slot+uint64(kind), server.slot^uint64(kind))}
}

// A group is what one finding gathers of the conversations that it puts together.
type group struct {
	count           uint64
	time, longest   int64
	longestID       uint64
	gapLow, gapHigh int64
	bytes           uint64
	since, until    int64
	selected        bool
	sure            Confidence
	ids             smallest
	kinds           [8]uint64
}

// smallest keeps the smallest ids of all that were added.
type smallest struct {
	n   int
	top uint64 // the largest of them; it stands beside what else is looked at for each conversation
	of  [MaxFindingConversations]uint64
}

func (s *smallest) add(id uint64) {
	if s.n == len(s.of) {
		if id >= s.top {
			return
		}
		s.n--
	}
	i := s.n
	for i > 0 && s.of[i-1] > id {
		s.of[i] = s.of[i-1]
		i--
	}
	s.of[i] = id
	s.top = s.of[s.n]
	s.n++
}

func (s *smallest) list() []uint64 { return slices.Clone(s.of[:s.n]) }

// Add takes one conversation, once it is final. It keeps nothing of the Teardown.
func (f *Findings) Add(t *Teardown) { f.AddSelected(t, true) }

// AddSelected takes a conversation that a filter selected or not. Those that it did not count as part of the whole; a
// finding about none but these is not listed.
func (f *Findings) AddSelected(t *Teardown, selected bool) {
	l := f.lanes.enter(t, f.newHarvest)
	l.value.add(t, selected)
	l.mu.Unlock()
}

func (f *harvest) add(t *Teardown, selected bool) {
	var pair pairKey
	pair.set(t)
	client, server := pair.client.hash(f.secret), pair.server.hash(f.secret)
	f.view = viewOf(t)
	v := &f.view
	f.total++
	f.addService(v, &pair, server, client.rank, selected)
	for rows := v.rows; rows != 0; rows &= rows - 1 {
		row := bits.TrailingZeros32(rows)
		r := &findingRows[row]
		s, ok := r.sees(v)
		if !ok {
			continue
		}
		if s.bytes > goodbyeBytes {
			s.kinds |= kindLoss
		}
		k := groupKey{kind: kindOf(row, &s)}
		h := hash{}
		switch r.by {
		case byCapture:
			h = groupHash(k.kind, f.nobody, f.nobody)
		case byService:
			k.server = pair.server
			h = groupHash(k.kind, f.nobody, server)
		case byPair:
			k.client, k.server = pair.client, pair.server
			h = groupHash(k.kind, client, server)
		}
		if !f.groups.leavesOut(h.rank) {
			*f.toGroups.next(&k, h) = sighting{s, t.ID, t.Start, t.Last, selected}
		}
	}
	if f.ports != nil && selected {
		f.ports.addPorts(t, &pair, pairHash(client, server))
	}
}

// A member is what a service needs of one of its conversations.
type member struct {
	served       bool
	clientClosed bool
	closedByBoth bool
	selected     bool
	brief        brevity
}

func (f *harvest) addService(v *view, pair *pairKey, server hash, clientRank uint64, selected bool) {
	if !v.Served() {
		*f.toSilent.next(&pair.server, server) = member{}
		return
	}
	m := f.toServices.next(&pair.server, server)
	m.served, m.selected = true, selected
	m.clientClosed = v.FirstFIN == ByClient && v.Ends[Client].FIN.Acked != 0
	m.closedByBoth = v.Class.Orderly()
	m.brief.is = m.closedByBoth && m.brief.of(v.Teardown, clientRank)
}

// lines loads what add looks at.
func (s *service) lines(m *member) uint64 {
	if m.brief.is {
		return s.brief.count + s.brief.ids.top
	}
	return s.conversations
}

func (s *service) add(m *member) {
	s.conversations++
	if !m.served {
		return
	}
	s.served++
	s.clientClosed += one(m.clientClosed)
	s.closedByBoth += one(m.closedByBoth)
	if m.brief.is {
		s.brief.add(&m.brief, m.selected)
	}
}

// one counts without a branch what no processor foresees.
func one(is bool) (n uint64) {
	if is {
		n = 1
	}
	return n
}

// A sighting is what a finding sees in one conversation, and which one that is.
type sighting struct {
	sight
	id          uint64
	start, last int64
	selected    bool
}

// lines loads what add looks at.
func (g *group) lines(*sighting) uint64 {
	return g.count + uint64(g.until) + g.ids.top
}

func (g *group) add(s *sighting) {
	first := g.count == 0
	g.count++
	g.selected = g.selected || s.selected
	g.time += max(s.time, 0)
	if first || s.time > g.longest || s.time == g.longest && s.id < g.longestID {
		g.longest, g.longestID = s.time, s.id
	}
	if first {
		g.gapLow, g.gapHigh, g.since, g.until = s.gap, s.gap, s.start, s.last
	}
	g.gapLow, g.gapHigh = min(g.gapLow, s.gap), max(g.gapHigh, s.gap)
	g.since, g.until = min(g.since, s.start), max(g.until, s.last)
	g.bytes += s.bytes
	g.sure = max(g.sure, s.sure)
	for kinds := s.kinds; kinds != 0; kinds &= kinds - 1 {
		g.kinds[bits.TrailingZeros8(kinds)]++
	}
	g.ids.add(s.id)
}

func (g *group) merge(o *group) {
	if g.count == 0 {
		*g = *o
		return
	}
	g.count += o.count
	g.selected = g.selected || o.selected
	g.time += o.time
	if o.longest > g.longest || o.longest == g.longest && o.longestID < g.longestID {
		g.longest, g.longestID = o.longest, o.longestID
	}
	g.gapLow, g.gapHigh = min(g.gapLow, o.gapLow), max(g.gapHigh, o.gapHigh)
	g.since, g.until = min(g.since, o.since), max(g.until, o.until)
	g.bytes += o.bytes
	g.sure = max(g.sure, o.sure)
	for i := range g.kinds {
		g.kinds[i] += o.kinds[i]
	}
	for _, id := range o.ids.of[:o.ids.n] {
		g.ids.add(id)
	}
}

func (s *service) merge(o *service) {
	s.conversations += o.conversations
	s.served += o.served
	s.clientClosed += o.clientClosed
	s.closedByBoth += o.closedByBoth
	s.brief.merge(&o.brief)
}

// Merge takes what another accumulator gathered, as if all conversations had been added to one. The other must not be in
// use.
func (f *Findings) Merge(o *Findings) { f.all().merge(o.all()) }

// all returns what all conversations have in common.
func (f *Findings) all() *harvest {
	all := f.lanes.whole(f.newHarvest, (*harvest).merge)
	all.settle()
	return all
}

func (f *harvest) merge(o *harvest) {
	o.settle()
	f.total += o.total
	f.services.merge(&o.services, (*service).merge)
	f.silent.merge(&o.silent, (*service).merge)
	f.groups.merge(&o.groups, (*group).merge)
	if f.ports != nil && o.ports != nil {
		f.ports.merge(o.ports)
	}
}

// Cut reports whether there were more services or groups than are kept, so that the findings rest on a sample of them.
func (f *Findings) Cut() bool {
	all := f.all()
	return all.services.cut || all.silent.cut || all.groups.cut
}
