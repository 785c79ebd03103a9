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

// golden compares what a screen shows with a recorded file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "screens", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; -update writes it anew\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// TestScreensLookAsRecorded holds the panes at every size, in UTF-8 and in ASCII, with colours and without: the text,
// which is the same with and without, and the styles of both.
func TestScreensLookAsRecorded(t *testing.T) {
	charsets := []struct{ name, charset string }{{"utf8", "UTF-8"}, {"ascii", "US-ASCII"}}
	colours := []struct{ theme, ext string }{{"terminal", ".attr"}, {"mono", ".mono.attr"}}
	views := []struct {
		name string
		keys []string
	}{
		{"flows", nil},
		{"ladder", []string{"j", "j", "j", "2", "j", "j"}},
		{"packet", []string{"j", "j", "j", "2", "G", "k", "Enter"}},
		{"states", []string{":", "time 4.5", "Enter", "3"}},
		{"netstat", []string{":", "time 4.5", "Enter", "4"}},
		{"services", []string{"5", "j"}},
		{"leak", []string{"/", "class half-closed-stall", "Enter", "T", "6"}},
		{"findings", []string{"7"}},
		{"groups", []string{"a", "a"}},
		{"mistake", []string{"/", "port 443 and class rst-abrt"}},
		{"nothing", []string{"/", "port 9", "Enter"}},
	}
	store, source, sum := openCapture(t, "ten-kinds-of-close.pcapng")
	for _, set := range charsets {
		for _, view := range views {
			t.Run(set.name+"-"+view.name, func(t *testing.T) {
				for _, size := range sizes {
					name := fmt.Sprintf("%s-%s.%dx%d", set.name, view.name, size.w, size.h)
					for _, colour := range colours {
						s := newTestScreen(t, store, size.w, size.h, colour.theme, set.charset, source)
						s.loaded(sum)
						s.keys(view.keys...)
						golden(t, name+".txt", s.text())
						golden(t, name+colour.ext, s.attributes())
					}
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
