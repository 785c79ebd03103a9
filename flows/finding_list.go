package flows

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

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

// findingsAtOnce is how many findings a processor makes at once.
const findingsAtOnce = 64

// List returns the findings, ranked by how many conversations and how much time they touch. The summary tells of the
// capture, and the population of what sockets were held; either may be nil, and what needs it is then left out. Findings
// that count ports themselves need no population.
func (f *Findings) List(sum *Summary, p *Population) []Finding {
	all := f.all()
	tells := func(k groupKey, g *group) bool { return g.tells(k.kind.row(), sum) }
	keys := all.groups.keysOf(compareGroups, tells)
	told := make([]Finding, len(keys))
	SideBySide(context.Background(), len(keys), findingsAtOnce, func(_, from, to int) {
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
	const row = kindRow
	if c := cmp.Compare(a.kind>>row, b.kind>>row); c != 0 {
		return c
	}
	if c := compareKeys(a.server, b.server); c != 0 {
		return c
	}
	return cmp.Or(compareKeys(a.client, b.client), cmp.Compare(a.kind, b.kind))
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

// ofSide stands in a row's filter before a word that means the side of the finding alone: those of the other side are a finding
// of their own.
const ofSide = "SIDE."

// sideWord selects a side in a filter; where a finding is of neither, its words mean both.
func sideWord(side Who) string {
	if side == ByClient || side == ByServer {
		return side.String() + "."
	}
	return ""
}

// finding makes the finding of one group.
func (f *harvest) finding(k groupKey, sum *Summary) Finding {
	r := k.kind.row()
	g := gathered{group: f.groups.get(k), groupKey: k, total: f.total, sum: sum}
	own := strings.ReplaceAll(r.filter, ofSide, sideWord(k.kind.side()))
	found := Finding{
		ID: r.id, Confidence: g.sure, Side: k.kind.side(), Conversations: g.ids.list(), Count: g.count,
		Time: g.time, Longest: g.longest, LongestID: g.longestID, BytesLost: g.bytes, Since: g.since, Until: g.until, Filter: own,
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
		found.Filter = "dst " + g.service.String() + " and " + own
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
		limit := time.Duration(knownTimeouts[k.kind.variant()] * second)
		found.Filter += fmt.Sprintf(" and idle >= %v and idle <= %v", limit*98/100, limit*102/100)
	}
	if strings.Contains(r.filter, " or ") && r.by != byCapture {
		found.Filter = strings.Replace(found.Filter, own, "("+own+")", 1)
	}
	if r.id == FindingCloseWaitLeak {
		if k.kind.side() == ByServer {
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
