package flows

import (
	"cmp"
	"slices"
	"strings"
)

// A Term explains one word that tcpclose uses: what it means, why it is so, and what to do about it. Texts are plain
// sentences without line breaks; whoever shows them wraps them.
type Term struct {
	ID    string // as reports spell it; a state's is RFC 9293's spelling
	Kind  string // class, shape, mark, cause, finding, state, grade, confidence, verdict, reset, roles or topic
	Title string // a heading of a few words

	What     string   // what it means
	Why      string   // the reason behind it; may be empty
	Remedies []string // what to do, the likeliest first; empty where nothing is wrong
	Source   string   // the RFC section or the kernel's name for it

	Zeek      string   // Zeek's conn_state; classes only
	Suricata  string   // Suricata's tcp.state, which is the server's; classes only
	Wireshark string   // Wireshark's tcp.completeness; classes only
	Kernel    []string // Linux's sk_rst_reason names that the term covers
	See       []string // ids of related terms
}

// The kinds of terms, in the order in which the glossary lists them.
const (
	KindClass      = "class"
	KindShape      = "shape"
	KindMark       = "mark"
	KindCause      = "cause"
	KindFinding    = "finding"
	KindState      = "state"
	KindGrade      = "grade"
	KindConfidence = "confidence"
	KindVerdict    = "verdict"
	KindReset      = "reset"
	KindRoles      = "roles"
	KindTopic      = "topic"
)

// glossary is the one place where the explanations live.
var glossary = slices.Concat(
	classTerms, shapeTerms,
	closeMarkTerms, resetMarkTerms, captureMarkTerms,
	orderlyCauseTerms, resetCauseTerms, silentCauseTerms, findingTerms,
	stateTerms, gradeTerms, confidenceTerms, verdictTerms, resetTerms, rolesTerms,
	timeWaitTopics, socketTopics, wireTopics,
)

// Glossary returns all terms, kind by kind, each kind in the order of its enumeration. The slice is the caller's, the
// lists inside the terms are not.
func Glossary() []Term { return slices.Clone(glossary) }

// Explain returns the term of that kind and id, or nil. Case does not matter, and _ stands for -.
func Explain(kind, id string) *Term {
	kind, id = plainWord(kind), plainWord(id)
	for i := range glossary {
		if glossary[i].Kind == kind && plainWord(glossary[i].ID) == id {
			return &glossary[i]
		}
	}
	return nil
}

// Lookup returns the terms that text can mean: those that Called returns, else those that it resembles. The terms must not be
// changed.
func Lookup(text string) []*Term {
	if found := Called(text); found != nil {
		return found
	}
	near := Nearest(text, 5)
	return termsWhere(func(id string) bool {
		return slices.ContainsFunc(near, func(n string) bool { return plainWord(n) == id })
	})
}

// Called returns the terms that are called so: those with exactly that id (several kinds may share one), else those of which
// it is another common name or what narrow tables print, else those whose id it begins. Case does not matter, _ and blanks
// stand for -, and "kind:id" asks for one kind only. The terms must not be changed.
func Called(text string) []*Term {
	word := plainWord(text)
	if kind, id, found := strings.Cut(word, ":"); found {
		if t := Explain(kind, id); t != nil {
			return []*Term{t}
		}
		word = id
	}
	if word == "" {
		return nil
	}
	if found := termsWhere(func(id string) bool { return id == word }); found != nil {
		return found
	}
	if id, ok := otherNames[word]; ok {
		return termsWhere(func(have string) bool { return have == id })
	}
	for c := range NumClasses {
		if c.Label() == word {
			return []*Term{Explain(KindClass, c.String())}
		}
	}
	for s := range NumStates {
		if plainWord(s.Short()) == word {
			return []*Term{Explain(KindState, s.String())}
		}
	}
	return termsWhere(func(id string) bool { return strings.HasPrefix(id, word) })
}

