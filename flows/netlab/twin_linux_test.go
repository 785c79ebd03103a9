package netlab

import (
	"cmp"
	"slices"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A moment is one thing that happened at a host: a segment arrived or was sent, its process closed, or something ended its
// socket without a word.
type moment struct {
	at     int64
	kind   momentKind
	s      Sighting
	passed bool // of what was sent: it passed the tap
	moved  bool // of what arrived: it is not where it was
	early  bool // of what arrived: it acknowledged something before the FIN had left
}

type momentKind uint8

const (
	arriving momentKind = iota
	departing
	finishing
	vanishing
)

// A habit is what a capture does not show of a host.
type habit struct {
	shutdown bool // the process keeps the socket when it closes its side: no orphan, no data refused
	rfc1337  bool // a RST does not end TIME-WAIT
}

var habits = [...]habit{{}, {shutdown: true}, {rfc1337: true}, {shutdown: true, rfc1337: true}}

// A world is what happened at one host in its order.
type world struct {
	habit

	moments  []moment
	patience [2]int64 // how long a FIN alone, and one with octets before it, may go unanswered before it is sent again; 0 where any time is right
	waited   int64    // until when it did in the real world, whatever for
	spare    int      // how many answers may have been lost before the tap
}

// really returns what happened at a host, and through which states the kernel went.
func (c *connection) really(dir Direction, tap string) (list []moment) {
	passed := map[int]bool{}
	for _, s := range c.seen[tap] {
		if s.Dir == dir {
			passed[s.serial] = true
		}
	}
	for _, s := range c.seen[home(dir)] {
		m := moment{at: s.Time, kind: arriving, s: s}
		if s.Dir == dir {
			m.kind, m.passed = departing, passed[s.serial]
		}
		list = append(list, m)
	}
	for i, s := range c.life[dir].Steps {
		switch {
		case s.State == flows.FinWait1, s.State == flows.LastAck:
			list = append(list, moment{at: s.From, kind: finishing})
		case s.State == flows.Closed && i > 0 && !c.struckBy(dir, s):
			list = append(list, moment{at: s.From, kind: vanishing})
		}
	}
	slices.SortStableFunc(list, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
	return list
}

// struckBy reports whether a segment that the automaton knows of ended a life.
func (c *connection) struckBy(dir Direction, end Step) bool {
	return slices.ContainsFunc(c.seen[home(dir)], func(s Sighting) bool {
		return s.Time >= end.From-slack && s.Time <= end.To+slack
	})
}

// run lets a world happen. It returns the life that the socket led in it; ok is false where Linux would not have done what was
// seen.
func (w *world) run() (life *Life, ok bool) {
	e := automaton{habit: w.habit, spare: w.spare}
	for i := range w.moments {
		m := &w.moments[i]
		e.at = m.at
		if e.waits() && w.patience[0] == 0 {
			w.waited = m.at
		} else if e.waits() && m.at > w.waited && m.kind != departing && m.at-e.sentAt > w.patience[e.alone()] {
			return nil, false
		}
		switch m.kind {
		case arriving:
			m.early = e.receive(m.s.Packet)
			e.loosened = e.loosened || m.early && m.moved
		case departing:
			w.depart(&e, m)
		case finishing:
			e.closes()
		case vanishing:
			e.dies()
		}
		if e.fault != "" {
			return nil, false
		}
	}
	if n := len(w.moments); n > 0 && e.waits() && w.patience[0] != 0 && w.moments[n-1].at > w.waited {
		return nil, false // it would have gone on sending it
	}
	e.settle()
	return &Life{Steps: e.steps}, e.fault == ""
}

// depart lets the host send a segment. One that did not pass the tap need not have been sent in a twin: something else was lost
// there, unless its identification is missed.
func (w *world) depart(e *automaton, m *moment) {
	numbered := m.s.v4() && m.s.identification() != 0
	if e.gap && numbered && m.passed {
		e.find("%s has an identification too high", m.s)
		return
	}
	before := *e
	before.steps = slices.Clip(e.steps)
	e.send(m.s.Packet)
	if !m.passed && e.fault != "" {
		*e = before
		e.gap, e.owes = e.gap || numbered, nothing
	}
}

// unknowable reports whether there is another world, a twin, in which the tap saw the same packets at the same times, and what
// was told of a host's states is the truth: then no reading of that capture can be right in both. The twin differs from the real
// world in what lies beyond the tap alone, and in two things at most: when a bare segment, a FIN or a RST that had passed the tap
// arrived, and whether, or from when on nothing did; when the process closed. One answer of the host may have been lost before the tap. And its habits may be
// others: whether its process kept the socket, whether it follows RFC 1337. Where the automaton cannot tell how the real world
// came about, nothing is proved.
func (c *connection) unknowable(dir Direction, told []flows.Transition, tap string) bool {
	life := c.life[dir]
	if life == nil {
		return false
	}
	really := world{moments: c.really(dir, tap)}
	explained := slices.ContainsFunc(habits[:], func(h habit) bool {
		really.habit = h
		led, ok := really.run()
		return ok && slices.Equal(led.States(), life.States())
	})
	if !explained {
		return false
	}
	last := c.seen[tap][len(c.seen[tap])-1].Time
	fits := func(w world) bool {
		led, ok := w.run()
		if !ok {
			return false
		}
		steps := led.Steps
		for len(steps) > len(told) && steps[len(steps)-1].To > last { // nobody at the tap can have seen that
			steps = steps[:len(steps)-1]
		}
		return slices.EqualFunc(steps, told, func(s Step, tr flows.Transition) bool { return s.State == tr.State })
	}
	moves := c.moves(dir, tap, really.moments)
	for _, h := range habits {
		twin := world{moments: really.moments, habit: h, patience: c.patience(), waited: really.waited}
		if tap != home(dir) {
			twin.spare = 1
		}
		if fits(twin) {
			return true
		}
		var moved []world
		for _, move := range moves {
			if list := move(twin.moments); list != nil {
				w := twin
				w.moments = list
				moved = append(moved, w)
			}
		}
		if slices.ContainsFunc(moved, fits) {
			return true
		}
		for _, w := range moved {
			for _, move := range moves {
				if list := move(w.moments); list != nil {
					twice := w
					if twice.moments = list; fits(twice) {
						return true
					}
				}
			}
		}
	}
	return false
}

// patience returns how long Linux waits at the least before it sends again what nobody acknowledges: a FIN alone, and octets
// with it. That is tcp_schedule_loss_probe's two round trips, and 200 ms more where one segment is under way alone.
func (c *connection) patience() [2]int64 {
	const alone = int64(200 * time.Millisecond)
	return [2]int64{alone, min(4*int64(c.delay), alone)}
}

// moves returns the ways in which another world can differ from this one.
func (c *connection) moves(dir Direction, tap string, list []moment) (all []func([]moment) []moment) {
	begins := int64(1<<63 - 1) // of the close
	for _, m := range list {
		if m.kind == finishing || m.kind == vanishing || m.kind != finishing && m.kind != vanishing && m.s.Flags()&(decode.FIN|decode.RST) != 0 {
			begins = min(begins, m.at)
		}
	}
	for _, s := range c.seen[tap] {
		if s.Flags()&(decode.FIN|decode.RST) != 0 {
			begins = min(begins, s.Time)
		}
	}
	var places []int64
	for _, m := range list {
		if m.at >= begins-int64(time.Second) {
			places = append(places, m.at-1, m.at+1)
		}
	}
	for _, at := range places {
		all = append(all, func(list []moment) []moment { return closeAt(list, at) })
	}
	if tap == home(dir) {
		return all
	}
	for _, s := range c.seen[tap] {
		i := arrivalOf(list, s)
		if s.Dir == dir || s.Time < begins-int64(time.Second) || i >= 0 && list[i].early || s.Flags()&(decode.FIN|decode.RST) == 0 && !acknowledges(list, s) {
			continue
		}
		all = append(all, func(list []moment) []moment { return without(list, s) })
		all = append(all, func(list []moment) []moment { // the path breaks off beyond the tap
			for _, later := range c.seen[tap] {
				if later.Dir != dir && later.Time >= s.Time {
					list = without(list, later)
				}
			}
			return list
		})
		for _, at := range append(places, s.Time+1) {
			if at > s.Time {
				all = append(all, func(list []moment) []moment {
					list = slices.Clone(without(list, s))
					i, _ := slices.BinarySearchFunc(list, at, func(m moment, at int64) int { return cmp.Compare(m.at, at) })
					moved := s
					moved.Time = at
					return slices.Insert(list, i, moment{at: at, kind: arriving, s: moved, moved: true})
				})
			}
		}
	}
	return all
}

// acknowledges reports whether a segment acknowledges the FIN that a host has sent.
func acknowledges(list []moment, s Sighting) bool {
	return slices.ContainsFunc(list, func(m moment) bool {
		return m.kind == departing && m.s.Flags().Has(decode.FIN) && s.Flags().Has(decode.ACK) && !s.Ack().Before(m.s.End())
	})
}

// arrivalOf returns the index of a segment's arrival, or -1.
func arrivalOf(list []moment, s Sighting) int {
	return slices.IndexFunc(list, func(m moment) bool { return m.kind == arriving && m.s.same(s) && m.s.Forged == s.Forged })
}

// without returns a world's moments without the arrival of a segment; where it did not arrive, they are as before.
func without(list []moment, s Sighting) []moment {
	i := arrivalOf(list, s)
	if i < 0 {
		return list
	}
	return slices.Delete(slices.Clone(list), i, i+1)
}

// closeAt moves the process's close to another time, before its FIN left.
func closeAt(list []moment, at int64) []moment {
	i := slices.IndexFunc(list, func(m moment) bool { return m.kind == finishing })
	if i < 0 {
		return nil
	}
	list = slices.Delete(slices.Clone(list), i, i+1)
	k, _ := slices.BinarySearchFunc(list, at, func(m moment, at int64) int { return cmp.Compare(m.at, at) })
	return slices.Insert(list, k, moment{at: at, kind: finishing})
}
