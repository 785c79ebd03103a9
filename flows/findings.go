package flows

import (
	"cmp"
	"fmt"
	"math/bits"
	"net/netip"
	"slices"
	"strings"
	"time"
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
	h := &harvest{
		services: newSample[endKey, service](maxFindingServices),
		silent:   newSample[endKey, service](maxFindingServices),
		groups:   newSample[groupKey, group](maxFindingGroups),
	}
	h.toServices = waiting[endKey, service, member]{of: &h.services, add: (*service).add, lines: (*service).lines}
	h.toSilent = waiting[endKey, service, member]{of: &h.silent, add: (*service).add, lines: (*service).lines}
	h.toGroups = waiting[groupKey, group, sighting]{of: &h.groups, add: (*group).add, lines: (*group).lines}
	if f.cfg != nil {
		h.ports = newTally(f.cfg, 0)
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
	row     uint8
	side    Who
	variant uint8
	client  endKey
	server  endKey
}

func (k groupKey) rank() uint64 { return mix(k.client.rank() ^ k.server.rank()<<1 ^ k.kind()) }

func (k groupKey) slot(secret uint64) uint64 {
	return fold(k.client.slot(secret)+k.kind(), k.server.slot(^secret)^k.kind())
}

func (k groupKey) kind() uint64 {
	return uint64(k.row)<<56 ^ uint64(k.side)<<48 ^ uint64(k.variant)<<40
}

// A group is what one finding gathers of the conversations that it puts together.
type group struct {
	count           uint64
	time, longest   int64
	longestID       uint64
	gapLow, gapHigh int64
	bytes           uint64
	since, until    int64
	kinds           [8]uint64
	sure            Confidence
	ids             smallest
	selected        bool
}

// smallest keeps the smallest ids of all that were added.
type smallest struct {
	n  int
	of [MaxFindingConversations]uint64
}

func (s *smallest) add(id uint64) {
	if s.n == len(s.of) {
		if id >= s.of[s.n-1] {
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
	pair := pairOf(t)
	f.view = viewOf(t)
	v := &f.view
	f.total++
	f.addService(v, pair, selected)
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
		k := groupKey{row: uint8(row), side: s.side, variant: s.variant}
		switch r.by {
		case byCapture:
		case byPair:
			k.client = pair.client
			fallthrough
		case byService:
			k.server = pair.server
		}
		*f.toGroups.next(k) = sighting{s, t.ID, t.Start, t.Last, selected}
	}
	if f.ports != nil && selected {
		f.ports.addPorts(t, pair)
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

func (f *harvest) addService(v *view, pair pairKey, selected bool) {
	if !v.Served() {
		*f.toSilent.next(pair.server) = member{}
		return
	}
	m := f.toServices.next(pair.server)
	m.served, m.selected = true, selected
	m.clientClosed = v.FirstFIN == ByClient && v.Ends[Client].FIN.Acked != 0
	m.closedByBoth = v.Class.Orderly()
	m.brief.is = m.closedByBoth && m.brief.of(v.Teardown, pair.client)
}

// lines loads what add looks at.
func (s *service) lines() uint64 {
	return s.conversations + s.brief.count + uint64(s.brief.until) + uint64(s.brief.ids.n)
}

func (s *service) add(m *member) {
	s.conversations++
	if !m.served {
		return
	}
	s.served++
	if m.clientClosed {
		s.clientClosed++
	}
	if m.closedByBoth {
		s.closedByBoth++
	}
	if m.brief.is {
		s.brief.add(&m.brief, m.selected)
	}
}

// A sighting is what a finding sees in one conversation, and which one that is.
type sighting struct {
	sight
	id          uint64
	start, last int64
	selected    bool
}

// lines loads what add looks at.
func (g *group) lines() uint64 {
	return g.count + uint64(g.until) + g.kinds[7] + uint64(g.ids.n)
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
	for i := range g.kinds {
		g.kinds[i] += uint64(s.kinds >> i & 1)
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

// A gathered group is what a row's sentence is made of.
type gathered struct {
	*group
	groupKey
	service netip.AddrPort
	client  netip.Addr
	whole   service
	total   uint64
	sum     *Summary
}

// enough is TEARDOWN section 9's threshold: three conversations or one hour, unless it is about data loss or forgery.
func enough(count uint64, time int64) bool { return count >= 3 || time >= 3600*second }

// List returns the findings, ranked by how many conversations and how much time they touch. The summary tells of the
// capture, and the population of what sockets were held; either may be nil, and what needs it is then left out. Findings
// that count ports themselves need no population.
func (f *Findings) List(sum *Summary, p *Population) []Finding {
	all := f.all()
	tells := func(k groupKey, g *group) bool { return g.tells(&findingRows[k.row], sum) }
	keys := all.groups.keysOf(compareGroups, tells)
	told := make([]Finding, len(keys))
	EachStretch(len(keys), func(from, to int) {
		for i, k := range keys[from:to] {
			told[from+i] = all.finding(k, sum)
		}
	})
	var timeouts []Finding
	for i := range told {
		if told[i].ID == FindingIdleTimeout {
			timeouts = append(timeouts, told[i])
		}
	}
	list := slices.DeleteFunc(told, func(o Finding) bool { return explained(timeouts, &o) })
	list = append(list, all.shortLived()...)
	switch {
	case p != nil:
		list = append(list, exhaustion(p.all())...)
	case all.ports != nil:
		list = append(list, exhaustion(all.ports)...)
	}
	list = ranked(list)
	var remedies [NumFindings][]string
	for i := range list {
		id := list[i].ID
		if remedies[id] == nil {
			remedies[id] = remediesOf(id)
		}
		list[i].Rank, list[i].Remedies = i+1, remedies[id]
		f.name(&list[i])
	}
	return list
}

// ranked puts findings into the order in which they are told. A finding is large: what is sorted are their places.
func ranked(list []Finding) []Finding {
	weights, order := make([]float64, len(list)), make([]int, len(list))
	for i := range list {
		weights[i], order[i] = list[i].weight(), i
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if c := cmp.Compare(weights[j], weights[i]); c != 0 {
			return c
		}
		a, b := &list[i], &list[j]
		return cmp.Or(cmp.Compare(a.ID, b.ID), a.Service.Compare(b.Service), a.Client.Compare(b.Client))
	})
	sorted := make([]Finding, len(list))
	for to, from := range order {
		sorted[to] = list[from]
	}
	return sorted
}

// name says what the capture calls those whom a finding is about.
func (f *Findings) name(found *Finding) {
	if f.Called == nil {
		return
	}
	for _, who := range []struct {
		addr netip.AddrPort
		text string
	}{{found.Service, found.Service.String()}, {netip.AddrPortFrom(found.Client, 0), found.Client.String()}} {
		if !who.addr.IsValid() {
			continue
		}
		names, by := f.Called(who.addr)
		if len(names) == 0 {
			continue
		}
		more := ""
		if n := len(names) - maxNamesTold; n > 0 {
			names, more = names[:maxNamesTold], fmt.Sprintf(" and %d more", n)
		}
		found.Evidence = append(found.Evidence, fmt.Sprintf("%s is %s%s, as %s says.", who.text, strings.Join(names, ", "), more, by.Text()))
	}
}

// maxNamesTold is how many names of one service a finding tells.
const maxNamesTold = 4

// explained reports whether a finding of forgotten connections is told better by one of an idle timeout.
func explained(timeouts []Finding, o *Finding) bool {
	return o.ID == FindingForgottenConnections && slices.ContainsFunc(timeouts, func(better Finding) bool {
		return better.Service == o.Service && 2*better.Count >= o.Count
	})
}

func compareGroups(a, b groupKey) int {
	if a.row != b.row {
		return cmp.Compare(a.row, b.row)
	}
	if c := compareKeys(a.server, b.server); c != 0 {
		return c
	}
	return cmp.Or(compareKeys(a.client, b.client), cmp.Compare(a.side, b.side), cmp.Compare(a.variant, b.variant))
}

// tells reports whether there is enough of a group to make a finding.
func (g *group) tells(r *findingRow, sum *Summary) bool {
	switch {
	case !g.selected:
		return false
	case r.single || r.loss && g.kinds[7] > 0:
		return true
	case r.by == byCapture && sum != nil && sum.Drops > 0:
		return true
	}
	return enough(g.count, g.time)
}

// finding makes the finding of one group.
func (f *harvest) finding(k groupKey, sum *Summary) Finding {
	r := &findingRows[k.row]
	g := gathered{group: f.groups.get(k), groupKey: k, total: f.total, sum: sum}
	found := Finding{
		ID: r.id, Confidence: g.sure, Side: k.side, Conversations: g.ids.list(), Count: g.count,
		Time: g.time, Longest: g.longest, LongestID: g.longestID, BytesLost: g.bytes, Since: g.since, Until: g.until, Filter: r.filter,
	}
	if r.by != byCapture {
		g.service = k.server.addrPort()
		found.Service = g.service
		for _, of := range [...]*sample[endKey, service]{&f.services, &f.silent} {
			if s := of.get(k.server); s != nil {
				g.whole.merge(s)
			}
		}
		found.Of = max(g.whole.conversations, g.count)
		found.Filter = "dst " + g.service.String() + " and " + r.filter
	} else {
		found.Of = f.total
	}
	if r.by == byPair {
		g.client = k.client.addrPort().Addr()
		found.Client = g.client
		found.Of = 0 // how many the pair had is not counted
		found.Filter = "src " + g.client.String() + " and " + found.Filter
	}
	if r.id == FindingIdleTimeout {
		limit := time.Duration(knownTimeouts[k.variant] * second)
		found.Filter += fmt.Sprintf(" and idle >= %v and idle <= %v", limit*98/100, limit*102/100)
	}
	if strings.Contains(r.filter, " or ") && r.by != byCapture {
		found.Filter = strings.Replace(found.Filter, r.filter, "("+r.filter+")", 1)
	}
	if r.id == FindingCloseWaitLeak {
		if k.side == ByServer {
			found.Of = max(g.whole.clientClosed, g.count)
		}
		if g.count >= 3 && g.whole.closedByBoth > 0 {
			found.Confidence = max(found.Confidence, Likely)
		}
	}
	found.Sentence = r.says(&g)
	if r.also != nil {
		found.Evidence = r.also(&g)
	}
	return found
}
