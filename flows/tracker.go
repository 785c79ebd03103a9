package flows

import (
	"encoding/binary"
	"math/bits"

	"tcpclose/decode"
)

// A Tracker follows conversations and hands each one to its sink once nothing that follows can change it (TEARDOWN
// section 10). It keeps facts, never verdicts; Judge makes these of the facts. It is not safe for concurrent use: an
// engine runs one for each shard of five-tuples.
type Tracker struct {
	cfg      Config
	table    table
	conns    slab[conn]
	closings slab[closing]
	notes    slab[note]
	holes    holeSet
	wheel    wheel
	tombs    tombs
	memLimit int64 // 0: none
	live     attention
	beat     *beat // nil: nobody asks
	census   census
	quotes   map[uint64]string
	clock    int64
	sink     Sink
	verdict  Teardown // scratch, handed to the sink
	judge    judge    // scratch
	stats    TrackerStats
	careful  bool   // tests: nothing goes the short way, and every row of the judge is asked
	lane     uint8  // of the accumulators that take its verdicts: see lanes
	fetched  uint64 // keeps the compiler from leaving fetch's loads out
}

// A Sink receives each judged conversation, with what made it final. The Teardown is borrowed: it is valid until the sink
// returns.
type Sink func(t *Teardown, final Moment)

// A Moment orders what made conversations final: the frame that did, or the tick of the clock before a frame.
type Moment uint64

// The moment of a tick before a frame, that of the frame itself, and that of the capture's end.
func tickBefore(frame uint64) Moment { return Moment(frame << 1) }
func atFrame(frame uint64) Moment    { return Moment(frame<<1 | 1) }

const captureEnd = ^Moment(0)

// TrackerStats count what a tracker did.
type TrackerStats struct {
	Segments      uint64 // segments and ICMP errors taken
	Conversations uint64
	Stray         uint64 // ICMP errors about no conversation that was seen
	Late          uint64 // segments absorbed after a conversation was given up early
	Evicted       uint64 // conversations given up early under Config.Mem
	Stalls        uint64 // told while they last
}

// NewTracker returns a tracker without conversations.
func NewTracker(cfg Config, sink Sink) *Tracker {
	return &Tracker{cfg: cfg, table: newTable(), conns: newSlab[conn](), clock: NoTime, sink: sink, memLimit: cfg.Mem}
}

// Stats returns what the tracker counted so far.
func (t *Tracker) Stats() TrackerStats { return t.stats }

// Add takes the next segment of the capture. Segments of one conversation must come in capture order.
func (t *Tracker) Add(s *decode.Segment) {
	t.stats.Segments++
	i, x := t.lookup(s)
	if i != 0 {
		t.update(i, t.conns.at(i), x, s)
		return
	}
	switch {
	case s.ICMP != decode.NotICMP:
		t.stats.Stray++
	case t.absorbs(s):
		t.stats.Late++
	default:
		t.begin(s)
		if t.memLimit != 0 && t.stats.Conversations%beginsBetweenLooks == 0 {
			t.relieve(atFrame(s.Frame), s.Time)
		}
	}
}

// beginsBetweenLooks is how many conversations may begin until the tracker looks whether they take too much memory.
const beginsBetweenLooks = 1024

// lookAhead is how many segments' conversations are fetched into cache before the first of them is taken: the look-ups
// of many flows wait for memory together instead of one after the other.
const lookAhead = 32

// AddAll takes a run of segments, in capture order.
func (t *Tracker) AddAll(list []decode.Segment) {
	var found [lookAhead]known
	for len(list) > 0 {
		run := list[:min(len(list), lookAhead)]
		t.fetch(run, &found)
		for i := range run {
			s, k := &run[i], &found[i]
			// What was found may have ended, or been replaced, by a segment just before.
			if x, ok := k.conn.match(s); ok && k.conn.flags&(flagTaken|flagReplaced) == flagTaken {
				t.stats.Segments++
				t.update(k.index, k.conn, x, s)
				continue
			}
			t.Add(s)
		}
		list = list[len(run):]
	}
}

// A known is a conversation as it was found ahead, by its hash alone: it may be another one's.
type known struct {
	conn  *conn
	index uint32 // 0 where there is none
}

