package decode

import "testing"

func TestARunIsDividedWhereATimeIsReached(t *testing.T) {
	r := NewRun(5)
	r.n, r.rising = 5, true
	for i, at := range []int64{10, 20, 20, 30, 40} {
		r.records[i].time = at
	}
	for _, c := range []struct {
		from   int
		before int64
		want   int
	}{{0, 10, 0}, {0, 11, 1}, {0, 20, 1}, {0, 21, 3}, {2, 21, 3}, {3, 21, 3}, {3, 30, 3}, {0, 40, 4}, {0, 41, 5}, {4, 100, 5}, {4, 5, 4}} {
		if got := r.Until(c.from, c.before); got != c.want {
			t.Errorf("from packet %d on, the first at %d or later is %d, want %d", c.from, c.before, got, c.want)
		}
	}
	r.rising = false
	if got := r.Until(2, 100); got != 2 {
		t.Errorf("a run out of order is divided at %d, want 2", got)
	}
}
