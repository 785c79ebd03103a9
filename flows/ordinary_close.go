package flows

// What each side of a close in order has, and what its FIN may have been beside that without being odd.
const (
	closedSide   = sideSeq | sideAck | sideSYN | sideFIN | sideFINAcked
	harmlessFINs = finWithData | finQueued | finFull | finMini | finUnbroken
)

// unsettling are the kinds of notes that can have a say in how an ordinary close ended, and through which states.
const unsettling = 1<<noteHandshake | 1<<noteSYNResend | 1<<noteSYNACKResend | 1<<noteFINResend | 1<<noteFINReACK | 1<<noteZeroWindow | 1<<noteUnseenTail |
	1<<noteAgainAfterFIN | 1<<noteFINSACKed | 1<<noteRST

// closedInOrder reports whether each side's FIN and the acknowledgement of it came once and in order, after the handshake; and
// how. It notes who closed first.
func (j *judge) closedInOrder() form {
	client, server := j.half[Client], j.half[Server]
	if client.bits&server.bits&closedSide != closedSide || client.packets == 0 || server.packets == 0 ||
		(j.fin[Client].bits|j.fin[Server].bits)&^harmlessFINs != 0 || j.repaired() {
		return formPlain
	}
	clientKnew, serverKnew := j.plainlyKnew(Client), j.plainlyKnew(Server)
	if clientKnew == serverKnew {
		return formPlain
	}
	first := Client
	if clientKnew {
		first = Server
	}
	f, g := j.fin[first], j.fin[1-first]
	how := formFourWay
	if f.ackedFrame == g.frame {
		how = formThreeWay
		if g.time-f.time > delayedACK || g.bits&(finMini|finUnbroken) == finMini {
			return formPlain // an acknowledgement may have come before
		}
	}
	start, ack := j.conn.start, j.steps[hsACK].time
	if ack <= f.time && start <= f.prevTime && f.prevTime <= f.time && f.time <= f.ackedTime && f.time < g.time && f.ackedTime <= g.time &&
		start <= g.prevTime && g.prevTime <= g.time && g.time <= g.ackedTime && j.until < wildTime && j.conn.firstFrame < f.frame &&
		f.frame < f.ackedFrame && f.ackedFrame <= g.frame && g.frame < g.ackedFrame &&
		g.time-f.time < j.cfg.stall() && uint64(j.cfg.timeWait()) < wildTime {
		j.begins = first
		return how
	}
	return formPlain
}

// plainlyKnew is knewPeers for two FINs that are not odd.
func (j *judge) plainlyKnew(s Side) bool {
	f, peer := j.fin[s], j.fin[1-s]
	return f.ack.After(peer.seq) || peer.ackedFrame != f.frame && !j.ackSeq[1-s].After(f.seq)
}

// fillInClose says how a conversation ended that both ends closed in order.
func (j *judge) fillInClose() {
	out, first := j.out, j.begins
	f, g := j.fin[first], j.fin[1-first]
	out.Class, out.Shape = FourWay, ShapeFourWay
	if j.form == formThreeWay {
		out.Class, out.Shape = ThreeWay, ShapeThreeWay
	}
	out.FirstFIN, out.Closer = By(first), By(first)
	out.CloseStart, out.CloseEnd = f.time, max(f.ackedTime, g.ackedTime)
	out.IdleBeforeClose = j.silence(f.prevTime)
	j.fillInFirst(first, f, g)
	j.fillInSecond(1-first, f, g)
}

// fillInFirst leads the end that closed first from ESTABLISHED on.
func (j *judge) fillInFirst(s Side, f, g *finRecord) {
	s &= 1
	list, end := &j.paths[s].list, &j.out.Ends[s]
	since := list[1].Earliest
	list[2].is(FinWait1, Seen, false, f.frame, f.sentAfter(j.half[s], since), f.time)
	end.Held[Established], end.Held[FinWait1] = f.time-since, g.time-f.time
	n := 3
	if j.form == formFourWay {
		list[3].is(FinWait2, Inferred, true, f.ackedFrame, f.ackedTime, NoTime)
		end.Held[FinWait1], end.Held[FinWait2] = f.ackedTime-f.time, g.time-f.ackedTime
		n = 4
	}
	list[n].is(TimeWait, Seen, true, g.ackedFrame, g.time, g.ackedTime)
	n++
	until := j.until
	if over := g.time + j.cfg.timeWait(); over <= until {
		until = over
		list[n].is(Closed, Assumed, false, 0, over, NoTime)
		n++
	}
	end.Held[TimeWait] = until - g.time
	end.States = list[:n]
}

// fillInSecond does so with the end that followed.
func (j *judge) fillInSecond(s Side, f, g *finRecord) {
	s &= 1
	list, end := &j.paths[s].list, &j.out.Ends[s]
	list[2].is(CloseWait, Seen, true, f.ackedFrame, f.time, f.ackedTime)
	list[3].is(LastAck, Seen, false, g.frame, g.sentAfter(j.half[s], f.time), g.time)
	list[4].is(Closed, Inferred, true, g.ackedFrame, g.ackedTime, NoTime)
	end.Held[Established], end.Held[CloseWait], end.Held[LastAck] = f.time-list[1].Earliest, g.time-f.time, g.ackedTime-g.time
	end.States = list[:5]
}

// sentAfter returns after what moment a side called close() that was in the state before since a time: after its last segment
// before the FIN, unless what was queued may have kept that back.
func (f *finRecord) sentAfter(own *half, since int64) int64 {
	if f.bits&(finQueued|finWithData) != 0 || own.bits&sideRepaired != 0 {
		return since
	}
	return max(f.prevTime, since)
}

// fillInCloseRest adds the marks, in the order of their frames, and the cause.
func (j *judge) fillInCloseRest() {
	out, first := j.out, j.begins
	f, g := j.fin[first], j.fin[1-first]
	if j.conn.flags&flagSnapped != 0 {
		out.Marks = append(out.Marks, Mark{MarkTruncated, NoOne, out.FirstFrame, out.Start})
	}
	if f.bits&finWithData != 0 {
		out.Marks = append(out.Marks, Mark{MarkFINWithData, By(first), f.frame, f.time})
	}
	if out.IdleBeforeClose >= IdleMark {
		out.Marks = append(out.Marks, Mark{MarkIdleBeforeClose, NoOne, f.frame, f.time})
	}
	if g.bits&finWithData != 0 {
		out.Marks = append(out.Marks, Mark{MarkFINWithData, By(1 - first), g.frame, g.time})
	}
	out.Causes = another(out.Causes)
	c := &out.Causes[len(out.Causes)-1]
	c.ID, c.Confidence, c.Who, c.NFrames = CauseClose, Certain, out.FirstFIN, 3
	c.Frames[0], c.Frames[1], c.Frames[2], c.Frames[3] = f.frame, g.frame, g.ackedFrame, 0
}
