package flows

import "tcpclose/decode"

// A conn is what the tracker keeps of one open conversation: 256 bytes, no pointer, so that ten million of them cost
// the collector nothing. Line 0 and the two sides' lines are touched by every segment, line 3 by few. What only some
// conversations have lies in the closing record and in notes, which are reached by index.
type conn struct {
	// Line 0: who.
	addr    [2]decode.Addr // 0 is the side that was seen first
	scope   uint64
	port    [2]uint16
	flags   connFlags
	closing uint32 // index of its closing record; 0 for none
	notes   uint32 // index of its first note; 0 for none
	lastPos decode.Position

	// Lines 1 and 2.
	side [2]half

	// Line 3: how it began.
	start      int64
	firstFrame uint64
	firstPos   decode.Position
	isn        [2]decode.Seq // initial sequence number, else the first number seen
	handshake  [3]moment     // indexed by hsSYNACK … hsServed
	mss        [2]uint16
	vlan       uint16
	iface      uint16
}

// cacheLine is the size of a processor's cache lines; where it is more, two neighbours are asked for twice.
const cacheLine = 64

// cacheLines is the size of a pair of cache lines, which is what processors fetch.
const cacheLines = 2 * cacheLine

// The moments of a handshake.
const (
	hsSYNACK  = iota // the SYN-ACK, or the second SYN of a simultaneous open
	hsACK            // the first segment of the client that acknowledges it
	hsServed         // the first segment of the server after that: it has received the ACK
	hsCrossed        // and on, by side: its SYN-ACK in a simultaneous open; always kept as a note
)

// A moment is a frame and a time relative to the conversation's first: 24 bits of frames above 40 bits of nanoseconds,
// which reach 16 million frames and 18 minutes. 0 means that it never came. One that lies further off is kept as a note
// (noteHandshake) and is farMoment.
type moment uint64

const (
	momentTimeBits = 40
	farMoment      = ^moment(0)
)

// momentAt packs a moment; farMoment where it does not fit.
func momentAt(frames uint64, ns int64) moment {
	if frames == 0 || frames >= 1<<(64-momentTimeBits)-1 || uint64(ns) >= 1<<momentTimeBits {
		return farMoment
	}
	return moment(frames<<momentTimeBits | uint64(ns))
}

// A half is one side of a conn: 64 bytes, one cache line.
type half struct {
	lastTime  int64
	lastFrame uint64
	dataTime  int64 // its last segment with new payload; NoTime before
	bytes     uint64
	packets   uint32
	nxt       decode.Seq // the number after the highest seen
	ack       decode.Seq // the highest acknowledgement that it has sent
	win       uint16     // the window that it advertised last, as on the wire
	ipid      uint16     // the last IP identification of its packets that was not 0
	tsval     uint32
	print     uint32 // fingerprint of its last segment
	retrans   uint16 // segments with payload sent again; saturates
	bits      sideBits
	ttl       uint8 // of its last ordinary segment
	kernelTTL uint8 // of its SYN or SYN-ACK; 0 where none was seen
	wscale    uint8 // its window scale
	encap     decode.Encap
}

// connFlags say what happened to the conversation as a whole.
type connFlags uint32

const (
	flagSlow connFlags = 1 << iota // no segment is one in mid-stream: it opens or closes, or something odd happened
	flagOdd                        // nor one of an opening or a close that is as it should be: see pace
	flagSYN                        // side opener sent a SYN
	flagSYNACK
	flagHandshakeACK
	flagServed
	flagOpenerB // side 1 opened: sent the SYN, or received the SYN-ACK
	flagSimultaneousOpen
	flagFastOpen
	flagMPTCP
	flagClosed   // both FINs acknowledged, or a RST seen: the final timer runs
	flagQueued   // it stands in the timer wheel
	flagRST      // a RST was seen
	flagReplaced // another conversation holds its place in the table (it may still get segments)
	flagPrevious // it has a predecessor that waits for what becomes of its SYN
	flagSnapped
	flagNoTime
	flagTentative // the place in the table may go back to the predecessor
	flagStallTold // live: its stall was told already
	flagTaken     // the record is in use

	// The bits above say which notes there can be: noted.
	notedShift = iota
)

// noted returns the bit of the conversation's flags that a note of a kind sets; several kinds share one. Where it is
// not set, nobody needs to look through the list.
func noted(kind noteKind) connFlags { return 1 << (notedShift + kind%(32-notedShift)) }

// sideBits say what one side did.
type sideBits uint16

const (
	sideSeq  sideBits = 1 << iota // nxt is known
	sideAck                       // ack is known
	sideSYN                       // sent a SYN or SYN-ACK
	sideData                      // sent payload
	sideFIN                       // sent a FIN, or the peer acknowledged one
	sideFINAcked
	sideScale     // sent a window scale option
	sideACKedData // its acknowledgements moved on: the peer's octets arrived
	sideZero      // its window is closed
	sideHoles
	sideScaleOff // the handshake was seen, and scaling was not agreed on
	sideWandered // has a noteWandering
	sideRepaired // repeated octets, or sent ones late that had been passed over: some were lost
	sideUnscaled // its last window came in a SYN: it is not scaled

	// The two highest bits hold what is known of its IP identifications (identification.go).
)

