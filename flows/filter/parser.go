package filter

import "strings"

// binding is how tightly an infix connective holds its operands: a Pratt parser in two levels.
var binding = map[tokenKind]precedence{tokenOr: precedenceOr, tokenAnd: precedenceAnd}

// A parser reads tokens from left to right. Where it decides what may come next it says so with expect, which is what
// completion and some messages are made of; so they cannot differ from the grammar.
type parser struct {
	text     string
	tokens   []token
	at       int
	depth    int     // open parentheses
	inherit  subject // what a value without a word belongs to; no word where nothing is inherited
	expected []expectation
}

// parse reads a whole filter; nil is the empty one.
func parse(text string) (*node, *Error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{text: text, tokens: tokens}
	return p.filter()
}

func (p *parser) peek() *token { return &p.tokens[p.at] }

// ahead returns the token n places further on, or the end.
func (p *parser) ahead(n int) *token { return &p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) next() *token {
	t := p.peek()
	if t.kind != tokenEnd {
		p.at++
	}
	return t
}

func (p *parser) fail(t *token, suggestion, format string, args ...any) *Error {
	return errorAt(p.text, t.pos, t.end, suggestion, format, args...)
}

// filter = [ or ] .
func (p *parser) filter() (*node, *Error) {
	if p.peek().kind == tokenEnd {
		p.expect(expectation{role: roleTerm})
		return nil, nil
	}
	n, err := p.joined(precedenceOr)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.unexpected(t)
	}
	return n, nil
}

// joined = unary { [ "and" | "or" ] unary } , of connectives that bind at least as tightly as least. Words that stand
// side by side are joined by and.
func (p *parser) joined(least precedence) (*node, *Error) {
	left, err := p.unary()
	for err == nil {
		p.expect(expectation{role: roleConnective, depth: p.depth})
		t := p.peek()
		level, infix := binding[t.kind]
		if !infix {
			if !p.beginsTerm() {
				break
			}
			level = precedenceAnd
		}
		if level < least {
			break
		}
		if infix {
			p.next()
		}
		var right *node
		if right, err = p.joined(level + 1); err != nil {
			break
		}
		if level == precedenceOr {
			left = join(nodeOr, left, right)
		} else {
			left = join(nodeAnd, left, right)
		}
	}
	if err != nil {
		return nil, err
	}
	return left, nil
}

// beginsTerm reports whether the next token begins a term by itself, so that the and before it can be left out. A value
// without a word does not: "host 10.0.0.1 10.0.0.2" may have meant or.
func (p *parser) beginsTerm() bool {
	switch t := p.peek(); t.kind {
	case tokenNot, tokenOpen:
		return true
	case tokenText:
		return isWord(t.text) && (p.inherit.word == nil || !p.isListValue(0))
	default:
		return false
	}
}

// unary = { "not" } ( "(" or ")" | term ) .
func (p *parser) unary() (*node, *Error) {
	negative, negated := false, false
	for p.peek().kind == tokenNot {
		p.next()
		negative, negated = !negative, true
	}
	p.expect(expectation{role: roleTerm, inherit: p.inherit})
	var n *node
	var err *Error
	switch t := p.peek(); t.kind {
	case tokenOpen:
		n, err = p.group()
	case tokenText, tokenQuoted:
		n, err = p.term(negated)
	case tokenEnd:
		err = p.fail(t, "", "the filter ends where a word is missing")
	case tokenAnd, tokenOr:
		err = p.fail(t, "", "%s has nothing before it", quoted(t.text))
	case tokenClose:
		err = p.fail(t, "", "the parentheses hold nothing, or one closes too early")
	default:
		err = p.fail(t, "", "%s stands where a word is missing", quoted(t.text))
	}
	if err == nil && negative {
		n = negate(n)
	}
	return n, err
}

