package flows

import (
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// holdNeeds: no row of the judge's tables that is left out would have held.
func holdNeeds(t *testing.T, segs []decode.Segment) {
	t.Helper()
	var tr *Tracker
	tr = NewTracker(Config{}, func(td *Teardown, _ Moment) {
		j := tr.judge
		j.out = td
		for i := range outcomes {
			if o := &outcomes[i]; o.fits(&j) {
				if o.class != td.Class || o.needs&j.have == 0 {
					t.Errorf("class %v fits first, not %v\n%s", o.class, td.Class, script(segs))
				}
				break
			}
		}
		for i := range causes {
			if c := &causes[i]; c.needs&j.have == 0 {
				if c.fits(&j, new(Cause)) {
					t.Errorf("cause %v fits without what it needs\n%s", c.id, script(segs))
				}
			}
		}
		for i := range doubts {
			if d := &doubts[i]; d.needs&j.have == 0 && d.holds(&j) {
				t.Errorf("%q about the %s holds without what it needs\n%s", d.text, d.what, script(segs))
			}
		}
		for i := range stateDoubts {
			for s := range Side(2) {
				if d := &stateDoubts[i]; d.needs&j.have == 0 && d.holds(&j, s) {
					t.Errorf("%q about %s holds without what it needs\n%s", d.text, statesOf[s], script(segs))
				}
			}
		}
	})
	last := NoTime
	for i := range segs {
		segs[i].SetHash(0)
		last = max(last, segs[i].Time)
		tr.Tick(last, segs[i].Frame)
		tr.Add(&segs[i])
	}
	tr.Finish(last + int64(time.Minute))
}

func TestWhatIsNotAskedWouldNotHold(t *testing.T) {
	t.Run("scripts", func(t *testing.T) {
		for _, text := range testScripts(t) {
			if s, err := flowtest.Parse(text); err == nil {
				holdNeeds(t, s.Segments())
			}
		}
	})
	t.Run("worlds", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 3))
		for range 1000 {
			data := make([]byte, rng.IntN(120))
			for i := range data {
				if rng.IntN(3) > 0 {
					data[i] = byte(rng.Uint32())
				}
			}
			holdNeeds(t, playWorld(data))
		}
	})
	t.Run("captures", func(t *testing.T) {
		paths, err := filepath.Glob("../testdata/captures/*.pcapng")
		if err != nil || len(paths) < 20 {
			t.Fatalf("%d captures, %v", len(paths), err)
		}
		for _, path := range paths {
			holdNeeds(t, readSegments(t, path))
		}
	})
}
