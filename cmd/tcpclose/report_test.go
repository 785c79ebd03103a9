package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/flows"
)

// lines returns the conversations of an NDJSON stream by their ids.
func lines(t *testing.T, stream string) (conversations map[string]string, summary string) {
	t.Helper()
	conversations = map[string]string{}
	for line := range strings.Lines(stream) {
		line = strings.TrimSpace(line)
		var c struct {
			ID      json.Number
			Summary json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if c.Summary != nil {
			summary = line
			continue
		}
		conversations[c.ID.String()] = line
	}
	return conversations, summary
}

func TestAllFormatsTellTheSame(t *testing.T) {
	inFolder(t)
	stream, _, _ := execute(t, "report", "trace.pcap", "-T", "ndjson")
	conversations, summary := lines(t, stream)
	if len(conversations) != 10 || summary == "" {
		t.Fatalf("%d conversations, summary %q", len(conversations), summary)
	}
	document, _, _ := execute(t, "report", "trace.pcap", "-T", "json")
	var d struct {
		Schema        string
		Conversations []json.RawMessage
		Complete      bool
		Skipped       []any
		Findings      []any
		Capture       map[string]any
	}
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		t.Fatal(err)
	}
	if d.Schema != "tcpclose/1" || !d.Complete || len(d.Conversations) != 10 || d.Skipped == nil || d.Findings == nil || d.Capture == nil {
		t.Errorf("the document has not what the contract asks for:\n%s", document)
	}
	last := 0
	for _, c := range d.Conversations {
		var head struct{ ID int }
		if err := json.Unmarshal(c, &head); err != nil {
			t.Fatal(err)
		}
		if head.ID <= last {
			t.Errorf("conversation %d stands behind %d", head.ID, last)
		}
		last = head.ID
		id := json.Number(string(c[6 : 6+bytes.IndexByte(c[6:], ',')])).String()
		// A line has fewer members, and tells the inner times as nanoseconds alone.
		var got, want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(conversations[id]), &got); err != nil || len(got) < 20 {
			t.Fatalf("conversation %s: %v in %s", id, err, conversations[id])
		}
		if err := json.Unmarshal(innerText.ReplaceAll(c, nil), &want); err != nil {
			t.Fatal(err)
		}
		for name, value := range got {
			if !bytes.Equal(value, want[name]) {
				t.Errorf("conversation %s: %s is %s in the stream and %s in the document", id, name, value, want[name])
			}
		}
	}
	table, _, _ := execute(t, "report", "trace.pcap", "-T", "csv")
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) != 11 {
		t.Fatalf("CSV: %v, %d lines", err, len(rows))
	}
	class := slices.Index(rows[0], "class")
	for _, row := range rows[1:] {
		if !strings.Contains(conversations[row[0]], `"class":"`+row[class]+`"`) {
			t.Errorf("CSV says %s of conversation %s", row[class], row[0])
		}
	}
}

func TestWorkersChangeNothing(t *testing.T) {
	inFolder(t)
	want := map[string]string{}
	for _, workers := range []string{"1", "2", "7", "33"} {
		for _, format := range reportFormats {
			got, _, code := execute(t, "report", "trace.pcap", "-T", format, "--workers", workers)
			if code != exitOK {
				t.Fatal(code)
			}
			if want[format] == "" {
				want[format] = got
			}
			if got != want[format] {
				t.Errorf("%s with %s workers differs", format, workers)
			}
		}
	}
}

func TestStandardInputIsACaptureToo(t *testing.T) {
	b := tenKinds(t)
	inFolder(t)
	want, _, _ := execute(t, "report", "trace.pcap")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"report", "-"}, bytes.NewReader(b), &out, &errs); code != exitOK || out.String() != want {
		t.Errorf("exit code %d\n%s%s", code, &out, &errs)
	}
	out.Reset()
	if code := run(t.Context(), []string{"report", "-nr", "-"}, bytes.NewReader(b), &out, &errs); code != exitOK || out.String() != want {
		t.Errorf("-r -: exit code %d\n%s%s", code, &out, &errs)
	}
}

