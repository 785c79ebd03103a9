package legs

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"tcpclose/flows"
)

const (
	maxOpenDelay  = 10 * second // a proxy opens its other leg within this time of the first one's opening
	maxCandidates = 32          // legs that are compared with one
	maxHeld       = 256 << 10   // octets that can have reached a proxy and not left it again, or be headers of its own
	enough        = 16          // octets that agree from the beginning to the end of what was captured
	shared        = 32          // octets that agree somewhere
)

// A candidate is two legs that may be those of one proxy.
type candidate struct {
	front, back *leg
	host        bool // the back leg was opened by the address that the front leg reached
}

// candidates returns the legs that could be paired by what the tracker knows of them: who reached and who opened, when, and
// how much passed. Legs that a translator pairs on both sides already are left out.
func candidates(all []leg, t *Table) []candidate {
	byOpener := map[netip.Addr][]*leg{} // in the order of their beginnings
	bySize := map[[2]uint64][]*leg{}
	order := make([]*leg, len(all))
	for i := range all {
		order[i] = &all[i]
	}
	slices.SortStableFunc(order, func(a, b *leg) int { return cmp.Compare(a.start, b.start) })
	for _, l := range order {
		if !l.syn[0] || !l.syn[1] {
			continue // where the handshake is missing the order of events is too
		}
		byOpener[l.addr[flows.Client].Addr()] = append(byOpener[l.addr[flows.Client].Addr()], l)
		if l.data[0] > 0 && l.data[1] > 0 {
			bySize[l.data] = append(bySize[l.data], l)
		}
	}
	var list []candidate
	for _, a := range order {
		if !a.syn[0] || !a.syn[1] {
			continue
		}
		near := func(group []*leg, host bool) {
			from, _ := slices.BinarySearchFunc(group, a.start, func(l *leg, at int64) int { return cmp.Compare(l.start, at) })
			n := 0
			for _, b := range group[from:] {
				if b.start-a.start > maxOpenDelay || b.start > a.end || n == maxCandidates {
					break
				}
				if b == a || b.addr == a.addr || host != (b.addr[flows.Client].Addr() == a.addr[flows.Server].Addr()) || !alike(a, b) || t.one(a, b) {
					continue
				}
				n++
				list = append(list, candidate{a, b, host})
			}
		}
		near(byOpener[a.addr[flows.Server].Addr()], true)
		if g := bySize[a.data]; a.data[0] > 0 && a.data[1] > 0 && len(g) <= maxCandidates {
			near(g, false)
		}
	}
	return list
}

// one reports whether two legs are known to be one connection.
func (t *Table) one(a, b *leg) bool {
	return slices.ContainsFunc(t.pairs[a.id], func(p flows.Pair) bool { return p.ID == b.id })
}

// alike reports whether about as much passed on both legs, and something did.
func alike(a, b *leg) bool {
	for s := range a.data {
		if d := int64(a.data[s] - b.data[s]); d > maxHeld || d < -maxHeld {
			return false
		}
	}
	return a.data[0]+a.data[1] > 0 && b.data[0]+b.data[1] > 0
}

// A match is a candidate that fits, and how well.
type match struct {
	candidate
	sure     flows.Confidence
	evidence []string
}

// proxied pairs the candidates of which neither leg fits another as well. One that fits another better is not a rival.
func (t *Table) proxied(list []candidate) {
	var fits []match
	for _, m := range list {
		f, ok := m.judge()
		if !ok {
			continue
		}
		fits = append(fits, f)
	}
	// A leg can be the back of one pair and the front of another, where two proxies stand in a row: the two are counted apart.
	type role struct {
		l     *leg
		front bool
	}
	best := map[role]flows.Confidence{}
	for _, f := range fits {
		best[role{f.front, true}] = max(best[role{f.front, true}], f.sure)
		best[role{f.back, false}] = max(best[role{f.back, false}], f.sure)
	}
	fits = slices.DeleteFunc(fits, func(f match) bool {
		return f.sure < best[role{f.front, true}] || f.sure < best[role{f.back, false}]
	})
	count := map[role]int{}
	for _, f := range fits {
		count[role{f.front, true}]++
		count[role{f.back, false}]++
	}
	alone := map[*leg]bool{}
	for _, f := range fits {
		rivals := max(count[role{f.front, true}], count[role{f.back, false}])
		if !f.host { // then nothing says which of two is in front either
			rivals += count[role{f.front, false}] + count[role{f.back, true}]
		}
		if rivals > 1 {
			alone[f.front], alone[f.back] = true, true
			continue
		}
		t.join(f.front, f.back, flows.PairProxy, f.sure, f.evidence)
	}
	for l := range alone {
		t.alone[l.id] = struct{}{}
	}
}

