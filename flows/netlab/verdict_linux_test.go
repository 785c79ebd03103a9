package netlab

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/flows"
)

// An outcome is what one claim of the tracker is worth.
type outcome uint8

const (
	skipped    outcome = iota // there is no truth to compare with
	agrees                    // the truth
	hidden                    // true of what passed the tap; what really was, nothing there shows
	unknowable                // declared, and proved: another truth shows there in the same packets
	declared                  // not the truth, but declared uncertain with the truth among the alternatives
	wrong                     // a wrong certainty
)

// The claims that are compared.
const (
	aboutClass = iota
	aboutShape
	aboutCloser
	aboutA
	aboutB
	aboutCause
	aboutTimes
	numClaims
)

var claimNames = [numClaims]string{"class", "shape", "closer", "states A", "states B", "cause", "times"}

// A judgement is the comparison of one conversation at one tap with the truth.
type judgement struct {
	story, tap string
	who        string // the connection
	got        [numClaims]outcome
	onTop      bool     // the true cause is the first candidate
	complaints []string // what is wrong, one line each
}

func (j *judgement) set(claim int, o outcome, complaint string, args ...any) {
	j.got[claim] = o
	if o == wrong || o == declared {
		word := map[outcome]string{wrong: "WRONG", declared: "declared"}[o]
		j.complaints = append(j.complaints, fmt.Sprintf("%s %s %s: ", j.who, word, claimNames[claim])+fmt.Sprintf(complaint, args...))
	}
}

// judge compares the tracker's conversations at a tap with what really was.
func (p *production) judge(t *testing.T, v *view, truths []end) []*judgement {
	t.Helper()
	limit := int64(2*(p.delay+p.held) + 4*p.late) // what lies between two taps where no rule holds a packet back
	told := v.track(t, p)
	conns := sortByFirst(p.connections(v.sightings()), shown)
	var out []*judgement
	for i, c := range conns {
		j := &judgement{who: fmt.Sprintf("%d>%d", c.local.Port(), c.remote.Port()), story: p.file(), tap: v.name()}
		out = append(out, j)
		td := find(told, conns, i)
		if td == nil {
			j.set(aboutClass, wrong, "conversation %s > %s is missing", c.local, c.remote)
			continue
		}
		truth, known := end{cause: flows.NumCauses}, c.nth >= 0 && c.nth < len(truths) && !p.otherwise
		if known {
			truth = truths[c.nth]
		}
		if o, ok := c.verdictOf(); ok {
			truth.class, truth.shape, truth.closer = o.class, o.shape, o.closer
		} else if o, ok := c.resetAt(shown); ok && (!known || !resettable(truth)) {
			truth = o // also where the story went otherwise than it is told
		} else if !known {
			truth = end{class: flows.NumClasses, cause: flows.NumCauses}
		}
		if at, ok := truth.at[v.tap.Name]; ok {
			truth.class, truth.shape, truth.closer = at.class, at.shape, at.closer
			truth.cause, truth.or, truth.orCause = at.cause, at.or, at.orCause
		}
		if c.deliveredAgain() {
			truth.orCause = append(slices.Clip(truth.orCause), flows.CauseFINACKLost, flows.CauseLastACKLost)
		}
		if v.cut.Name != "" {
			j.compareCut(c, td, truth, limit)
		} else {
			j.compare(c, td, truth, shown, limit)
		}
	}
	if *keep != "" && slices.ContainsFunc(out, func(j *judgement) bool { return slices.Contains(j.got[:], wrong) }) {
		writeCapture(t, filepath.Join(*keep, p.file()+"."+v.name()+".pcapng"), p.scenario.name, &Tap{v.tap.Name, v.sightings()})
	}
	return out
}