// fetch loads the table's words, and what the segments' conversations will most likely need, in three rounds: the loads
// of one round do not depend on each other, so that the processor waits for all of them at once. The shorter a round's
// instructions, the more of its loads are under way together.
func (t *Tracker) fetch(list []decode.Segment, found *[lookAhead]known) {
	list = list[:min(len(list), lookAhead)]
	var words [lookAhead]uint64
	slots, shift := t.table.slots, t.table.shift&31
	for i := range list {
		words[i] = slots[list[i].Hash>>shift]
	}
	chunks := t.conns.chunks
	var sum uint64
	for i := range list {
		w := words[i]
		if hash := list[i].Hash; uint32(w>>32) != hash && w != 0 {
			w = t.table.beyond(hash)
		}
		index := uint32(w)
		c := &chunks[index>>chunkBits][index&(1<<chunkBits-1)]
		found[i] = known{c, index}
		sum += uint64(c.flags) + uint64(c.side[0].nxt) + uint64(c.side[1].nxt)
	}
	for i := range list {
		c := found[i].conn
		if c.flags&flagSlow == 0 {
			continue
		}
		sum += c.firstFrame
		if c.closing != 0 {
			cl := t.closings.at(c.closing)
			sum += cl.lines()
		}
		if c.notes != 0 {
			sum += t.notes.at(c.notes).firstFrame
		}
	}
	t.fetched = sum
}

// Show judges, without ending them, the conversations of which a segment came after a frame, and returns the frame up
// to which they are shown now.
func (t *Tracker) Show(after uint64) uint64 {
	latest := after
	for i := uint32(1); i < t.conns.used; i++ {
		c := t.conns.at(i)
		if c.firstFrame == 0 {
			continue
		}
		last := max(c.side[0].lastFrame, c.side[1].lastFrame)
		if last <= after {
			continue
		}
		latest = max(latest, last)
		t.emit(i, c, atFrame(last), underWay)
	}
	return latest
}

// lookup finds the conversation of a segment's five-tuple, and which side sent the segment; 0 where there is none.
func (t *Tracker) lookup(s *decode.Segment) (index uint32, side int) {
	mask := uint32(len(t.table.slots) - 1)
	for i := t.table.home(s.Hash); ; i = (i + 1) & mask {
		w := t.table.slots[i]
		if w == 0 {
			return 0, 0
		}
		if uint32(w>>32) == s.Hash {
			if x, ok := t.conns.at(uint32(w)).match(s); ok {
				return uint32(w), x
			}
		}
	}
}

// match reports whether the segment belongs to the conn's five-tuple, and which side sent it. No processor foresees which one
// it is: so the ports choose it without a branch, and the addresses are compared with that side's alone.
func (c *conn) match(s *decode.Segment) (side int, ok bool) {
	w := uint32(s.DstPort) | uint32(s.SrcPort)<<16
	ports := uint32(c.port[0]) | uint32(c.port[1])<<16
	x := uint32(0)
	if w == ports {
		x = 1
	}
	odd := uint64(w^ports) * uint64(w^bits.RotateLeft32(ports, 16)) // 0: they are the same two
	odd |= unequal(&c.addr[x], &s.Src) | unequal(&c.addr[x^1], &s.Dst) | c.scope ^ s.Scope
	if odd == 0 {
		return int(x), true
	}
	// Two equal ports do not tell.
	return 0, w == ports && w == bits.RotateLeft32(w, 16) && c.addr[0] == s.Src && c.addr[1] == s.Dst && c.scope == s.Scope
}

// unequal returns 0 for two equal addresses.
func unequal(a, b *decode.Addr) uint64 {
	le := binary.LittleEndian
	return le.Uint64(a[:8]) ^ le.Uint64(b[:8]) | le.Uint64(a[8:]) ^ le.Uint64(b[8:])
}

