package tui

import (
	"strings"
	"testing"

	"github.com/rivo/tview"
)

// paste does what a terminal does that marks what is pasted into it.
func (s *testScreen) paste(text string) {
	s.app.pages.PasteHandler()(text, func(p tview.Primitive) { s.app.tview.SetFocus(p) })
	s.model.Refresh()
	s.draw()
}

// TestAFilterCanBePasted pastes while completions are listed, into what was typed, and with the ends of lines.
func TestAFilterCanBePasted(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/")
	s.has("an address of either end") // the completions of an empty filter
	s.paste("class rst-abort")
	s.has("/ class rst-abort", "1 of 1")
	s.paste("\nor port 5432\n")
	s.has("/ class rst-abort or port 5432", "1 of 2")
	s.keys(" and cl")
	s.has("how it ended") // completions are listed as before
	s.keys("Esc")
	s.paste("q") // no prompt takes it
	s.has("1 of 10")
}

// TestCompletionsAreThoseOfWhatStandsThere empties the prompt and brings an older command back.
func TestCompletionsAreThoseOfWhatStandsThere(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "cla")
	s.has("class  how it ended")
	s.hasNot("is not a word of the filter language") // the list lies over it
	s.keys("Ctrl-U")
	s.has("an address of either end")
	s.keys("Esc", ":", "time 3", "Enter", ":", "Up")
	s.has(": time 3")
	s.hasNot("columns")
	s.keys("Tab")
	s.has(": time 3")
}

// TestAnAbandonedFilterIsForgotten types a filter, leaves it with Esc, and goes on with the last one that was wanted.
func TestAnAbandonedFilterIsForgotten(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "port 5432", "Enter", "Esc", "/", "port 9", "Esc", "g", "n")
	s.has("5 of 10")
	if strings.Contains(s.model.Message, "port 9") {
		t.Errorf("says %q", s.model.Message)
	}
	s.keys("/", "port 8080", "Enter", "/", " or port 9", "Esc")
	s.has("/ port 8080", "1 of 1")
}

// TestAFilterOnWhatWasNotLearnedSaysSo asks for names and other legs, which need options.
func TestAFilterOnWhatWasNotLearnedSaysSo(t *testing.T) {
	s := openTen(t, 100, 30)
	for text, says := range map[string]string{
		"name www.example.com": "No names are known: the option -N learns them.",
		"reset-origin beyond":  "No other legs are known: the option --pairs finds them.",
		"port 9 and pair":      "No other legs are known: the option --pairs finds them.",
	} {
		s.keys("/", text, "Enter")
		s.has("No conversation matches "+text, says, "10 are hidden")
		s.keys("Esc")
	}
	s.keys("/", "port 9", "Enter")
	s.hasNot("known")
}

// TestCompletionsAreReadApartFromWhatTheyLieOn lists commands over the conversations.
func TestCompletionsAreReadApartFromWhatTheyLieOn(t *testing.T) {
	s := openTen(t, 40, 10)
	s.keys(":")
	for _, name := range []string{"capture", "columns", "explain"} {
		s.has(name + " ")
	}
	s.keys("Esc", "/", "port")
	s.has("port  a port of either end")
	s.keys("Tab")
	if got := s.app.filterLine.input.GetText(); got != "port" {
		t.Errorf("it completes to %q", got)
	}
}

// TestOlderFiltersComeBack types some, and goes through them.
func TestOlderFiltersComeBack(t *testing.T) {
	s := openTen(t, 100, 30)
	typed := func(want string) {
		t.Helper()
		if got := s.app.filterLine.input.GetText(); got != want {
			t.Errorf("in the prompt stands %q, not %q", got, want)
		}
	}
	s.keys("/", "port 8080", "Enter", "/", "Ctrl-U", "class rst-abort", "Enter", "/", "Ctrl-U", "port 5432", "Enter")
	s.keys("/", "Up")
	typed("class rst-abort")
	s.has("1 of 1")
	s.keys("Up")
	typed("port 8080")
	s.keys("Up")
	typed("port 8080")
	s.keys("Down", "Down", "Down")
	typed("port 5432")
	s.keys("Up", "Up", "Enter")
	s.has("/ port 8080 ", "1 of 1")
	s.keys("/", "Esc", "Esc", "/", "Up")
	typed("port 8080")
	s.keys("Ctrl-U", "por", "Down", "Tab") // among the completions
	typed("portrange")
	s.keys("Esc", ":", "sort dur", "Enter", ":", "time 3", "Enter", ":", "Up", "Up")
	typed("sort dur")
	s.keys("Esc")
}