func TestSortTopAndFieldsChooseAndOrder(t *testing.T) {
	inFolder(t)
	for _, c := range []struct{ flags, want string }{
		{"--sort close_duration --top 3", "26,41,1"},
		{"--sort close_duration:asc --top 3", "36,50,19"},
		{"--sort id --top 2", "62,55"},
		{"--sort id:asc --top 2", "1,11"},
		{"--top 1", "1"},
		{"--sort class --top 3", "1,55,62"},
		{"--sort reset_by:desc --top 2", "36,50"},
	} {
		for _, format := range []string{"csv", "ndjson"} {
			args := append(strings.Fields(c.flags), "report", "trace.pcap", "--no-summary", "-T", format, "--fields", "id")
			out, errs, code := execute(t, append([]string{"report"}, slices.DeleteFunc(args, func(a string) bool { return a == "report" })...)...)
			out = strings.NewReplacer("id\r\n", "", `{"id":`, "", "}\n", ",", "\r\n", ",").Replace(out)
			if code != exitOK || strings.TrimSuffix(out, ",") != c.want {
				t.Errorf("%s %s: exit code %d, %s, want %s %s", format, c.flags, code, out, c.want, errs)
			}
		}
	}
}

func TestFiltersFromBothPlacesMustMatch(t *testing.T) {
	inFolder(t)
	for line, want := range map[string]string{
		"-- port 5432":       "36 41",
		"-Y class=rst-abort": "36",
		"-Y|port 5432 or port 8080|--|class|rst-abort": "36",
		"-Y|port 5432|--|class|refused":                "",
		"-c|20":                                        "1 11 19",
		"--since|2026-11-20T09:24:56Z|--until|2026-11-20T09:24:57Z|--|class|refused": "50",
		"--since|1795166702|--|port|8081":                                            "",
	} {
		sep := "|"
		if !strings.Contains(line, sep) {
			sep = " "
		}
		out, errs, code := execute(t, append([]string{"report", "trace.pcap", "-Tndjson", "--no-summary"}, strings.Split(line, sep)...)...)
		conversations, _ := lines(t, out)
		ids := slices.Collect(maps.Keys(conversations))
		slices.Sort(ids)
		if code != exitOK || strings.Join(ids, " ") != want {
			t.Errorf("%s: exit code %d, conversations %q, want %q %s", line, code, ids, want, errs)
		}
	}
}

func TestOutputFilesAppearWholeOrNotAtAll(t *testing.T) {
	inFolder(t)
	want, _, _ := execute(t, "report", "trace.pcap", "-Tjson")
	if out, errs, code := execute(t, "report", "trace.pcap", "-Tjson", "-o", "out.json"); code != exitOK || out != "" {
		t.Fatalf("exit code %d %s%s", code, out, errs)
	}
	if got, err := os.ReadFile("out.json"); err != nil || string(got) != want {
		t.Errorf("out.json differs from standard output (%v)", err)
	}
	if _, _, code := execute(t, "report", "trace.pcap", "-Tcsv", "-o", "out.json"); code != exitFailure {
		t.Errorf("replaced without --force: exit code %d", code)
	}
	if got, _ := os.ReadFile("out.json"); string(got) != want {
		t.Error("and the old content is gone")
	}
	if _, _, code := execute(t, "report", "trace.pcap", "-Tcsv", "-o", "out.json", "--force"); code != exitOK {
		t.Errorf("--force: exit code %d", code)
	}
	if got, _ := os.ReadFile("out.json"); !strings.HasPrefix(string(got), "id,") {
		t.Error("--force did not replace it")
	}
	if _, _, code := execute(t, "report", "missing.pcap", "-o", "none"); code != exitFailure {
		t.Errorf("exit code %d", code)
	}
	names, _ := filepath.Glob("*")
	hidden, _ := filepath.Glob(".*")
	if all := append(names, hidden...); !slices.Equal(all, []string{"out.json", "trace.pcap"}) {
		t.Errorf("left behind: %q", all)
	}
	if _, errs, code := execute(t, "report", "trace.pcap", "-o", os.DevNull); code != exitOK {
		t.Errorf("a device: exit code %d %s", code, errs)
	}
}

