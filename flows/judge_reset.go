package flows

import "tcpclose/decode"

// judgeResets tells what every RST was and what its receiver made of it, and which is the first that counts.
func (j *judge) judgeResets() {
	for i := range j.resets {
		r := &j.resets[i]
		r.kind = j.resetKind(r)
		r.verdict = j.resetVerdict(r)
		r.crossed = r.verdict == VerdictUnknown && j.wentOn(r) == soon
		r.signs = j.forged(r)
		r.counts = j.resetCounts(r)
		if r.counts && j.first == nil {
			j.first = r
		}
		if j.gone[r.side] == nil && j.showsGone(r) {
			j.gone[r.side] = r
		}
		j.have |= r.have()
	}
}

// resetKind tells an active abort from a reply (TEARDOWN section 4).
func (j *judge) resetKind(r *reset) RSTKind {
	switch {
	case r.flags&rstACK == 0:
		return Reply
	case r.a == 0 && (r.flags&rstACKFitsSYN != 0 || r.d != 0 || r.flags&rstPeerACKKnown == 0 && r.lastFrame != 0):
		return Reply // to a segment without an acknowledgement
	default:
		return ActiveAbort
	}
}

// A sequel is whether the receiver of a RST sent something new, or again, after it.
type sequel uint8

const (
	silent    sequel = iota // nothing, or nothing but what was under way when the RST reached it
	soon                    // so soon after it that it may have been under way, where the path was slower than in the handshake
	late                    // later than any but a path that holds up packets for seconds delivers
	undaunted               // in answer to what was sent after the RST, or for longer than a path is slow: it cannot have accepted it
)

// slowPath is by how much a packet may be later than the handshake's were.
const slowPath = second

// slowestPath is by how much at the most: no path holds packets for longer.
const slowestPath = 30 * second

// wentOn tells whether the receiver of a RST went on after it.
func (j *judge) wentOn(r *reset) sequel {
	n := j.notes[1-r.side][noteAfterRST]
	if n == nil || n.lastFrame < r.firstFrame {
		if j.abortedLater(r) {
			return late
		}
		return silent
	}
	switch behind := n.lastTime - r.firstTime - j.trip(1-r.side); {
	case n.a != 0 || behind > slowestPath || behind > slowPath && n.lastTime-n.firstTime > slowPath:
		return undaunted
	case behind > slowPath:
		return late
	case behind > 0:
		return soon
	default:
		return silent
	}
}

// abortedLater reports whether the receiver of a RST sent an active abort of its own so long after it that it had kept its
// socket: nothing else can have drawn that.
func (j *judge) abortedLater(r *reset) bool {
	for i := range j.resets {
		other := &j.resets[i]
		if other.side != r.side && other.lastFrame <= r.firstFrame && other.a == other.d && j.resetKind(other) == ActiveAbort &&
			other.firstTime-r.firstTime-j.trip(other.side) > slowPath {
			return true
		}
	}
	return false
}

// resetVerdict judges by RFC 5961 what the receiver did with a RST: RCV.NXT is only known to lie between its highest
// acknowledgement and the highest number sent to it.
func (j *judge) resetVerdict(r *reset) Verdict {
	if j.answersChallenge(r) {
		if frame, _, ok := j.moment(hsSYNACK); ok && frame > r.firstFrame {
			return VerdictAccepted // by the old socket, since the SYN is taken now
		}
		return VerdictUnknown
	}
	after := j.wentOn(r)
	if after >= late || j.outran(r) {
		r.outlast = after == late && !j.outran(r) && j.acceptable(r)
		return VerdictIgnored
	}
	receiver := j.half[1-r.side]
	if r.flags&rstOpening != 0 && receiver.bits&sideSYN != 0 && r.flags&rstPeerACKKnown == 0 {
		if r.flags&rstACKFitsSYN != 0 && after == silent {
			return VerdictAccepted
		}
		return VerdictIgnored // SYN-SENT accepts by the acknowledgement alone
	}
	if r.flags&rstPeerACKKnown == 0 {
		return VerdictUnknown
	}
	seq, low, high := r.expected()
	possible := j.acceptable(r)
	switch {
	case possible && after == silent && (seq.Before(low) || low == high || j.diedOf(r)):
		return VerdictAccepted
	case possible:
		return VerdictUnknown
	case after == soon:
		return VerdictIgnored
	case seq.After(high) && !seq.After(low.Add(r.e)):
		if n := j.notes[1-r.side][noteChallenge]; n != nil && n.lastFrame > r.firstFrame {
			return VerdictIgnored
		}
		r.blind = true
		return VerdictUnknown
	default:
		return VerdictIgnored
	}
}

// expected returns the RST's number and between which two the next number lay that its receiver expected.
func (n *note) expected() (seq, low, high decode.Seq) {
	seq, low, high = decode.Seq(n.a), decode.Seq(n.c), decode.Seq(n.d)
	if high.Before(low) {
		high = low
	}
	return seq, low, high
}

// acceptable reports whether a RST can have had the number that its receiver expected. Linux takes the one before that as
// well, once it has received the FIN.
func (j *judge) acceptable(r *reset) bool {
	seq, low, high := r.expected()
	justBefore := r.flags&rstAfterOwnFIN != 0 && seq == low-1 && !j.fin[r.side].seq.After(seq)
	return r.flags&rstPeerACKKnown != 0 && (justBefore || !seq.Before(low) && !seq.After(high))
}

