package flows

// noteKind names a fact that only some conversations have.
type noteKind uint8

const (
	noteSYNResend     noteKind = iota // count; first and last
	noteSYNACKResend                  // likewise
	noteHandshake                     // a moment of the handshake that is too far off, or has no other place; side: which
	noteFINResend                     // side resent its FIN; a: ack of the last copy; b: number of copies that were only re-ACKs; d: last interval in µs
	noteFINReACK                      // the peer's first acknowledgement of side's FIN after its last copy
	noteFINBeyond                     // side sent payload beyond its own FIN; a: octets
	noteDataAfterFIN                  // side sent new payload after the peer's FIN; a: octets
	noteRST                           // one RST each: see rstNote
	noteAfterRST                      // side, having been sent a RST, went on: first and last; a: it answers; c: timestamp of the last
	noteRSTSenderOn                   // side, having sent a RST, went on
	noteZeroWindow                    // side closed its window; last: when it was last seen closed
	noteKeepalive                     // side sent keep-alive probes
	noteUnanswered                    // side repeats itself into silence: first is the first copy; a: what; b: last interval in µs
	noteICMP                          // an ICMP error quoted a segment of side; a: kind
	noteChallenge                     // side sent an ACK that challenges
	noteWandering                     // side sent an old duplicate; b: 1 where one was a SYN that it disowned, a: its number; flags: SYN where the last one was
	noteDuplicate                     // a segment captured twice
	noteGap                           // octets of side were acknowledged but never captured; a: octets
	noteOddFlags                      // a: the flags
	noteClockJump                     // times jumped or ran backwards
	noteBadChecksum                   // count
	notePrevious                      // the conversation that had this five-tuple before: see prevNote
	noteDSACK                         // side reported the peer's FIN as received twice
	noteLate                          // side's segments after the close was over
	noteAckAfterFIN                   // side acknowledged new octets after its own FIN was out: it still reads
	noteBeforeRST                     // first: side's segment before its first RST
	noteLeap                          // side's octets are said to go on far ahead: see leap.go
	noteDataAgain                     // side repeated payload after its FIN: what came before the FIN had been lost
	noteAgainAfterFIN                 // side repeated payload after the peer's FIN
	noteUnseenTail                    // side's last octets were passed over or acknowledged, but not captured, perhaps with its FIN; a: the number after them; b: how many; last: its segment before
	noteFINSACKed                     // side's FIN was reported as received before octets that came before it
	noteSuccessor                     // side sent the SYN of another conversation on this five-tuple
	numNoteKinds
)

// maxRSTNotes bounds how many RSTs of one side are kept apart; the others are counted with one of these, see rstSlot.
const maxRSTNotes = 8

// A note is one rarely needed fact about one side: 64 bytes. There is at most one of each kind and side (RSTs apart),
// so that what a conversation can cost is bounded; what repeats is merged into first, last and count.
type note struct {
	kind       noteKind
	side       uint8
	flags      uint8
	ttl        uint8
	count      uint32
	firstFrame uint64
	firstTime  int64
	lastFrame  uint64
	lastTime   int64
	a, b, c, d uint32
	e          uint32
	next       uint32
}

// touch merges one more occurrence into the note.
func (n *note) touch(frame uint64, time int64) {
	if n.count == 0 {
		n.firstFrame, n.firstTime = frame, time
	}
	if n.count != ^uint32(0) {
		n.count++
	}
	n.lastFrame, n.lastTime = frame, time
}

// note returns the conversation's note of a kind and side, making it where there is none.
func (t *Tracker) note(c *conn, kind noteKind, side int) *note {
	if n := t.find(c, kind, side); n != nil {
		return n
	}
	return t.newNote(c, kind, side)
}

// find returns the conversation's first note of a kind and side, or nil.
func (t *Tracker) find(c *conn, kind noteKind, side int) *note {
	if c.flags&noted(kind) == 0 {
		return nil
	}
	for i := c.notes; i != 0; {
		n := t.notes.at(i)
		if n.kind == kind && int(n.side) == side {
			return n
		}
		i = n.next
	}
	return nil
}

func (t *Tracker) newNote(c *conn, kind noteKind, side int) *note {
	i, n := t.notes.alloc()
	n.kind, n.side, n.next = kind, uint8(side), c.notes
	c.notes = i
	c.flags |= noted(kind)
	return n
}

// drop takes a note out of the conversation's list.
func (t *Tracker) drop(c *conn, kind noteKind, side int) {
	for p := &c.notes; *p != 0; {
		i := *p
		n := t.notes.at(i)
		if n.kind == kind && int(n.side) == side {
			*p = n.next
			t.notes.release(i)
			return
		}
		p = &n.next
	}
}
