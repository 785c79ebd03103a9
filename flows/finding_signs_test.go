package flows

import (
	"math/rand/v2"
	"testing"
)

func TestNoFindingSeesWhatBearsNoSignOfIt(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	pool := randomTeardowns(t, 500, 11)
	one := func() *Teardown { return &pool[random.IntN(len(pool))] }
	var seen [len(findingRows)]int
	for range 20_000 {
		td := one().Clone()
		if random.IntN(4) > 0 { // what no judge would put together
			td.Class, td.ResetBy, td.FirstFIN = one().Class, one().ResetBy, one().FirstFIN
			td.Marks, td.Causes = one().Marks, one().Causes
			td.IdleBeforeClose, td.CloseEnd = one().IdleBeforeClose, one().CloseEnd
		}
		v := viewOf(&td)
		for row := range findingRows {
			r := &findingRows[row]
			if _, ok := r.sees(&v); !ok {
				continue
			}
			seen[row]++
			if v.rows>>row&1 == 0 {
				t.Fatalf("row %d (%v) sees something in class %v with marks %v and causes %v", row, r.id, v.Class, v.Marks, v.Causes)
			}
		}
	}
	for row, n := range seen {
		if n == 0 && !findingRows[row].on.pairs {
			t.Errorf("row %d (%v) saw nothing at all", row, findingRows[row].id)
		}
	}
}

func TestAnotherLegIsASign(t *testing.T) {
	td := Teardown{Class: FourWay, Pairs: []Pair{{ID: 2}}}
	v := viewOf(&td)
	for row := range findingRows {
		if want := findingRows[row].on.pairs; v.rows>>row&1 != 0 != want {
			t.Errorf("row %d (%v): %t", row, findingRows[row].id, !want)
		}
	}
}
