package flows

import (
	"math/bits"
	"slices"

	"tcpclose/decode"
)

// A judge turns the facts of one conversation into its Teardown. Everything below is a pure function of what load
// gathered; the struct is scratch space that a tracker uses again and again.
type judge struct {
	cfg    *Config
	out    *Teardown
	resets []reset
	notes  [2][numNoteKinds]*note // by side and kind; all nil unless facts.noted
	paths  [2]path
	asked  [64]questions // what those were asked that had the same signs: see questions
	records
	facts
}

// records are where the facts of a conversation stand, by side.
type records struct {
	conn   *conn
	index  [2]int // of the conn's sides, by Side
	half   [2]*half
	fin    [2]*finRecord
	ackSeq [2]decode.Seq // at which number the other side stood when it first acknowledged the side's FIN
	steps  [3]happened   // of the handshake
	first  *reset        // the first RST that counts
	until  int64         // how long the conversation was watched
	trips  [2]int64      // what rtt found
	noted  bool          // it has notes
	form   form          // of its verdict
	bare   bool          // nothing but the form says anything of it: no facts were loaded
	begins Side          // whose FIN came first; of an aborted one, whose RST
	before *note         // of an aborted one: its side's segment before the RST
}

// facts are what load gathers anew of each conversation whose verdict has no known form.
type facts struct {
	prev      *note     // what is known of the conversation before on this five-tuple
	gone      [2]*reset // the side's first RST that shows its socket gone; nil for none
	have      has       // its signs
	kinds     uint32    // the kinds of its notes, a bit each
	opened    bool      // the handshake was an ordinary one, captured whole
	noFIN     bool
	bothFIN   bool     // both FINs were sent and acknowledged
	oneWay    bool     // only one direction was captured
	knew      [2]bool  // the side's FIN acknowledges the peer's: see acks
	crossedBy [2]*note // the side's SYN-ACK in a simultaneous open
}

// A happened is where and when one step of the handshake was; ok is false where it never came.
type happened struct {
	frame uint64
	time  int64
	ok    bool
}

// A reset is one RST with what it was worth.
type reset struct {
	*note
	side    Side
	kind    RSTKind
	verdict Verdict
	signs   Forgery // that somebody else sent it
	blind   bool    // it lies in the window, but beyond all that its sender was seen to send
	crossed bool    // its receiver went on so soon after it that what it sent may have been under way
	outlast bool    // that its receiver ignored it shows in nothing but how long after it that went on
	counts  bool
}

// run judges a conversation as it stands now.
func (j *judge) run(t *Tracker, c *conn, out *Teardown) {
	j.weigh(t, c)
	j.conclude(out)
}

// weigh gathers the facts of a conversation and judges its RSTs: enough to tell whether one ended it.
func (j *judge) weigh(t *Tracker, c *conn) {
	j.find(t, c)
	if t.careful || !j.ordinary(t) {
		j.weighPlainly(t)
	}
}

// weighPlainly does so with all facts.
func (j *judge) weighPlainly(t *Tracker) {
	j.load(t)
	if len(j.resets) > 0 {
		j.judgeResets()
	}
	if t.careful {
		j.have = ^has(0)
		return
	}
	j.opened = j.openedInOrder() && !j.droppedACK()
	if j.opened && j.kinds&unsettling == 0 {
		j.form = j.closedInOrder()
	}
}

// conclude makes the Teardown of the conversation that was weighed last, which nothing changed since.
func (j *judge) conclude(out *Teardown) {
	j.out = out
	j.header()
	if j.form != formPlain {
		j.fillIn()
	} else {
		j.classify()
		j.states()
	}
	if j.bare {
		j.fillInRest()
		return
	}
	j.mark()
	j.explain()
	j.doubt()
}

// resetCounts reports whether a RST ended the conversation, so that it will be final after 2 MSL.
func (t *Tracker) resetCounts(c *conn) bool {
	t.judge.weigh(t, c)
	return t.judge.first != nil
}

// unsent is the record of a FIN where no close has begun.
var unsent = finRecord{time: NoTime, prevTime: NoTime, ackedTime: NoTime}

// find says where the facts of a conversation stand.
func (j *judge) find(t *Tracker, c *conn) {
	if j.noted {
		for ; j.kinds != 0; j.kinds &= j.kinds - 1 {
			kind := bits.TrailingZeros32(j.kinds)
			j.notes[Client][kind], j.notes[Server][kind] = nil, nil
		}
		j.noted = false
	}
	j.cfg, j.conn, j.first, j.resets, j.form, j.bare = &t.cfg, c, nil, j.resets[:0], formPlain, false
	client := j.clientIndex() & 1
	j.index = [2]int{client, 1 - client}
	j.half = [2]*half{&c.side[client], &c.side[1-client]}
	if c.closing == 0 {
		j.fin = [2]*finRecord{&unsent, &unsent}
	} else {
		cl := t.closings.at(c.closing)
		j.fin = [2]*finRecord{&cl.fin[client], &cl.fin[1-client]}
		j.ackSeq = [2]decode.Seq{cl.ackSeq[client], cl.ackSeq[1-client]}
	}
	j.until = max(t.clock, c.lastSeen())
}

