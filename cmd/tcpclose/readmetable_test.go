package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/flows"
	"tcpclose/tui"
)

// readmeTables are the parts of README.md that are printed from the program's own tables, by the name in their marker.
var readmeTables = map[string]func() string{
	"class":  func() string { return termTable(flows.KindClass) },
	"mark":   func() string { return termTable(flows.KindMark) },
	"cause":  func() string { return termTable(flows.KindCause) },
	"limit":  limitTable,
	"module": moduleTable,
	"keys":   func() string { return "```\n" + tui.HelpText() + "```\n" },
}

// termTable is the table of one kind of words with what each says in short.
func termTable(kind string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | in short |\n| --- | --- |\n", kind)
	for _, t := range flows.Glossary() {
		if t.Kind == kind {
			fmt.Fprintf(&b, "| `%s` | %s |\n", t.ID, t.Title)
		}
	}
	return b.String()
}

// limitTable is the table of all bounds.
func limitTable() string {
	var b strings.Builder
	b.WriteString("| bound | at most | beyond it |\n| --- | --- | --- |\n")
	for _, l := range allLimits() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", l.Of, l.Most, l.Beyond)
	}
	return b.String()
}

// refill returns the text with what stands between each pair of markers printed anew.
func refill(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	for rest := text; ; {
		before, after, found := strings.Cut(rest, "<!-- table ")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		name, tail, ok := strings.Cut(after, " -->\n")
		_, next, closed := strings.Cut(tail, "<!-- end -->")
		table := readmeTables[name]
		if !ok || !closed || table == nil {
			t.Fatalf("README.md: the marker %q names no table, or is not closed", name)
		}
		fmt.Fprintf(&out, "<!-- table %s -->\n%s<!-- end -->", name, table())
		rest = next
	}
}

// TestReadmeTablesAreTheProgramsOwn compares README.md's tables with the program's; -update rewrites them.
func TestReadmeTablesAreTheProgramsOwn(t *testing.T) {
	path := filepath.Join(top(t), "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := refill(t, string(text))
	for name := range readmeTables {
		if !strings.Contains(want, "<!-- table "+name+" -->") {
			t.Errorf("README.md has no table of %s", name)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(text) {
		t.Errorf("README.md has other tables (-update rewrites them)\n%s", difference(string(text), want))
	}
}