func TestAnOutputThatAppearsMeanwhileIsNotReplaced(t *testing.T) {
	t.Chdir(t.TempDir())
	o, err := openOutput("out", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteString("new"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("out", []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := o.Commit(); err == nil {
		t.Error("replaced")
	}
	if got, _ := os.ReadFile("out"); string(got) != "old" {
		t.Errorf("out holds %q", got)
	}
	if names, _ := filepath.Glob(".*"); len(names) > 0 {
		t.Errorf("left behind: %q", names)
	}
}

func TestColoursComeOnlyWhereTheyAreWanted(t *testing.T) {
	inFolder(t)
	for _, c := range []struct {
		choice, noColor string
		want            bool
	}{{"auto", "", false}, {"always", "", true}, {"always", "1", true}, {"never", "", false}} {
		t.Setenv("NO_COLOR", c.noColor)
		out, _, _ := execute(t, "report", "trace.pcap", "--color", c.choice)
		if got := strings.Contains(out, "\x1b["); got != c.want {
			t.Errorf("--color %s with NO_COLOR=%q: %t", c.choice, c.noColor, got)
		}
	}
}

func TestSchemaIsPrinted(t *testing.T) {
	out, _, code := execute(t, "report", "--schema")
	var schema map[string]any
	if err := json.Unmarshal([]byte(out), &schema); code != exitOK || err != nil || schema["$schema"] == nil {
		t.Errorf("exit code %d, %v", code, err)
	}
}

func TestSizesAndMoments(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1000": 1000, "2K": 2048, "500M": 500 << 20, "2GiB": 2 << 30, "1gb": 1 << 30, "x": -1, "-5": -1, "0": -1, "99999999T": -1} {
		got, err := parseSize(text)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("size %q is %d, want %d", text, got, want)
		}
	}
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).UnixNano()
	for text, want := range map[string]int64{
		"2026-11-20T12:00:00Z": noon, "2026-11-20T13:00:00+01:00": noon, "2026-11-20 12:00": noon, "2026-11-20T12:00:00.5": noon + 5e8,
		"1795176000": noon, "1795176000.000000001": noon + 1, "": 0,
	} {
		if got, err := parseMoment("--since", text); err != nil || got != want {
			t.Errorf("%q is %d (%v), want %d", text, got, err, want)
		}
	}
}

func TestAStallTimeOfZeroIsNone(t *testing.T) {
	leak := filepath.Join(top(t), "testdata", "captures", "close-wait-leak-beside-healthy-closes.pcapng")
	for stall, want := range map[string]string{"30s": "closing", "0": "half-closed-stall"} {
		out, stderr, code := execute(t, "report", leak, "-c", "20", "-T", "csv", "--fields", "class", "--stall", stall, "--", "id 11")
		if code != exitOK || out != "class\r\n"+want+"\r\n" {
			t.Errorf("--stall %s: exit code %d, %q, want %s\n%s", stall, code, out, want, stderr)
		}
	}
}

