package filter

import (
	"net/netip"
)

// answer is what one segment can tell of a term: Kleene's three values, in their order, so that and is min and or is max.
type answer uint8

const (
	no answer = iota
	unknown
	yes
)

// fits reports whether one endpoint satisfies a term whose word looks at endpoints alone.
func (m *term) fits(ap netip.AddrPort) bool {
	for i := range m.values {
		if m.word.end(ap, m.op, &m.values[i]) {
			return true
		}
	}
	return m.op == present && m.word.end(ap, present, nil)
}

// fitsEnds is fits for both ends of a segment, of which one is assumed to be the client.
func (m *term) fitsEnds(client, server netip.AddrPort) bool {
	switch m.reach {
	case clientEnd:
		return m.fits(client)
	case serverEnd:
		return m.fits(server)
	case bothEnds:
		return m.fits(client) && m.fits(server)
	case eitherEnd:
	}
	return m.fits(client) || m.fits(server)
}

// compileSegment returns what one segment tells of the tree, or nil where it can never tell no.
func (n *node) compileSegment() func(client, server netip.AddrPort) answer {
	if n.weaken(true) == nil {
		return nil
	}
	return n.answers()
}

func (n *node) answers() func(client, server netip.AddrPort) answer {
	switch n.kind {
	case nodeTerm:
		m := n.term
		if m.word.end == nil {
			return func(netip.AddrPort, netip.AddrPort) answer { return unknown }
		}
		return func(client, server netip.AddrPort) answer {
			if m.fitsEnds(client, server) {
				return yes
			}
			return no
		}
	case nodeNot:
		kid := n.kids[0].answers()
		return func(client, server netip.AddrPort) answer { return yes - kid(client, server) }
	case nodeAnd, nodeOr:
	}
	kids := make([]func(client, server netip.AddrPort) answer, len(n.kids))
	for i, k := range n.kids {
		kids[i] = k.answers()
	}
	if n.kind == nodeAnd {
		return func(client, server netip.AddrPort) answer {
			a := yes
			for _, k := range kids {
				if a = min(a, k(client, server)); a == no {
					break
				}
			}
			return a
		}
	}
	return func(client, server netip.AddrPort) answer {
		a := no
		for _, k := range kids {
			if a = max(a, k(client, server)); a == yes {
				break
			}
		}
		return a
	}
}

// Packet returns the part of the filter that can be judged on one segment without knowing who is the client, for a
// kernel's packet filter: it holds host, net, port, portrange, ip, ip6 and tcp alone, of either or both ends, joined by
// and, or and not. A segment that it refuses belongs to no conversation that f matches. It may match more segments than
// MatchSegment, never fewer.
func (f *Filter) Packet() *Filter {
	if f.All() {
		return f
	}
	return build(f.root.weaken(true), nil)
}

// weaken returns a filter on segments that is implied by n (above) or that implies n (not above). nil is the one that
// every segment passes (above) or that none passes (not above): nothing is known.
func (n *node) weaken(above bool) *node {
	switch n.kind {
	case nodeTerm:
		m := n.term
		if m.word.end == nil {
			return nil
		}
		if m.reach == clientEnd || m.reach == serverEnd {
			c := *m
			c.reach = bothEnds
			if above {
				c.reach = eitherEnd
			}
			m = &c
		}
		return &node{kind: nodeTerm, term: m}
	case nodeNot:
		kid := n.kids[0].weaken(!above)
		if kid == nil {
			return nil
		}
		return negate(kid)
	case nodeAnd, nodeOr:
	}
	// Above, what is not known drops out of an and, and makes an or unknown; below, it is the other way round.
	drops := above == (n.kind == nodeAnd)
	var joined *node
	for _, k := range n.kids {
		weak := k.weaken(above)
		switch {
		case weak == nil && drops:
		case weak == nil:
			return nil
		case joined == nil:
			joined = weak
		default:
			joined = join(n.kind, joined, weak)
		}
	}
	return joined
}

// addrOf returns the endpoint's address in the form in which the values are compared.
func addrOf(ap netip.AddrPort) netip.Addr { return ap.Addr().Unmap() }
