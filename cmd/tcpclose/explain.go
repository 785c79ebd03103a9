package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tcpclose/flows"
)

// newExplain is the command that says what a word of a report means and what to do about it.
func newExplain(std *stdio) *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:   "explain [WORD…]",
		Short: "Explain a class, mark, cause or state, and what to do about it",
		Long: "explain says what a word of a report means, why it is so, what to do about it and where it is written, without a\n" +
			"network. Without a word it lists all; \"marks\" lists those of one kind. \"mark:last-ack-lost\" asks for one kind where\n" +
			"several share a word.",
		Example: "  tcpclose explain                       # all words\n" +
			"  tcpclose explain rst-after-fin\n" +
			"  tcpclose explain CLOSE_WAIT time_wait\n" +
			"  tcpclose explain --markdown class      # a table for a README",
		ValidArgsFunction: func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return termIDs(begun), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, words []string) error {
			out := bufio.NewWriter(std.out)
			var err error
			switch {
			case markdown:
				err = writeMarkdown(out, words)
			case len(words) == 0:
				writeTermList(out)
			default:
				err = explainWords(out, words, min(max(terminalWidth(std.out), 40), 100))
			}
			if err != nil {
				return err
			}
			return out.Flush()
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print a table in Markdown for each kind of words, or for those kinds that are named")
	return cmd
}

// termIDs lists the ids that begin so.
func termIDs(begun string) []string {
	var ids []string
	for _, t := range flows.Glossary() {
		if id := strings.ToLower(t.ID); strings.HasPrefix(id, strings.ToLower(begun)) && !slices.Contains(ids, id) {
			ids = append(ids, id+"\t"+t.Title)
		}
	}
	return ids
}

// explainWords prints the terms of each word.
func explainWords(w io.Writer, words []string, width int) error {
	if width < 60 {
		width = 100
	}
	first := true
	for _, word := range words {
		terms := flows.Called(word)
		if kind := kindCalled(word); len(terms) == 0 && kind != "" {
			if !first {
				fmt.Fprintln(w)
			}
			first = false
			writeKind(w, kind)
			continue
		}
		if len(terms) == 0 {
			e := &usageError{text: fmt.Sprintf("nothing is called %q", word)}
			if near := flows.Nearest(word, 3); len(near) > 0 {
				e.hint = "did you mean: " + strings.Join(near, ", ")
			}
			return e
		}
		for _, t := range terms {
			if !first {
				fmt.Fprintln(w)
			}
			first = false
			writeTerm(w, t, width)
		}
	}
	return nil
}

// writeTerm prints one term as a page of text.
func writeTerm(w io.Writer, t *flows.Term, width int) {
	fmt.Fprintf(w, "%s (%s): %s\n", t.ID, t.Kind, t.Title)
	for _, text := range []string{t.What, t.Why} {
		if text != "" {
			fmt.Fprintln(w)
			wrap(w, text, "  ", "  ", width)
		}
	}
	if len(t.Remedies) > 0 {
		fmt.Fprintf(w, "\n  What to do:\n")
		for _, r := range t.Remedies {
			wrap(w, r, "  - ", "    ", width)
		}
	}
	facts := []struct{ name, text string }{
		{"Source", t.Source},
		{"Zeek", t.Zeek},
		{"Suricata", t.Suricata},
		{"Wireshark", t.Wireshark},
		{"Linux", strings.Join(t.Kernel, ", ")},
		{"See also", strings.Join(t.See, ", ")},
	}
	head := true
	for _, f := range facts {
		if f.text == "" {
			continue
		}
		if head {
			fmt.Fprintln(w)
			head = false
		}
		wrap(w, f.text, fmt.Sprintf("  %-10s", f.name), strings.Repeat(" ", 12), width)
	}
}

// wrap prints a text in lines of at most width runes; the first line begins with first, the others with next.
func wrap(w io.Writer, text, first, next string, width int) {
	line, n := first, len([]rune(first))
	begun := false
	for word := range strings.FieldsSeq(text) {
		size := len([]rune(word))
		if begun && n+1+size > width {
			fmt.Fprintln(w, strings.TrimRight(line, " "))
			line, n, begun = next, len([]rune(next)), false
		}
		if begun {
			line += " "
			n++
		}
		line += word
		n += size
		begun = true
	}
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

// kinds returns the terms kind by kind, in the glossary's order.
func kinds() (order []string, of map[string][]flows.Term) {
	of = map[string][]flows.Term{}
	for _, t := range flows.Glossary() {
		if of[t.Kind] == nil {
			order = append(order, t.Kind)
		}
		of[t.Kind] = append(of[t.Kind], t)
	}
	return order, of
}

// writeTermList prints a line for each term.
func writeTermList(w io.Writer) {
	order, _ := kinds()
	for i, kind := range order {
		if i > 0 {
			fmt.Fprintln(w)
		}
		writeKind(w, kind)
	}
}

// writeKind prints a line for each term of a kind.
func writeKind(w io.Writer, kind string) {
	_, of := kinds()
	fmt.Fprintf(w, "%s:\n", kind)
	wide := 0
	for _, t := range of[kind] {
		wide = max(wide, len(t.ID))
	}
	for _, t := range of[kind] {
		fmt.Fprintf(w, "  %-*s  %s\n", wide, t.ID, t.Title)
	}
}

// kindCalled returns the kind of words that is called so, as one or as many of them; empty where none is.
func kindCalled(word string) string {
	word = strings.ToLower(word)
	order, _ := kinds()
	for _, kind := range order {
		if word == kind || word == kind+"s" || word == kind+"es" {
			return kind
		}
	}
	return ""
}

// writeMarkdown prints a table for each of the kinds named, or for all.
func writeMarkdown(w io.Writer, wanted []string) error {
	order, of := kinds()
	for _, kind := range wanted {
		if of[kind] == nil {
			return badValue("kind", kind, order)
		}
	}
	cell := strings.NewReplacer("|", `\|`, "\n", " ")
	first := true
	for _, kind := range order {
		if len(wanted) > 0 && !slices.Contains(wanted, kind) {
			continue
		}
		if !first {
			fmt.Fprintln(w)
		}
		first = false
		fmt.Fprintf(w, "| %s | what it means | what to do |\n| --- | --- | --- |\n", kind)
		for _, t := range of[kind] {
			fmt.Fprintf(w, "| `%s` | %s | %s |\n", t.ID, cell.Replace(t.What), cell.Replace(strings.Join(t.Remedies, " ")))
		}
	}
	return nil
}
