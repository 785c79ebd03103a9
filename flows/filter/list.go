package filter

// list = values { "or" values } | values { "and" values } .
//
// A value after or and and belongs to the list only if it is one of the word's kind and no word itself. What tcpdump and
// people read differently is refused: a list that mixes the two, and one that follows not.
func (p *parser) list(s subject, negated bool) (*node, *Error) {
	values, err := p.values(s, nil)
	if err != nil {
		return nil, err
	}
	p.inherit = s
	joint := p.peek().kind
	if joint != tokenOr && joint != tokenAnd || !p.isListValue(1) {
		return s.node(equal, values), nil
	}
	if negated {
		return nil, p.fail(p.peek(), s.spelled()+" a,b", "after not, a list needs parentheses or commas")
	}
	if joint == tokenAnd {
		return p.conjunction(s, s.node(equal, values))
	}
	for p.peek().kind == tokenOr && p.isListValue(1) {
		p.next()
		if values, err = p.values(s, values); err != nil {
			return nil, err
		}
	}
	if t := p.peek(); t.kind == tokenAnd && p.isListValue(1) {
		return nil, p.fail(t, "", "a list with both or and and needs parentheses")
	}
	return s.node(equal, values), nil
}

// conjunction reads the rest of a list joined by and: each value, or values with commas between, is a term.
func (p *parser) conjunction(s subject, left *node) (*node, *Error) {
	for p.peek().kind == tokenAnd && p.isListValue(1) {
		p.next()
		values, err := p.values(s, nil)
		if err != nil {
			return nil, err
		}
		left = join(nodeAnd, left, s.node(equal, values))
	}
	return left, nil
}

// values = value { "," value } , added to those that are there.
func (p *parser) values(s subject, values []value) ([]value, *Error) {
	for {
		v, err := p.value(s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if p.peek().kind != tokenComma {
			return values, nil
		}
		p.next()
	}
}

// isListValue reports whether the token n places ahead continues a list of the inherited word.
func (p *parser) isListValue(n int) bool { return p.continues(p.inherit, n) }

// continues reports whether the token n places ahead is a value of the subject and not the beginning of something else.
func (p *parser) continues(s subject, n int) bool {
	t, after := p.ahead(n), p.ahead(n+1)
	if t.kind == tokenQuoted {
		return true
	}
	if t.kind != tokenText || after.kind == tokenColon || after.kind == tokenCompare ||
		after.kind == tokenText && fold(after.text) == "in" && p.ahead(n+2).kind == tokenOpenBrace {
		return false
	}
	if w, _, ok := findSubject(t.text); ok && w.word.takes == takesValue {
		// A word with its value, not a value: "class open or closing 3s", "roles-by syn or port (80 or 443)".
		if after.kind == tokenOpen || after.kind == tokenQuoted {
			return false
		}
		if after.kind == tokenText && !isWord(after.text) {
			if _, bad := w.word.values.parse(after.text, false); bad == nil {
				return false
			}
		}
	}
	if s.word.values.free {
		// Any text would do, so a mistyped word must not: "iface eth0 and clas open".
		return !isWord(t.text) && !isAddress(t.text) && (after.kind != tokenText || isWord(after.text))
	}
	_, bad := s.word.values.parse(t.text, false)
	return bad == nil
}
