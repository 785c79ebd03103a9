package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// sizes are the screens that are held by goldens.
var sizes = []struct{ w, h int }{{160, 50}, {100, 30}, {80, 24}, {60, 12}, {40, 10}, {20, 5}}

// golden compares a screen with the recorded one: its text, and its styles beside it.
func golden(t *testing.T, name string, s *testScreen) {
	t.Helper()
	w, h := s.screen.Size()
	base := filepath.Join("testdata", "screens", fmt.Sprintf("%s.%dx%d", name, w, h))
	for ext, got := range map[string]string{".txt": s.text(), ".attr": s.attributes()} {
		if *update {
			if err := os.MkdirAll(filepath.Dir(base), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(base+ext, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(base + ext)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s%s differs; -update writes it anew\ngot:\n%s\nwant:\n%s", base, ext, got, want)
		}
	}
}

// TestScreensLookAsRecorded holds the panes at every size, in UTF-8 with colours and in ASCII without.
func TestScreensLookAsRecorded(t *testing.T) {
	looks := []struct{ name, theme, charset string }{{"utf8", "terminal", "UTF-8"}, {"ascii", "mono", "US-ASCII"}}
	views := []struct {
		name string
		keys []string
	}{
		{"flows", nil},
		{"ladder", []string{"j", "j", "j", "2", "j", "j"}},
		{"leak", []string{"/", "class half-closed-stall", "Enter", "T", "6"}},
		{"netstat", []string{":", "time 4.5", "Enter", "4"}},
		{"groups", []string{"a", "a"}},
	}
	for _, look := range looks {
		for _, view := range views {
			t.Run(look.name+"-"+view.name, func(t *testing.T) {
				store, source, sum := openCapture(t, "ten-kinds-of-close.pcapng")
				for _, size := range sizes {
					s := newTestScreen(t, store, size.w, size.h, look.theme, look.charset, source)
					s.loaded(sum)
					s.keys(view.keys...)
					golden(t, look.name+"-"+view.name, s)
				}
			})
		}
	}
}

// TestThemesPaintTheSameText holds that a theme changes nothing but styles.
func TestThemesPaintTheSameText(t *testing.T) {
	store, source, _ := openCapture(t, "ten-kinds-of-close.pcapng")
	want := newTestScreen(t, store, 100, 30, "terminal", "UTF-8", source)
	for _, name := range themeNames {
		s := newTestScreen(t, store, 100, 30, name, "UTF-8", source)
		if s.text() != want.text() {
			t.Errorf("the theme %s changes the text:\n%s", name, s.text())
		}
		if name != "terminal" && s.attributes() == want.attributes() {
			t.Errorf("the theme %s changes nothing", name)
		}
	}
}
