package main

// A conv is one conversation that is under way. It holds no pointer but those into the tables.
type conv struct {
	time int64 // when its next step is due, nanoseconds since the capture's start
	next int32 // link in the wheel
	pc   int32 // the next step of prog
	prog []step
	kind *kind
	rng  random

	number    uint64 // counts the conversations
	first     uint64 // its first frame; 0 before it
	loops     uint32
	exchanges uint8
	phase     phase
	flip      side // 1: the server begins the close
	tries     uint8
	reuse     uint8 // noSuccessor …: how it came to its five-tuple

	seq     [2]uint32 // SND.NXT
	ack     [2]uint32 // RCV.NXT as the side knows it
	old     [2]uint32 // SND.NXT of the five-tuple's previous conversation
	mark    uint32
	markLen uint16
	mss     uint16

	stamp [2]uint32 // offset of the side's timestamp clock
	last  [2]uint32 // the newest TSval that the side sent
	echo  [2]uint32 // the TSval that the side echoes
	delay [2]int64  // from the vantage to the side, one way
	path  path
}

// phase is the part of a conversation's life that its program belongs to.
type phase uint8

const (
	phaseOpen phase = iota
	phaseTalk
	phaseClose
	phaseEnd
)

// begin sets a conversation up. Its path must be set, old too if it follows another one.
func (g *generator) begin(c *conv, k *kind) {
	c.kind, c.phase, c.pc, c.first, c.tries = k, phaseOpen, 0, 0, 0
	c.exchanges = 0
	if k.talk {
		c.exchanges = g.mode.exchanges(&c.rng)
	}
	c.flip = client
	if !k.sided {
		c.flip = side(c.rng.below(2))
	}
	if k.then != noSuccessor {
		c.flip = server // TIME-WAIT is at the server, whose port is used again
	}
	isn := [2]uint32{uint32(c.rng.next()), uint32(c.rng.next())}
	switch c.reuse {
	case successorReuse: // RFC 6191: a number beyond the old connection's
		isn[client] = c.old[client] + 64000 + uint32(c.rng.below(1<<20))
	case successorChallenged:
		isn[client] = c.old[client] - 1<<20 - uint32(c.rng.below(1<<20))
	}
	c.seq, c.ack = isn, [2]uint32{}
	c.echo = [2]uint32{}
	c.ack[client], c.ack[server] = isn[server], isn[client]
	c.loops = g.mode.loops(&c.rng)
	switch {
	case k.open == whole:
		c.phase, c.prog = phaseClose, k.close
		if g.one > 0 {
			c.loops = uint32(g.one)
		}
	case k.open == midStream:
		c.last = [2]uint32{c.stamp[client], c.stamp[server]}
		c.echo = [2]uint32{c.last[server], c.last[client]}
		c.prog = nil
	case c.reuse == successorChallenged:
		c.prog = openingChallenged
	case c.rng.chance(2):
		c.prog = openingLost
	default:
		c.prog = opening
	}
}

// advance goes to the next step that is a segment, starting new programs as they end; nil at the conversation's end.
func (g *generator) advance(c *conv) *step {
	for {
		for int(c.pc) < len(c.prog) {
			st := &c.prog[c.pc]
			if st.mods&modLoop == 0 {
				c.pc++
				return st
			}
			if c.loops > 0 {
				c.loops--
				c.pc -= int32(st.back)
			} else {
				c.pc++
			}
		}
		c.pc = 0
		c.loops = g.mode.loops(&c.rng)
		switch {
		case c.phase <= phaseTalk && c.exchanges > 0:
			c.exchanges--
			c.phase = phaseTalk
			c.prog = g.mode.exchange(&c.rng)
		case c.phase <= phaseTalk:
			c.phase = phaseClose
			c.prog = c.kind.close
		default:
			c.phase = phaseEnd
			return nil
		}
	}
}

// who returns the side that does a step: in the close, the side that begins may be the server.
func (c *conv) who(st *step) side {
	if c.phase == phaseClose {
		return st.from ^ c.flip
	}
	return st.from
}

// pause returns how long a step waits for.
func (g *generator) pause(c *conv, st *step) int64 {
	tries := c.tries
	c.tries = 0
	switch st.wait {
	case turn:
		return 2*c.delay[c.who(st)] + c.rng.between(20_000, 200_000)
	case think:
		return c.rng.between(g.think/2, g.think*3/2)
	case rto, synRTO:
		c.tries = tries + 1
		w := waits[st.wait]
		return c.rng.between(int64(w.least), int64(w.most)) << tries
	default:
		w := waits[st.wait]
		return c.rng.between(int64(w.least), int64(w.most))
	}
}

// play sends the step that c stands before (c.pc is already behind it).
func (g *generator) play(c *conv, st *step) {
	from := c.who(st)
	peer := 1 - from
	if st.mods&(modStale|modOld) == 0 {
		c.ack[from] = c.seq[peer]
		c.echo[from] = c.last[peer]
	}
	seg := segment{from: from, flags: st.flags, seq: c.seq[from], ack: c.ack[from], mods: st.mods}
	seg.size = c.payload(st)
	space := uint32(seg.size)
	if st.flags&(fSYN|fFIN) != 0 {
		space++
	}
	switch {
	case st.mods&modAgain != 0:
		seg.seq, space = c.mark, 0
	case st.mods&modBack1 != 0:
		seg.seq, space = c.seq[from]-1, 0
	case st.mods&modOld != 0:
		seg.seq, seg.ack, space = c.old[from], c.old[peer], 0
	case st.mods&modFar != 0:
		seg.seq += 1 << 29
	case st.mods&modSeq0 != 0:
		seg.seq = 0
	case st.flags == deny:
		seg.seq = c.ack[peer]
	}
	if st.mods&modMark != 0 {
		c.mark, c.markLen = seg.seq, uint16(seg.size)
	}
	c.seq[from] += space
	if st.mods&modUnseen != 0 {
		return
	}
	g.emit(c, &seg)
	if c.first == 0 {
		c.first = g.out.frames
	}
}

// payload returns how many octets a step carries.
func (c *conv) payload(st *step) int {
	if st.mods&modAgain != 0 {
		return int(c.markLen)
	}
	switch st.size {
	case full:
		if c.path.options&optStamps != 0 {
			return int(c.mss) - 12
		}
		return int(c.mss)
	case request:
		return 60 + c.rng.below(341)
	case reply:
		return 100 + c.rng.below(1001)
	default:
		return 0
	}
}
