package flows

// Most conversations are opened and closed as RFC 9293 figures 6 and 12 show it, with nothing lost, repeated or odd on the
// way, and there is but one way through the states for their ends. What is here takes it at once; openingStates and
// closingStates would do the same, and have the reasons.

// opened reports whether the handshake is an ordinary one, captured whole.
func (j *judge) opened() bool {
	return j.have&hasUnopened == 0 && j.conn.flags&(flagSYN|flagSimultaneousOpen|flagFastOpen) == flagSYN &&
		j.steps[hsSYNACK].ok && j.steps[hsACK].ok && j.steps[hsServed].ok
}

// ordinaryOpening leads an endpoint to ESTABLISHED where opened.
func (j *judge) ordinaryOpening(s Side, p *path) {
	synack, ack, served := &j.steps[hsSYNACK], &j.steps[hsACK], &j.steps[hsServed]
	if s == Client {
		p.enter(SynSent, Seen, false, j.conn.firstFrame, NoTime, j.conn.start, 0)
		p.enter(Established, Seen, true, ack.frame, synack.time, ack.time, 0)
	} else {
		p.enter(SynReceived, Seen, true, synack.frame, j.conn.start, synack.time, 0)
		p.enter(Established, Seen, true, served.frame, ack.time, served.time, 0)
	}
}

// closed reports whether the close is an ordinary one.
func (j *judge) closed() bool {
	return j.have&^hasLateACK == hasBothFINs && j.conn.notes == 0 &&
		j.fin[Client].bits|j.fin[Server].bits == 0 && (j.half[Client].bits|j.half[Server].bits)&sideRepaired == 0
}

// ordinaryClose leads an endpoint on from ESTABLISHED where closed.
func (j *judge) ordinaryClose(s Side, p *path) {
	own, peer := j.fin[s], j.fin[1-s]
	arrived := min(peer.time, peer.ackedTime)
	if j.acks(s) {
		p.enter(CloseWait, Seen, true, peer.ackedFrame, arrived, peer.ackedTime, 0)
		p.enter(LastAck, Seen, false, own.frame, own.prevTime, own.time, 0)
		p.enter(Closed, Inferred, true, own.ackedFrame, own.ackedTime, NoTime, 0)
		return
	}
	p.enter(FinWait1, Seen, false, own.frame, own.prevTime, own.time, 0)
	if own.ackedFrame != peer.frame {
		p.enter(FinWait2, Inferred, true, own.ackedFrame, own.ackedTime, NoTime, 0)
	}
	p.enter(TimeWait, Seen, true, peer.ackedFrame, arrived, peer.ackedTime, 0)
}
