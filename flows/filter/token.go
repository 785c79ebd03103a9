package filter

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind says what a token is.
type tokenKind uint8

const (
	tokenEnd    tokenKind = iota
	tokenText             // a word or a value
	tokenQuoted           // a value in quotes; never a word
	tokenColon            // between a word and its value
	tokenCompare
	tokenAnd
	tokenOr
	tokenNot
	tokenComma
	tokenOpen
	tokenClose
	tokenOpenBrace
	tokenCloseBrace
)

// A token is a stretch of the filter's text. For tokenQuoted, text is what stands between the quotes.
type token struct {
	kind     tokenKind
	op       compare
	text     string
	pos, end int // byte offsets
}

// symbols lists the tokens that are not made of letters, the longer ones first.
var symbols = [...]struct {
	text string
	kind tokenKind
	op   compare
}{
	{"&&", tokenAnd, 0},
	{"||", tokenOr, 0},
	{"!=", tokenCompare, notEqual},
	{"==", tokenCompare, equal},
	{"<=", tokenCompare, atMost},
	{">=", tokenCompare, atLeast},
	{"<", tokenCompare, less},
	{">", tokenCompare, greater},
	{"=", tokenCompare, equal},
	{"!", tokenNot, 0},
	{",", tokenComma, 0},
	{"(", tokenOpen, 0},
	{")", tokenClose, 0},
	{"{", tokenOpenBrace, 0},
	{"}", tokenCloseBrace, 0},
}

// connectives are the tokens that are written as words.
var connectives = map[string]tokenKind{"and": tokenAnd, "or": tokenOr, "not": tokenNot}

func connective(text string) (tokenKind, bool) {
	if len(text) > len("and") {
		return 0, false
	}
	kind, ok := connectives[strings.ToLower(text)]
	return kind, ok
}

// separators end a run of text.
const separators = "&|!=<>,(){}\"'"

// lex cuts a filter into tokens; the last is tokenEnd.
func lex(text string) ([]token, *Error) {
	var tokens []token
	for pos := 0; pos < len(text); {
		r, size := utf8.DecodeRuneInString(text[pos:])
		switch {
		case unicode.IsSpace(r):
			pos += size
		case r == '"' || r == '\'':
			t, err := lexQuoted(text, pos)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, t)
			pos = t.end
		case strings.ContainsRune(separators, r):
			t, err := lexSymbol(text, pos)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, t)
			pos = t.end
		default:
			end := textEnd(text, pos)
			tokens = appendText(tokens, text, pos, end)
			pos = end
		}
	}
	return append(tokens, token{kind: tokenEnd, pos: len(text), end: len(text)}), nil
}

// textEnd returns where the run of text that begins at pos ends.
func textEnd(text string, pos int) int {
	n := strings.IndexFunc(text[pos:], func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(separators, r)
	})
	if n < 0 {
		return len(text)
	}
	return pos + n
}

func lexSymbol(text string, pos int) (token, *Error) {
	for _, s := range symbols {
		if strings.HasPrefix(text[pos:], s.text) {
			return token{kind: s.kind, op: s.op, text: s.text, pos: pos, end: pos + len(s.text)}, nil
		}
	}
	one := text[pos : pos+1] // a lone & or |
	return token{}, errorAt(text, pos, pos+1, one+one, "%s alone means nothing here", one)
}

// lexQuoted reads a value in single or double quotes; a backslash takes the next octet as it is.
func lexQuoted(text string, pos int) (token, *Error) {
	var b strings.Builder
	for i := pos + 1; i < len(text); i++ {
		switch text[i] {
		case text[pos]:
			return token{kind: tokenQuoted, text: b.String(), pos: pos, end: i + 1}, nil
		case '\\':
			if i++; i == len(text) {
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return token{}, errorAt(text, pos, len(text), "", "the quote is never closed")
}

// appendText adds a run of text: a connective, a word and its value with a colon between, or one token. A colon splits
// only after a word of the language, so that IPv6 addresses, times and endpoints stay whole.
func appendText(tokens []token, text string, pos, end int) []token {
	for pos < end {
		run := text[pos:end]
		if kind, ok := connective(run); ok {
			return append(tokens, token{kind: kind, text: run, pos: pos, end: end})
		}
		colon := strings.IndexByte(run, ':')
		if colon == 0 && !strings.HasPrefix(run, "::") {
			tokens = append(tokens, token{kind: tokenColon, text: ":", pos: pos, end: pos + 1})
			pos++
			continue
		}
		if colon < 0 || !isWord(run[:colon]) {
			return append(tokens, token{kind: tokenText, text: run, pos: pos, end: end})
		}
		mid := pos + colon
		tokens = append(tokens,
			token{kind: tokenText, text: run[:colon], pos: pos, end: mid},
			token{kind: tokenColon, text: ":", pos: mid, end: mid + 1})
		pos = mid + 1
	}
	return tokens
}
