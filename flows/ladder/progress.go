package ladder

import (
	"tcpclose/decode"
	"tcpclose/flows"
)

// A progress walks the state changes of one endpoint along the rows. A change that the endpoint made by sending stands
// in the row of that segment. One that it made upon receiving stands in the row of the peer's segment, as in RFC 9293's
// figures, though it is a later segment that proves it. At most one such change stands in a row; where the wire shows
// two at once (the second side of a simultaneous close) the later one stands in the next row.
type progress struct {
	next int // index of the first change that has no row yet
	now  Margin
}

// take makes the next change the current state.
func (p *progress) take(tr *flows.Transition) {
	p.now = Margin{State: tr.State, Grade: tr.Grade, Changed: true}
	p.next++
}

// head returns the first change without a row, or nil. A timer's change is none for a segment's row.
func (p *progress) head(states []flows.Transition) *flows.Transition {
	if p.next >= len(states) || states[p.next].Grade == flows.Assumed {
		return nil
	}
	return &states[p.next]
}

// initial takes the state that the endpoint was in before the first segment, where the conversation did not begin with
// a handshake.
func (p *progress) initial(states []flows.Transition, first *decode.Segment) bool {
	tr := p.head(states)
	if tr == nil || p.next > 0 || tr.Received || tr.State != flows.Established || tr.When() > first.Time {
		return false
	}
	p.take(tr)
	return true
}

// before takes the next change if it must have a row ahead of the segment's: a change whose own frame had no row, or
// one that still waits when this segment makes the change after it.
func (p *progress) before(states []flows.Transition, s *decode.Segment, own bool) bool {
	tr := p.head(states)
	if tr == nil {
		return false
	}
	overdue := !tr.Received && tr.Frame != 0 && (tr.Frame < s.Frame || tr.Frame == s.Frame && !own)
	for i := p.next + 1; !overdue && own && i < len(states); i++ {
		overdue = !states[i].Received && states[i].Frame == s.Frame && states[i].Grade != flows.Assumed
	}
	if overdue {
		p.take(tr)
	}
	return overdue
}

// on takes the next change if the segment's row is where it belongs. A change upon reception is shown no earlier than at
// the frame from, where that is known to have brought it.
func (p *progress) on(states []flows.Transition, s *decode.Segment, own bool, from uint64) bool {
	tr := p.head(states)
	if tr == nil {
		return false
	}
	fits := false
	switch {
	case own && tr.Frame == s.Frame:
		fits = true // its own doing, or the proof of something whose row never came
	case !tr.Received:
	case tr.When() == flows.NoTime:
		fits = tr.Frame < s.Frame
	case s.Frame < from:
	case tr.When() <= s.Time:
		fits = !own || tr.Frame < s.Frame // the latter waited for a row
	}
	if fits {
		p.take(tr)
	}
	return fits
}

// timer returns the next change if a timer made it no later than now.
func (p *progress) timer(states []flows.Transition, now int64) *flows.Transition {
	if p.next >= len(states) {
		return nil
	}
	tr := &states[p.next]
	if tr.Grade != flows.Assumed || tr.When() == flows.NoTime || tr.When() > now {
		return nil
	}
	return tr
}
