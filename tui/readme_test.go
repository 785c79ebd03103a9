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

// TestTheReadmeShowsWhatTheScreenShows compares the blocks of the README that stand below these comments with what the
// program paints and prints. -update writes them anew.
func TestTheReadmeShowsWhatTheScreenShows(t *testing.T) {
	path := filepath.Join("..", "README.md")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skip(err)
	}
	text := string(data)
	for mark, want := range map[string]string{
		"<!-- the screen of tcpclose open, held by tui/readme_test.go -->": leakScreen(t),
		"<!-- the keys of tcpclose open, held by tui/readme_test.go -->":   HelpText(),
	} {
		before, rest, found := strings.Cut(text, mark+"\n```text\n")
		if !found {
			t.Logf("README.md has no block below %s", mark)
			continue
		}
		got, after, closed := strings.Cut(rest, "```\n")
		switch {
		case !closed:
			t.Errorf("the block below %s does not end", mark)
		case got == want:
		case *update:
			text = before + mark + "\n```text\n" + want + "```\n" + after
		default:
			t.Errorf("below %s README.md shows\n%s\nbut it is\n%s", mark, got, want)
		}
	}
	if *update && text != string(data) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
