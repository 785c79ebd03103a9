package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// leakScreen is the screen that the README shows: the leak, from the finding to the ladder of one of its conversations.
func leakScreen(t *testing.T) string {
	store, source, sum := openCapture(t, "close-wait-leak-beside-healthy-closes.pcapng")
	s := newTestScreen(t, store, 100, 28, "terminal", "UTF-8", source)
	s.model.Title = "close-wait-leak-beside-healthy-closes.pcapng"
	s.loaded(sum)
	s.keys("7", "Enter", "2")
	return s.text()
}

// TestTheReadmeShowsWhatTheScreenShows compares the screen in the README with what the program paints. -update writes it
// anew.
func TestTheReadmeShowsWhatTheScreenShows(t *testing.T) {
	path := filepath.Join("..", "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skip(err)
	}
	text := string(data)
	const mark = "<!-- screen of tcpclose open -->\n```text\n"
	want := leakScreen(t)
	before, rest, found := strings.Cut(text, mark)
	if !found {
		t.Fatal("README.md shows no screen")
	}
	got, after, closed := strings.Cut(rest, "```\n")
	switch {
	case !closed:
		t.Error("the screen in README.md does not end")
	case got == want:
	case *update:
		text = before + mark + want + "```\n" + after
	default:
		t.Errorf("README.md shows\n%s\nbut it is\n%s", got, want)
	}
	if *update && text != string(data) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
