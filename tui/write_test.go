package tui

import (
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
