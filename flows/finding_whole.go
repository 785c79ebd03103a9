package flows

import (
	"fmt"
	"math"
	"math/bits"
)

// A conversation is brief if its close began within this time of its start: 1 s.
const briefTime = second

// When a service's brief conversations make a finding: so many, so large a share of all, so many for each client.
const (
	leastBriefs      = 50
	briefShare       = 80 // in a hundred
	briefsEachClient = 10
)

// briefs counts a service's orderly conversations that were over at once.
type briefs struct {
	count     uint64
	time      int64 // from the start to the first FIN, added up
	handshake int64 // of which until the handshake was over
	since     int64
	until     int64
	clients   clientSet
	selected  bool
	ids       smallest
}

// A brevity is what is counted of one of them.
type brevity struct {
	is              bool
	life, handshake int64
	start, last     int64
	client          uint64 // its rank
	id              uint64
}

// of takes it from a conversation that was closed in order; false where that is not brief.
func (b *brevity) of(t *Teardown, client uint64) bool {
	life := t.CloseStart - t.Start
	if life >= briefTime || life < 0 || t.CloseStart == NoTime || t.RolesBy != RolesSYN {
		return false
	}
	b.life, b.handshake, b.start, b.last, b.client, b.id = life, 0, t.Start, t.Last, client, t.ID
	for e := range t.Ends {
		if rtt := t.Ends[e].RTT; rtt != NoTime {
			b.handshake += min(rtt, life)
		}
	}
	return true
}

func (b *briefs) add(o *brevity, selected bool) {
	if b.count == 0 {
		b.since, b.until = o.start, o.last
	}
	b.count++
	b.selected = b.selected || selected
	b.time += o.life
	b.handshake += o.handshake
	b.clients.add(o.client)
	b.since, b.until = min(b.since, o.start), max(b.until, o.last)
	b.ids.add(o.id)
}

func (b *briefs) merge(o *briefs) {
	if o.count == 0 {
		return
	}
	if b.count == 0 {
		*b = *o
		return
	}
	b.count += o.count
	b.selected = b.selected || o.selected
	b.time += o.time
	b.handshake += o.handshake
	for i := range b.clients {
		b.clients[i] |= o.clients[i]
	}
	b.since, b.until = min(b.since, o.since), max(b.until, o.until)
	for _, id := range o.ids.of[:o.ids.n] {
		b.ids.add(id)
	}
}

// A clientSet estimates how many different hashes were added by linear counting.
type clientSet [4]uint64

func (c *clientSet) add(hash uint64) { c[hash>>6&3] |= 1 << (hash & 63) }

// count returns the estimate; ok is false where the set is too full to tell.
func (c *clientSet) count() (n uint64, ok bool) {
	const size = 256
	free := size
	for _, word := range c {
		free -= bits.OnesCount64(word)
	}
	if free < 8 {
		return 0, false
	}
	return uint64(math.Round(size * math.Log(size/float64(free)))), true
}

// shortLived finds the services to which the same clients connect again and again for a moment.
func (f *harvest) shortLived() (list []Finding) {
	for _, k := range f.services.keys(compareKeys) {
		s := f.services.get(k)
		b := &s.brief
		clients, ok := b.clients.count()
		if !ok || !b.selected || b.count < leastBriefs || b.count*100 < s.conversations*briefShare || b.count < clients*briefsEachClient {
			continue
		}
		at := k.addrPort()
		rate := ""
		if span := b.until - b.since; span > 0 {
			if n := float64(b.count) / (float64(span) / 1e9); n >= 1 {
				rate = fmt.Sprintf(", %.0f a second", n)
			}
		}
		share := int64(0)
		if b.time > 0 {
			share = min(b.handshake*100/b.time, 100)
		}
		list = append(list, Finding{
			ID: FindingShortLived, Confidence: Likely, Service: at, Side: ByClient,
			Conversations: b.ids.list(), Count: b.count, Of: s.conversations, Time: b.time, Since: b.since, Until: b.until,
			Filter:  "dst " + at.String() + " and duration < 1s",
			Numbers: []Number{{"clients", int64(clients)}, {"handshake_ns", b.handshake}},
			Sentence: fmt.Sprintf("%s opened %s to %s for less than 1 s each%s; the handshake took %d%% of that time: keep connections alive and reuse them.",
				choose(clients, "One client", "About "+several(clients, "client")), several(b.count, "connection"), at, rate, share),
		})
	}
	return list
}