// find returns the tracker's conversation that is the i-th connection: the same five-tuple, the same incarnation.
func find(told []flows.Teardown, conns []*connection, i int) *flows.Teardown {
	nth := 0
	for _, c := range conns[:i] {
		if c.local == conns[i].local && c.remote == conns[i].remote {
			nth++
		}
	}
	for k := range told {
		ends := [2]netip.AddrPort{told[k].Ends[0].Addr, told[k].Ends[1].Addr}
		if ends != [2]netip.AddrPort{conns[i].local, conns[i].remote} && ends != [2]netip.AddrPort{conns[i].remote, conns[i].local} {
			continue
		}
		if nth == 0 {
			return &told[k]
		}
		nth--
	}
	return nil
}

func (j *judgement) compare(c *connection, td *flows.Teardown, truth end, tap string, limit int64) {
	sideA := flows.Client
	if td.Ends[flows.Client].Addr != c.local {
		sideA = flows.Server
	}
	god, orderly := c.verdictOf()
	late, posthumous := c.afterlifeAt(tap)
	switch {
	case truth.class == flows.NumClasses:
	case td.Class == truth.class || slices.Contains(truth.or, td.Class):
		j.set(aboutClass, agrees, "")
	case orderly && (c.looksLike(td.Class, tap, god) || td.Class == classOfShape(td.Shape) && c.looksShaped(td.Shape)):
		j.set(aboutClass, hidden, "") // declared uncertain or not
	case doubted(td, "class", truth.class.String()), orderly && truth.class == classOfShape(god.shape) && doubted(td, "shape", god.shape.String()):
		j.set(aboutClass, declared, "%s, was %s", td.Class, truth.class)
	case posthumous && td.Class == late.class:
		j.set(aboutClass, hidden, "")
	default:
		j.set(aboutClass, wrong, "%s, was %s", td.Class, truth.class)
	}
	switch {
	case truth.class == flows.NumClasses || truth.cause == flows.NumCauses && !orderly:
	case td.Shape == truth.shape:
		j.set(aboutShape, agrees, "")
	case orderly && c.looksShaped(td.Shape):
		j.set(aboutShape, hidden, "")
	case doubted(td, "shape", truth.shape.String()):
		j.set(aboutShape, declared, "%s, was %s", td.Shape, truth.shape)
	default:
		j.set(aboutShape, wrong, "%s, was %s", td.Shape, truth.shape)
	}
	closer := asSeen(truth.closer, sideA)
	switch {
	case truth.class == flows.NumClasses:
	case td.Closer == closer || truth.orCloser != flows.NoOne && td.Closer == truth.orCloser || closer == flows.ByNetwork:
		j.set(aboutCloser, agrees, "")
	case doubted(td, "closer", closer.String()) || doubted(td, "shape", truth.shape.String()):
		j.set(aboutCloser, declared, "%s, was %s", td.Closer, closer)
	case posthumous && td.Closer == asSeen(late.closer, sideA), j.got[aboutShape] == hidden: // who closed goes with the shape
		j.set(aboutCloser, hidden, "")
	default:
		j.set(aboutCloser, wrong, "%q, was %q", td.Closer, closer)
	}
	j.compareCause(td, truth)
	once := orderly && len(c.fins(tap, FromA)) <= 1 && len(c.fins(tap, FromB)) <= 1
	if j.got[aboutCause] == wrong && (once || j.got[aboutClass] == hidden) && slices.ContainsFunc(td.Causes, func(c flows.Cause) bool {
		return c.ID == flows.CauseClose
	}) {
		j.got[aboutCause] = hidden // the loss left no trace here
		j.complaints = j.complaints[:len(j.complaints)-1]
	}
	j.compareStates(aboutA, c, FromA, td, sideA, tap, limit)
	j.compareStates(aboutB, c, FromB, td, sideA.Peer(), tap, limit)
}

// asSeen returns what the tracker calls who closed where it takes a side for host A: A is the client of a story.
func asSeen(who flows.Who, sideA flows.Side) flows.Who {
	if sideA == flows.Server && (who == flows.ByClient || who == flows.ByServer) {
		return flows.ByClient + flows.ByServer - who
	}
	return who
}

