package flows

import (
	"math/bits"

	"tcpclose/decode"
)

// take takes a run of segments whose conversations were found. What an ordinary segment in mid-stream changes is done
// here; the others go to update, and those whose conversation was not the one found, or has ended or been replaced by a
// segment just before, to add.
//
// Whether a segment has payload, acknowledges something or bears a timestamp no processor foresees: these are no branches.
func (t *Tracker) take(run []decode.Segment, found *[lookAhead]known) {
	for i := range run {
		s, k := &run[i], &found[i&(lookAhead-1)]
		c := k.conn
		x, ok := c.sender(s)
		if !ok || !c.between(x, s) || c.flags&(flagTaken|flagReplaced) != flagTaken {
			t.add(s)
			continue
		}
		from, to := &c.side[x&1], &c.side[x&1^1]
		numbers, sums := words(s)
		ack, seq, win := decode.Seq(numbers), decode.Seq(numbers>>32), uint16(sums>>16)
		did := from.bits &^ sideUnscaled // it bears no SYN: its window is scaled
		if c.flags&flagSlow != 0 || s.Flags&(decode.SYN|decode.RST|decode.FIN|decode.ACK) != decode.ACK || s.ICMP != decode.NotICMP ||
			s.Note&^decode.NoteSnapped != 0 || seq != from.nxt || win == 0 || did&sideAck == 0 ||
			uint32(ack-from.ack) > uint32(to.nxt-from.ack) || from.lastTime-s.Time > second || to.lastTime > s.Time+second {
			t.update(k.index, c, int(x), s)
			continue
		}
		print := fingerprintOf(numbers, sums, s)
		if print == from.print {
			t.update(k.index, c, int(x), s)
			continue
		}
		dataTime := from.dataTime
		if s.Len > 0 {
			dataTime = s.Time
		}
		data := did | sideData
		if s.Len > 0 {
			did = data
		}
		acked := did | sideACKedData
		if ack != from.ack {
			did = acked
		}
		from.bits, from.dataTime = did, dataTime
		from.nxt, from.ack = seq.Add(s.Len), ack
		from.win = win
		from.bytes += uint64(s.Len)
		from.stamp(s, print)
		if from.counts(s) {
			from.ipid = s.IPID
		} else if s.IPID|from.ipid != 0 {
			from.identify(s)
		}
		c.lastPos = s.Pos
		if c.flags&flagServed == 0 {
			t.handshakeACK(c, int(x), s)
		}
	}
}

// sender returns which side of the conversation sent the segment, by its ports; ok is false where these are not the
// conversation's. No processor foresees which side it is: so there is no branch.
func (c *conn) sender(s *decode.Segment) (side uint, ok bool) {
	w := uint32(s.DstPort) | uint32(s.SrcPort)<<16
	ports := uint32(c.port[0]) | uint32(c.port[1])<<16
	x := uint(0)
	if w == ports {
		x = 1
	}
	return x, uint64(w^ports)*uint64(w^bits.RotateLeft32(ports, 16)) == 0
}

// between reports whether the segment went from a side of the conversation to the other, by addresses and scope.
func (c *conn) between(from uint, s *decode.Segment) bool {
	return c.addr[from&1] == s.Src && c.addr[from&1^1] == s.Dst && c.scope == s.Scope
}

// match reports whether the segment belongs to the conn's five-tuple, and which side sent it.
func (c *conn) match(s *decode.Segment) (side int, ok bool) {
	x, ok := c.sender(s)
	if !ok {
		return 0, false
	}
	if c.between(x, s) {
		return int(x), true
	}
	return 0, s.SrcPort == s.DstPort && c.between(0, s) // two equal ports do not tell
}

// stamp notes that the side sent one more segment, which is no RST: the TTL of these is that of another part of the stack.
func (h *half) stamp(s *decode.Segment, print uint32) {
	h.packets++
	h.lastTime, h.lastFrame = s.Time, s.Frame
	h.print = print
	h.ttl = s.TTL
	tsval := h.tsval
	if s.Options.Has(decode.OptTimestamps) {
		tsval = s.TSVal
	}
	h.tsval = tsval
}

// fingerprint mixes everything of a segment that a second capture of it repeats (TEARDOWN trap 11): TTL and interface
// may differ.
func fingerprint(s *decode.Segment) uint32 {
	numbers, sums := words(s)
	return fingerprintOf(numbers, sums, s)
}

// words loads a segment's numbers, the acknowledgement below the sequence number, and its checksum below its window. Whoever
// needs the fields beside the fingerprint takes them from here: that saves loading them again.
func words(s *decode.Segment) (numbers uint64, sums uint32) {
	return uint64(s.Ack) | uint64(s.Seq)<<32, uint32(s.Checksum) | uint32(s.Window)<<16
}

// fingerprintOf is fingerprint, given the segment's words.
func fingerprintOf(numbers uint64, sums uint32, s *decode.Segment) uint32 {
	numbers ^= (uint64(s.TSEcr) | uint64(s.TSVal)<<32) * 0x9e3779b97f4a7c15
	rest := uint64(sums) | uint64(s.IPID)<<32 | uint64(s.Flags)<<48
	numbers ^= rest * 0xc2b2ae3d27d4eb4f // multiplied, since a checksum goes down by what the numbers go up
	numbers ^= uint64(s.Len) * 0xff51afd7ed558ccd
	return uint32(numbers*0xd6e8feb86659fd93>>32) | 1
}
