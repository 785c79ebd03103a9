package legs

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

const (
	second = int64(time.Second)

	// A translator passes a packet on at once: the two copies of the first segment lie no further apart.
	maxNATDelay = 1 * second
	// maxUnproved is how far apart they may lie where no SYN-ACK proves that the one was forwarded before the other was answered.
	maxUnproved = second / 50
	// maxHops is how many legs one connection can have in a capture: each translator adds one.
	maxHops = 4
)

// numbers are the first sequence numbers of both ends. A translator keeps them.
type numbers [2]decode.Seq

// translated pairs the legs that are one TCP connection: both first sequence numbers agree, the addresses do not, and they
// began at the same time. Numbers that come again at other times, or with other payload, prove nothing: some stacks and
// most test tools begin with the same ones.
func (t *Table) translated(all []leg) {
	groups := map[numbers][]*leg{}
	for i := range all {
		l := &all[i]
		if l.syn[0] && l.syn[1] || !l.syn[0] && !l.syn[1] && l.data[0] > 0 && l.data[1] > 0 {
			groups[numbers(l.isn)] = append(groups[numbers(l.isn)], l)
		}
	}
	var keys []numbers
	for k, g := range groups {
		if len(g) > 1 {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b numbers) int { return cmp.Compare(groups[a][0].id, groups[b][0].id) })
	for _, k := range keys {
		g := groups[k]
		slices.SortStableFunc(g, func(a, b *leg) int { return cmp.Compare(a.start, b.start) })
		if !oneConnection(g) {
			for _, l := range g {
				t.alone[l.id] = struct{}{}
			}
			continue
		}
		for i := 1; i < len(g); i++ {
			t.join(g[i-1], g[i], flows.PairNAT, sureOfNAT(g[i-1], g[i]), natEvidence(g[i-1], g[i]))
		}
	}
}

// oneConnection reports whether all legs of a group can be the same connection.
func oneConnection(g []*leg) bool {
	if len(g) > maxHops {
		return false
	}
	for i, a := range g {
		for _, b := range g[i+1:] {
			switch {
			case b.start-a.start > maxNATDelay,
				!passedBoth(a, b),
				a.addr == b.addr && a.scope == b.scope,
				a.syn != b.syn,
				!a.syn[0] && a.data != b.data:
				return false
			}
		}
	}
	return true
}

// passedBoth reports whether a SYN can have passed the translator on its way, and the SYN-ACK on its way back: it is answered
// on the far side first. Clocks of several files need not agree.
func passedBoth(a, b *leg) bool {
	switch {
	case a.firstPos.File() != b.firstPos.File():
		return true
	case a.served == flows.NoTime || b.served == flows.NoTime:
		return b.start-a.start <= maxUnproved
	}
	return b.start+b.served <= a.start+a.served
}

// sureOfNAT: 64 bits that agree are certain where the payload agrees too; a box that drops on one side leaves less.
func sureOfNAT(a, b *leg) flows.Confidence {
	if a.syn[0] && a.data == b.data {
		return flows.Certain
	}
	return flows.Likely
}

func natEvidence(a, b *leg) []string {
	what := "both initial sequence numbers agree"
	if !a.syn[0] {
		what = "the first sequence numbers of both ends agree"
	}
	list := []string{what, fmt.Sprintf("the first segment passed here %s apart", time.Duration(b.start-a.start))}
	if a.data == b.data {
		list = append(list, fmt.Sprintf("both carry %d octets up and %d down", a.data[0], a.data[1]))
	} else {
		list = append(list, fmt.Sprintf("but one carries %d octets up and %d down, the other %d and %d", a.data[0], a.data[1], b.data[0], b.data[1]))
	}
	for s := range flows.Side(2) {
		if a.addr[s] != b.addr[s] {
			list = append(list, fmt.Sprintf("the %s's address or port is another", s))
		}
	}
	return list
}
