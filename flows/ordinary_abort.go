package flows

import "tcpclose/decode"

// abortFlags are those that a conversation has beside the ordinary ones when a RST ended it: it has two notes.
var abortFlags = flagRST | noted(noteRST) | noted(noteBeforeRST)

// What each side of an abort in order has; what the RST says of itself, and what it may say beside that.
const (
	openedSide   = sideSeq | sideAck | sideSYN
	abortRST     = rstACK | rstPeerACKKnown
	harmlessRSTs = rstACKFitsSYN | rstAtPeerACK
)

// abortedInOrder reports whether there was no FIN, but one RST, with nothing under way: it had the one number that its
// receiver can have expected, and came from the host itself. It notes who sent it.
func (j *judge) abortedInOrder(t *Tracker) form {
	client, server := j.half[Client], j.half[Server]
	if client.bits&server.bits&openedSide != openedSide || (client.bits|server.bits)&sideFIN != 0 || j.conn.closing != 0 ||
		client.packets == 0 || server.packets == 0 {
		return formPlain
	}
	before := t.notes.at(j.conn.notes) // the newest comes first
	if before.kind != noteBeforeRST || before.next == 0 {
		return formPlain
	}
	n := t.notes.at(before.next)
	if n.kind != noteRST || n.next != 0 || n.side != before.side || n.flags&^harmlessRSTs != abortRST ||
		n.a == 0 || n.a != n.c || n.a != n.d || n.b&^rstACKsMore != 0 || n.count != 1 {
		return formPlain
	}
	s := Side(n.side) ^ Side(j.index[Client])
	if diff := int(n.ttl) - int(j.half[s].kernelTTL); diff < -1 || diff > 1 || j.half[s].bits&sideZero != 0 {
		return formPlain
	}
	if n.lastFrame == 0 || n.lastFrame >= n.firstFrame || before.firstTime < j.conn.start || before.firstTime > n.firstTime ||
		j.steps[hsACK].time > n.firstTime || !j.openedBefore(n.firstFrame) || j.until >= wildTime || j.owes(s.Peer()) && n.firstTime-n.lastTime > second {
		return formPlain
	}
	j.begins, j.before = s, before
	j.resets = append(j.resets, reset{note: n, side: s, kind: ActiveAbort, verdict: VerdictAccepted, counts: true})
	j.first = &j.resets[0]
	return formAbort
}

// fillInAbort says how a conversation ended that one end aborted in order.
func (j *judge) fillInAbort() {
	out, r, s := j.out, j.first, j.begins
	own, peer := &out.Ends[s], &out.Ends[1-s]
	out.Class, out.Closer, out.ResetBy = RSTAbort, By(s), By(s)
	out.CloseStart, out.CloseEnd = r.firstTime, r.firstTime
	out.IdleBeforeClose = j.silence(max(r.lastTime, j.before.firstTime))
	rst := &own.RST
	rst.Frame, rst.Time, rst.Seq, rst.Kind, rst.Verdict, rst.Counts, rst.Number = r.firstFrame, r.firstTime, decode.Seq(r.a), ActiveAbort, VerdictAccepted, true, 1

	list := &j.paths[s].list
	since := list[1].Earliest
	list[2].is(Closed, Seen, false, r.firstFrame, max(j.before.firstTime, since), r.firstTime)
	own.Held[Established], own.States = r.firstTime-since, list[:3]
	list = &j.paths[1-s].list
	list[2].is(Closed, Inferred, true, r.firstFrame, r.firstTime, NoTime)
	peer.Held[Established], peer.States = r.firstTime-list[1].Earliest, list[:3]
}

// fillInAbortRest adds the marks and the causes.
func (j *judge) fillInAbortRest() {
	out, r, s := j.out, j.first, j.begins
	if j.conn.flags&flagSnapped != 0 {
		out.Marks = append(out.Marks, Mark{MarkTruncated, NoOne, out.FirstFrame, out.Start})
	}
	if out.IdleBeforeClose >= IdleMark {
		out.Marks = append(out.Marks, Mark{MarkIdleBeforeClose, NoOne, r.firstFrame, r.firstTime})
	}
	unread := Cause{CauseUnreadData, Possible, By(s), 2, [4]uint64{r.lastFrame, r.firstFrame}}
	linger := unread
	linger.ID = CauseLingerZero
	switch {
	case j.half[1-s].dataTime == NoTime:
		out.Causes = append(out.Causes, linger)
	case j.spokeLast(s):
		out.Causes = append(out.Causes, linger, unread)
	default:
		out.Causes = append(out.Causes, unread, linger)
	}
}
