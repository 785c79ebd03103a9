package filter

import (
	"net/netip"
	"strings"

	"tcpclose/flows"
)

// takes says what may follow a word.
type takes uint8

const (
	takesValue    takes = iota
	takesOptional       // a value, or nothing
	takesNothing
)

// scope says where a word's test looks.
type scope uint8

const (
	perConversation scope = iota
	perEnd                // at one end; without a side, one of the two must fit
	summed                // at one end; without a side, both together
)

// Kind groups the words for people.
type Kind string

// The kinds of words.
const (
	KindAddress Kind = "address" // who talked; all but vlan, iface and name can be judged on one segment
	KindEnding  Kind = "ending"  // how it ended
	KindMeasure Kind = "measure" // how long, how much
	KindTime    Kind = "time"    // when
	KindHeld    Kind = "held"    // time spent in a state
)

// A word is one row of the language. Exactly one of end, has, get and named is its test.
type word struct {
	name    string
	aliases []string
	kind    Kind
	takes   takes
	values  *valueKind
	ordered bool // takes < <= > >=
	measure bool // written with == where it is equal
	sided   bool // takes client. and server.
	scope   scope

	end   func(ap netip.AddrPort, op compare, v *value) bool // needs the endpoint alone, so one segment tells
	has   func(t *flows.Teardown, r reach, v *value) bool    // r is one end where the scope is perEnd; v is nil for present
	get   func(t *flows.Teardown, s flows.Side) int64        // flows.NoTime where not known
	named func(t *flows.Teardown) (iface uint16)             // compared by number or name

	example string
	help    string
}

// qualifiers are tcpdump's words for a side. A client is the source of a conversation, a server its destination.
var qualifiers = map[string]reach{"src": clientEnd, "dst": serverEnd}

// prefixes select a side of the word after the point.
var prefixes = [...]struct {
	text  string
	reach reach
}{{"client.", clientEnd}, {"server.", serverEnd}}

// wordIndex finds a word by its name or alias.
var wordIndex = func() map[string]*word {
	index := make(map[string]*word)
	for i := range words {
		w := &words[i]
		for _, name := range append([]string{w.name}, w.aliases...) {
			index[name] = w
		}
	}
	return index
}()

// wordLimit is the longest text that can be a word, side included.
const wordLimit = 48

// A subject is a word with the side it looks at: what a list inherits.
type subject struct {
	word  *word
	reach reach
}

// findSubject reads a word with or without a side before it. A side before a word that takes none is found too, as
// misplaced.
func findSubject(text string) (s subject, misplaced, ok bool) {
	if len(text) > wordLimit {
		return s, false, false
	}
	name := fold(text)
	for _, p := range prefixes {
		if rest, cut := strings.CutPrefix(name, p.text); cut {
			w := wordIndex[rest]
			return subject{w, p.reach}, w != nil && !w.sided, w != nil
		}
	}
	w := wordIndex[name]
	return subject{word: w}, false, w != nil
}

// isWord reports whether text is a word of the language, with or without a side, or src or dst.
func isWord(text string) bool {
	_, _, ok := findSubject(text)
	return ok || isQualifier(text)
}

func isQualifier(text string) bool {
	_, ok := qualifiers[strings.ToLower(text)]
	return ok
}

// spelled returns the subject as the canonical form writes it.
func (s subject) spelled() string {
	switch s.reach {
	case clientEnd:
		return "client." + s.word.name
	case serverEnd:
		return "server." + s.word.name
	case bothEnds:
		return "src and dst " + s.word.name
	case eitherEnd:
	}
	return s.word.name
}

// fitsName compares an interface with the term's values, by number or, where the names are known, by name.
func (m *term) fitsName(iface uint16, name func(uint16) string) bool {
	for i := range m.values {
		v := &m.values[i]
		switch {
		case v.text == "":
			if m.op.holds(int64(iface), v) {
				return true
			}
		case name != nil && strings.EqualFold(name(iface), v.text):
			return true
		}
	}
	return false
}