// Nearest returns at most n ids that resemble text, the nearest first, for "did you mean". An id appears once, however
// many kinds share it.
func Nearest(text string, n int) []string {
	word := plainWord(text)
	if word == "" {
		return nil
	}
	type candidate struct {
		id    string
		score int
	}
	best := make([]candidate, 0, len(glossary))
	consider := func(name, id string) {
		score := resemblance(word, name)
		if score < 0 {
			return
		}
		for i := range best {
			if best[i].id == id {
				best[i].score = min(best[i].score, score)
				return
			}
		}
		best = append(best, candidate{id, score})
	}
	for i := range glossary {
		consider(plainWord(glossary[i].ID), glossary[i].ID)
	}
	for name, id := range otherNames {
		if t := termsWhere(func(have string) bool { return have == id }); t != nil {
			consider(name, t[0].ID)
		}
	}
	slices.SortFunc(best, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.score, b.score), cmp.Compare(a.id, b.id))
	})
	best = best[:max(0, min(n, len(best)))]
	ids := make([]string, 0, len(best))
	for _, c := range best {
		ids = append(ids, c.id)
	}
	return ids
}

// otherNames leads from what people also say to the id, both as plainWord writes them.
var otherNames = map[string]string{
	"2msl":               "two-msl",
	"2-msl":              "two-msl",
	"msl":                "two-msl",
	"rst":                "rst",
	"reset":              "rst",
	"linger":             "so-linger",
	"linger0":            "linger-zero",
	"linger-0":           "linger-zero",
	"so-linger-0":        "linger-zero",
	"reuseaddr":          "so-reuseaddr",
	"so-reuseport":       "so-reuseaddr",
	"so-keepalive":       "keep-alive",
	"keepalives":         "keep-alive",
	"keep-alives":        "keep-alive",
	"tw-reuse":           "tcp-tw-reuse",
	"tw-recycle":         "tcp-tw-recycle",
	"max-tw-buckets":     "tcp-max-tw-buckets",
	"timewait":           "time-wait",
	"closewait":          "close-wait",
	"finwait1":           "fin-wait-1",
	"fin-wait1":          "fin-wait-1",
	"finwait2":           "fin-wait-2",
	"fin-wait2":          "fin-wait-2",
	"lastack":            "last-ack",
	"estab":              "established",
	"syn-recv":           "syn-received",
	"paws":               "timestamps",
	"tcp-timestamps":     "timestamps",
	"rfc1337":            "rfc-1337",
	"rfc-7323":           "timestamps",
	"rfc-5961":           "rst-acceptance",
	"rfc5961":            "rst-acceptance",
	"assassination":      "time-wait-assassination",
	"leak":               "close-wait-leak",
	"ephemeral-ports":    "port-exhaustion",
	"eaddrnotavail":      "port-exhaustion",
	"econnreset":         "rst",
	"connection-reset":   "rst",
	"econnrefused":       "refused",
	"connrefused":        "refused",
	"etimedout":          "retransmission-timeout",
	"epipe":              "data-after-close",
	"broken-pipe":        "data-after-close",
	"eaddrinuse":         "so-reuseaddr",
	"half-closed":        "half-close",
	"four-way-close":     "four-way",
	"three-way-close":    "three-way",
	"fin":                "fin",
	"tcp-fin-timeout":    "fin-wait-2-timeout",
	"orphans":            "orphan",
	"tap":                "vantage",
	"capture-point":      "vantage",
	"profile":            "profiles",
	"wandering":          "wandering-duplicates",
	"old-duplicates":     "wandering-duplicates",
	"tfo":                "fast-open",
	"multipath":          "mptcp",
	"simultaneous-close": "simultaneous",
}

// termsWhere returns the terms whose plain id fits.
func termsWhere(fits func(id string) bool) []*Term {
	var found []*Term
	for i := range glossary {
		if fits(plainWord(glossary[i].ID)) {
			found = append(found, &glossary[i])
		}
	}
	return found
}

// hyphens stand for what parts words elsewhere.
var hyphens = strings.NewReplacer("_", "-", " ", "-")

// plainWord brings a word to the form in which words are compared.
func plainWord(text string) string {
	return hyphens.Replace(strings.ToLower(strings.TrimSpace(text)))
}

// resemblance says how far name is from word: smaller is nearer, negative is not alike at all.
func resemblance(word, name string) int {
	switch {
	case word == name:
		return 0
	case strings.HasPrefix(name, word):
		return 1
	case len(word) > 2 && strings.Contains(name, word):
		return 2
	}
	squeeze := strings.NewReplacer("-", "")
	a, b := squeeze.Replace(word), squeeze.Replace(name)
	if a == b {
		return 1
	}
	if d := Edits(a, b); d <= max(1, len(b)/4) {
		return 2 + d
	}
	return -1
}
