package filter

import "tcpclose/flows"

// compile turns the tree into functions that allocate nothing when called. name gives interfaces their names and may be
// nil.
func (n *node) compile(name func(uint16) string) func(*flows.Teardown) bool {
	switch n.kind {
	case nodeTerm:
		return n.term.compile(name)
	case nodeNot:
		kid := n.kids[0].compile(name)
		return func(t *flows.Teardown) bool { return !kid(t) }
	case nodeAnd, nodeOr:
	}
	kids := make([]func(*flows.Teardown) bool, len(n.kids))
	for i, k := range n.kids {
		kids[i] = k.compile(name)
	}
	decided := n.kind == nodeOr // the answer of one that settles the matter
	if len(kids) == 2 {
		first, second := kids[0], kids[1]
		return func(t *flows.Teardown) bool {
			if first(t) == decided {
				return decided
			}
			return second(t)
		}
	}
	return func(t *flows.Teardown) bool {
		for _, k := range kids {
			if k(t) == decided {
				return decided
			}
		}
		return !decided
	}
}

// compile picks the form in which the word is defined, then the ends that the term looks at.
func (m *term) compile(name func(uint16) string) func(*flows.Teardown) bool {
	w := m.word
	switch {
	case w.end != nil:
		return m.compileSides(func(t *flows.Teardown, s flows.Side) bool { return m.fits(t.Ends[s].Addr) })
	case w.has != nil && w.scope == perConversation:
		return func(t *flows.Teardown) bool { return m.has(t, m.reach) }
	case w.has != nil:
		return m.compileSides(func(t *flows.Teardown, s flows.Side) bool { return m.has(t, reachOf(s)) })
	case w.named != nil:
		return func(t *flows.Teardown) bool { return m.fitsName(w.named(t), name) }
	case w.scope == perConversation:
		return func(t *flows.Teardown) bool { return m.holds(w.get(t, flows.Client)) }
	case w.scope == summed && m.reach == eitherEnd:
		return func(t *flows.Teardown) bool {
			client, server := w.get(t, flows.Client), w.get(t, flows.Server)
			return client != flows.NoTime && server != flows.NoTime && m.holds(client+server)
		}
	}
	return m.compileSides(func(t *flows.Teardown, s flows.Side) bool { return m.holds(w.get(t, s)) })
}

// compileSides asks the test of the ends that the term looks at.
func (m *term) compileSides(test func(*flows.Teardown, flows.Side) bool) func(*flows.Teardown) bool {
	switch m.reach {
	case clientEnd:
		return func(t *flows.Teardown) bool { return test(t, flows.Client) }
	case serverEnd:
		return func(t *flows.Teardown) bool { return test(t, flows.Server) }
	case bothEnds:
		return func(t *flows.Teardown) bool { return test(t, flows.Client) && test(t, flows.Server) }
	case eitherEnd:
	}
	return func(t *flows.Teardown) bool { return test(t, flows.Client) || test(t, flows.Server) }
}

// has asks for the term's values one after the other.
func (m *term) has(t *flows.Teardown, r reach) bool {
	for i := range m.values {
		if m.word.has(t, r, &m.values[i]) {
			return true
		}
	}
	return m.op == present && m.word.has(t, r, nil)
}

// holds compares a number with the term's values. What is not known never compares.
func (m *term) holds(x int64) bool {
	if x == flows.NoTime {
		return false
	}
	for i := range m.values {
		if m.op.holds(x, &m.values[i]) {
			return true
		}
	}
	return m.op == present
}