func (j *judgement) compareCause(td *flows.Teardown, truth end) {
	if truth.class == flows.Open && truth.cause == flows.CauseClose || truth.cause == flows.NumCauses {
		return // nothing ended, or nobody knows why
	}
	ids := make([]string, len(td.Causes))
	for i, cause := range td.Causes {
		ids[i] = cause.ID.String()
		if cause.ID == truth.cause || slices.Contains(truth.orCause, cause.ID) {
			j.set(aboutCause, agrees, "")
			j.onTop = j.onTop || i == 0
		}
	}
	if j.got[aboutCause] != agrees {
		o := wrong
		if doubted(td, "cause", truth.cause.String()) {
			o = declared
		}
		j.set(aboutCause, o, "[%s], was %s", strings.Join(ids, " "), truth.cause)
	}
}

// slack is what the clocks of trace and taps may differ by, and a timer of this machine be late.
const slack = int64(2 * time.Millisecond)

// compareStates compares one endpoint's states and times. What came after the conversation's last packet at the tap
// nobody can have seen there, so it may be missing.
func (j *judgement) compareStates(claim int, c *connection, dir Direction, td *flows.Teardown, side flows.Side, tap string, limit int64) {
	told := td.Ends[side].States
	seen := c.seen[tap]
	far := c.distance(dir, tap, limit) + slack
	steps := c.fitting(dir, told, seen, far)
	names := func(states []flows.State) string {
		var b []string
		for _, s := range states {
			b = append(b, s.String())
		}
		return strings.Join(b, " ")
	}
	var was, is []flows.State
	for _, s := range steps {
		was = append(was, s.State)
	}
	for _, s := range told {
		is = append(is, s.State)
	}
	if !slices.Equal(was, is) {
		o := wrong
		switch {
		case len(is) == 0 && !slices.ContainsFunc(seen, func(s Sighting) bool { return s.Dir == dir }):
			o = hidden // nothing of that endpoint ever passed
		case c.life[dir] != nil && subsequence(c.life[dir].States(), is) && len(c.fins(tap, dir)) == 0 && slices.Contains(was, flows.FinWait1):
			o = hidden // its FIN never came so far, if it left at all
		case coversStates(td, side, was, is), slices.Equal(was, is[:proved(told)]), subsequence(was, provedOnly(told)):
			o = declared
			if c.unknowable(dir, told, j.tap) {
				o = unknowable
			}
		case slices.Contains(is, flows.CloseWait) && slices.Contains(was, flows.Closing) && (c.waitedUnseen(dir, tap) || c.crossedUnseen(dir, tap)):
			o = hidden
		}
		j.set(claim, o, "%s\n      was  %s", names(is), names(was))
		return
	}
	j.set(claim, agrees, "")
	for i, s := range steps {
		tr := told[i]
		if tr.Earliest != flows.NoTime && s.To < tr.Earliest-far || tr.Latest != flows.NoTime && s.From > tr.Latest+far {
			j.set(aboutTimes, wrong, "%s of %s in [%s, %s] ±%.1f ms, was %.3f … %.3f ms", s.State, side,
				ms(tr.Earliest, seen[0].Time), ms(tr.Latest, seen[0].Time), float64(far)/1e6,
				float64(s.From-seen[0].Time)/1e6, float64(s.To-seen[0].Time)/1e6)
		} else if j.got[aboutTimes] == skipped {
			j.set(aboutTimes, agrees, "")
		}
	}
}

