package flows

// Most conversations are opened, and closed or aborted, as RFC 9293 shows it in figures 6 and 12 and in section 3.5.2, with
// nothing lost, repeated or odd on the way. What can be said of one of these follows from few bits: its verdict has a known
// form, in which only frames and times are to be filled in. Here, and in ordinary_close.go and ordinary_abort.go, that is done
// in one go. The rest of the judge says the same, and has the reasons; it has the word wherever anything is out of the ordinary.

// A form is what the verdict on a conversation looks like.
type form uint8

// The forms.
const (
	formPlain    form = iota // none that is known
	formThreeWay             // both ends sent a FIN, and the second FIN was the first to acknowledge the first one
	formFourWay              // both did, and an acknowledgement came before the second FIN
	formAbort                // no FIN, but a RST of an end that had a socket, and the other end accepted it
)

// The flags of an ordinary conversation, and those that make it no less ordinary.
const (
	ordinaryFlags = flagSYN | flagSYNACK | flagHandshakeACK | flagServed
	harmlessFlags = flagSlow | flagOdd | flagOpenerB | flagClosed | flagQueued | flagSnapped | flagNoTime | flagStallTold | flagTaken
)

// wildTime is the end of the times with which one can reckon without a thought.
const wildTime = 1 << 62

// ordinary reports whether the form of the verdict is known at once, and nothing but the form is to be said.
func (j *judge) ordinary(t *Tracker) bool {
	c, flags := j.conn, j.conn.flags&^harmlessFlags
	reset := flags == ordinaryFlags|abortFlags
	if !reset && flags != ordinaryFlags || reset != (c.notes != 0) {
		return false
	}
	j.loadSteps(&[3]*note{}) // far ones have a note
	if !j.openedInOrder() {
		return false
	}
	if reset {
		j.form = j.abortedInOrder(t)
	} else {
		j.form = j.closedInOrder()
	}
	j.bare = j.form != formPlain
	j.trips = [2]int64{Client: j.steps[hsACK].time - j.steps[hsSYNACK].time, Server: j.steps[hsSYNACK].time - c.start}
	return j.bare
}

// openedInOrder reports whether the steps of the handshake came one after the other.
func (j *judge) openedInOrder() bool {
	c, synack, ack, served := j.conn, &j.steps[hsSYNACK], &j.steps[hsACK], &j.steps[hsServed]
	return c.flags&(ordinaryFlags|flagSimultaneousOpen|flagFastOpen) == ordinaryFlags && synack.ok && ack.ok && served.ok &&
		0 <= c.start && c.start <= synack.time && synack.time <= ack.time && ack.time <= served.time
}

// openedBefore reports whether the steps of the handshake came before a frame, or with it.
func (j *judge) openedBefore(frame uint64) bool {
	return max(j.conn.firstFrame, j.steps[hsSYNACK].frame, j.steps[hsACK].frame, j.steps[hsServed].frame) <= frame
}

// fillIn says how a conversation of a known form ended, and leads both ends through their states.
func (j *judge) fillIn() {
	j.fillInOpening()
	if j.form == formAbort {
		j.fillInAbort()
	} else {
		j.fillInClose()
	}
}

// fillInRest completes the verdict with marks and causes.
func (j *judge) fillInRest() {
	if j.form == formAbort {
		j.fillInAbortRest()
	} else {
		j.fillInCloseRest()
	}
}

// fillInOpening leads both ends to ESTABLISHED.
func (j *judge) fillInOpening() {
	c, client, server := j.conn, &j.paths[Client].list, &j.paths[Server].list
	synack, ack, served := &j.steps[hsSYNACK], &j.steps[hsACK], &j.steps[hsServed]
	client[0].is(SynSent, Seen, false, c.firstFrame, NoTime, c.start)
	client[1].is(Established, Seen, true, ack.frame, synack.time, ack.time)
	server[0].is(SynReceived, Seen, true, synack.frame, c.start, synack.time)
	server[1].is(Established, Seen, true, served.frame, ack.time, served.time)
	j.out.Ends[Client].Held[SynSent] = synack.time - c.start
	j.out.Ends[Server].Held[SynReceived] = ack.time - c.start
}

// silence says for how long nothing was sent until the close began, after what is known to have been sent right before.
func (j *judge) silence(last int64) int64 {
	start := j.out.CloseStart
	if at := j.half[Client].dataTime; at < start {
		last = max(last, at)
	}
	if at := j.half[Server].dataTime; at < start {
		last = max(last, at)
	}
	return max(0, start-last)
}

// is fills a Transition in where it stands.
func (t *Transition) is(to State, grade Grade, received bool, frame uint64, earliest, latest int64) {
	t.State, t.Grade, t.Received, t.Frame = to, grade, received, frame
	t.Earliest, t.Latest, t.Probable = earliest, latest, 0
}
