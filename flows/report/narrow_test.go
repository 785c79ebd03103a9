package report

import (
	"slices"
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
		{"10.0.0.7 > 10.0.1.20:8080", 25, "10.0.0.7 > 10.0.1.20:8080"},
		{"10.16.10.10 > 172.16.100.49:443", 29, "10.16.10.10 > 172.1..0.49:443"},
		{"10.16.10.10 > 172.16.100.49:443", 25, "10.16.10.10 > 172..49:443"},
		{"2a00:d40:1:3:7aac:c0ff:fea7:d4c > [2a03:b0c0:3:d0::70:1001]:443", 29, "2a00:d..7:d4c > [2a0..01]:443"},
		{"1.1.1.1 > [2a00:1450:4001:803::1017]:443", 30, "1.1.1.1 > [2a00:145..1017]:443"},
	} {
		got := cutPair(row.text, row.width)
		if got != row.want || utf8.RuneCountInString(got) > row.width {
			t.Errorf("%s at %d: %q, want %q", row.text, row.width, got, row.want)
		}
	}
}

// Where nothing of a table may be cut or left out any more, its columns stand closer: eighty columns hold a service with
// sockets in all states.
func TestColumnsStandCloserWhereNothingElseGives(t *testing.T) {
	var states []flows.State
	for state := flows.SynSent; state < flows.Closed; state++ {
		states = append(states, state)
	}
	columns := append([]gridColumn{crowdColumn(flows.ScopeService), {title: "most", right: true}}, stateColumns(states)...)
	row := []string{"10.0.1.20:8080", "5+2", "1", "1", "2+1", "1", "0", "0", "3+2", "1", "0"}
	for width, want := range map[int]string{
		100: "10.0.1.20:8080   5+2     1     1    2+1      1      0       0    3+2       1      0",
		80:  "10.0.1.20:8080  5+2    1    1   2+1     1     0      0   3+2      1     0",
	} {
		var b strings.Builder
		if err := writeGrid(&b, columns, slices.Values([][]string{row}), width); err != nil {
			t.Fatal(err)
		}
		if _, got, _ := strings.Cut(b.String(), "\n"); got != want+"\n" {
			t.Errorf("at %d:\ngot  %q\nwant %q", width, got, want)
		}
	}
}

// A column that may be cut, but has no floor, is cut also where another one goes down to its floor.
func TestColumnsWithoutAFloorAreCutToTheirLeast(t *testing.T) {
	columns := []gridColumn{{title: "client", least: 13, cut: cutEnd}, {title: "service", least: addressWidth, floor: 13, cut: cutAddress}}
	row := []string{"2a00:d40:1:3:7aac:c0ff:fea7:d4c", "[2a00:1450:4006:804::200e]:443"}
	for _, width := range []int{60, 40, 30} {
		var b strings.Builder
		if err := writeGrid(&b, columns, slices.Values([][]string{row}), width); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("%d columns of %d: %q", n, width, line)
			}
		}
	}
}

// A state that no crowd of the table was in at a sample makes room for the others.
func TestStatesThatNoCrowdWasSampledInMakeRoom(t *testing.T) {
	_, p, _ := leaks()
	s := &flows.Summary{First: base, Last: base + 120_000*ms, Complete: true}
	for width, want := range map[int]string{
		150: "pair most SYN-SENT SYN-RECEIVED ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSE-WAIT LAST-ACK",
		70:  "pair most ESTAB FINW2 TIMEW CLOSEW",
	} {
		var b strings.Builder
		if err := WritePopulation(&b, p, s, PopulationOptions{By: flows.ScopePair, Width: width}); err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(b.String(), "\n")
		if got := strings.Join(strings.Fields(head), " "); got != want {
			t.Errorf("at %d: %q, want %q", width, got, want)
		}
	}
}
