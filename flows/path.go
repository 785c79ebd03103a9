package flows

// A path is one endpoint's way through the states so far.
type path struct {
	end      *End                  // where it goes
	n        uint                  // how many transitions there are
	gone     uint64                // the frame of the RST that shows its socket gone: what comes later reaches nobody
	earliest int64                 // of the last transition
	since    int64                 // when that was; NoTime at first
	state    State                 // where it led to; Unknown at first
	list     [NumStates]Transition // each arc leads to a later state: none is entered twice
}

// A step is one event of one endpoint with its proof.
type step struct {
	event    event
	grade    Grade
	received bool
	frame    uint64
	earliest int64
	latest   int64
	at       int64 // the most probable time, where that is neither
}

// seen says that the step's segment had arrived when the endpoint sent the one of a frame.
func (e *step) seen(frame uint64, time int64) {
	e.frame, e.earliest, e.latest = frame, min(e.earliest, time), time
}

// noFrame lies beyond every frame.
const noFrame = ^uint64(0)

// begin starts one side's path.
func (j *judge) begin(s Side) *path {
	p := &j.paths[s]
	p.end, p.n, p.gone = &j.out.Ends[s], 0, noFrame
	p.state, p.earliest, p.since = Unknown, NoTime, NoTime
	if r := j.gone[s]; r != nil {
		p.gone = r.firstFrame
	}
	return p
}

// finish says that the endpoint was in its last state for as long as it was watched.
func (p *path) finish(until int64) {
	if p.state != Closed {
		p.end.Held[p.state] += span(p.since, until)
	}
	p.end.States = p.list[:p.n]
}

// apply takes one event: where the arcs know it in the endpoint's present state, it becomes a transition.
func (p *path) apply(e *step) {
	if to := next[p.state][e.event]; to != Unknown && e.frame <= p.gone {
		p.enter(to, e.grade, e.received, e.frame, e.earliest, e.latest, e.at)
	}
}

// enter leads the endpoint to a state. The arguments are the Transition's, and go by registers: each conversation has a
// dozen.
func (p *path) enter(to State, grade Grade, received bool, frame uint64, earliest, latest, probable int64) {
	if p.n >= uint(len(p.list)) {
		return
	}
	tr := &p.list[p.n]
	p.n++
	// A change cannot have come before the one before it.
	if earliest != NoTime {
		earliest = max(earliest, p.earliest)
	}
	if latest != NoTime {
		latest = max(latest, p.since)
		earliest = min(earliest, latest)
	}
	tr.State, tr.Grade, tr.Received, tr.Frame = to, grade, received, frame
	tr.Earliest, tr.Latest, tr.Probable = earliest, latest, probable
	when := tr.When()
	if when < p.since {
		tr.Probable = p.since // it may lie before the moment at which a picture puts the one before it
		when = tr.When()
	}
	p.end.Held[p.state] += span(p.since, when)
	p.state, p.earliest, p.since = to, earliest, when
}

// span returns the time between two moments, in order and known; else 0. Times that wild may be further apart than 64 bits
// reach.
func span(from, end int64) int64 {
	if from == NoTime || end <= from {
		return 0
	}
	return max(0, end-from)
}
