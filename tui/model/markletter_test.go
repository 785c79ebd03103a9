package model

import (
	"testing"

	"tcpclose/flows"
)

// TestEveryMarkHasALetterOfItsOwn holds the table that the flag column and the help are printed from.
func TestEveryMarkHasALetterOfItsOwn(t *testing.T) {
	letters, marks := map[string]bool{}, map[flows.MarkID]bool{}
	for _, l := range markLetters {
		if len(l.letter) != 1 || l.letter == "+" || letters[l.letter] {
			t.Errorf("%s has the letter %q", l.mark, l.letter)
		}
		letters[l.letter], marks[l.mark] = true, true
	}
	if len(marks) != int(flows.NumMarks) {
		t.Errorf("%d of %d marks have a letter", len(marks), flows.NumMarks)
	}
}

func TestMarksThatDoNotFitAreCounted(t *testing.T) {
	td := flows.Teardown{Marks: []flows.Mark{{ID: flows.MarkOddFlags}, {ID: flows.MarkSlowCloseWait}, {ID: flows.MarkFINRetransmitted}, {ID: flows.MarkKeepalive}}}
	td.Ends[0].FIN.Resends = 12
	for width, want := range map[int]string{1: "+", 2: "+", 3: "+", 4: "F12+", 5: "F12W+", 6: "F12WKe", 9: "F12WKe"} {
		if got := MarkLetters(&td, width); got != want {
			t.Errorf("%d cells hold %q, want %q", width, got, want)
		}
	}
	if got := MarkLetters(&flows.Teardown{}, 4); got != "" {
		t.Errorf("no marks are written %q", got)
	}
}

func TestTheLegendFitsIntoANarrowTerminal(t *testing.T) {
	for _, line := range MarkLegend() {
		if len(line) > 78 { // the help indents it by two
			t.Errorf("%d cells: %s", len(line), line)
		}
	}
}
