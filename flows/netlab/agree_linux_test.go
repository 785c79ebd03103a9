package netlab

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// labNumber counts the labs of the process: it goes into their addresses.
var labNumber atomic.Int64

// scenarios returns all of them, the longest first.
func scenarios() []*scenario {
	var all []*scenario
	for _, group := range [][]scenario{{leak}, silences, timeWaits, openings, orderly, losses, resets} {
		for i := range group {
			all = append(all, &group[i])
		}
	}
	return all
}

func TestTheTrackerAgreesWithTheKernel(t *testing.T) {
	needLab(t)
	var plays stage
	t.Run("scenarios", func(t *testing.T) {
		for _, s := range scenarios() {
			families := []bool{false, true}
			if s.opt.Hosts[0].IsValid() {
				families = []bool{s.opt.Hosts[0].Is6()}
			}
			if *record {
				families = slices.DeleteFunc(families, func(v6 bool) bool { return v6 || tapeOf(s) == nil })
			}
			for _, v6 := range families {
				name := s.name + " over IPv4"
				if v6 {
					name = s.name + " over IPv6"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					plays.add(rehearse(t, s, v6))
				})
			}
		}
	})
	plays.judge(t).holdScenarios(t)
	wholeTruth(t)
}

// wholeTruth fails where the kernel's buffer could not hold what happened.
func wholeTruth(t *testing.T) {
	t.Helper()
	if n := tracer.Lost(); n > 0 {
		t.Errorf("the kernel's trace lost events %d times: the truth has holes", n)
	}
}

// A stage collects productions from tests that run side by side. They are judged once all are over: judging takes all the
// machine has, and would delay the wires.
type stage struct {
	mu  sync.Mutex
	all []*production
}

func (s *stage) add(p *production) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, p)
}

// judge judges all productions.
func (s *stage) judge(t *testing.T) *sheet {
	t.Helper()
	var marks sheet
	t.Run("judgement", func(t *testing.T) {
		for _, p := range s.all {
			t.Run(p.file(), func(t *testing.T) {
				t.Parallel()
				if p.scenario.ends == nil {
					marks.addSoak(t, p)
				} else {
					marks.addStory(t, p)
				}
			})
		}
	})
	return &marks
}

// A sheet collects judgements from tests that run side by side.
type sheet struct {
	mu         sync.Mutex
	all, parts []*judgement // of whole captures, and of cut ones
	drawn      []*judgement // of those at vantages that were drawn
}

// addStory judges a production of a scenario at all taps, and all cuts of what they saw.
func (m *sheet) addStory(t *testing.T, p *production) {
	t.Helper()
	for _, tap := range p.taps {
		js := p.judge(t, &view{tap: tap}, p.scenario.ends)
		for _, j := range js {
			for _, c := range j.complaints {
				t.Logf("%s.%s: %s", j.story, j.tap, c)
			}
		}
		var cut []*judgement
		for _, c := range cuts(tap.sightings) {
			cut = append(cut, p.judge(t, &view{tap: tap, cut: c}, p.scenario.ends)...)
		}
		m.mu.Lock()
		m.all, m.parts = append(m.all, js...), append(m.parts, cut...)
		m.mu.Unlock()
	}
}

// addSoak judges a production of the soak at all taps, and at those that are drawn.
func (m *sheet) addSoak(t *testing.T, p *production) {
	t.Helper()
	p.held = time.Second // chaos is no rule: what it delays counts as the wire's delay
	add := func(list *[]*judgement, p *production, tap *Tap) {
		js := p.judge(t, &view{tap: tap}, nil)
		m.mu.Lock()
		*list = append(*list, js...)
		m.mu.Unlock()
	}
	for _, tap := range p.taps {
		add(&m.all, p, tap)
	}
	for n := range *drawN {
		other := p.drawn(n + 1)
		add(&m.drawn, other, other.taps[1])
	}
}

// holdScenarios prints what the scenarios gave, and holds it against the bars.
func (m *sheet) holdScenarios(t *testing.T) {
	t.Helper()
	table := tabulate(m.all)
	t.Log("\n" + table)
	for _, j := range m.parts {
		for _, c := range j.complaints {
			t.Logf("cut %s.%s: %s", j.story, j.tap, c)
		}
	}
	t.Log("captures of a part:\n" + totals(m.parts))
	bars[stories].hold(t, m.all)
	bars[parts].hold(t, m.parts)
	if *keep != "" {
		if err := os.WriteFile(filepath.Join(*keep, "table.txt"), []byte(table), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// holdSoak does so for the soak.
func (m *sheet) holdSoak(t *testing.T) {
	t.Helper()
	for _, list := range [][]*judgement{m.all, m.drawn} {
		t.Log("\n" + totals(list))
		for _, j := range list {
			for _, c := range j.complaints {
				t.Logf("%s.%s: %s", j.story, j.tap, c)
			}
		}
	}
	isBare := func(j *judgement) bool { return strings.HasPrefix(j.story, strings.ReplaceAll(bare, " ", "-")) }
	bars[soaks].hold(t, slices.DeleteFunc(slices.Clone(m.all), isBare))
	(&bar{of: "vantages that were drawn", open: 1}).hold(t, m.drawn) // where segments overtake each other at will
	bars[bareSoaks].hold(t, slices.DeleteFunc(m.all, func(j *judgement) bool { return !isBare(j) }))
}

// rehearse performs a story until it goes as written, three times at most. How it really went is judged in any case.
func rehearse(t *testing.T, s *scenario, v6 bool) *production {
	t.Helper()
	for attempt := 1; ; attempt++ {
		p := perform(t, s, int(labNumber.Add(1)), v6)
		why, ok := p.asTold()
		if ok || attempt == 3 {
			if p.otherwise = !ok; p.otherwise {
				t.Logf("the story went otherwise, three times: %s", why)
			}
			return p
		}
	}
}

// tabulate prints one line for each story and tap, and the totals.
func tabulate(all []*judgement) string {
	slices.SortStableFunc(all, func(x, y *judgement) int {
		return strings.Compare(x.story+x.tap, y.story+y.tap)
	})
	letters := [...]string{skipped: "·", agrees: "=", hidden: "h", unknowable: "u", declared: "?", wrong: "X"}
	var b strings.Builder
	for _, j := range all {
		fmt.Fprintf(&b, "%-80s %-8s", j.story, j.tap)
		for _, o := range j.got {
			b.WriteString(" " + letters[o])
		}
		b.WriteByte('\n')
	}
	return b.String() + "\n" + totals(all)
}

// totals prints how often each claim was worth what.
func totals(all []*judgement) string {
	var b strings.Builder
	var total [numClaims][wrong + 1]int
	onTop := 0
	for _, j := range all {
		for claim, o := range j.got {
			total[claim][o]++
		}
		if j.onTop {
			onTop++
		}
	}
	fmt.Fprintf(&b, "%-10s %8s %8s %10s %10s %8s\n", "claim", "agree", "hidden", "unknowable", "uncertain", "wrong")
	for claim, n := range total {
		fmt.Fprintf(&b, "%-10s %8d %8d %10d %10d %8d\n", claimNames[claim], n[agrees], n[hidden], n[unknowable], n[declared], n[wrong])
	}
	fmt.Fprintf(&b, "the true cause is on top in %d of %d\n", onTop, total[aboutCause][agrees])
	return b.String()
}
