package filter

import (
	"slices"
	"strings"
)

// wordNames lists every name that can begin a term, for suggestions.
var wordNames = func() []string {
	list := []string{"not", "src", "dst"}
	for i := range words {
		list = append(list, words[i].name)
	}
	return list
}()

// unknown explains a text that is neither a word nor a value that can stand there.
func (p *parser) unknown(t *token) *Error {
	text := t.text
	if message, instead, ok := foreignWord(text); ok {
		return p.fail(t, instead, "%s", message)
	}
	if meant := elsewhere(text, nil); meant != "" {
		return p.fail(t, meant, "%s needs a word before it", quoted(text))
	}
	if looksNumeric(text) {
		instead := ""
		if digits(text) {
			instead = "port " + text
		}
		return p.fail(t, instead, "%s needs a word before it", quoted(text))
	}
	if before, _, colon := strings.Cut(text, ":"); colon && before != "" {
		// "prot:80": the word before the colon is the one to look at.
		c := *t
		c.text, c.end = before, t.pos+len(before)
		if strings.Trim(before, "0123456789abcdefABCDEF") != "" {
			return p.unknown(&c)
		}
	}
	return p.fail(t, p.meant(text), "%s is not a word of the filter language", quoted(text))
}

// meant returns the word, or the value of the inherited word, that a text is nearest to.
func (p *parser) meant(text string) string {
	if side, rest, point := strings.Cut(fold(text), "."); point {
		return p.meantSide(side, rest)
	}
	if word := ofColumn(fold(text)); word != "" {
		return word
	}
	if near := nearest(text, wordNames); near != "" {
		return near
	}
	if p.inherit.word == nil || p.inherit.word.values == nil {
		return ""
	}
	return nearest(text, p.inherit.word.values.ids)
}

// columnWords are what to write for the columns and groups of reports that have no word of nearly their name.
var columnWords = map[string]string{"client-ip": "src", "server-ip": "dst", "service": "dst"}

// ofColumn returns what to write for the name of a report's column, as packets-client or rtt-ns-server; empty where there is
// no word for it.
func ofColumn(name string) string {
	if word := columnWords[name]; word != "" {
		return word
	}
	for _, side := range []string{"client", "server"} {
		rest, found := strings.CutSuffix(name, "-"+side)
		if !found {
			rest, found = strings.CutPrefix(name, side+"-")
		}
		if w := wordIndex[strings.TrimSuffix(rest, "-ns")]; found && w != nil && w.sided {
			return side + "." + w.name
		}
	}
	if w := wordIndex[strings.TrimSuffix(name, "-ns")]; w != nil {
		return w.name
	}
	return ""
}

// meantSide repairs "cleint.bytes" and "client.byts".
func (p *parser) meantSide(side, rest string) string {
	near := nearest(side, []string{"client", "server"})
	if qualifiers[side] != eitherEnd {
		near = strings.TrimSuffix(prefixes[qualifiers[side]-clientEnd].text, ".")
	}
	if near == "" {
		return ""
	}
	if w := wordIndex[rest]; w != nil && w.sided {
		return near + "." + w.name
	}
	if word := nearest(rest, sidedNames); word != "" {
		return near + "." + word
	}
	return ""
}

var sidedNames = func() []string {
	var list []string
	for i := range words {
		if words[i].sided {
			list = append(list, words[i].name)
		}
	}
	return list
}()

// unexpected explains a token that stands where a filter could go on with and or or, or end.
func (p *parser) unexpected(t *token) *Error {
	switch t.kind {
	case tokenClose:
		return p.fail(t, "", "this parenthesis closes nothing")
	case tokenComma:
		return p.fail(t, "or", "a comma joins the values of one word only")
	case tokenText, tokenQuoted:
		if near := nearest(t.text, []string{"and", "or", "not"}); near != "" && t.kind == tokenText {
			return p.fail(t, near, "%s stands where and or or is missing", quoted(t.text))
		}
		if t.kind == tokenText && !isAddress(t.text) && !looksNumeric(t.text) && (p.inherit.word == nil || !p.continues(p.inherit, 0)) {
			return p.unknown(t)
		}
		return p.fail(t, "or "+t.text, "%s stands where and or or is missing", quoted(t.text))
	case tokenCompare:
		return p.fail(t, "", "%s stands after no word", quoted(t.text))
	default:
		return p.fail(t, "", "%s stands where the filter could end", quoted(t.text))
	}
}

// looksNumeric reports whether a text begins as numbers do.
func looksNumeric(text string) bool { return text != "" && text[0] >= '0' && text[0] <= '9' }

// elsewhere returns how to ask for an id that another word than this one knows, or "".
func elsewhere(text string, here *word) string {
	id := fold(text)
	for _, name := range [...]string{"class", "mark", "cause", "state", "shape"} {
		if w := wordIndex[name]; w != here && slices.Contains(w.values.ids, id) {
			return name + " " + id
		}
	}
	return ""
}
