package legs

import (
	"cmp"
	"net/netip"
	"slices"

	"tcpclose/flows"
)

const (
	maxOpenDelay  = 10 * second // a proxy opens its other leg within this time of the first one's opening
	maxCandidates = 32          // legs that are found for one
	maxSeen       = 1 << 10     // legs that are looked at to find them
	maxHeld       = 256 << 10   // octets that can have reached a proxy and not left it again, or be headers of its own
	maxLooks      = 1 << 13     // legs whose packets are read again
)

// A candidate is two legs that may be those of one proxy.
type candidate struct {
	front, back *leg
	host        bool // the back leg was opened by the address that the front leg reached
}

// A shortlist is the candidates that are compared.
type shortlist struct {
	list    []candidate
	legs    []*leg       // whose packets are read again, in the order in which they were found
	unread  map[role]int // of these, how many others they may fit that are not read
	leftOut int          // candidates of which a leg is not read
}

// add takes a candidate, if its legs can be read.
func (s *shortlist) add(m candidate) {
	unread := 0
	for _, l := range [...]*leg{m.front, m.back} {
		if l.look == nil {
			unread++
		}
	}
	if len(s.legs)+unread > maxLooks {
		s.leftOut++
		for _, r := range [...]role{{m.front, true}, {m.back, false}} {
			if r.l.look != nil {
				s.unread[r]++
			}
		}
		return
	}
	for _, l := range [...]*leg{m.front, m.back} {
		if l.look == nil {
			l.look = &look{first: [2]int64{flows.NoTime, flows.NoTime}}
			s.legs = append(s.legs, l)
		}
	}
	s.list = append(s.list, m)
}

// candidates returns the legs that could be paired by what the tracker knows of them: who reached and who opened, when, and
// how much passed. Legs that a translator pairs on both sides already are left out.
func candidates(all []leg, t *Table) *shortlist {
	byOpener := map[netip.Addr][]*leg{} // in the order of their beginnings
	bySize := map[[2]uint64][]*leg{}
	var order []*leg
	for i := range all {
		// Where the handshake is missing the order of events is too; what carries nothing has nothing to compare.
		if l := &all[i]; l.syn[0] && l.syn[1] && l.data[0]+l.data[1] > 0 {
			order = append(order, l)
		}
	}
	slices.SortStableFunc(order, func(a, b *leg) int { return cmp.Compare(a.start, b.start) })
	for _, l := range order {
		byOpener[l.addr[flows.Client].Addr()] = append(byOpener[l.addr[flows.Client].Addr()], l)
		if l.data[0] > 0 && l.data[1] > 0 {
			bySize[l.data] = append(bySize[l.data], l)
		}
	}
	found := &shortlist{unread: map[role]int{}}
	for _, a := range order {
		near := func(group []*leg, host bool) {
			from, _ := slices.BinarySearchFunc(group, a.start, func(l *leg, at int64) int { return cmp.Compare(l.start, at) })
			n := 0
			for _, b := range group[from:min(from+maxSeen, len(group))] {
				if b.start-a.start > maxOpenDelay || b.start > a.end || n == maxCandidates {
					break
				}
				if b == a || b.addr == a.addr || host != (b.addr[flows.Client].Addr() == a.addr[flows.Server].Addr()) || !alike(a, b) || t.one(a, b) {
					continue
				}
				n++
				found.add(candidate{a, b, host})
			}
		}
		near(byOpener[a.addr[flows.Server].Addr()], true)
		if g := bySize[a.data]; a.data[0] > 0 && a.data[1] > 0 && len(g) <= maxCandidates {
			near(g, false)
		}
	}
	return found
}

// one reports whether two legs are known to be one connection.
func (t *Table) one(a, b *leg) bool {
	return slices.ContainsFunc(t.pairs[a.id], func(p flows.Pair) bool { return p.ID == b.id })
}

// alike reports whether about as much passed on both legs.
func alike(a, b *leg) bool {
	for s := range a.data {
		if d := int64(a.data[s] - b.data[s]); d > maxHeld || d < -maxHeld {
			return false
		}
	}
	return true
}