// update takes one segment of a known conversation. What an ordinary segment in mid-stream changes is done here, what an
// ordinary opening and close change by inOrder and its neighbours; everything else goes the slow way.
func (t *Tracker) update(i uint32, c *conn, x int, s *decode.Segment) {
	from, to := c.sides(x)
	print := fingerprint(s)
	if s.Flags.Has(decode.SYN) && t.answers(c, x, from, to, s, print) {
		return
	}
	if s.ICMP == decode.NotICMP && s.Note&^decode.NoteSnapped == 0 && s.Flags&(decode.SYN|decode.RST|decode.ACK) == decode.ACK &&
		from.lastTime-s.Time <= second && s.Seq == from.nxt && s.Window != 0 && print != from.print &&
		from.bits&sideSeq != 0 && (from.bits|to.bits)&(sideHoles|sideZero) == 0 {
		if (c.flags&flagSlow != 0 || s.Flags.Has(decode.FIN)) && t.inOrder(i, c, x, from, to, s, print) {
			return
		}
		if c.flags&flagSlow == 0 && !s.Flags.Has(decode.FIN) && from.bits&sideAck != 0 && uint32(s.Ack-from.ack) <= uint32(to.nxt-from.ack) {
			if s.Len > 0 {
				from.nxt = s.Seq.Add(s.Len)
				from.dataTime = s.Time
				from.bytes += uint64(s.Len)
				from.bits |= sideData
			}
			if s.Ack != from.ack {
				from.ack = s.Ack
				from.bits |= sideACKedData
			}
			from.win = s.Window
			from.stamp(s, print)
			c.lastPos = s.Pos
			return
		}
	}
	t.slow(i, c, x, s, print)
}

// stamp notes that the side sent one more segment.
func (h *half) stamp(s *decode.Segment, print uint32) {
	h.packets++
	h.lastTime = s.Time
	h.lastFrame = s.Frame
	h.print = print
	if s.IPID|h.ipid != 0 {
		h.identify(s)
	}
	if s.Options.Has(decode.OptTimestamps) {
		h.tsval = s.TSVal
	}
	if !s.Flags.Has(decode.RST) {
		h.ttl = s.TTL
	}
}

// fingerprint mixes everything of a segment that a second capture of it repeats (TEARDOWN trap 11): TTL and interface
// may differ.
//
// It loads words of several fields each, which the compiler does not see where it shares single ones with a caller.
//
//go:noinline
func fingerprint(s *decode.Segment) uint32 {
	h := uint64(s.Ack) | uint64(s.Seq)<<32
	h ^= (uint64(s.TSEcr) | uint64(s.TSVal)<<32) * 0x9e3779b97f4a7c15
	rest := uint64(uint32(s.Checksum)|uint32(s.Window)<<16) | uint64(s.IPID)<<32 | uint64(s.Flags)<<48
	h ^= rest * 0xc2b2ae3d27d4eb4f // multiplied, since a checksum goes down by what the numbers go up
	h ^= uint64(s.Len) * 0xff51afd7ed558ccd
	h *= 0xd6e8feb86659fd93
	return uint32(h>>32) | 1
}

// begin starts a conversation with its first segment.
func (t *Tracker) begin(s *decode.Segment) (uint32, *conn) {
	i, c := t.conns.alloc()
	t.table.insert(s.Hash, i)
	t.start(c, s)
	if print := fingerprint(s); !t.opens(c, s, print) {
		t.slow(i, c, 0, s, print)
	}
	return i, c
}

// start fills in what a conversation's first segment tells of it.
func (t *Tracker) start(c *conn, s *decode.Segment) {
	t.stats.Conversations++
	c.addr = [2]decode.Addr{s.Src, s.Dst}
	c.port = [2]uint16{s.SrcPort, s.DstPort}
	c.scope = s.Scope
	c.flags = flagTaken | flagSlow
	c.start, c.firstFrame, c.firstPos, c.lastPos = s.Time, s.Frame, s.Pos, s.Pos
	c.vlan, c.iface = s.VLAN, s.Iface
	c.side[0].encap = s.Encap
	for x := range c.side {
		c.side[x].dataTime, c.side[x].lastTime = NoTime, NoTime
	}
}

// closingOf returns the conversation's closing record, making it where there is none.
func (t *Tracker) closingOf(c *conn) *closing {
	if c.closing != 0 {
		return t.closings.at(c.closing)
	}
	i, cl := t.closings.alloc()
	c.closing = i
	c.flags |= flagSlow
	for x := range cl.fin {
		cl.fin[x].prevTime, cl.fin[x].time, cl.fin[x].ackedTime = NoTime, NoTime, NoTime
	}
	return cl
}

// lastSeen returns the time of the conversation's latest segment.
func (c *conn) lastSeen() int64 { return max(c.side[0].lastTime, c.side[1].lastTime) }
