package filter

import "tcpclose/flows"

// nodeKind says how a node joins what is below it.
type nodeKind uint8

const (
	nodeTerm nodeKind = iota
	nodeNot
	nodeAnd
	nodeOr
)

// A node is one part of a filter: a term, or others joined. And and or hold at least two, none of its own kind.
type node struct {
	kind nodeKind
	term *term
	kids []*node
}

// A term is one test: a word, whose side it looks at, and the values of which one must fit.
type term struct {
	word   *word
	reach  reach
	op     compare
	values []value // empty for present
}

// reach says which ends of a conversation a term looks at.
type reach uint8

const (
	eitherEnd reach = iota // at least one fits; for a sum, both together
	clientEnd
	serverEnd
	bothEnds // each fits
)

func reachOf(s flows.Side) reach { return clientEnd + reach(s) }

// side returns the end that r is; the client where r is none in particular.
func (r reach) side() flows.Side {
	if r == serverEnd {
		return flows.Server
	}
	return flows.Client
}

// compare is how a term compares.
type compare uint8

const (
	present compare = iota // the word stands alone
	equal
	notEqual // only between lexer and parser: a node negates
	less
	atMost
	greater
	atLeast
)

var compareSigns = [...]string{"", "==", "!=", "<", "<=", ">", ">="}

func (c compare) String() string { return compareSigns[c] }

// holds compares a number with a value, which for equal may be a range.
func (c compare) holds(x int64, v *value) bool {
	switch c {
	case less:
		return x < v.low
	case atMost:
		return x <= v.low
	case greater:
		return x > v.low
	case atLeast:
		return x >= v.low
	case present, equal, notEqual:
	}
	return x >= v.low && x <= v.high
}

// join makes an and or an or of two nodes, flat where one is of that kind already.
func join(kind nodeKind, left, right *node) *node {
	if left.kind == kind {
		if right.kind == kind {
			left.kids = append(left.kids, right.kids...)
		} else {
			left.kids = append(left.kids, right)
		}
		return left
	}
	n := &node{kind: kind, kids: []*node{left}}
	if right.kind == kind {
		n.kids = append(n.kids, right.kids...)
	} else {
		n.kids = append(n.kids, right)
	}
	return n
}

// negate returns the opposite of a node.
func negate(n *node) *node {
	if n.kind == nodeNot {
		return n.kids[0]
	}
	return &node{kind: nodeNot, kids: []*node{n}}
}
