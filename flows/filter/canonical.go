package filter

// precedence orders how tightly a connective binds.
type precedence uint8

const (
	precedenceOr precedence = iota
	precedenceAnd
	precedenceNot
)

// append writes the canonical form of n, in parentheses where it binds less tightly than its surroundings.
func (n *node) append(buf []byte, outer precedence) []byte {
	switch n.kind {
	case nodeTerm:
		return n.term.append(buf)
	case nodeNot:
		return n.kids[0].append(append(buf, "not "...), precedenceNot)
	case nodeAnd:
		return n.appendJoined(buf, outer, precedenceAnd, " and ")
	case nodeOr:
		return n.appendJoined(buf, outer, precedenceOr, " or ")
	}
	return buf
}

func (n *node) appendJoined(buf []byte, outer, own precedence, between string) []byte {
	wrap := outer > own
	if wrap {
		buf = append(buf, '(')
	}
	for i, k := range n.kids {
		if i > 0 {
			buf = append(buf, between...)
		}
		buf = k.append(buf, own)
	}
	if wrap {
		buf = append(buf, ')')
	}
	return buf
}

// append writes "word value", "word in {value, value}" or "word > value".
func (m *term) append(buf []byte) []byte {
	switch m.reach {
	case clientEnd:
		buf = append(buf, "client."...)
	case serverEnd:
		buf = append(buf, "server."...)
	case bothEnds:
		buf = append(buf, "src and dst "...)
	case eitherEnd:
	}
	buf = append(buf, m.word.name...)
	if m.op == present {
		return buf
	}
	format := m.word.values.format
	switch {
	case len(m.values) > 1:
		buf = append(buf, " in {"...)
		for i := range m.values {
			if i > 0 {
				buf = append(buf, ", "...)
			}
			buf = append(buf, format(&m.values[i])...)
		}
		return append(buf, '}')
	case m.op != equal || m.word.measure:
		buf = append(append(buf, ' '), m.op.String()...)
	}
	return append(append(buf, ' '), format(&m.values[0])...)
}
