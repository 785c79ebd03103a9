package flows

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
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

// TestVerdictsOutlastDamageOfACompressedFile puts all captures of testdata into one, packs it in members and damages it in
// many ways: conversations that are over before the member that is damaged keep their verdicts, and so do those of
// captures that begin in the members behind it.
func TestVerdictsOutlastDamageOfACompressedFile(t *testing.T) {
	const perMember = 20 << 10
	plain, starts := inTimeOrder(t)
	path := filepath.Join(t.TempDir(), "damaged")
	if err := os.WriteFile(path, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	whole := judgeFile(t, path)
	each := 88
	if testing.Short() {
		each = 22
	}
	for f, format := range damagetest.Formats {
		t.Run(format, func(t *testing.T) {
			var packed []byte
			var members []int
			for part := range slices.Chunk(plain, perMember) {
				members = append(members, len(packed))
				packed = append(packed, damagetest.Pack(t, format, part)...)
			}
			before, behind, missed := 0, 0, 0
			for c := range damagetest.Each(uint64(f), packed, packed, each) {
				if c.Foreign || c.Copied || c.Lo < members[1] {
					continue // conversations may be there twice; nothing is before the first member
				}
				if err := os.WriteFile(path, c.Bytes, 0o600); err != nil {
					t.Fatal(err)
				}
				got := map[string]*Teardown{}
				list := judgeFile(t, path)
				for k := range list {
					got[identity(&list[k])] = &list[k]
					for _, fault := range broken(&list[k]) {
						t.Errorf("%s: %s", c.Name, fault)
					}
				}
				until := (sort.SearchInts(members, c.Lo+1) - 1) * perMember // plain octets before the damaged member
				from := len(plain)
				if m := sort.SearchInts(members, c.Hi); m < len(members) {
					from = m * perMember
				}
				if k := sort.SearchInts(starts, from); k < len(starts) {
					from = starts[k]
				} else {
					from = len(plain)
				}
				for k := range whole {
					w := &whole[k]
					early := blockEnd(plain, int(w.LastPos.Offset())) <= until
					late := int(w.FirstPos.Offset()) >= from
					if !settled[w.Class] || !early && !late {
						continue
					}
					if early {
						before++
					} else {
						behind++
					}
					switch g := got[identity(w)]; {
					case g == nil && late:
						missed++
					case g == nil:
						t.Errorf("%s: a conversation before the damage is missing: %s", c.Name, brief(w))
					case g.Class != w.Class || g.Shape != w.Shape || g.Closer != w.Closer || g.ResetBy != w.ResetBy:
						t.Errorf("%s: a conversation (early %t) was %s and is %s", c.Name, early, brief(w), brief(g))
					}
				}
			}
			t.Logf("%d verdicts before, %d behind, of which %d were not found", before, behind, missed)
			if before < each || behind < each || missed > 0 {
				t.Error("too few came, or too few were compared")
			}
		})
	}
}

// inTimeOrder returns all captures of testdata as one file, the earliest first, and where each begins.
func inTimeOrder(t *testing.T) (plain []byte, starts []int) {
	t.Helper()
	names, err := filepath.Glob("../testdata/captures/*.pcapng")
	if err != nil {
		t.Fatal(err)
	}
	first := map[string]int64{}
	for _, name := range names {
		for _, w := range judgeFile(t, name) {
			if at, ok := first[name]; !ok || w.Start < at {
				first[name] = w.Start
			}
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(first[a], first[b]) })
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		starts = append(starts, len(plain))
		plain = append(plain, b...)
	}
	return plain, starts
}

// identity tells a conversation from all others, whatever its frames' numbers are.
func identity(t *Teardown) string { return fmt.Sprint(t.Ends[0].Addr, t.Ends[1].Addr, t.Start) }

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