// judge says whether a candidate fits: the times must be those of passing on, and either the octets agree or, where none
// were captured, their number does.
func (m candidate) judge() (f match, ok bool) {
	a, b := m.front.look, m.back.look
	if a == nil || b == nil || !m.inOrder() {
		return f, false
	}
	f.candidate = m
	opened := fmt.Sprintf("opened the back leg %s after the front leg", time.Duration(m.back.start-m.front.start))
	if m.host {
		f.evidence = append(f.evidence, "the host that the front leg reached "+opened)
	} else {
		f.evidence = append(f.evidence, "some host "+opened)
	}
	var same, begun, common [2]int
	captured := false
	for s := range a.stream {
		n := min(len(a.stream[s]), len(b.stream[s]))
		captured = captured || n >= enough || !bytes.Equal(a.stream[s][:n], b.stream[s][:n])
		from, to, leg := a, b, m.front
		if flows.Side(s) == flows.Server {
			from, to, leg = b, a, m.back
		}
		same[s], begun[s] = passedOn(from.stream[s], to.stream[s], uint64(len(from.stream[s])) < leg.data[s])
		if same[s] == 0 {
			common[s] = longestShared(a.stream[s], b.stream[s])
		}
	}
	if a.first[1] != flows.NoTime && b.first[1] > a.first[1] && begun[1] == 0 {
		return f, false // the front leg was answered before the back leg: the proxy must have spoken for itself
	}
	exact := m.front.data == m.back.data
	silent := [2]bool{m.front.data[0] == 0 && m.back.data[0] == 0, m.front.data[1] == 0} // an answer may have come too late
	switch {
	case (same[0] >= enough || silent[0]) && (same[1] >= enough || silent[1]) && same[0]+same[1] >= shared:
		f.sure = flows.Certain
		if !m.host {
			f.sure = flows.Likely
		}
		f.evidence = append(f.evidence, "the same octets pass on both: "+compared(same))
	case m.host && max(same[0], common[0]) >= shared && max(same[1], common[1]) >= shared:
		f.sure = flows.Likely
		f.evidence = append(f.evidence, fmt.Sprintf("both carry the same text: %d octets up and %d down in one piece", max(same[0], common[0]), max(same[1], common[1])))
	case m.host && exact && !captured && !silent[0] && !silent[1]:
		f.sure = flows.Likely
		f.evidence = append(f.evidence, fmt.Sprintf("both carry exactly %d octets up and %d down; none was captured to compare", m.front.data[0], m.front.data[1]))
	default:
		return f, false
	}
	f.evidence = append(f.evidence, "what went up passed the front leg first, what came down the back leg", "no other connection fits")
	return f, true
}

// compared says how much was compared.
func compared(same [2]int) string {
	switch {
	case same[1] == 0:
		return fmt.Sprintf("%d up were compared, nothing came down", same[0])
	case same[0] == 0:
		return fmt.Sprintf("%d down were compared, nothing went up", same[1])
	}
	return fmt.Sprintf("%d up and %d down were compared", same[0], same[1])
}

// inOrder reports whether what passed can have been passed on.
func (m candidate) inOrder() bool {
	a, b := m.front.look, m.back.look
	later := func(x, y int64) bool { return x == flows.NoTime || y == flows.NoTime || x <= y }
	if a.first[0] != flows.NoTime || b.first[0] != flows.NoTime {
		if a.first[0] == flows.NoTime || !later(a.first[0], b.first[0]) {
			return false
		}
	}
	// What the back leg brought must have been handed on, unless the front leg was reset; judge compares when.
	return a.first[1] != flows.NoTime || b.first[1] == flows.NoTime || m.front.rst[0].Frame|m.front.rst[1].Frame != 0
}

// passedOn returns how many octets of one stream were passed on in another, and where they begin there: either may begin
// with something that is the proxy's own (CONNECT, SOCKS, the PROXY protocol). All that was captured must agree; cut says
// that the first stream went on beyond what was captured, so that the other may too. n is 0 where they differ.
func passedOn(from, to []byte, cut bool) (n, begin int) {
	try := func(skipFrom, skipTo int) {
		a, b := from[skipFrom:], to[skipTo:]
		k := min(len(a), len(b))
		if k >= enough && k > n && bytes.Equal(a[:k], b[:k]) && (cut || k == len(b)) {
			n, begin = k, skipTo
		}
	}
	if len(to) >= enough {
		if at := bytes.Index(from, to[:enough]); at >= 0 {
			try(at, 0)
		}
	}
	if len(from) >= enough {
		if at := bytes.Index(to, from[:enough]); at >= 0 {
			try(0, at)
		}
	}
	return n, begin
}

// longestShared returns the length of the longest run of octets that stands in both streams, at least shared; 0 for none.
func longestShared(a, b []byte) int {
	if len(a) < shared || len(b) < shared {
		return 0
	}
	places := make(map[string]int, len(a))
	for i := 0; i+shared <= len(a); i++ {
		places[string(a[i:i+shared])] = i
	}
	best := 0
	for j := 0; j+shared <= len(b); j++ {
		i, ok := places[string(b[j:j+shared])]
		if !ok {
			continue
		}
		n := shared
		for i+n < len(a) && j+n < len(b) && a[i+n] == b[j+n] {
			n++
		}
		best = max(best, n)
		j += n - shared
	}
	return best
}
