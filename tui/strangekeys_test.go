package tui

import (
	"testing"

	"github.com/gdamore/tcell/v2"
)

// TestAKeyOfAnotherProgramLeadsToTheHelp presses what is bound elsewhere.
func TestAKeyOfAnotherProgramLeadsToTheHelp(t *testing.T) {
	s := openTen(t, 100, 30)
	for _, c := range []struct {
		key   *tcell.EventKey
		named string
	}{
		{tcell.NewEventKey(tcell.KeyF10, 0, tcell.ModNone), "F10"},
		{tcell.NewEventKey(tcell.KeyCtrlF, 0, tcell.ModNone), "Ctrl-F"},
		{tcell.NewEventKey(tcell.KeyLeft, 0, tcell.ModNone), "Left"},
		{tcell.NewEventKey(tcell.KeyRune, 'u', tcell.ModNone), "u"},
		{tcell.NewEventKey(tcell.KeyRune, 'é', tcell.ModNone), "é"},
	} {
		s.event(c.key)
		s.draw()
		s.has("\n" + c.named + " does nothing here; ? lists the keys")
	}
	s.keys("j")
	s.hasNot("does nothing here")
}

// TestWhatIsSummedUpIsNotMarkedUnseen presses the keys for a conversation while there are groups.
func TestWhatIsSummedUpIsNotMarkedUnseen(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys(":", "group client", "Enter", "Space")
	s.has("Enter opens the group")
	if n := len(s.model.Marked); n > 0 {
		t.Errorf("%d are marked", n)
	}
	s.keys("y")
	if got := string(s.screen.GetClipboardData()); got != "10.0.0.7  5 flows" {
		t.Errorf("copied %q", got)
	}
	s.keys("2", "Space") // from the ladder one sees which
	if n := len(s.model.Marked); n != 1 {
		t.Errorf("%d are marked", n)
	}
}
