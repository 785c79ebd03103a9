package report

import (
	"encoding/csv"
	"io"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"tcpclose/flows"
)

// all goes through the samples as a report does.
func all(list []flows.Teardown) iter.Seq[*flows.Teardown] {
	return func(yield func(*flows.Teardown) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	}
}

// writeSamples writes the table of all samples.
func writeSamples(w io.Writer, o TableOptions) error {
	return WriteTable(w, func(yield func([]byte) bool) {
		for c := range all(samples()) {
			if !yield(o.AppendCells(nil, c)) {
				return
			}
		}
	}, o)
}

func TestTableAtEveryWidth(t *testing.T) {
	var b strings.Builder
	for _, width := range []int{0, 120, 100, 80, 60, 40} {
		start := b.Len()
		if err := writeSamples(&b, TableOptions{Width: width, Origin: base - 2*ms}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()[start:]) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width >= 60 && n > width {
				t.Errorf("%d columns where there are %d: %s", n, width, line)
			}
		}
		b.WriteString("\n")
	}
	golden(t, "table.golden", b.String())
}

func TestAnAddressLosesItsMiddleAndNeverItsPort(t *testing.T) {
	const long = "[2606:2800:220:1:248:1893:25c8:1946]:8443"
	for width := 13; width <= len(long); width++ {
		got := cutAddress(long, width)
		if len(got) > width || !strings.HasSuffix(got, "1946]:8443") && width > 16 || !strings.HasSuffix(got, ":8443") {
			t.Errorf("width %d: %q", width, got)
		}
	}
}

func TestColourAddsNothingButColour(t *testing.T) {
	var plain, painted strings.Builder
	if err := writeSamples(&plain, TableOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := writeSamples(&painted, TableOptions{Color: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(painted.String(), "\x1b[31mrefused\x1b[0m") {
		t.Errorf("refused is not red:\n%q", painted.String())
	}
	stripped := strings.NewReplacer("\x1b[31m", "", "\x1b[33m", "", "\x1b[0m", "").Replace(painted.String())
	if stripped != plain.String() {
		t.Errorf("without its colours it differs:\n%s\n%s", stripped, plain.String())
	}
}

func TestChosenFieldsMakeTheTable(t *testing.T) {
	var fields []*Column
	for _, name := range []string{"id", "server", "close-duration", "close_wait_server", "causes", "start_ns", "uncertain"} {
		c, ok := ColumnNamed(name)
		if !ok {
			t.Fatalf("no column %s", name)
		}
		fields = append(fields, c)
	}
	var b strings.Builder
	if err := writeSamples(&b, TableOptions{Fields: fields}); err != nil {
		t.Fatal(err)
	}
	golden(t, "fields.golden", b.String())
}

func TestMixAndAggregates(t *testing.T) {
	var b strings.Builder
	var mix Mix
	list := append(samples(), ordinary(), ordinary())
	for c := range all(list) {
		mix.Add(c)
	}
	if err := mix.WriteText(&b, false); err != nil {
		t.Fatal(err)
	}
	for _, by := range Groupings() {
		a, ok := NewAggregate(by)
		if !ok {
			t.Fatalf("no grouping %s", by)
		}
		for c := range all(list) {
			a.Add(c)
		}
		groups, _ := a.Groups("", false, 0)
		b.WriteString("\n")
		if err := a.WriteText(&b, groups, 0); err != nil {
			t.Fatal(err)
		}
		if by == "service" {
			b.WriteString("\n")
			if err := a.WriteCSV(&b, groups); err != nil {
				t.Fatal(err)
			}
		}
	}
	golden(t, "aggregates.golden", strings.ReplaceAll(b.String(), "\r", ""))
}

func TestQuantilesAreNearestRank(t *testing.T) {
	g := tally{}
	for i := range int64(200) {
		g.closes = append(g.closes, 200-i)
	}
	if p50, p99 := g.quantile(50), g.quantile(99); p50 != 100 || p99 != 198 {
		t.Errorf("p50 %d, p99 %d of 1..200, want 100 and 198", p50, p99)
	}
	if got := (&tally{closes: []int64{7}}).quantile(50); got != 7 {
		t.Errorf("p50 of one value is %d", got)
	}
	if got := (&tally{}).quantile(50); got != flows.NoTime {
		t.Errorf("p50 of nothing is %d", got)
	}
}

func TestSharesNeverRoundToNothingOrToAll(t *testing.T) {
	for _, c := range []struct {
		part, whole uint64
		want        string
	}{
		{0, 7, "0.0%"}, {1, 100_000, "<0.1%"}, {99_999, 100_000, ">99.9%"}, {7, 7, "100.0%"}, {1, 3, "33.3%"}, {0, 0, "-"},
	} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("%d of %d is %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

func TestDurationsForPeople(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0ns", 999: "999ns", 1000: "1us", 12_340: "12.3us", 999_999: "1000us", 8 * ms: "8ms", 630 * ms: "630ms", 1_234 * ms: "1.23s",
		60_000 * ms: "60s", 119_999 * ms: "120s", 125_000 * ms: "2m05s", 7_380_000 * ms: "2h03m", 400_000_000 * ms: "4d15h", -5 * ms: "-5ms",
		flows.NoTime: "-",
	} {
		if got := duration(ns); got != want {
			t.Errorf("%d is %s, want %s", ns, got, want)
		}
	}
}

func TestCSVIsWhatOtherReadersExpect(t *testing.T) {
	var c CSV
	b := c.AppendHeader(nil)
	for td := range all(samples()) {
		b = c.AppendConversation(b, td)
	}
	rows, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, name := range rows[0] {
		out.WriteString(name)
		for _, row := range rows[1:] {
			out.WriteString(" | " + row[i])
		}
		out.WriteString("\n")
	}
	golden(t, "csv.golden", strings.ReplaceAll(out.String(), "\x1b", "<ESC>"))
	if lines := strings.Count(string(b), "\r\n"); lines != len(rows) {
		t.Errorf("%d line ends CR LF, want %d", lines, len(rows))
	}
}

func TestASpreadsheetTakesNoCellForAFormula(t *testing.T) {
	for text, want := range map[string]string{
		"=HYPERLINK(1)": `"'=HYPERLINK(1)"`, "+1": `"'+1"`, "-1": `"'-1"`, "@x": `"'@x"`, "\tx": "\"'\tx\"", "x=1": "x=1",
		`say "hi"`: `"say ""hi"""`, "a,b": `"a,b"`, "two\nlines": "\"two\nlines\"", "": "",
	} {
		if got := string(appendCell(nil, text)); got != want {
			t.Errorf("%q becomes %s, want %s", text, got, want)
		}
	}
}

func TestColumnNamesAreUniqueAndExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Columns {
		if seen[c.Name] || c.Doc == "" || strings.Contains(c.Doc, "SIDE") {
			t.Errorf("column %s: a second one, or without a sentence", c.Name)
		}
		seen[c.Name] = true
	}
}
