package filter

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the table of words in doc.go")

// tableInDoc finds the preformatted block under the last heading.
var tableInDoc = regexp.MustCompile(`(?s)(// A point marks .*?\n//\n)(.*)(package filter\n)`)

func readDoc(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheDocumentationHoldsTheTableOfWords(t *testing.T) {
	var block strings.Builder
	for line := range strings.Lines(Table()) {
		block.WriteString("//\t" + strings.TrimRight(line, " \n") + "\n")
	}
	text := readDoc(t)
	want := tableInDoc.ReplaceAllString(text, "${1}"+strings.ReplaceAll(block.String(), "$", "$$")+"${3}")
	if text == want {
		return
	}
	if *update {
		if err := os.WriteFile("doc.go", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("doc.go does not hold the table of words; go test -update writes it:\n%s", block.String())
}

func TestEveryWordOfTheTableHasAnExampleThatParsesAndPrintsIt(t *testing.T) {
	for _, w := range Words() {
		if w.Help == "" || w.Example == "" || w.Kind == "" {
			t.Errorf("%s: the table's row has a gap: %+v", w.Name, w)
		}
		f, err := Parse(w.Example)
		if err != nil {
			t.Errorf("%s: the example %q: %v", w.Name, w.Example, err)
			continue
		}
		if !strings.Contains(f.String(), w.Name) {
			t.Errorf("%s: the example %q is about something else: %s", w.Name, w.Example, f)
		}
	}
}

func TestNoWordCanBeTakenForPartOfAnAddress(t *testing.T) {
	hex := regexp.MustCompile(`^[0-9a-f]{1,4}$`)
	for name := range wordIndex {
		if hex.MatchString(name) {
			t.Errorf("%q: could begin an IPv6 address, so %q would be cut after it", name, name+"::1")
		}
	}
}

// TestNoValueIsAWordThatStandsAlone holds the rule by which lists end: a value that is a word too is taken for the word
// only where the word's own value or a comparison follows.
func TestNoValueIsAWordThatStandsAlone(t *testing.T) {
	for _, w := range Words() {
		values := w.Values
		if w.Name == "port" {
			for _, s := range services {
				values = append(values, s.name)
			}
		}
		for _, v := range values {
			if s, _, ok := findSubject(v); ok && (s.word.takes != takesValue) {
				t.Errorf("%s %s: %s is a word that can stand after or", w.Name, v, v)
			}
			if isQualifier(v) || connectives[v] != tokenEnd || foreign[v] != "" && w.Name != "closer" && w.Name != "reset-by" {
				t.Errorf("%s %s: %s is reserved", w.Name, v, v)
			}
		}
	}
}

func TestEveryNameStandsOnceInTheTables(t *testing.T) {
	seen := map[string]bool{}
	for i := range words {
		for _, name := range append([]string{words[i].name}, words[i].aliases...) {
			if seen[name] {
				t.Errorf("%s stands twice in the table", name)
			}
			seen[name] = true
			if name != fold(name) {
				t.Errorf("%s is not in the folded form by which it is found", name)
			}
		}
	}
	for name := range foreign {
		if seen[name] {
			t.Errorf("%s is a word, yet called foreign", name)
		}
	}
}
