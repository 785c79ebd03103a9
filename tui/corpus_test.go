package tui

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// corpusFolder holds public captures, where they are installed.
const corpusFolder = "../../shared/captures"

// TestEveryCaptureOfTheCorpusCanBeLookedAt opens each of them on a screen of some size and goes through all panes: no key
// may panic, no screen be empty, no ladder half.
func TestEveryCaptureOfTheCorpusCanBeLookedAt(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	opened := 0
	err := fs.WalkDir(os.DirFS(corpusFolder), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Dir(name) == "." || testing.Short() && rng.IntN(40) > 0 {
			return err
		}
		o := Options{Paths: []string{filepath.Join(corpusFolder, name)}}
		if rng.IntN(3) == 0 { // as standard input
			f, err := os.Open(o.Paths[0])
			if err != nil {
				return err
			}
			defer f.Close()
			o.Paths, o.File = []string{"-"}, decode.FileOptions{Stdin: f}
		}
		in, err := openInput(t.Context(), &o)
		if err != nil {
			return nil //nolint:nilerr // no capture: the command line says so
		}
		defer in.close()
		store := model.NewStore()
		all, sum, err := flows.Collect(t.Context(), in.stream(func(f func()) { f() }, func(int64) {}), decode.Config{}, flows.Config{}, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return nil
		}
		for i := range all {
			store.Put(&all[i])
		}
		opened++
		lookAround(t, name, rng, store, in.again, sum)
		return nil
	})
	if err != nil || opened == 0 {
		t.Skip("no captures to read: ", err)
	}
	t.Logf("%d captures", opened)
}

// lookAround goes through the panes of a capture at a size.
func lookAround(t *testing.T, name string, rng *rand.Rand, store *model.Store, source *model.Source, sum *flows.Summary) {
	t.Helper()
	size := sizes[rng.IntN(len(sizes))]
	what := fmt.Sprintf("%s at %dx%d", name, size.w, size.h)
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: %v", what, p)
		}
	}()
	charset := []string{"UTF-8", "US-ASCII"}[rng.IntN(2)]
	s := newTestScreen(t, store, size.w, size.h, themeNames[rng.IntN(len(themeNames))], charset, source)
	s.loaded(sum)
	for range min(store.Rows(), 3) {
		for _, key := range []string{"2", "x", "Enter", "G", "Esc", "k", "Enter", "Esc", "T", "3", "4", "Enter", "1", "5", "Enter", "Esc", "6", "G", "k", "Enter", "7", "Enter", "Esc", "a", "Enter", "Esc", "Y", "#", "t", ">", "z"} {
			s.keys(key)
			text := s.text()
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: an empty screen after %s", what, key)
				return
			}
			if charset == "US-ASCII" && strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) {
				t.Errorf("%s: more than ASCII after %s:\n%s", what, key, text)
				return
			}
		}
		s.keys("Esc", "Esc", "1", "]")
	}
}
