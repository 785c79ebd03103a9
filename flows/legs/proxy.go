package legs

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"

	"tcpclose/flows"
)

const (
	enough = 16 // octets that agree from the beginning to the end of what was captured
	shared = 32 // octets that agree somewhere
)

// A match is a candidate that fits, and how well.
type match struct {
	candidate
	sure     flows.Confidence
	evidence []string
}

// A role is a leg as the front or as the back one: it can be the back of one pair and the front of another, where two
// proxies stand in a row, and the two are counted apart.
type role struct {
	l     *leg
	front bool
}

// proxied pairs the candidates of which neither leg fits another as well. One that fits another better is not a rival; one
// that was not read is.
func (t *Table) proxied(all *shortlist) {
	var fits []match
	var front *leg
	var known runs
	for _, m := range all.list { // those of one front leg stand together
		if m.front != front {
			front, known = m.front, runs{}
		}
		f, ok := m.judge(&known)
		if !ok {
			continue
		}
		fits = append(fits, f)
	}
	best := map[role]flows.Confidence{}
	for _, f := range fits {
		best[role{f.front, true}] = max(best[role{f.front, true}], f.sure)
		best[role{f.back, false}] = max(best[role{f.back, false}], f.sure)
	}
	fits = slices.DeleteFunc(fits, func(f match) bool {
		return f.sure < best[role{f.front, true}] || f.sure < best[role{f.back, false}]
	})
	count := maps.Clone(all.unread)
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

// judge says whether a candidate fits, with what is known of its front leg: the times must be those of passing on, and
// either the octets agree or, where none were captured, their number does.
func (m candidate) judge(known *runs) (f match, ok bool) {
	a, b := m.front.look, m.back.look
	if !m.inOrder() {
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
			common[s] = known.of(s, a.stream[s]).longest(b.stream[s])
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
