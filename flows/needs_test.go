package flows

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows/flowtest"
)

// A rowTally counts how often each row of the judge's tables held.
type rowTally struct {
	outcomes    [len(outcomes)]int
	causes      [len(causes)]int
	doubts      [len(doubts)]int
	stateDoubts [len(stateDoubts)]int
}

// holdNeeds: no row of the judge's tables that is left out would have held.
func holdNeeds(t *testing.T, segs []decode.Segment, held *rowTally) {
	t.Helper()
	var tr *Tracker
	tr = NewTracker(Config{}, func(td *Teardown, _ Moment) {
		j := tr.judge
		j.out = td
		if j.bare {
			j.weighPlainly(tr)
		}
		for i := range outcomes {
			if o := &outcomes[i]; o.fits(&j) {
				held.outcomes[i]++
				if o.class != td.Class || o.needs&j.have == 0 {
					t.Errorf("class %v fits first, not %v\n%s", o.class, td.Class, script(segs))
				}
				break
			}
		}
		for i := range causes {
			if c := &causes[i]; c.fits(&j, new(Cause)) {
				held.causes[i]++
				if c.needs&j.have == 0 {
					t.Errorf("cause %v fits without what it needs\n%s", c.id, script(segs))
				}
			}
		}
		for i := range doubts {
			if d := &doubts[i]; d.holds(&j) {
				held.doubts[i]++
				if d.needs&j.have == 0 {
					t.Errorf("%q about the %s holds without what it needs\n%s", d.text, d.what, script(segs))
				}
			}
		}
		for i := range stateDoubts {
			for s := range Side(2) {
				if d := &stateDoubts[i]; d.holds(&j, s) {
					held.stateDoubts[i]++
					if d.needs&j.have == 0 {
						t.Errorf("%q about %s holds without what it needs\n%s", d.text, statesOf[s], script(segs))
					}
				}
			}
		}
	})
	playOut(tr, segs)
}

// playOut gives a tracker the segments of a whole capture, behind which a minute passes.
func playOut(tr *Tracker, segs []decode.Segment) {
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
	var held rowTally
	t.Run("scripts", func(t *testing.T) {
		for _, text := range testScripts(t) {
			if s, err := flowtest.Parse(text); err == nil {
				holdNeeds(t, s.Segments(), &held)
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
			holdNeeds(t, playWorld(data), &held)
		}
	})
	t.Run("captures", func(t *testing.T) {
		paths, err := filepath.Glob("../testdata/captures/*.pcapng")
		if err != nil || len(paths) < 20 {
			t.Fatalf("%d captures, %v", len(paths), err)
		}
		for _, path := range paths {
			segs := readSegments(t, path)
			holdNeeds(t, segs, &held)
			for k := range min(len(segs), 40) {
				holdNeeds(t, segs[k:], &held)
				holdNeeds(t, segs[:k], &held)
				holdNeeds(t, slices.Concat(segs[:k], segs[k+1:]), &held)
			}
			for side := range 2 {
				holdNeeds(t, slices.DeleteFunc(slices.Clone(segs), func(s decode.Segment) bool { return s.SrcPort < s.DstPort == (side == 0) }), &held)
			}
		}
	})
	for i, n := range held.outcomes {
		if n == 0 {
			t.Errorf("nothing was of class %v", outcomes[i].class)
		}
	}
	for i, n := range held.causes {
		if n == 0 {
			t.Errorf("nothing had the cause %v", causes[i].id)
		}
	}
	for i, n := range held.doubts {
		if n == 0 {
			t.Errorf("nothing left the %s open since %q", doubts[i].what, doubts[i].text)
		}
	}
	for i, n := range held.stateDoubts {
		if n == 0 {
			t.Errorf("nothing left states open since %q", stateDoubts[i].text)
		}
	}
}
