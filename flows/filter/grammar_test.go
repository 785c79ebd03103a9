package filter

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tcpclose/flows"
)

// A grammar is the EBNF of the package comment, read for what it is.
type grammar struct {
	productions map[string]*ebnf
	order       []string
}

// ebnf is one expression: alternatives of sequences of factors.
type ebnf struct {
	alternatives [][]factor
}

type factor struct {
	name     string // of a production, or of a class of tokens
	literal  string
	group    *ebnf
	repeated bool // { }
	optional bool // [ ] and { }
}

var (
	ebnfToken      = regexp.MustCompile(`"[^"]*"|[A-Za-z]+|[][{}()|=.]`)
	ebnfProduction = regexp.MustCompile(`(?m)^//\t([A-Z][A-Za-z]*) += (.*)$`)
)

// readGrammar reads the productions out of the package comment.
func readGrammar(t testing.TB) *grammar {
	t.Helper()
	g := &grammar{productions: map[string]*ebnf{}}
	for _, m := range ebnfProduction.FindAllStringSubmatch(readDoc(t), -1) {
		tokens := ebnfToken.FindAllString(m[2], -1)
		e, rest := readEBNF(t, tokens)
		if !slices.Equal(rest, []string{"."}) {
			t.Fatalf("production %s: cannot read %q at %q", m[1], m[2], rest)
		}
		g.productions[m[1]] = e
		g.order = append(g.order, m[1])
	}
	return g
}

func readEBNF(t testing.TB, tokens []string) (*ebnf, []string) {
	e := &ebnf{alternatives: [][]factor{nil}}
	last := func() *[]factor { return &e.alternatives[len(e.alternatives)-1] }
	for len(tokens) > 0 {
		tok := tokens[0]
		var f factor
		switch tok {
		case "|":
			e.alternatives = append(e.alternatives, nil)
			tokens = tokens[1:]
			continue
		case "(", "[", "{":
			f.group, tokens = readEBNF(t, tokens[1:])
			if len(tokens) == 0 {
				t.Fatalf("a %s is never closed", tok)
			}
			f.repeated, f.optional = tok == "{", tok != "("
		case ")", "]", "}", ".":
			return e, tokens
		default:
			if tok[0] == '"' {
				f.literal = strings.Trim(tok, `"`)
			} else {
				f.name = tok
			}
		}
		*last() = append(*last(), f)
		tokens = tokens[1:]
	}
	return e, nil
}

// A speaker makes sentences of the grammar.
type speaker struct {
	g     *grammar
	rnd   *rand.Rand
	out   []string
	word  *word // the last word said: what the values belong to
	depth int
	lost  bool // a value had no word, or it went too deep
}

// say appends what the production makes.
func (s *speaker) say(e *ebnf) {
	if s.depth++; s.depth > 60 || s.lost {
		s.lost = true
		return
	}
	defer func() { s.depth-- }()
	for _, f := range e.alternatives[s.rnd.IntN(len(e.alternatives))] {
		times := 1
		if f.optional {
			times = s.rnd.IntN(2)
		}
		if f.repeated && times > 0 && s.rnd.IntN(3) == 0 {
			times = 2
		}
		for range times {
			switch {
			case f.group != nil:
				s.say(f.group)
			case f.literal != "":
				s.out = append(s.out, f.literal)
			case s.g.productions[f.name] != nil:
				s.say(s.g.productions[f.name])
			default:
				s.token(f.name)
			}
		}
	}
}

// pick chooses a word that fits and says it.
func (s *speaker) pick(fits func(*word) bool) {
	var fitting []*word
	for i := range words {
		if w := &words[i]; w.takes != takesNothing && w.values != truthKind && fits(w) {
			fitting = append(fitting, w)
		}
	}
	s.word = fitting[s.rnd.IntN(len(fitting))]
	s.out = append(s.out, s.word.name)
}

// speakable are values of the kinds that have no ids; the first of each is no range.
var speakable = map[*valueKind][]string{
	hostKind:     {"10.0.0.5", "2001:db8::1", "10.0.0.0/8", "10.0.0.5:443", "[2001:db8::1]:443"},
	netKind:      {"10.0.0.0/8", "192.168", "2001:db8::/32", "10.0.0.0 mask 255.0.0.0"},
	portKind:     {"443", "https", "8000-8080"},
	durationKind: {"30s", "1m30s", "2d", "0"},
	sizeKind:     {"1500", "64k", "1.5M", "2GiB"},
	countKind:    {"3", "2k"},
	momentKind:   {"2026-11-20", "2026-11-20T09:24:52.25Z", "1795166692.5", `"2026-11-20 09:24"`},
	nameKind:     {"www.example.com", "*.example.com", `"a b"`},
	ifaceKind:    {"eth0", `"Ethernet 2"`, "3"},
}

