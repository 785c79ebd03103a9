package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// selectedByDiff returns how many conversations of either capture a diff spoke of.
func selectedByDiff(t *testing.T, stdin string, args ...string) [2]int {
	t.Helper()
	var out, errs strings.Builder
	if code := run(t.Context(), append([]string{"diff", "-T", "json"}, args...), strings.NewReader(stdin), &out, &errs); code != exitOK {
		t.Fatalf("%v: exit code %d, %s", args, code, errs.String())
	}
	var d struct {
		Conversations struct{ Before, After int }
	}
	if err := json.Unmarshal([]byte(out.String()), &d); err != nil {
		t.Fatal(err)
	}
	return [2]int{d.Conversations.Before, d.Conversations.After}
}

// What a filter asks for is learned from each of the two captures, as every other command does; otherwise such a filter
// would select nothing, and "not" of it everything.
func TestADiffLearnsTheNamesAndPairsThatItsFilterAsksFor(t *testing.T) {
	legs := filepath.Join(top(t), "testdata", "captures", "legs-of-a-proxy.pcapng")
	for _, row := range []struct {
		filter string
		want   [2]int
	}{
		{"name *.example.com", [2]int{2, 0}},
		{"not name *.example.com", [2]int{2, 17}},
		{"pair proxy", [2]int{0, 10}},
	} {
		if got := selectedByDiff(t, "", namesCapture(t), legs, "-Y", row.filter); got != row.want {
			t.Errorf("%s: %d conversations, want %d", row.filter, got, row.want)
		}
	}
	text, err := os.ReadFile(namesCapture(t))
	if err != nil {
		t.Fatal(err)
	}
	if got := selectedByDiff(t, string(text), "-", legs, "--", "name", "*.example.com"); got != [2]int{2, 0} {
		t.Errorf("standard input: %d conversations", got)
	}
}
