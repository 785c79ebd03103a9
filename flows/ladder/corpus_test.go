package ladder

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

// Real captures, read where the shared corpus is at hand: every conversation's ladder is painted, every line has its
// width and its rails, and every state change of the verdict has its row.
func TestLaddersOfRealCapturesAreWhole(t *testing.T) {
	const corpus = "../../../shared/captures"
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no shared captures here")
	}
	var files []string
	for _, dir := range []string{"zeek", "wireshark"} {
		err := filepath.WalkDir(filepath.Join(corpus, dir), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	ladders := 0
	for _, file := range files {
		var segs []decode.Segment
		c, err := decode.Open([]string{file}, decode.FileOptions{})
		if err != nil {
			continue // not a capture
		}
		d := decode.NewDecoder(decode.Config{})
		var p decode.Packet
		for {
			err := c.Next(&p)
			if err != nil {
				break
			}
			var s decode.Segment
			if d.Decode(&p, &s) {
				segs = append(segs, s)
			}
		}
		c.Close()
		for _, td := range verdicts(segs) {
			ladders++
			opt := Options{Expand: ladders%2 == 0, ASCII: true}
			rows := Build(&td, segs, opt)
			var changes [2]int
			for _, width := range []int{24, 60, 80, 120} {
				l := NewLayout(&td, width, opt)
				for i := range rows {
					checkLine(t, &l, &rows[i], width, "|")
				}
			}
			for i := range rows {
				for s := range changes {
					if rows[i].Margins[s].Changed {
						changes[s]++
					}
				}
			}
			for s := range changes {
				if changes[s] != len(td.Ends[s].States) {
					t.Errorf("%s, conversation %d: %d of the %v's %d state changes have a row", filepath.Base(file), td.ID, changes[s],
						flows.Side(s), len(td.Ends[s].States))
				}
			}
		}
	}
	if ladders < 20 {
		t.Errorf("only %d conversations in %s", ladders, corpus)
	}
	t.Logf("%d ladders", ladders)
}

// verdicts judges all conversations of some segments.
func verdicts(segs []decode.Segment) []flows.Teardown {
	var all []flows.Teardown
	tr := flows.NewTracker(flows.Config{}, func(td *flows.Teardown, _ flows.Moment) { all = append(all, td.Clone()) })
	var last int64
	for i := range segs {
		s := segs[i]
		s.SetHash(0)
		tr.Add(&s)
		last = max(last, s.Time)
	}
	tr.Finish(last)
	return all
}