// fitting returns the true steps that the told ones are to be compared with: all of them, or without those at the end that
// nobody can have seen at the tap, or without a FIN-WAIT-2 of microseconds; whichever is what was told, if any.
func (c *connection) fitting(dir Direction, told []flows.Transition, seen []Sighting, far int64) []Step {
	life := c.life[dir]
	if life == nil {
		return nil
	}
	steps := life.Steps
	for {
		for _, s := range [][]Step{steps, withoutFleeting(steps)} {
			if slices.EqualFunc(s, told, func(s Step, tr flows.Transition) bool { return s.State == tr.State }) {
				return s
			}
		}
		n := len(steps)
		after := n > 0 && steps[n-1].To >= seen[len(seen)-1].Time-far
		silent := n == len(life.Steps) && life.gaveUp() && !seenFrom(seen, dir, steps[n-1].From) // no packet can show it
		if n <= len(told) || !after && !silent {
			return steps
		}
		steps = steps[:n-1]
	}
}

// gaveUp reports whether the life ended by a timer or a system call that sent nothing.
func (l *Life) gaveUp() bool {
	n := len(l.Steps)
	if n < 2 || l.Steps[n-1].State != flows.Closed || l.reset() || l.aborted() {
		return false
	}
	before := l.Steps[n-2].State
	return before != flows.TimeWait && before != flows.LastAck && before != flows.Closing
}

// seenFrom reports whether anything of a host passed after a time.
func seenFrom(seen []Sighting, dir Direction, after int64) bool {
	return slices.ContainsFunc(seen, func(s Sighting) bool { return s.Dir == dir && s.Time > after })
}

func ms(at, zero int64) string {
	if at == flows.NoTime {
		return "never"
	}
	return fmt.Sprintf("%.3f", float64(at-zero)/1e6)
}

// withoutFleeting leaves out a FIN-WAIT-2 that lasted for microseconds.
func withoutFleeting(steps []Step) []Step {
	for i := 0; i+1 < len(steps); i++ {
		if steps[i].State == flows.FinWait2 && steps[i+1].From-steps[i].To < 200_000 {
			return slices.Concat(steps[:i], steps[i+1:])
		}
	}
	return steps
}

// proved returns how many transitions there are without those at the end that the tracker itself says are only inferred
// from the peer's segment and were never proved.
func proved(told []flows.Transition) int {
	n := len(told)
	for n > 0 && told[n-1].Grade == flows.Inferred && told[n-1].Latest == flows.NoTime {
		n--
	}
	return n
}

// provedOnly returns the states without those that the tracker itself says are only inferred from the peer's segment and
// were never proved.
func provedOnly(told []flows.Transition) (states []flows.State) {
	for _, tr := range told {
		if tr.Grade != flows.Inferred || tr.Latest != flows.NoTime {
			states = append(states, tr.State)
		}
	}
	return states
}

// coversStates reports whether the tracker declared the endpoint's states uncertain, with each true state that it does
// not list among the alternatives.
func coversStates(td *flows.Teardown, side flows.Side, was, is []flows.State) bool {
	about := []string{side.String() + ".states", "rst"}
	return slices.ContainsFunc(about, func(what string) bool {
		for _, s := range was {
			if !slices.Contains(is, s) && !doubted(td, what, s.String()) {
				return false
			}
		}
		return slices.ContainsFunc(td.Uncertain, func(d flows.Doubt) bool { return d.What == what })
	})
}

// doubted reports whether the tracker declared something uncertain and named an alternative.
func doubted(td *flows.Teardown, what, alternative string) bool {
	return slices.ContainsFunc(td.Uncertain, func(d flows.Doubt) bool {
		return d.What == what && slices.Contains(d.Alternatives, alternative)
	})
}

// distance is the longest time that a packet of the connection needed between a host and a tap, without those that a
// rule held back.
func (c *connection) distance(dir Direction, tap string, limit int64) (longest int64) {
	type sent struct {
		dir    Direction
		serial int
	}
	near := map[sent]int64{}
	for _, s := range c.seen[home(dir)] {
		near[sent{s.Dir, s.serial}] = s.Time
	}
	for _, s := range c.seen[tap] {
		at, both := near[sent{s.Dir, s.serial}]
		if d := max(s.Time-at, at-s.Time); both && s.serial >= 0 && d <= limit {
			longest = max(longest, d)
		}
	}
	return longest
}