// outran reports whether the receiver of a RST acknowledged what lies beyond its number. It sent that either before the RST
// reached it, which it then did not expect any more, or after that, and lived on. Where it is the FIN that lies there, the RST
// may have had the number before the expected one, unless that FIN put its receiver into TIME-WAIT.
func (j *judge) outran(r *reset) bool {
	if r.b&rstOutrun == 0 {
		return false
	}
	return j.half[r.side].bits&sideFIN == 0 || j.fin[r.side].seq != decode.Seq(r.a) || j.acks(r.side)
}

// diedOf reports whether the receiver of a RST showed later by a reply that its socket was gone, though nothing else in
// the capture had ended it.
func (j *judge) diedOf(r *reset) bool {
	if j.half[1-r.side].bits&sideFIN != 0 {
		return false
	}
	for i := range j.resets {
		if other := &j.resets[i]; other.side != r.side {
			return j.resetKind(other) == Reply && other.flags&(rstAtPeerACK|rstOpening) == rstAtPeerACK && other.firstFrame > r.firstFrame
		}
	}
	return false
}

// confirmed reports whether the sender of an abort that its receiver could not accept, since it counts octets that were
// lost, showed later by a reply that it has no socket any more.
func (j *judge) confirmed(r *reset) bool {
	if !decode.Seq(r.a).After(decode.Seq(r.d)) || j.notes[r.side][noteRSTSenderOn] != nil {
		return false
	}
	for i := range j.resets {
		if later := &j.resets[i]; later.side == r.side && later.firstFrame > r.firstFrame && later.flags&(rstACK|rstAtPeerACK) == rstAtPeerACK {
			return true
		}
	}
	return false
}

// showsGone reports whether a RST shows that its sender's socket is gone: it is no forgery, its sender did not go on
// afterwards, and no socket in one of the opening states could have sent it.
func (j *judge) showsGone(r *reset) bool {
	if r.flags&rstAfterClose != 0 || r.signs.Count() >= 2 || j.answersChallenge(r) {
		return false
	}
	if on := j.notes[r.side][noteRSTSenderOn]; on != nil && on.lastFrame >= r.firstFrame {
		return false
	}
	return r.kind != Reply || r.flags&rstOpening == 0 || j.refusesOwn(r) || j.forgets(r)
}

// livedOn reports whether the side whose address a RST bears sent something new so long after it that it must have a socket: somebody
// else sent the RST, as a packet filter on its host does.
func (j *judge) livedOn(r *reset) bool {
	on := j.notes[r.side][noteRSTSenderOn]
	return on != nil && on.lastFrame > r.firstFrame && on.lastTime-r.firstTime > shortestDelay
}

// outOfWindow reports whether a RST's number lies where no receiver accepts it.
func (j *judge) outOfWindow(r *reset) bool {
	if r.flags&rstPeerACKKnown == 0 {
		return false
	}
	seq, low := decode.Seq(r.a), decode.Seq(r.c)
	return seq.Before(low-1) || seq.After(low.Add(r.e)) && seq.After(decode.Seq(r.d))
}

// answersChallenge reports whether a RST is the opener's answer to a challenge ACK: it clears away the peer's old
// socket, not the conversation that is being opened.
func (j *judge) answersChallenge(r *reset) bool {
	if j.conn.flags&flagPrevious == 0 || r.side != Client {
		return false
	}
	n := j.notes[1-r.side][noteChallenge]
	return n != nil && r.a == n.a && r.firstFrame > n.firstFrame ||
		j.prev != nil && r.flags&rstACK == 0 && r.a == j.prev.e && r.flags&rstOpening != 0
}

// resetCounts reports whether a RST ended the conversation: it was accepted, or it is an abort that its sender really
// sent. One that came after both FINs were acknowledged changes nothing any more.
func (j *judge) resetCounts(r *reset) bool {
	if r.flags&rstAfterClose != 0 || j.answersChallenge(r) {
		return false
	}
	if on := j.notes[r.side][noteRSTSenderOn]; on != nil && on.lastFrame > r.firstFrame {
		// Its supposed sender went on: it never sent it.
		return r.verdict == VerdictAccepted
	}
	switch r.verdict {
	case VerdictAccepted:
		return true
	case VerdictIgnored:
		switch {
		case r.flags&rstOpening != 0:
			return j.refusesOwn(r)
		case r.kind == Reply: // it was lost, but its sender had no socket any more
			return r.flags&rstAfterOwnFIN != 0 && j.acceptable(r) && !j.outran(r) && r.signs.Count() < 2
		default:
			return r.a == r.d || j.confirmed(r)
		}
	default:
		return true // nothing of the receiver contradicts it
	}
}

// resetFacts fills in what a report says of one side's RSTs: the one that counts, else the first.
func (j *judge) resetFacts(s Side, f *RSTFacts) {
	var best *reset
	var signs Forgery
	for i := range j.resets {
		r := &j.resets[i]
		if r.side != s {
			continue
		}
		if r.signs.Count() > signs.Count() {
			signs = r.signs
		}
		f.Number += r.count
		if best == nil || r.counts && !best.counts {
			best = r
		}
	}
	if best == nil {
		return
	}
	*f = RSTFacts{
		Frame: best.firstFrame, Time: best.firstTime, Seq: decode.Seq(best.a), Kind: best.kind, Verdict: best.verdict,
		Counts: best.counts, Number: f.Number, DataLen: best.length(), Signs: signs,
	}
	if best.kind == Reply && !j.outOfTheBlue(best) {
		f.Drawn = best.lastFrame
	}
}
