package report

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// TestEveryCaptureOfTheCorpusKeepsTheSchema reports captures that others recorded, if they are there, and checks every
// conversation and every summary against the schema, and every CSV line for its number of cells.
func TestEveryCaptureOfTheCorpusKeepsTheSchema(t *testing.T) {
	if testing.Short() {
		t.Skip("reads some hundred files")
	}
	var paths []string
	_ = filepath.WalkDir("../../../shared/captures", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return nil
	})
	paths = append(paths, captures(t)...)
	if len(paths) == 0 {
		t.Skip("no captures beside the repository")
	}
	v, err := newValidator(SchemaJSON)
	if err != nil {
		t.Fatal(err)
	}
	var read, conversations int
	for _, path := range paths {
		src, err := decode.Open([]string{path}, decode.FileOptions{})
		if err != nil {
			continue // not a capture
		}
		list, sum, err := flows.Collect(t.Context(), src, decode.Config{}, flows.Config{Workers: 1}, nil)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := src.Close(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		read++
		conversations += len(list)
		checkCapture(t, v, path, list, sum)
	}
	t.Logf("%d captures, %d conversations", read, conversations)
}

// captures lists the repository's own.
func captures(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../testdata/captures/*.pcap*")
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func checkCapture(t *testing.T, v *validator, path string, list []flows.Teardown, sum *flows.Summary) {
	t.Helper()
	check := func(name string, text []byte) {
		t.Helper()
		value, err := decodeJSON(text)
		if err == nil {
			err = v.check(map[string]any{"$ref": "#/$defs/" + name}, value, "$")
		}
		if err != nil {
			t.Errorf("%s: %v\n%.2000s", path, err, text)
		}
	}
	var e Encoder
	var c CSV
	cells := bytes.Count(c.AppendHeader(nil), []byte(","))
	var b []byte
	findings := flows.NewFindings()
	for i := range list {
		findings.Add(&list[i])
		b = e.AppendConversation(b[:0], &list[i])
		check("conversation", b)
		// Nothing but the doubts' sentences may hold a comma, and they are quoted then.
		if b = c.AppendConversation(b[:0], &list[i]); !bytes.Contains(b, []byte(`"`)) && bytes.Count(b, []byte(",")) != cells {
			t.Errorf("%s: %d commas, the header has %d: %s", path, bytes.Count(b, []byte(",")), cells, b)
		}
	}
	sum.Findings = findings.List(sum, nil)
	check("summary_line", e.AppendSummary(nil, sum, uint64(len(list))))
}
