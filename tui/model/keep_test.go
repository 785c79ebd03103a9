package model

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/held"
	"tcpclose/flows/ladder"
)

// rowText writes rows so that two ladders can be compared.
func rowText(r built) []string {
	var list []string
	for i := range r.rows {
		row := r.rows[i]
		list = append(list, fmt.Sprintf("%v %d %d %d %v %s", row.Kind, row.Frame(), row.Seq, row.Time, row.Margins, row.Text))
	}
	for side := range r.tails {
		list = append(list, fmt.Sprintf("tail %d %q", r.tails[side].Frame, r.tails[side].Data))
	}
	return list
}

// TestWhatIsKeptDrawsTheLaddersOfTheFile compares the ladders of every capture of the repository, read again from the file
// and drawn of what a Keeper kept.
func TestWhatIsKeptDrawsTheLaddersOfTheFile(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "captures", "*.pcapng"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	compared, cut := 0, 0
	for _, path := range paths {
		c, err := decode.Open([]string{path}, decode.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		source := &keptFrom{c, NewKeeper(decode.Config{}, KeepMemory)}
		all, _, err := flows.Collect(context.Background(), source, decode.Config{}, flows.Config{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		file, kept := &Source{Reread: c.Reread}, &Source{Kept: source.keep}
		for i := range all {
			td := &all[i]
			want := buildLadder(t.Context(), file, td, ladder.Options{Expand: true})
			got := buildLadder(t.Context(), kept, td, ladder.Options{Expand: true})
			if n := td.Ends[0].Packets + td.Ends[1].Packets; n > held.First+held.Last {
				cut++
				checkCut(t, want, got, n)
				continue
			}
			compared++
			if got.note != "" || !slices.Equal(rowText(want), rowText(got)) {
				t.Errorf("%s: conversation %d, note %q:\n%q\n%q", filepath.Base(path), td.ID, got.note, rowText(want), rowText(got))
			}
		}
	}
	if compared < 30 || cut == 0 {
		t.Errorf("%d ladders were compared, %d that are cut", compared, cut)
	}
}

// checkCut holds what must be true of the ladder of a conversation of n segments, of which some were not kept.
func checkCut(t *testing.T, whole, cut built, n uint64) {
	t.Helper()
	frames := func(r built) (list []uint64) {
		for i := range r.rows {
			if f := r.rows[i].Frame(); f != 0 {
				list = append(list, f)
			}
		}
		return list
	}
	all, some := frames(whole), frames(cut)
	if len(some) != held.First+held.Last || !slices.Equal(some[:held.First], all[:held.First]) || !slices.Equal(some[held.First:], all[len(all)-held.Last:]) {
		t.Errorf("frames %v are kept of %v", some, all)
	}
	want := fmt.Sprintf("%d segments not kept", n-held.First-held.Last)
	if !slices.ContainsFunc(cut.rows, func(r ladder.Row) bool { return r.Text == want }) || cut.note == "" {
		t.Errorf("no row says %q, the note is %q", want, cut.note)
	}
	if !slices.EqualFunc(whole.tails[:], cut.tails[:], func(a, b Tail) bool { return a.Frame == b.Frame }) {
		t.Errorf("the last data are another's")
	}
}

// keptFrom hands what is read to a Keeper as well.
type keptFrom struct {
	flows.Source
	keep *Keeper
}

func (s *keptFrom) Next(p *decode.Packet) error {
	err := s.Source.Next(p)
	if err == nil {
		s.keep.Add(p)
	}
	return err
}
