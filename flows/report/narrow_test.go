package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"tcpclose/flows"
)

// Tables of sockets take the width they are given before they cut what their lines are about.
func TestSocketsOfPairsCanBeToldApartWhereTheWidthIsShort(t *testing.T) {
	_, p, _ := leaks()
	s := &flows.Summary{First: base, Last: base + 120_000*ms, Complete: true}
	for scope := range flows.NumScopes {
		for _, width := range []int{100, 80} {
			if scope == flows.ScopePair && width < 100 {
				continue // two addresses and the states need more
			}
			var b strings.Builder
			if err := WritePopulation(&b, p, s, PopulationOptions{By: scope, Width: width}); err != nil {
				t.Fatal(err)
			}
			table, _, _ := strings.Cut(b.String(), "\n\n")
			for line := range strings.Lines(table) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("by %s: %d columns of %d: %q", scope, n, width, line)
				}
			}
		}
	}
	for _, row := range []struct {
		text  string
		width int
		want  string
	}{
		{"10.0.0.7 → 10.0.1.20:8080", 25, "10.0.0.7 → 10.0.1.20:8080"},
		{"10.16.10.10 → 172.16.100.49:443", 29, "10.16.10.10 → 172.1..0.49:443"},
		{"10.16.10.10 → 172.16.100.49:443", 25, "10.16.10.10 → 172..49:443"},
		{"2a00:d40:1:3:7aac:c0ff:fea7:d4c → [2a03:b0c0:3:d0::70:1001]:443", 29, "2a00:d..7:d4c → [2a0..01]:443"},
		{"1.1.1.1 → [2a00:1450:4001:803::1017]:443", 30, "1.1.1.1 → [2a00:145..1017]:443"},
	} {
		got := cutPair(row.text, row.width)
		if got != row.want || utf8.RuneCountInString(got) > row.width {
			t.Errorf("%s at %d: %q, want %q", row.text, row.width, got, row.want)
		}
	}
}
