package flows

import (
	"slices"

	"tcpclose/decode"
)

// openingStates leads an endpoint to ESTABLISHED, as far as the capture shows it.
func (j *judge) openingStates(s Side, p *path) {
	c := j.conn
	synackFrame, synack, haveSYNACK := j.moment(hsSYNACK)
	ackFrame, ack, haveACK := j.moment(hsACK)
	servedFrame, served, haveServed := j.moment(hsServed)
	switch {
	case c.flags&(flagSYN|flagSYNACK) == 0:
		// Mid-stream: a connection was there.
		p.enter(Established, Inferred, false, c.firstFrame, NoTime, c.start, 0)
		return
	case c.flags&flagSimultaneousOpen != 0:
		j.simultaneousOpen(s, p)
		return
	case s == Client:
		if c.flags&flagSYN != 0 {
			p.apply(&step{event: sndSYN, frame: c.firstFrame, earliest: NoTime, latest: c.start})
		} else {
			p.apply(&step{event: sndSYN, grade: Inferred, frame: synackFrame, earliest: NoTime, latest: synack})
		}
		switch {
		case haveACK:
			p.apply(&step{event: rcvSYNACK, frame: ackFrame, earliest: synack, latest: ack, received: true})
		case haveSYNACK && !j.refusedSYNACK() && !j.unheardSYNACK(synackFrame):
			p.apply(&step{event: rcvSYNACK, grade: Inferred, frame: synackFrame, earliest: synack, latest: NoTime, received: true})
		case !haveSYNACK && j.handshook():
			frame, latest := j.lastOpen()
			p.enter(Established, Inferred, false, frame, c.start, latest, 0)
		}
	case haveSYNACK:
		from := c.start
		if c.flags&flagSYN == 0 {
			from = NoTime
		}
		p.apply(&step{event: rcvSYN, frame: synackFrame, earliest: from, latest: synack, received: true})
		dropped := j.droppedACK() && !j.aborts(Server)
		if dropped {
			ack = max(ack, j.notes[Server][noteSYNACKResend].lastTime-j.trip(Server)) // when that left the server
		}
		switch {
		case haveServed && c.flags&flagFastOpen == 0: // with Fast Open it may send before the ACK comes
			p.apply(&step{event: rcvACK, frame: servedFrame, earliest: ack, latest: served, received: true})
		case haveACK && !dropped && !j.neverOpened(ackFrame):
			p.apply(&step{event: rcvACK, grade: Inferred, frame: ackFrame, earliest: ack, latest: NoTime, received: true})
		}
	case j.handshook():
		_, latest := j.lastOpen()
		p.enter(Established, Inferred, false, c.firstFrame, c.start, latest, 0)
	}
}

// droppedACK reports whether the server let the ACK of its SYN-ACK fall, as it does while its accept queue is full: it repeated the
// SYN-ACK when that ACK had had the time to reach it. One that crossed the ACK says nothing; it repeats an earlier one, which was
// lost.
func (j *judge) droppedACK() bool {
	again := j.notes[Server][noteSYNACKResend]
	frame, since, ok := j.moment(hsACK)
	if again == nil || !ok || again.lastFrame < frame || again.lastTime-since <= j.trip(Server) {
		return false
	}
	served, _, ok := j.moment(hsServed)
	return !ok || served > again.lastFrame // else an old duplicate: the server had taken the ACK
}

// aborts reports whether a side ended its connection with the RST that only a socket sends that had one.
func (j *judge) aborts(s Side) bool {
	return slices.ContainsFunc(j.resets, func(r reset) bool { return r.side == s && r.kind == ActiveAbort && r.signs.Count() < 2 })
}

// neverOpened reports whether the server, which sent nothing but its SYN-ACK, answered the ACK of that, or one after another copy of
// it, with a RST of a host that has no socket: it had given up the request, or refused it.
func (j *judge) neverOpened(ack uint64) bool {
	r := j.gone[Server]
	if r == nil || r.kind != Reply || decode.Seq(r.a) != j.conn.isn[j.index[Server]].Add(1) || j.conn.flags&flagServed != 0 {
		return false
	}
	return r.lastFrame == ack || j.refusesACK(r) || j.synackFollowsACK()
}