func TestProgressShowsHowFarItCame(t *testing.T) {
	for _, c := range []struct {
		done, total int64
		spent       time.Duration
		want        string
	}{
		{0, 0, time.Second, "reading 0 B, 0 B/s, ^C stops"},
		{500, 1<<63 - 1, time.Second, "reading 500 B, 500 B/s, ^C stops"},
		{500, 0, time.Second, "reading 500 B, 500 B/s, ^C stops"},
		{420e6, 1e9, 2 * time.Second, "reading  42% 420 MB of 1.0 GB, 210 MB/s, 3s left, ^C stops"},
		{1e9, 1e9, 4 * time.Second, "reading 100% 1.0 GB of 1.0 GB, 250 MB/s, ^C stops"},
		{2e9, 1e9, 4 * time.Second, "reading 100% 2.0 GB of 1.0 GB, 500 MB/s, ^C stops"},
	} {
		if got := progressLine(c.done, c.total, c.spent); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	var b bytes.Buffer
	p := &progress{w: &b, done: func() (int64, int64) { return 1, 2 }}
	p.clear()
	if b.Len() > 0 {
		t.Errorf("erases what was never shown: %q", &b)
	}
	p.show(time.Second)
	p.clear()
	if got := b.String(); !strings.HasPrefix(got, "\rreading") || !strings.HasSuffix(got, "\r"+strings.Repeat(" ", p.shown)+"\r") {
		t.Errorf("%q", got)
	}
	b.Reset()
	q := startProgress(&b, p.done)
	q.stop()
	if b.Len() > 0 {
		t.Errorf("shows something in the first second: %q", &b)
	}
}

// What a narrow table prints can be typed: explain and filters know it.
func TestWhatNarrowTablesPrintIsUnderstood(t *testing.T) {
	inFolder(t)
	for state := flows.SynSent; state < flows.NumStates; state++ {
		if out, errs, code := execute(t, "explain", state.Short()); code != exitOK || !strings.HasPrefix(out, state.String()+" (state)") {
			t.Errorf("%s: exit code %d, %.40q %s", state.Short(), code, out, errs)
		}
		if _, errs, code := execute(t, "report", "trace.pcap", "-Y", "state "+state.Short()); code != exitOK {
			t.Errorf("%s: exit code %d, %s", state.Short(), code, errs)
		}
	}
	for class := range flows.NumClasses {
		if class == flows.HalfClosedStall || class == flows.RSTAbort {
			continue // a shape and a topic are called so
		}
		if out, errs, code := execute(t, "explain", class.Label()); code != exitOK || !strings.HasPrefix(out, class.String()+" (class)") {
			t.Errorf("%s: exit code %d, %.40q %s", class.Label(), code, out, errs)
		}
		if _, errs, code := execute(t, "report", "trace.pcap", "-Y", "class "+class.Label()); code != exitOK {
			t.Errorf("%s: exit code %d, %s", class.Label(), code, errs)
		}
	}
}

func TestAKindOfWordsIsListed(t *testing.T) {
	all, _, _ := execute(t, "explain")
	order, _ := kinds()
	for _, word := range append(order, "classes", "Marks") {
		if flows.Called(word) != nil {
			continue // "reset" is a word of its own
		}
		out, errs, code := execute(t, "explain", word)
		if code != exitOK || strings.Count(out, "\n") < 3 || !strings.Contains(all, out) {
			t.Errorf("%s: exit code %d, %q %s", word, code, out, errs)
		}
	}
}

func TestEveryTermIsExplained(t *testing.T) {
	list, _, code := execute(t, "explain")
	if code != exitOK {
		t.Fatal(code)
	}
	markdown, _, _ := execute(t, "explain", "--markdown")
	for _, id := range termIDs("") {
		id, _, _ = strings.Cut(id, "\t")
		out, errs, code := execute(t, "explain", id)
		if code != exitOK || len(out) < 100 {
			t.Errorf("%s: exit code %d, %q %s", id, code, out, errs)
		}
		for line := range strings.Lines(out) {
			if len([]rune(line)) > 101 {
				t.Errorf("%s: a line of %d columns", id, len([]rune(line)))
			}
		}
		if !strings.Contains(strings.ToLower(list), "  "+id+" ") || !strings.Contains(strings.ToLower(markdown), "`"+id+"`") {
			t.Errorf("%s is not in the list and the tables", id)
		}
	}
}

// innerText is a time as text within states, FINs, RSTs and marks.
var innerText = regexp.MustCompile(`"(earliest|latest|time|acked)":("[^"]*"|null),`)