// group = "(" or ")" .
func (p *parser) group() (*node, *Error) {
	open := p.next()
	if p.depth++; p.depth > MaxNesting {
		return nil, p.fail(open, "", "more than %d parentheses within one another", MaxNesting)
	}
	n, err := p.joined(precedenceOr)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenClose {
		if t.kind == tokenEnd {
			return nil, p.fail(open, "", "this parenthesis is never closed")
		}
		return nil, p.unexpected(t)
	}
	p.next()
	p.depth--
	return n, nil
}

// term = word [ argument ] | ( "src" | "dst" ) … | value of the word before | address .
func (p *parser) term(negated bool) (*node, *Error) {
	t := p.peek()
	if p.inherit.word != nil && p.isListValue(0) {
		return p.list(p.inherit, negated)
	}
	if t.kind == tokenQuoted {
		return nil, p.fail(t, "", "%s needs a word before it", quoted(t.text))
	}
	if isQualifier(t.text) {
		return p.qualified(negated)
	}
	s, misplaced, ok := findSubject(t.text)
	switch {
	case misplaced:
		return nil, p.fail(t, s.word.name, "%s belongs to the conversation, not to one side", quoted(s.word.name))
	case ok:
		p.next()
		return p.argument(s, t, negated)
	case isAddress(t.text):
		return p.list(subject{word: wordIndex["host"]}, negated)
	}
	return nil, p.unknown(t)
}

// qualified = ( "src" | "dst" ) [ ( "or" | "and" ) ( "src" | "dst" ) ] ( [ "host" ] value | "net" … | "port" … ) .
func (p *parser) qualified(negated bool) (*node, *Error) {
	first := p.next()
	r := qualifiers[strings.ToLower(first.text)]
	if k := p.peek().kind; k == tokenAnd || k == tokenOr {
		joint := p.next().text
		p.expect(expectation{role: roleQualifier})
		t := p.next()
		if t.kind != tokenText || !isQualifier(t.text) {
			return nil, p.fail(t, "", "after %s %s comes src or dst", first.text, joint)
		}
		switch second := qualifiers[strings.ToLower(t.text)]; {
		case second == r:
		case k == tokenOr:
			r = eitherEnd
		default:
			r = bothEnds
		}
	} else {
		p.expect(expectation{role: roleOther})
	}
	p.expect(expectation{role: roleQualified})
	if p.peek().kind == tokenColon {
		p.next()
	}
	t := p.peek()
	s, _, ok := findSubject(t.text)
	switch {
	case t.kind == tokenText && ok && s.reach == eitherEnd && s.word.sided && s.word.kind == KindAddress:
		p.next()
		s.reach = r
		return p.argument(s, t, negated)
	case t.kind == tokenText && ok:
		return nil, p.fail(t, "", "after %s comes host, net, port, portrange or an address; for other words write client. or server. before them", first.text)
	case t.kind == tokenText || t.kind == tokenQuoted:
		return p.list(subject{word: wordIndex["host"], reach: r}, negated)
	case t.kind == tokenOpen:
		p.inherit = subject{word: wordIndex["host"], reach: r}
		return p.group()
	}
	return nil, p.fail(t, "", "after %s comes host, net, port, portrange or an address", first.text)
}

