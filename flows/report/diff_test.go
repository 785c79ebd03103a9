package report

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tcpclose/flows"
)

func TestSharesDifferOnlyWhereNumbersProveIt(t *testing.T) {
	for _, row := range []struct {
		a, n, b, m uint64
		want       bool
	}{
		{1, 10, 5, 10, false}, // far apart, too few
		{10, 100, 12, 100, false},
		{10, 100, 40, 100, true},
		{100, 10_000, 150, 10_000, true},
		{0, 0, 5, 10, false},
		{0, 1000, 0, 1000, false},
		{1000, 1000, 1000, 1000, false},
		{0, 1000, 60, 1000, true},
	} {
		if got := sharesDiffer(row.a, row.n, row.b, row.m); got != row.want {
			t.Errorf("%d of %d and %d of %d: %t", row.a, row.n, row.b, row.m, got)
		}
		if x, y := sharesDiffer(row.a, row.n, row.b, row.m), sharesDiffer(row.b, row.m, row.a, row.n); x != y {
			t.Errorf("%d of %d and %d of %d: the order matters", row.a, row.n, row.b, row.m)
		}
	}
}

func TestTimesDifferOnlyWhereNumbersProveIt(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	draw := func(n int, from, spread int64) []int64 {
		list := make([]int64, n)
		for i := range list {
			list[i] = from + r.Int64N(spread)
		}
		slices.Sort(list)
		return list
	}
	if !timesDiffer(draw(200, 10, 100), draw(200, 60, 100)) {
		t.Error("half a spread apart, and not told")
	}
	if timesDiffer(draw(10, 10, 100), draw(10, 500, 100)) {
		t.Error("ten closes prove nothing here")
	}
	if same := make([]int64, 100); timesDiffer(same, same) {
		t.Error("all alike, and said to differ")
	}
	wrong := 0
	for range 1000 {
		if timesDiffer(draw(60, 0, 20), draw(90, 0, 20)) { // with ties
			wrong++
		}
	}
	if wrong > 25 || wrong == 0 {
		t.Errorf("%d of 1000 comparisons of equals differ; 10 are expected", wrong)
	}
}

// diffOf compares two lists of conversations.
func diffOf(before, after []flows.Teardown) *Diff {
	digest := func(list []flows.Teardown) *Digest {
		d := NewDigest(flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0))
		for i := range list {
			d.findings.Add(&list[i])
			d.people.Add(&list[i])
			d.Add(&list[i])
		}
		return d
	}
	s := &flows.Summary{First: base, Last: base + 60_000*ms, Complete: true}
	return NewDiff(digest(before), digest(after), s, s)
}

func TestADiffIsAsTheGoldenShowsIt(t *testing.T) {
	var before, after []flows.Teardown
	for i := range 100 {
		c := ordinary()
		c.ID = uint64(i + 1)
		before = append(before, c)
		c.CloseEnd += int64(i) * ms
		if i%3 == 0 {
			c = troubled()
			c.ID = uint64(i + 1)
			c.Ends[flows.Server].Addr = before[0].Ends[flows.Server].Addr
		}
		after = append(after, c)
	}
	before = append(before, aborted())
	d := diffOf(before, after)
	var b bytes.Buffer
	if err := d.WriteText(&b, 0, 0); err != nil {
		t.Fatal(err)
	}
	golden(t, "diff.golden", b.String())
	b.Reset()
	if err := d.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Classes []struct {
			Name        string
			Significant bool
		}
	}
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatalf("%v in %s", err, b.String())
	}
	if len(back.Classes) != 3 {
		t.Errorf("%d classes", len(back.Classes))
	}
	for _, x := range []*Diff{d, diffOf(samples(), samples()), diffOf(nil, samples()), diffOf(nil, nil)} {
		b.Reset()
		if err := x.WriteJSON(&b); err != nil {
			t.Fatal(err)
		}
		for _, schema := range []string{"", "diff"} {
			if err := validationError(t, schema, b.Bytes()); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestACaptureDoesNotDifferFromItself(t *testing.T) {
	d := diffOf(samples(), samples())
	for _, s := range d.Classes() {
		if s.Significant || s.Before != s.After {
			t.Errorf("%+v", s)
		}
	}
	added, gone, _ := d.Findings()
	if len(added)+len(gone) > 0 {
		t.Error("findings came or went")
	}
	var b bytes.Buffer
	if err := diffOf(nil, nil).WriteText(&b, 80, 5); err != nil || !strings.Contains(b.String(), "0 conversations") {
		t.Errorf("%v: %s", err, b.String())
	}
}
