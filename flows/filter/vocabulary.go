package filter

import (
	"slices"
	"strings"
	"text/tabwriter"
)

// A Word describes one word of the language, for help and documentation.
type Word struct {
	Name    string
	Aliases []string // other spellings that are understood
	Kind    Kind
	Sided   bool   // client. and server. can stand before it
	Ordered bool   // < <= > >= can stand after it
	Takes   string // "a class"; empty for a word that stands alone
	Values  []string
	Example string
	Help    string
}

// Words returns the whole vocabulary, kind by kind, in the order in which help prints it.
func Words() []Word {
	list := make([]Word, len(words))
	for i := range words {
		w := &words[i]
		list[i] = Word{
			Name: w.name, Aliases: slices.Clone(w.aliases), Kind: w.kind, Sided: w.sided, Ordered: w.ordered,
			Example: w.example, Help: w.help,
		}
		if w.values != nil {
			list[i].Takes, list[i].Values = w.values.what, slices.Clone(w.values.ids)
		}
	}
	return list
}

// Table prints the vocabulary as aligned text, one word a line: the word, "." where it takes a side, "<" where it takes
// an order, an example and what it means.
func Table() string {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = tw.Write([]byte(strings.Join(cells, "\t") + "\n")) } // a Builder cannot fail
	for _, w := range Words() {
		signs := ""
		if w.Sided {
			signs += "."
		}
		if w.Ordered {
			signs += "<"
		}
		row(w.Name, signs, w.Example, w.Help)
	}
	_ = tw.Flush()
	return b.String()
}