// argument reads what follows a word.
//
//	argument = [ ":" | "=" | "==" ] ( list | "(" or ")" ) | "!=" list | set | comparison .
func (p *parser) argument(s subject, at *token, negated bool) (*node, *Error) {
	t := p.peek()
	braces := t.kind == tokenText && fold(t.text) == "in" && p.ahead(1).kind == tokenOpenBrace
	p.expect(expectation{role: roleArgument, inherit: s})
	if s.word.takes == takesNothing {
		if t.kind == tokenColon || t.kind == tokenCompare || braces {
			return nil, p.fail(t, "", "%s stands alone, without a value", s.word.name)
		}
		p.inherit = subject{}
		return s.node(present, nil), nil
	}
	switch {
	case braces:
		return p.set(s)
	case t.kind == tokenColon || t.kind == tokenCompare && t.op == equal:
		if p.ahead(1).kind == tokenOpenBrace {
			return p.set(s)
		}
		p.next()
		if p.peek().kind == tokenOpen {
			p.inherit = s
			return p.group()
		}
		return p.list(s, negated)
	case t.kind == tokenCompare && t.op == notEqual:
		p.next()
		n, err := p.list(s, true)
		if err != nil {
			return nil, err
		}
		p.inherit = subject{}
		return negate(n), nil
	case t.kind == tokenCompare:
		return p.comparison(s)
	case s.word.takes == takesOptional && !p.continues(s, 0) && (t.kind != tokenText || !looksNumeric(t.text)):
		p.inherit = s
		return s.node(present, nil), nil
	case t.kind == tokenOpen:
		p.inherit = s
		return p.group()
	case t.kind == tokenText || t.kind == tokenQuoted:
		if s.word.kind == KindHeld && isWord(t.text) {
			return nil, p.fail(at, "state "+s.word.name, "%s is compared with a duration, as in %s", s.word.name, s.word.example)
		}
		return p.list(s, negated)
	case t.kind == tokenOpenBrace:
		return nil, p.fail(t, s.spelled()+" in {", "in is missing before the brace")
	case t.kind == tokenNot:
		return nil, p.fail(t, "not "+s.word.name+" …", "not stands before the word, not after it")
	case s.word.kind == KindHeld:
		return nil, p.fail(at, "state "+s.word.name, "%s is compared with a duration, as in %s", s.word.name, s.word.example)
	}
	return nil, p.fail(t, "", "%s needs %s, as in %s", s.word.name, s.word.values.what, s.word.example)
}

// node makes a term of the subject.
func (s subject) node(op compare, values []value) *node {
	return &node{kind: nodeTerm, term: &term{word: s.word, reach: s.reach, op: op, values: values}}
}

// comparison = ( "<" | "<=" | ">" | ">=" ) value .
func (p *parser) comparison(s subject) (*node, *Error) {
	op := p.next()
	if !s.word.ordered {
		return nil, p.fail(op, "", "%s has no order: it takes ==, != and in", s.word.name)
	}
	t := p.peek()
	v, err := p.value(s)
	if err != nil {
		return nil, err
	}
	if v.low != v.high {
		return nil, p.fail(t, "", "%s compares with one number, not with a range", op.op)
	}
	p.inherit = subject{}
	return s.node(op.op, []value{v}), nil
}

// set = ( "in" | ":" | "=" | "==" ) "{" value { [ "," ] value } "}" .
func (p *parser) set(s subject) (*node, *Error) {
	p.next()
	open := p.next()
	var values []value
	for {
		v, err := p.value(s)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		p.expect(expectation{role: roleSet, inherit: s})
		t := p.peek()
		switch t.kind {
		case tokenComma:
			p.next()
		case tokenText, tokenQuoted:
		case tokenCloseBrace:
			p.next()
			p.inherit = s
			return s.node(equal, values), nil
		case tokenEnd:
			return nil, p.fail(open, "", "this brace is never closed")
		default:
			return nil, p.fail(t, ",", "%s stands within the braces", quoted(t.text))
		}
	}
}

// value reads one value of the subject's kind.
func (p *parser) value(s subject) (value, *Error) {
	p.expect(expectation{role: roleValue, inherit: s})
	t := p.peek()
	if t.kind != tokenText && t.kind != tokenQuoted {
		return value{}, p.fail(t, "", "%s needs %s, as in %s", s.word.name, s.word.values.what, s.word.example)
	}
	v, bad := s.word.values.parse(t.text, t.kind == tokenQuoted)
	if bad != nil {
		if bad.suggestion == "" {
			bad.suggestion = elsewhere(t.text, s.word)
		}
		return value{}, p.fail(t, bad.suggestion, "%s", bad.message)
	}
	p.next()
	if m := p.peek(); s.word.values == netKind && m.kind == tokenText && fold(m.text) == "mask" && !strings.ContainsAny(t.text, "/[]") && v.low != v.high {
		p.next()
		m = p.peek()
		if bad = withMask(&v, m.text); bad != nil {
			return value{}, p.fail(m, bad.suggestion, "%s", bad.message)
		}
		p.next()
	}
	return v, nil
}
