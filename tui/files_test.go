package tui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// TestFramesOfSeveralFilesAreToldByTheirFile opens two captures as one: what is told of a frame can be found in the file that
// holds it, also where both have the same name.
func TestFramesOfSeveralFilesAreToldByTheirFile(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("..", "testdata", "captures", "close-wait-leak-beside-healthy-closes.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, second := range []string{"leak.pcapng", filepath.Join("other", "ten-kinds-of-close.pcapng")} {
		path := filepath.Join(dir, second)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		name := path
		if filepath.Base(path) == "leak.pcapng" {
			name = "leak.pcapng"
		}
		c, err := decode.Open([]string{testCapture(t), path}, decode.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		all, sum, err := flows.Collect(t.Context(), c, decode.Config{}, flows.Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := newTestScreen(t, storeWith(all), 200, 60, "terminal", "UTF-8", &model.Source{Reread: c.Reread})
		s.loaded(sum)
		s.keys(":", "goto 79", "Enter", "6", "+")
		s.has("evidence: frame 86 (18 of "+name+")", "(server) at ", "frame 87 (19 of "+name+")", "its packets are in "+name)
		s.keys("2", "Enter")
		s.has("File      " + name + ", frame 11 there")
		s.keys("Esc", ":", "capture", "Enter")
		s.has(testCapture(t)+": 68 packets, from 2026-11-20 09:24:50.000000 UTC, 1m20s", path+": 143 packets")
		s.keys("Esc")
		out := filepath.Join(dir, "out.json")
		s.model.Write(out)
		if written, err := os.ReadFile(out); err != nil || !strings.Contains(string(written), `"frame":86,"file":"`+path+`","file_frame":18`) {
			t.Errorf("the file does not say where frame 86 is, %v: %s", err, written)
		}
	}
}

// TestOneFileIsNotNamedAtEachFrame opens one.
func TestOneFileIsNotNamedAtEachFrame(t *testing.T) {
	s := openTen(t, 100, 60)
	s.keys("6", "+")
	s.has("evidence: frame 7\n")
	s.hasNot("its packets are in")
	s.keys("2", "Enter")
	s.hasNot("File ")
}