// token says a token of one of the classes that the text under the grammar explains.
func (s *speaker) token(name string) {
	one := func(list []string) { s.out = append(s.out, list[s.rnd.IntN(len(list))]) }
	switch name {
	case "word":
		s.pick(func(*word) bool { return true })
	case "sided":
		s.pick(func(w *word) bool { return w.sided })
	case "ordered":
		s.pick(func(w *word) bool { return w.ordered })
	case "sidedordered":
		s.pick(func(w *word) bool { return w.ordered && w.sided })
	case "endpoint":
		s.pick(func(w *word) bool { return w.sided && w.kind == KindAddress })
	case "address":
		one(speakable[hostKind])
		s.word = wordIndex["host"]
	case "single":
		if list := speakable[s.word.values]; list != nil {
			one(list[:1])
		} else {
			one([]string{"5"})
		}
	case "value":
		switch {
		case s.word == nil:
			s.lost = true
		case s.word.values.ids != nil:
			one(s.word.values.ids)
		case speakable[s.word.values] != nil:
			one(speakable[s.word.values])
		case s.word.values == markKind:
			one(ids(flows.NumMarks))
		case s.word.values == causeKind:
			one([]string{"linger-zero", "likely:close", "none", "certain:no_socket"})
		default:
			one([]string{"5", "100-199"})
		}
	default:
		s.lost = true
	}
}

// sentence joins the tokens; a side stands close to its word, and so do some others where nothing runs together.
func (s *speaker) sentence() string {
	var b strings.Builder
	for i, tok := range s.out {
		b.WriteString(tok)
		if strings.HasSuffix(tok, ".") && i+1 < len(s.out) {
			continue
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// refusals are what the text under the grammar excepts from it.
var refusals = []string{
	"a list with both or and and needs parentheses",
	"after not, a list needs parentheses or commas",
}

func TestEverySentenceOfTheGrammarParsesAndPrintsItself(t *testing.T) {
	g := readGrammar(t)
	refused, failed := 0, 0
	for seed := range uint64(30000) {
		s := &speaker{g: g, rnd: rand.New(rand.NewPCG(seed, 1))}
		s.say(g.productions["Filter"])
		if s.lost {
			continue
		}
		text := s.sentence()
		f, err := Parse(text)
		if err != nil {
			if slices.ContainsFunc(refusals, func(r string) bool { return strings.Contains(err.Error(), r) }) {
				refused++
				continue
			}
			if failed++; failed > 10 {
				t.FailNow()
			}
			t.Errorf("the grammar makes %q, but: %v", text, err)
			continue
		}
		again, err := Parse(f.String())
		if err != nil || again.String() != f.String() {
			t.Fatalf("%q prints as %q, which parses to %q (%v)", text, f, again, err)
		}
	}
	if refused > 5000 {
		t.Errorf("%d sentences of 30000 fall under the exceptions", refused)
	}
}

// productionExamples has a text for each production that needs it.
var productionExamples = map[string]string{
	"Filter":    "",
	"Or":        "port 80 or class open",
	"And":       "class open and 10.0.0.1 port 80",
	"Factor":    "10.0.0.1 or 10.0.0.2",
	"Leading":   "tcp not port 80",
	"Group":     "(port 80)",
	"Negated":   "not ! not 10.0.0.1",
	"Term":      "class open or closing",
	"More":      "mark keepalive and fast-open && mptcp",
	"Plain":     "client.fin",
	"Listed":    "src net 10 or 11, 12",
	"Other":     "rtt < 5ms",
	"Lone":      "vlan",
	"Subject":   "server.state closed",
	"Side":      "client.bytes 5",
	"Argument":  "class:open",
	"Unequal":   "class != open,closing",
	"Compared":  "server.close-wait >= 30s",
	"Nested":    "port (80 or 443)",
	"Qualified": "src or dst port 80",
	"Qualifier": "dst 10.0.0.1",
	"Addresses": "10.0.0.1, [2001:db8::1]:443, 10.0.0.0/8",
	"Values":    "port 80,443",
	"Set":       "port in {80, 443 8000-8080}",
	"Equals":    "port == {80}",
	"OrSign":    "fin || rst",
	"AndSign":   "fin && rst",
	"NotSign":   "!fin",
}

func TestEachProductionHasAnExampleThatParses(t *testing.T) {
	g := readGrammar(t)
	if len(g.order) != len(productionExamples) {
		t.Errorf("the package comment has %d productions, the examples %d", len(g.order), len(productionExamples))
	}
	for _, name := range g.order {
		example, ok := productionExamples[name]
		if !ok {
			t.Errorf("production %s has no example", name)
		}
		if _, err := Parse(example); err != nil {
			t.Errorf("production %s: %q: %v", name, example, err)
		}
	}
}
