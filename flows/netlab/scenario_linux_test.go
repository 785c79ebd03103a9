package netlab

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/flows"
)

// A scenario is one story with a known end. Its name is the sentence that says what happens; A is the client unless the
// story says otherwise.
type scenario struct {
	name  string
	opt   Options
	port  uint16 // of the service on B; 0 is 8080
	run   func(p *play)
	ends  []end         // one for each conversation, in the order of their first segments
	stall time.Duration // the tracker's stall time; 0 is stallTime
}

// An end is what the story makes true of one conversation, whoever looks at it from wherever.
type end struct {
	class  flows.Class
	shape  flows.Shape
	closer flows.Who
	cause  flows.CauseID // the true one

	orCloser flows.Who
	or       []flows.Class   // what is as true
	orCause  []flows.CauseID // what else is true
	at       map[string]end  // what a tap shows, where that is another end than the real one
}

// A production is what one run of a scenario left behind.
type production struct {
	scenario  *scenario
	v6        bool
	a, b      []*Life
	taps      []*Tap
	otherwise bool          // it did not go as its story is written
	late      time.Duration // what the machine added to a delay at worst
	delay     time.Duration // the wire's, from the middle to either host
	held      time.Duration // what its stages add to that at worst, where no rule of a story does
}

// file returns the name of the production's files without what tells them apart.
func (p *production) file() string {
	name := strings.NewReplacer(" ", "-", ",", "", "'", "", "(", "", ")", "").Replace(p.scenario.name)
	if p.v6 {
		return name + ".v6"
	}
	return name + ".v4"
}

// perform runs a scenario in a lab of its own.
func perform(t *testing.T, s *scenario, number int, v6 bool) *production {
	t.Helper()
	opt := s.opt
	opt.Number, opt.V6 = number, v6
	if tp := tapeOf(s); *record && tp != nil {
		opt.Hosts = tp.hosts()
	}
	lab, err := Open(tracer, opt)
	if err != nil {
		t.Fatal(err)
	}
	p := &play{Lab: lab, t: t, port: s.port}
	if tp := tapeOf(s); *record && tp != nil {
		p.port = tp.port
	} else if p.port == 0 {
		p.port = 8080
	}
	finished := false
	end := func() {
		if finished {
			return
		}
		finished = true
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
		for _, c := range p.held {
			_ = c.Close()
		}
	}
	defer end() // also where the story fails
	s.run(p)
	p.still(250 * time.Millisecond)
	end()
	out := &production{scenario: s, v6: v6, taps: []*Tap{lab.NearA, lab.Mid, lab.NearB}, late: lab.Lag(), delay: lab.Delay}
	out.a, out.b = lab.Lives()
	if *keep != "" {
		out.save(t, *keep)
	}
	if tp := tapeOf(s); *record && tp != nil {
		out.recordTape(t, tp)
	}
	return out
}

func writeCapture(t *testing.T, path, comment string, tap *Tap) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := WriteCapture(f, comment, tap.Name, 0, timed(tap.sightings)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// save writes the captures and the truth into a folder.
func (p *production) save(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tap := range p.taps {
		writeCapture(t, filepath.Join(dir, p.file()+"."+tap.Name+".pcapng"), p.scenario.name, tap)
	}
	if err := os.WriteFile(filepath.Join(dir, p.file()+".truth"), []byte(p.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.preserve(filepath.Join(dir, p.file()+preserved)); err != nil {
		t.Fatal(err)
	}
}

func timed(seen []Sighting) []Timed {
	out := make([]Timed, len(seen))
	for i, s := range seen {
		out[i] = Timed{s.Time, s.Data}
	}
	return out
}

// String prints the truth: a block for each life, times in milliseconds since the first packet.
func (p *production) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s; this machine was late by %v at worst\n", p.scenario.name, p.late)
	var zero int64
	if len(p.taps[0].sightings) > 0 {
		zero = p.taps[0].sightings[0].Time
	}
	ms := func(at int64) float64 { return float64(at-zero) / 1e6 }
	for _, l := range append(slices.Clip(p.a), p.b...) {
		fmt.Fprintf(&b, "%s > %s\n", l.Local, l.Remote)
		for _, s := range l.Steps {
			fmt.Fprintf(&b, "  %-12s %10.3f … %10.3f\n", s.State, ms(s.From), ms(s.To))
		}
		for _, e := range append(slices.Clip(l.Resets), l.Resends...) {
			fmt.Fprintf(&b, "  %s %.3f %s %s\n", e.Point, ms(e.Time), e.State, e.Reason)
		}
	}
	return b.String()
}
