package netlab

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// A bar is what a set of judgements must reach.
type bar struct {
	of            string
	class, states float64 // the share that must be right, or proved unknowable: that agrees, is hidden, or has a twin
	open          float64 // the share of what a tap beside a host says of that host that may be uncertain
	wrong         int     // how many wrong certainties of a claim may be: one where chance plays, which no change under test can help
}

// The sets of judgements.
const (
	stories = iota
	parts
	soaks
	bareSoaks
)

// bars are what the lab holds the tracker to. README.md shows them.
var bars = [...]bar{
	stories: {"the stories, whole", 1, 0.995, 0.05, 0},
	parts:   {"the stories, cut", 0.98, 0.94, 1, 0},
	soaks:   {"the soak", 0.99, 0.975, 0.05, 1},

	bareSoaks: {"the soak, hosts without timestamps or SACK", 0.97, 0.94, 0.1, 1},
}

// hold holds judgements against a bar. What is wrong is in the log, line by line.
func (b *bar) hold(t *testing.T, all []*judgement) {
	t.Helper()
	var total [numClaims][wrong + 1]int
	var beside, unsure [numClaims]int
	own := map[string][]int{"near-a": {aboutClass, aboutShape, aboutA}, "near-b": {aboutClass, aboutShape, aboutB}}
	for _, j := range all {
		for claim, o := range j.got {
			total[claim][o]++
			if o != skipped && slices.Contains(own[j.tap], claim) {
				beside[claim]++
				if o == declared || o == unknowable {
					unsure[claim]++
				}
			}
		}
	}
	least := [numClaims]float64{aboutClass: b.class, aboutA: b.states, aboutB: b.states}
	for claim, n := range total {
		right := n[agrees] + n[hidden]
		settled, judged := right+n[unknowable], right+n[unknowable]+n[declared]+n[wrong]
		if n[wrong] > b.wrong {
			t.Errorf("%s: %s: %d wrong certainties of %d", b.of, claimNames[claim], n[wrong], judged)
		}
		if unsure[claim] > 5 && float64(unsure[claim]) > b.open*float64(beside[claim]) { // a few stories alone are no sample
			t.Errorf("%s: %s: beside a host %d of %d are uncertain; %s may be", b.of, claimNames[claim], unsure[claim], beside[claim], percent(b.open))
		}
		if least[claim] > 0 && judged > 0 {
			t.Logf("%s: %s: %.2f %% right, %.2f %% right or proved unknowable", b.of, claimNames[claim],
				100*float64(right)/float64(judged), 100*float64(settled)/float64(judged))
		}
		if float64(settled) < least[claim]*float64(judged) {
			t.Errorf("%s: %s: %d of %d are right or proved unknowable; %s must be", b.of, claimNames[claim], settled, judged, percent(least[claim]))
		}
	}
}

func percent(share float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", 100*share), ".0") + " %"
}

// TestTheReadmeShowsTheBars compares the README's table with the one that runs are held against.
func TestTheReadmeShowsTheBars(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| judged | classes right | states right or proved unknowable | wrong |\n| --- | --- | --- | --- |\n")
	for _, b := range bars {
		fmt.Fprintf(&table, "| %s | %s | %s | %s |\n", b.of, percent(b.class), percent(b.states), [...]string{"none", "one"}[b.wrong])
	}
	if !strings.Contains(string(readme), table.String()) {
		t.Errorf("README.md does not show\n%s", table.String())
	}
	for _, told := range []string{fmt.Sprintf("%d stories", len(scenarios())), fmt.Sprintf("soak of %s random connections", flag.Lookup("soak").DefValue)} {
		if !strings.Contains(string(readme), told) {
			t.Errorf("README.md does not tell of %s", told)
		}
	}
}
