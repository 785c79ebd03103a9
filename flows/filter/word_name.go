package filter

import (
	"strings"

	"tcpclose/flows"
)

// nameKind reads a host's name; *. before it stands for any names that end so.
var nameKind = &valueKind{
	what: "a name",
	free: true,
	parse: func(text string, _ bool) (value, *complaint) {
		name := strings.ToLower(strings.TrimSuffix(text, "."))
		switch {
		case strings.Trim(name, "*.") == "":
			return value{}, complain("", "a host's name is missing")
		case strings.Contains(name[1:], "*"):
			return value{}, complain("", "%s: a * can stand at the beginning alone, as in *.example.com", quoted(text))
		case isAddress(text):
			return value{}, complain("host "+text, "%s is no name", quoted(text))
		}
		return value{text: name}, nil
	},
	format: func(v *value) string {
		if plainName(v.text) {
			return v.text
		}
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.text) + `"`
	},
	offers: func() []offer { return []offer{{"", "a name: www.example.com, *.example.com"}} },
}

// isNamed reports whether an end is called so.
func isNamed(t *flows.Teardown, r reach, v *value) bool {
	name := t.Ends[r.side()].Name
	if tail, any := strings.CutPrefix(v.text, "*"); any {
		return strings.HasSuffix(name, tail) && name != ""
	}
	return name == v.text
}

// Names reports whether the filter asks for names, which conversations have only once somebody learned them.
func (f *Filter) Names() bool { return !f.All() && f.root.asks(wordIndex["name"]) }

// asks reports whether a word stands in the tree.
func (n *node) asks(w *word) bool {
	if n.kind == nodeTerm {
		return n.term.word == w
	}
	for _, k := range n.kids {
		if k.asks(w) {
			return true
		}
	}
	return false
}
