package tui

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhyAFileIsNotWrittenNamesThatFileAlone writes where there is no folder, and over one.
func TestWhyAFileIsNotWrittenNamesThatFileAlone(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder.json")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := openTen(t, 100, 30)
	for _, path := range []string{filepath.Join(dir, "missing", "x.txt"), folder} {
		s.model.Write(path)
		s.draw()
		why, ok := strings.CutPrefix(s.model.Message, path+" was not written: ")
		if !ok || strings.Contains(why, dir) {
			t.Errorf("says %q", s.model.Message)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%v are left behind, %v", left, err)
	}
}

// TestTheCaptureItselfIsNotReplaced writes over each file that is open, by its name and by another one.
func TestTheCaptureItselfIsNotReplaced(t *testing.T) {
	whole, err := os.ReadFile(testCapture(t))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	for _, path := range []string{"one.pcapng", "two.pcapng", "raw.pcapng", "other.pcapng"} {
		if err := os.WriteFile(name(path), whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Link(name("one.pcapng"), name("link.pcapng")); err != nil {
		t.Skip(err)
	}
	recorded := func() []string { return []string{name("raw.pcapng")} }
	for _, c := range []struct {
		o    Options
		over string
		asks bool
	}{
		{Options{Paths: []string{name("one.pcapng")}}, "one.pcapng", false},
		{Options{Paths: []string{name("one.pcapng")}}, "link.pcapng", false},
		{Options{Paths: []string{name("one.pcapng")}}, "other.pcapng", true},
		{Options{Paths: []string{name("one.pcapng"), name("two.pcapng")}}, "two.pcapng", false},
		{Options{Paths: []string{name("one.pcapng")}, Recorded: recorded}, "raw.pcapng", false},
	} {
		s := showInput(t, c.o)
		writeMarked(s.app, name(c.over))
		s.draw()
		if page, _ := s.app.pages.GetFrontPage(); (page == pageAsk) != c.asks {
			t.Errorf("over %s of %q the page is %s", c.over, c.o.Paths, page)
		}
		if said := strings.Contains(s.model.Message, "is the capture itself"); said == c.asks {
			t.Errorf("over %s of %q it says %q", c.over, c.o.Paths, s.model.Message)
		}
	}
	for _, path := range []string{"one.pcapng", "two.pcapng", "raw.pcapng"} {
		if left, err := os.ReadFile(name(path)); err != nil || !bytes.Equal(left, whole) {
			t.Errorf("%s has changed, %v", path, err)
		}
	}
}

// TestAFileIsNotReplacedByEnterAlone answers the question in every way.
func TestAFileIsNotReplacedByEnterAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "there.txt")
	for _, c := range []struct {
		keys     []string
		replaced bool
	}{
		{[]string{"Enter"}, false},
		{[]string{"n"}, false},
		{[]string{"Esc"}, false},
		{[]string{"y"}, true},
		{[]string{"Tab", "Enter"}, true},
	} {
		if err := os.WriteFile(path, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		s := openTen(t, 100, 30)
		writeMarked(s.app, path)
		s.draw()
		if page, _ := s.app.pages.GetFrontPage(); page != pageAsk {
			t.Fatalf("nothing is asked, but %s", page)
		}
		s.keys(c.keys...)
		if page, _ := s.app.pages.GetFrontPage(); page != pageDesk {
			t.Errorf("after %s the page is %s", c.keys, page)
		}
		if got, err := os.ReadFile(path); err != nil || (string(got) != "kept") != c.replaced {
			t.Errorf("after %s it holds %.20q, %v", c.keys, got, err)
		}
	}
}
