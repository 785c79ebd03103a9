package flows

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tcpclose/decode"
	"tcpclose/decode/damagetest"
)

// settled are the classes that nothing which comes later can change.
var settled = map[Class]bool{
	Refused: true, RSTAbort: true, RSTAfterFIN: true, RetransmittedFIN: true, Simultaneous: true, ThreeWay: true, FourWay: true,
}

// TestADamagedFileLeavesEarlierVerdictsAlone damages every capture of testdata in many ways: conversations that were over
// before the damage keep their verdicts, and whatever comes of the rest holds what must be true of every verdict.
func TestADamagedFileLeavesEarlierVerdictsAlone(t *testing.T) {
	names, err := filepath.Glob("../testdata/captures/*.pcapng")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d captures: %v", len(names), err)
	}
	var files [][]byte
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, b)
	}
	path := filepath.Join(t.TempDir(), "damaged")
	each, least := 66, 500
	if testing.Short() {
		each, least = 22, 150
	}
	cases, kept := 0, 0
	for i, b := range files {
		whole := judgeFile(t, names[i])
		for c := range damagetest.Each(uint64(1000+i), b, files[(i+5)%len(files)], each) {
			if c.Foreign || len(c.Bytes) == 0 {
				continue // another file may hold the same five-tuples
			}
			if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			cases++
			got := map[uint64]*Teardown{}
			list := judgeFile(t, path)
			for k := range list {
				got[list[k].ID] = &list[k]
				for _, fault := range broken(&list[k]) {
					t.Errorf("%s, %s: %s", names[i], c.Name, fault)
				}
			}
			for k := range whole {
				w := &whole[k]
				// Positions are those of blocks' beginnings; the next one begins where the last one ends.
				end := blockEnd(b, int(w.LastPos.Offset()))
				if !settled[w.Class] || end > c.Lo || c.Copied && int(w.FirstPos.Offset()) < c.CopyHi && end > c.CopyLo {
					continue
				}
				kept++
				g := got[w.ID]
				if g == nil {
					t.Errorf("%s, %s: conversation %d is missing: %s", names[i], c.Name, w.ID, brief(w))
				} else if g.Class != w.Class || g.Shape != w.Shape || g.Closer != w.Closer || g.ResetBy != w.ResetBy {
					t.Errorf("%s, %s: conversation %d was %s and is %s", names[i], c.Name, w.ID, brief(w), brief(g))
				}
			}
		}
	}
	t.Logf("%d damaged files, %d verdicts of conversations that were over before", cases, kept)
	if kept < least {
		t.Errorf("only %d verdicts were compared", kept)
	}
}

// blockEnd returns where the pcapng block at an offset ends.
func blockEnd(b []byte, at int) int {
	return at + int(uint32(b[at+4])|uint32(b[at+5])<<8|uint32(b[at+6])<<16|uint32(b[at+7])<<24)
}

// judgeFile returns the verdicts of a file; none if it is no capture.
func judgeFile(t *testing.T, path string) []Teardown {
	t.Helper()
	src, err := decode.Open([]string{path}, decode.FileOptions{})
	if err != nil {
		return nil
	}
	defer src.Close()
	list, _, err := Collect(context.Background(), src, decode.Config{}, Config{Workers: 1}, nil)
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", path, err))
	}
	return list
}
