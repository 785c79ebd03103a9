package filter

import (
	"strings"
	"unicode/utf8"
)

// role is what may stand at a place in a filter.
type role uint8

const (
	roleTerm       role = iota // a word, not, a parenthesis
	roleConnective             // and, or, a closing parenthesis
	roleQualified              // what follows src and dst
	roleOther                  // or and and between src and dst
	roleQualifier              // src and dst
	roleArgument               // what follows a word
	roleValue                  // a value of the inherited word
	roleSet                    // what follows a value within braces
)

// An expectation is one thing that may stand at the filter's end.
type expectation struct {
	role    role
	inherit subject
	depth   int
}

// expect notes what may stand at the end of the tokens.
func (p *parser) expect(e expectation) {
	if p.peek().kind == tokenEnd {
		p.expected = append(p.expected, e)
	}
}

// A Completion is one way to go on at the cursor.
type Completion struct {
	Text     string // what replaces the runes from From to To; empty for a hint
	Help     string
	From, To int // 0-based rune offsets; To is the cursor
}

// completionLimit keeps a list readable.
const completionLimit = 200

// Complete returns what can stand at the cursor, a rune offset in text; what has been typed of it already is replaced.
// Candidates that begin so come first, then those that hold it elsewhere. A completion without text is a hint at what to
// type, given where nothing has been typed.
func Complete(text string, cursor int) []Completion {
	head := string([]rune(text)[:min(max(cursor, 0), utf8.RuneCountInString(text))])
	if len(head) > MaxLength {
		return nil
	}
	tokens, err := lex(head)
	if err != nil {
		return nil
	}
	typed := ""
	if n := len(tokens); n > 1 && tokens[n-2].end == len(head) {
		switch last := tokens[n-2]; last.kind {
		case tokenText, tokenAnd, tokenOr, tokenNot:
			if last.kind == tokenText || last.text[0]|0x20 >= 'a' && last.text[0]|0x20 <= 'z' {
				typed = last.text
				tokens = append(tokens[:n-2], token{kind: tokenEnd, pos: last.pos, end: last.pos})
			}
		}
	}
	p := &parser{text: head, tokens: tokens}
	_, _ = p.filter() // it ends too early as a rule; what it expected there is what counts
	to := utf8.RuneCountInString(head)
	from := to - utf8.RuneCountInString(typed)

	want := fold(typed)
	var first, second []Completion
	seen := make(map[string]bool)
	for _, e := range p.expected {
		for _, o := range e.offers(want) {
			c := Completion{Text: o.text, Help: o.help, From: from, To: to}
			switch {
			case seen[o.text+"\x00"+o.help] || o.text != "" && seen[o.text]:
				continue
			case o.text == "" && typed != "":
				continue
			case strings.HasPrefix(o.text, want):
				first = append(first, c)
			case strings.Contains(o.text, want):
				second = append(second, c)
			}
			seen[o.text], seen[o.text+"\x00"+o.help] = true, true
		}
	}
	list := append(first, second...)
	return list[:min(len(list), completionLimit)]
}

// offers lists what fulfils the expectation. Words with a side are offered once a side has been begun.
func (e expectation) offers(typed string) []offer {
	var list []offer
	switch e.role {
	case roleTerm:
		if e.inherit.word != nil && e.inherit.word.values != nil {
			list = e.inherit.word.values.offers()
		}
		list = append(list, termOffers(typed)...)
		list = append(list, offer{"not", "the opposite"}, offer{"(", "a group"})
	case roleConnective:
		list = []offer{{"and", "both"}, {"or", "at least one"}}
		if e.depth > 0 {
			list = append(list, offer{")", "end of the group"})
		}
		if typed != "" {
			list = append(list, termOffers(typed)...) // the and may be left out
		}
	case roleQualified:
		for i := range words {
			if w := &words[i]; w.kind == KindAddress && w.sided {
				list = append(list, offer{w.name, w.help})
			}
		}
		list = append(list, hostKind.offers()...)
	case roleOther:
		list = []offer{{"or", "one of the ends"}, {"and", "both ends"}}
	case roleQualifier:
		list = qualifierOffers
	case roleArgument:
		list = e.argumentOffers()
	case roleValue:
		list = e.inherit.word.values.offers()
	case roleSet:
		list = []offer{{",", "another value"}, {"}", "end of the set"}}
	}
	return list
}

var qualifierOffers = []offer{{"src", "the client's host, net or port"}, {"dst", "the server's host, net or port"}}

func termOffers(typed string) []offer {
	var list []offer
	for i := range words {
		list = append(list, offer{words[i].name, words[i].help})
	}
	list = append(list, qualifierOffers...)
	list = append(list, offer{"client.", "of the client alone"}, offer{"server.", "of the server alone"})
	for _, p := range prefixes {
		if !strings.HasPrefix(typed, p.text) {
			continue
		}
		for i := range words {
			if words[i].sided {
				list = append(list, offer{p.text + words[i].name, words[i].help})
			}
		}
	}
	return list
}

func (e expectation) argumentOffers() []offer {
	w := e.inherit.word
	if w.takes == takesNothing {
		return nil
	}
	var list []offer
	if w.measure {
		list = comparisons()
	}
	list = append(list, w.values.offers()...)
	if !w.measure && w.ordered {
		list = append(list, comparisons()...)
	}
	return list
}

func comparisons() []offer {
	return []offer{
		{">", "more than"}, {">=", "at least"}, {"<", "less than"}, {"<=", "at most"}, {"==", "equal"}, {"!=", "not equal"},
	}
}