// load gathers the facts of a conversation by side.
func (j *judge) load(t *Tracker) {
	c := j.conn
	j.facts, j.begins = facts{}, Client
	var far [len(j.steps)]*note
	if c.notes != 0 {
		j.noted = true
		j.loadNotes(t, Side(j.index[Client]), &far)
	}
	j.loadSteps(&far)
	either, both := j.half[0].bits|j.half[1].bits, j.half[0].bits&j.half[1].bits
	j.noFIN = either&sideFIN == 0
	j.bothFIN = both&(sideFIN|sideFINAcked) == sideFIN|sideFINAcked
	if both&sideFIN != 0 {
		j.knew = [2]bool{j.knewPeers(Client), j.knewPeers(Server)}
	}
	if !j.noFIN {
		j.begins = j.firstSide()
	}
	j.trips = j.rtt()
	// One direction only: one side sent nothing, and the other acknowledged something of it.
	for s := range j.half {
		if j.half[s].packets == 0 && j.half[1-s].bits&sideAck != 0 && !j.onlySYNACKs(Side(1-s)) {
			j.oneWay = true
		}
	}
	j.have |= j.signs()
}

// loadSteps gathers the steps of the handshake; far is for the notes of those that lie far off.
func (j *judge) loadSteps(far *[3]*note) {
	for i := range j.steps {
		h := &j.steps[i]
		h.frame, h.time, h.ok = j.conn.at(i, far[i])
	}
}

// loadNotes sorts the conversation's notes by side and kind. The client is its side 0 or 1; far is for those of moments of the
// handshake that lie far off.
func (j *judge) loadNotes(t *Tracker, client Side, far *[3]*note) {
	for i := j.conn.notes; i != 0; {
		n := t.notes.at(i)
		i = n.next
		s := Side(n.side) ^ client
		j.kinds |= 1 << n.kind
		switch n.kind {
		case noteHandshake:
			if n.side < hsCrossed {
				far[n.side] = n
			} else {
				j.crossedBy[Side(n.side-hsCrossed)^client] = n
			}
		case notePrevious:
			j.prev = n
		case noteRST:
			j.resets = append(j.resets, reset{note: n, side: s})
		default:
			j.notes[s][n.kind] = n
			j.have |= noteSigns[n.kind]
		}
	}
	slices.Reverse(j.resets) // the list holds the newest first
}

// onlySYNACKs reports whether a side sent nothing but a SYN-ACK, perhaps several times: that it acknowledges a SYN which
// was not captured does not show that only one direction was.
func (j *judge) onlySYNACKs(s Side) bool {
	n := uint32(1)
	if again := j.notes[s][noteSYNACKResend]; again != nil {
		n += again.count
	}
	return j.conn.flags&(flagSYN|flagSYNACK) == flagSYNACK && j.half[s].packets == n
}

// moment returns the frame and time of one step of the handshake.
func (j *judge) moment(i int) (frame uint64, time int64, ok bool) {
	h := &j.steps[i]
	return h.frame, h.time, h.ok
}

// rtt splits the round trip at the vantage: from it to each end and back, as the handshake shows it. A handshake in which
// something was sent twice tells nothing.
func (j *judge) rtt() [2]int64 {
	out := [2]int64{NoTime, NoTime}
	answer, synack, ok := j.moment(hsSYNACK)
	if !ok || j.conn.flags&flagSimultaneousOpen != 0 || j.notes[Server][noteSYNACKResend] != nil {
		return out
	}
	again := j.notes[Client][noteSYNResend]
	if j.conn.flags&flagSYN != 0 && again == nil && synack >= j.conn.start {
		out[Server] = synack - j.conn.start
	}
	if _, ack, ok := j.moment(hsACK); ok && ack >= synack && (again == nil || again.lastFrame < answer) {
		out[Client] = ack - synack
	}
	return out
}

// usualTrip is the round trip that is assumed where the handshake does not tell it.
const usualTrip = 200 * second / 1000

// trip returns the round trip from the vantage to an end, or a usual one.
func (j *judge) trip(s Side) int64 {
	if rtt := j.trips[s]; rtt != NoTime {
		return rtt
	}
	return usualTrip
}

// dataBytes returns how many octets of the side's sequence space passed, each counted once; gaps are taken off.
func (h *half) dataBytes(isn decode.Seq, gap *note) uint64 {
	n := uint32(h.nxt - isn)
	if h.bits&sideSYN != 0 && n > 0 {
		n--
	}
	if h.bits&sideFIN != 0 && n > 0 {
		n--
	}
	if gap != nil {
		n -= min(n, gap.a)
	}
	return uint64(n) + wraps(h.bytes, n)
}