// refusedLater reports whether the server seems never to have opened, by the RST that something after the handshake's last segment drew.
func (j *judge) refusedLater() bool {
	ack, _, ok := j.moment(hsACK)
	return ok && j.neverOpened(ack) && j.gone[Server].lastFrame != ack
}

// synackFollowsACK reports whether the SYN-ACK came again after the handshake's last segment had passed.
func (j *judge) synackFollowsACK() bool {
	again := j.notes[Server][noteSYNACKResend]
	ack, _, ok := j.moment(hsACK)
	return again != nil && ok && again.lastFrame > ack
}

// refusesACK reports whether a RST is the server's answer to the ACK of its SYN-ACK, which was the last that was heard of it: it did
// not open the connection.
func (j *judge) refusesACK(r *reset) bool {
	_, at, ok := j.moment(hsACK)
	return ok && r.side == Server && r.kind == Reply && j.conn.flags&flagServed == 0 && r == j.gone[Server] && decode.Seq(r.a) == j.conn.isn[j.index[Server]].Add(1) &&
		r.firstTime-at <= j.trip(Server)*5/4+shortestDelay
}

// lastOpen returns when the handshake was over at the latest where nothing of it but the SYN was captured: with the
// first FIN, else with the last segment.
func (j *judge) lastOpen() (frame uint64, latest int64) {
	frame, latest = j.out.LastFrame, j.out.Last
	for s := range j.fin {
		if f := j.fin[s]; f.frame != 0 && f.frame < frame {
			frame, latest = f.frame, f.time
			if f.bits&(finSentBefore|finSentOlder) == finSentBefore && f.prevTime != NoTime {
				latest = f.prevTime
			}
		}
	}
	return frame, latest
}

// unheardSYNACK reports whether the client repeated its SYN after the SYN-ACK had passed: it did not arrive.
func (j *judge) unheardSYNACK(synack uint64) bool {
	again := j.notes[Client][noteSYNResend]
	return again != nil && again.lastFrame > synack
}

// refusedSYNACK reports whether the client answered the SYN-ACK with a RST: it knows nothing of the connection.
func (j *judge) refusedSYNACK() bool {
	for i := range j.resets {
		if r := &j.resets[i]; r.side == Client && r.flags&rstOpening != 0 {
			return true
		}
	}
	return false
}

// simultaneousOpen: both ends send a SYN, receive the other's in SYN-SENT and its acknowledgement in SYN-RECEIVED.
func (j *judge) simultaneousOpen(s Side, p *path) {
	c := j.conn
	second, secondTime, ok := j.moment(hsSYNACK)
	if !ok {
		return
	}
	own, ownTime, prev := c.firstFrame, c.start, NoTime
	if s == Server {
		own, ownTime = second, secondTime
	}
	grade := Seen
	if j.half[s].packets == 0 {
		grade = Inferred
	}
	p.apply(&step{event: sndSYN, grade: grade, frame: own, earliest: prev, latest: ownTime})
	rcv := step{event: rcvSYN, grade: Inferred, frame: second, earliest: secondTime, latest: NoTime, received: true}
	if own := j.crossedBy[s]; own != nil {
		if own.firstFrame == second {
			rcv.earliest = ownTime // the SYN that it acknowledges was not captured
		}
		rcv.grade = Seen
		rcv.seen(own.firstFrame, own.firstTime)
	}
	p.apply(&rcv)
	if j.half[0].bits&j.half[1].bits&sideAck != 0 || j.half[s].bits&(sideData|sideFIN|sideACKedData) != 0 {
		from := secondTime
		frame, t, got := j.moment(hsACK)
		if peers := j.crossedBy[1-s]; peers != nil {
			from = peers.firstTime
			if !got {
				frame, t, got = peers.firstFrame, peers.firstTime, true
			}
		}
		if !got {
			frame, t = second, secondTime
		}
		p.apply(&step{event: rcvACK, grade: Inferred, frame: frame, earliest: min(t, from), latest: NoTime, received: true})
	}
}
