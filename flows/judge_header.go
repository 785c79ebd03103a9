package flows

import "net/netip"

// The range from which Linux takes ephemeral ports.
const ephemeralLow, ephemeralHigh = 32768, 60999

func ephemeral(port uint16) bool { return port >= ephemeralLow && port <= ephemeralHigh }

// clientIndex tells which side is the client (TEARDOWN section 1, roles_by).
func (j *judge) clientIndex() int {
	c := j.conn
	if c.flags&(flagSYN|flagSYNACK) != 0 {
		return c.opener()
	}
	switch low0, low1 := c.port[0] < 1024, c.port[1] < 1024; {
	case low1 && !low0:
		return 0
	case low0 && !low1:
		return 1
	case ephemeral(c.port[0]) == ephemeral(c.port[1]):
		return 0
	case ephemeral(c.port[0]):
		return 0
	default:
		return 1
	}
}

func (j *judge) rolesBy() RolesBy {
	c := j.conn
	switch {
	case c.flags&flagSYN != 0:
		return RolesSYN
	case c.flags&flagSYNACK != 0:
		return RolesSYNACK
	case (c.port[0] < 1024) != (c.port[1] < 1024), ephemeral(c.port[0]) != ephemeral(c.port[1]):
		return RolesPort
	default:
		return RolesFirstSeen
	}
}

// header fills in what needs no judgement, field by field: a literal, or a struct zeroed before it is filled in, would be twice
// the work for each conversation.
func (j *judge) header() {
	c, out := j.conn, j.out
	out.ID, out.RolesBy, out.Final, out.GivenUp = c.firstFrame, j.rolesBy(), true, false
	out.Class, out.Shape, out.FirstFIN, out.Closer, out.ResetBy = Partial, ShapeNone, NoOne, NoOne, NoOne
	out.FirstFrame, out.LastFrame = c.firstFrame, max(c.side[0].lastFrame, c.side[1].lastFrame)
	out.FirstPos, out.LastPos, out.Start, out.Last = c.firstPos, c.lastPos, c.start, c.lastSeen()
	out.CloseStart, out.CloseEnd, out.WatchedUntil, out.IdleBeforeClose = NoTime, NoTime, j.until, 0
	out.Marks, out.Causes, out.Uncertain, out.Pairs = out.Marks[:0], out.Causes[:0], out.Uncertain[:0], nil
	out.VLAN, out.Iface, out.Encap, out.Scope = c.vlan, c.iface, c.side[0].encap, c.scope
	j.end(Client, &out.Ends[Client], j.half[Client], j.half[Server])
	j.end(Server, &out.Ends[Server], j.half[Server], j.half[Client])
}

// end is the header of one side.
func (j *judge) end(s Side, e *End, h, peer *half) {
	s &= 1
	c, i := j.conn, j.index[s]&1
	e.Addr = netip.AddrPortFrom(c.addr[i].Netip(), c.port[i])
	e.States = nil
	e.ISN, e.FirstSeq, e.SawSYN = c.isn[i], c.isn[i], h.bits&sideSYN != 0
	e.Packets, e.Bytes, e.DataBytes, e.BytesLost = uint64(h.packets), h.bytes, 0, 0
	if h.bits&sideSeq != 0 && h.packets != 0 {
		e.DataBytes = h.dataBytes(c.isn[i], j.notes[s][noteGap])
		e.BytesLost = h.bytesLost(c.isn[i], peer)
	}
	e.RTT, e.Retrans, e.LastData = j.trips[s], uint32(h.retrans), h.dataTime
	e.MSS, e.WScale, e.HasWScale, e.TTL = c.mss[i], h.wscale, h.bits&sideScale != 0, h.ttl
	e.Name, e.NameBy = "", NameNone
	e.Held = [NumStates]int64{}
	e.FIN = FINFacts{Time: NoTime, AckedTime: NoTime}
	if h.bits&sideFIN != 0 {
		f, r := &e.FIN, j.fin[s]
		f.Frame, f.Time, f.Seq, f.Ack = r.frame, r.time, r.seq, r.ack
		f.Acked, f.AckedTime, f.WithData = r.ackedFrame, r.ackedTime, r.bits&finWithData != 0
	}
	e.RST.none()
	if j.noted {
		j.notedFacts(s, e)
	}
}

// notedFacts fills in what a side's notes tell.
func (j *judge) notedFacts(s Side, e *End) {
	notes := &j.notes[s]
	if n := notes[noteDuplicate]; n != nil {
		j.out.LastFrame = max(j.out.LastFrame, n.lastFrame) // copies are frames of it, too
	}
	if n := notes[noteFINResend]; n != nil && j.half[s].bits&sideFIN != 0 {
		e.FIN.LastResend, e.FIN.Resends = n.lastFrame, n.count
	}
	if len(j.resets) > 0 {
		j.resetFacts(s, &e.RST)
	}
}