// wraps returns the multiple of 2^32 that the sequence numbers lost, judged by the octets counted.
func wraps(bytes uint64, n uint32) uint64 {
	if bytes < uint64(n)+1<<31 {
		return 0
	}
	return (bytes - uint64(n) + 1<<31) >> 32 << 32
}

// bytesLost returns how many octets the side sent that were never acknowledged; 0 where the peer's acknowledgements
// are unknown.
func (h *half) bytesLost(isn decode.Seq, peer *half) uint64 {
	if peer.bits&sideAck == 0 {
		return 0
	}
	n := h.nxt.Sub(peer.ack)
	if h.bits&(sideFIN|sideFINAcked) == sideFIN {
		n-- // the FIN is no octet
	}
	if h.bits&sideSYN != 0 && !peer.ack.After(isn) {
		n--
	}
	return uint64(max(n, 0))
}

// acks reports whether the first captured copy of side s's FIN acknowledges the peer's FIN. A copy that is known not to
// be the first says nothing (TEARDOWN trap 3).
func (j *judge) acks(s Side) bool { return j.knew[s] }

func (j *judge) knewPeers(s Side) bool {
	f, peer := j.fin[s], j.fin[1-s]
	switch {
	case f.frame == 0 || f.bits&finNoACK != 0:
		return false
	case f.bits&finSentBefore == 0 && f.ack.After(peer.seq), j.answeredBefore(s):
		return true
	}
	// It acknowledged the peer's FIN while it stood at its own FIN's number: its FIN left after that.
	return peer.ackedFrame != 0 && peer.ackedFrame != f.frame && !j.ackSeq[1-s].After(f.seq)
}

// answeredBefore reports whether the side had answered the peer's FIN before with a segment that was not captured: with its
// own FIN most probably, of which only a later copy was. Where it stood beyond that while it had not acknowledged the peer's,
// the two crossed.
func (j *judge) answeredBefore(s Side) bool {
	f, peer := j.fin[s], j.fin[1-s]
	tail := j.notes[s][noteUnseenTail]
	return f.bits&finSentBefore != 0 && peer.bits&finAckedBefore != 0 && (tail == nil || tail.firstFrame >= peer.ackedFrame)
}

// resentFIN returns how often a side really sent its FIN again: copies that only carry the acknowledgement of the
// peer's FIN, within microseconds, are none.
func (j *judge) resentFIN(s Side) uint32 {
	sent := uint32(0)
	if j.fin[s].bits&finSentBefore != 0 {
		sent = 1 // the copy captured first was not the first
	}
	n := j.notes[s][noteFINResend]
	if n == nil {
		return sent
	}
	again := n.count - min(n.count, n.b)
	if again > 0 && n.b == 0 && j.answersFIN(s, n) {
		again--
	}
	return sent + again
}

// answersFIN reports whether a copy of a side's FIN is its acknowledgement of the peer's FIN: it is the first, and comes at once. BSD's
// kernels, and Apple's, put the FIN on each segment that they send until it is acknowledged.
func (j *judge) answersFIN(s Side, again *note) bool {
	peer := j.fin[1-s]
	return peer.frame != 0 && (peer.ackedFrame == again.firstFrame || peer.ackedFrame == again.lastFrame) &&
		peer.ackedTime-peer.time <= min(max(j.trips[s], 0), usualTrip)*5/4+reACKWindow // a longer trip is none, most probably
}

// sides returns both sides, the one first that a note tells of first: where only one side's doing can be the cause, it is
// the earlier one.
func (j *judge) sides(kind noteKind) [2]Side {
	c, s := j.notes[Client][kind], j.notes[Server][kind]
	if c == nil || s != nil && s.firstFrame < c.firstFrame {
		return [2]Side{Server, Client}
	}
	return [2]Side{Client, Server}
}

// before reports whether sequence number a lies before b.
func before(a, b uint32) bool { return decode.Seq(a).Before(decode.Seq(b)) }

// shortestTrip returns what the round trip from the vantage to an end is at least, or a usual one. Where a handshake was repeated,
// it is not known which copy was answered: it was the last one at the latest.
func (j *judge) shortestTrip(s Side) int64 {
	_, synack, ok := j.moment(hsSYNACK)
	if !ok || j.trips[s] != NoTime || j.conn.flags&flagSimultaneousOpen != 0 {
		return j.trip(s)
	}
	asked, answered := j.conn.start, synack
	if s == Client {
		asked = synack
		_, answered, ok = j.moment(hsACK)
	} else if j.conn.flags&flagSYN == 0 {
		ok = false
	}
	if again := j.notes[s.Peer()][[...]noteKind{Client: noteSYNACKResend, Server: noteSYNResend}[s]]; again != nil {
		for _, at := range [...]int64{again.firstTime, again.lastTime} {
			if at <= answered {
				asked = max(asked, at)
			}
		}
	}
	if !ok || answered < asked {
		return j.trip(s)
	}
	return min(answered-asked, usualTrip)
}
