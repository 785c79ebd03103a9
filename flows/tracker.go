package flows

import "tcpclose/decode"

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
	careful  bool  // tests: nothing goes the short way, and every row of the judge is asked
	lane     uint8 // of the accumulators that take its verdicts: see lanes
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
	t.add(s)
}

// add takes a segment whose conversation is still to be found.
func (t *Tracker) add(s *decode.Segment) {
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
	c.flags = flagTaken | flagSlow | flagOdd
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