// A closing is what is kept of a close under way: 128 bytes, allocated at the first FIN.
type closing struct {
	fin    [2]finRecord
	ackSeq [2]decode.Seq // at which number the peer stood when it first acknowledged the side's FIN
	missed [2]uint16     // the one IP identification that the side passed over right before its FIN; 0 for none, or several
	id     [2]uint16     // the IP identification of the side's FIN, where that had not been on its segment before; else 0
}

// fins returns a side's FIN and its peer's.
func (c *closing) fins(x int) (own, peer *finRecord) { return &c.fin[x&1], &c.fin[x&1^1] }

// A finRecord holds the facts of one side's FIN.
type finRecord struct {
	frame      uint64 // the first copy seen; 0 where none was
	time       int64
	prevTime   int64 // that side's segment before; NoTime for none
	ackedFrame uint64
	ackedTime  int64
	seq        decode.Seq // the FIN's own number
	ack        decode.Seq // of the first copy
	bits       finBits
	tsval      uint32 // timestamp of the first copy; 0 where it bore none
}

type finBits uint32

const (
	finWithData     finBits = 1 << iota
	finOutOfOrder           // octets before it had not been seen when it came
	finOutstanding          // octets before it were unacknowledged when the peer's FIN came (TEARDOWN trap 17)
	finWindowShut           // the peer's window was closed when the peer's FIN came
	finInferred             // never captured: the peer acknowledged one number more than was seen
	finSentBefore           // the side had already sent beyond it: an earlier copy was not captured
	finAckUnordered         // the acknowledgement was captured before the FIN
	finPeerZero             // its sender faced a closed window when it was sent
	finNoACK                // its first copy acknowledges nothing
	finFreed                // the peer's FIN was the first to acknowledge what had been sent before
	finPassedOver           // its side had sent something right before that was not captured: perhaps an earlier copy
	finQueued               // octets before it were unacknowledged when it was sent: it may have waited behind them
	finResent               // it came again: see noteFINResend
	finAckedBefore          // what acknowledged it first in the capture reports octets received twice: an earlier acknowledgement is missing
	finArrived              // its receiver had it before another copy was sent: the acknowledgement echoes a timestamp from between
	finAckOvertaken         // its side had acknowledged the peer's FIN in a segment sent before it and captured after it
	finResentUnseen         // what its side had sent right before it was another copy of it, most probably
	finAckUnseen            // what its side had sent right before it was the acknowledgement of the peer's FIN, most probably
	finAckRepeated          // its acknowledgement, which came with the peer's FIN, was sent again right after that
	finAfterReACK           // it came again after its side had sent the acknowledgement of the peer's FIN again
	finMini                 // a mini-socket acknowledged it: Linux keeps one in FIN-WAIT-2, for an orphan, and in TIME-WAIT
	finFull                 // a full socket did
	finMiniLater            // and a mini-socket acknowledged it again
	finUnbroken             // its side had sent nothing between its last captured segment and it, by the IP identifications
	finNotEchoed            // what acknowledged it alone echoes an older timestamp
	finSentOlder            // finSentBefore, as a segment shows that stands beyond it, was sent before this copy and captured after it
	finDupACKed             // its receiver repeated an acknowledgement from before it: something had overtaken others, perhaps it
)

// finHeld are the signs that a FIN may have waited when the peer's came.
const finHeld = finOutstanding | finWindowShut | finFreed

// window returns the window that the side advertised last, in octets.
func (h *half) window() uint32 {
	if h.bits&sideUnscaled != 0 {
		return uint32(h.win)
	}
	return uint32(h.win) << h.wscale
}

// maxWindowScale is the largest shift count there is (RFC 7323 section 2.3).
const maxWindowScale = 14

// widest returns the largest window, in octets, that the peer can have advertised last: its scale is in its SYN, which may
// not have been captured.
func (h *half) widest(peer *half) uint32 {
	offered := h.bits&(sideSYN|sideScale) != sideSYN // as far as is known
	if offered && peer.bits&(sideSYN|sideUnscaled|sideScaleOff) == 0 {
		return uint32(peer.win) << maxWindowScale
	}
	return peer.window()
}

// at returns the moment's frame and time; ok is false where it never came.
func (c *conn) at(i int, far *note) (frame uint64, time int64, ok bool) {
	m := c.handshake[i]
	switch {
	case m == 0:
		return 0, NoTime, false
	case m == farMoment && far != nil:
		return far.firstFrame, far.firstTime, true
	default:
		return c.firstFrame + uint64(m>>momentTimeBits), c.start + int64(m&(1<<momentTimeBits-1)), true
	}
}

// sides returns a side and its peer.
func (c *conn) sides(x int) (own, peer *half) { return &c.side[x&1], &c.side[x&1^1] }

// opener returns the index of the side that opened.
func (c *conn) opener() int {
	if c.flags&flagOpenerB != 0 {
		return 1
	}
	return 0
}
