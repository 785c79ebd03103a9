package flows

import (
	"slices"
	"time"

	"tcpclose/decode"
)

// dice are decisions read from a fuzzer's octets; when they run out, every decision is the dull one.
type dice struct {
	left []byte
}

func (d *dice) roll() int {
	if len(d.left) == 0 {
		return 0
	}
	b := d.left[0]
	d.left = d.left[1:]
	return int(b)
}

// A world holds two simple endpoints, the wire between them and a vantage on it. Segments are lost, delayed, repeated
// and overtaken before and after the vantage as the dice say.
type world struct {
	dice
	now    int64
	events []worldEvent
	ends   [2]*worldEnd
	delay  [2]int64 // from each end to the vantage
	tap    []decode.Segment
	serial int
}

type worldEvent struct {
	at     int64
	serial int
	do     func()
}

// A worldEnd is one endpoint: enough of TCP to close in every way.
type worldEnd struct {
	w                  *world
	side               int
	nxt, una, rcv, fin uint32
	syn, open, dead    bool // sent its SYN; is established; has no socket
	finQueued, finSent bool
	gotFIN, orphan     bool // orphan: close(), not shutdown()
	unacked            []decode.Segment
	early              []decode.Segment
	tries              int
	generation         int
}

const worldStart = int64(1795165200) * second

// playWorld plays what the dice say and returns what the vantage saw.
func playWorld(data []byte) []decode.Segment {
	w := &world{dice: dice{data}}
	w.delay = [2]int64{int64(w.roll()) * 100_000, int64(w.roll()) * 100_000}
	for side := range w.ends {
		iss := uint32(side+1)*0x5000_0000 + uint32(w.roll())<<22
		w.ends[side] = &worldEnd{w: w, side: side, nxt: iss, una: iss}
	}
	w.ends[0].connect()
	if w.roll() > 250 {
		w.ends[1].connect()
	}
	at := int64(0)
	for range 40 {
		what, gap := w.roll(), w.roll()
		at += int64(gap*gap) * int64(2*time.Millisecond) / 4
		if len(w.left) == 0 {
			break
		}
		end := w.ends[what&1]
		w.after(at, func() { end.act(what >> 1) })
	}
	for len(w.events) > 0 && len(w.tap) < 150 {
		i := 0
		for j := range w.events {
			if e, best := w.events[j], w.events[i]; e.at < best.at || e.at == best.at && e.serial < best.serial {
				i = j
			}
		}
		e := w.events[i]
		w.events = slices.Delete(w.events, i, i+1)
		w.now = e.at
		e.do()
	}
	slices.SortStableFunc(w.tap, func(a, b decode.Segment) int { return int(min(max(a.Time-b.Time, -1), 1)) })
	for i := range w.tap {
		w.tap[i].Frame = uint64(i+1) * 10 // room for what a law puts between
	}
	return w.tap
}

// playWorlds plays several worlds at once, on ports of their own.
func playWorlds(data []byte, n int) (all []decode.Segment) {
	for i := range n {
		segs := playWorld(data[len(data)*i/n : len(data)*(i+1)/n])
		for _, s := range segs {
			for _, port := range []*uint16{&s.SrcPort, &s.DstPort} {
				if *port != worldPort(1) {
					*port += uint16(i)
				}
			}
			all = append(all, s)
		}
	}
	slices.SortStableFunc(all, func(a, b decode.Segment) int { return int(min(max(a.Time-b.Time, -1), 1)) })
	for i := range all {
		all[i].Frame = uint64(i + 1)
	}
	return all
}

func (w *world) after(d int64, do func()) {
	w.serial++
	w.events = append(w.events, worldEvent{w.now + d, w.serial, do})
}

// put sends a segment on its way.
func (w *world) put(s decode.Segment) {
	from := 0
	if s.SrcPort != worldPort(0) {
		from = 1
	}
	fate := w.roll()
	if fate >= 250 {
		return // lost before the vantage
	}
	pass := w.now + w.delay[from]
	if fate >= 240 {
		pass += w.delay[from] + int64(fate)*100_000 // overtaken
	}
	s.Time = worldStart + pass
	w.tap = append(w.tap, s)
	if fate == 239 {
		twin := s
		twin.TTL--
		twin.Time += 1000
		w.tap = append(w.tap, twin) // captured twice
	}
	if fate >= 230 && fate < 237 {
		return // lost after it
	}
	to := w.ends[1-from]
	w.after(pass+w.delay[1-from]-w.now, func() { to.receive(s) })
	if fate == 238 {
		w.after(pass+w.delay[1-from]-w.now+50*int64(time.Millisecond), func() { to.receive(s) }) // wandered
	}
}

func worldPort(side int) uint16 { return [2]uint16{40000, 80}[side] }

func worldAddr(side int) decode.Addr {
	return decode.Addr{10: 0xff, 11: 0xff, 12: 10, 15: byte(side + 1)}
}

func (e *worldEnd) segment(flags decode.Flags, seq, length uint32) decode.Segment {
	s := decode.Segment{
		Src: worldAddr(e.side), Dst: worldAddr(1 - e.side), SrcPort: worldPort(e.side), DstPort: worldPort(1 - e.side),
		Flags: flags, Seq: decode.Seq(seq), Len: length, Window: 500, TTL: 64,
		Options: decode.OptTimestamps, TSVal: 1000 + uint32(e.w.now/int64(time.Millisecond)), IPID: uint16(e.w.serial + len(e.w.tap)),
	}
	if flags.Has(decode.ACK) {
		s.Ack = decode.Seq(e.rcv)
	}
	if flags.Has(decode.RST) {
		s.Window, s.Options, s.TSVal = 0, 0, 0
	}
	return s
}

func (e *worldEnd) connect() {
	if e.syn {
		return
	}
	e.syn = true
	flags := decode.SYN
	if e.rcv != 0 {
		flags |= decode.ACK
	}
	e.transmit(e.segment(flags, e.nxt, 0))
}

// transmit sends what takes sequence numbers, and again until it is acknowledged.
func (e *worldEnd) transmit(s decode.Segment) {
	e.unacked = append(e.unacked, s)
	e.nxt = uint32(s.End())
	e.w.put(s)
	e.arm()
}

func (e *worldEnd) arm() {
	e.generation++
	g := e.generation
	e.w.after(int64(250*time.Millisecond)<<e.tries, func() {
		if e.dead || g != e.generation || len(e.unacked) == 0 {
			return
		}
		if e.tries++; e.tries > 5 {
			e.dead = true
			return
		}
		s := e.unacked[0]
		if s.Flags.Has(decode.ACK) {
			s.Ack = decode.Seq(e.rcv)
		}
		s.TSVal = 1000 + uint32(e.w.now/int64(time.Millisecond))
		s.IPID++
		e.w.put(s)
		e.arm()
	})
}

// act does what an application can do.
func (e *worldEnd) act(what int) {
	if e.dead {
		return
	}
	switch what &= 0x7f; {
	case what < 70:
		if e.open && !e.finQueued {
			e.transmit(e.segment(decode.ACK|decode.PSH, e.nxt, uint32(what)*20+1))
		}
	case what < 90:
		e.finQueued, e.orphan = true, true
		e.finish()
	case what < 105:
		e.finQueued = true
		e.finish()
	case what < 115 && e.syn:
		e.w.put(e.segment(decode.RST|decode.ACK, e.nxt, 0))
		e.dead = true
	case what < 120 && e.open:
		e.w.put(e.segment(decode.ACK, e.nxt-1, 0)) // keep-alive
	case what < 122:
		s := e.segment(decode.RST, e.nxt+uint32(e.w.roll())<<10, 0) // forged
		e.w.put(s)
	case what == 127:
		e.dead = true // the power fails
	}
}

func (e *worldEnd) finish() {
	if e.open && e.finQueued && !e.finSent {
		e.finSent, e.fin = true, e.nxt
		e.transmit(e.segment(decode.FIN|decode.ACK, e.nxt, 0))
	}
}

func (e *worldEnd) refuse(s decode.Segment) {
	switch {
	case s.Flags.Has(decode.RST):
	case s.Flags.Has(decode.ACK):
		e.w.put(e.segment(decode.RST, uint32(s.Ack), 0))
	default:
		r := e.segment(decode.RST|decode.ACK, 0, 0)
		r.Ack = s.End()
		e.w.put(r)
	}
}

// receive takes a segment that arrived.
func (e *worldEnd) receive(s decode.Segment) {
	if e.dead {
		e.refuse(s)
		return
	}
	switch {
	case s.Flags.Has(decode.RST):
		e.dead = e.dead || uint32(s.Seq) == e.rcv || e.syn && !e.open && s.Flags.Has(decode.ACK)
		return
	case s.Flags.Has(decode.SYN) && !e.open:
		e.rcv = uint32(s.End())
		if !e.syn {
			e.connect()
			return
		}
		if s.Flags.Has(decode.ACK) && uint32(s.Ack) == e.nxt {
			e.established(s)
			e.w.put(e.segment(decode.ACK, e.nxt, 0))
		} else {
			e.w.put(e.segment(decode.SYN|decode.ACK, e.nxt-1, 0))
		}
		return
	case s.Flags.Has(decode.SYN):
		e.w.put(e.segment(decode.ACK, e.nxt, 0))
		return
	case !e.syn:
		e.refuse(s)
		return
	}
	if ack := uint32(s.Ack); int32(ack-e.una) > 0 && int32(ack-e.nxt) <= 0 {
		e.established(s)
	}
	e.inOrder(s)
}

// established takes an acknowledgement.
func (e *worldEnd) established(s decode.Segment) {
	e.una, e.tries = uint32(s.Ack), 0
	e.unacked = slices.DeleteFunc(e.unacked, func(u decode.Segment) bool { return !u.End().After(s.Ack) })
	e.open = true
	e.arm()
	e.finish()
}

// inOrder takes payload and FIN once everything before it is there.
func (e *worldEnd) inOrder(s decode.Segment) {
	if s.SpaceLen() == 0 {
		if uint32(s.Seq) == e.rcv-1 {
			e.w.put(e.segment(decode.ACK, e.nxt, 0))
		}
		return
	}
	if s.Len > 0 && e.orphan && s.End().After(decode.Seq(e.rcv)) {
		e.dead = true
		e.refuse(s)
		return
	}
	e.early = append(e.early, s)
	for moved := true; moved; {
		moved = false
		for _, o := range e.early {
			if !o.Seq.After(decode.Seq(e.rcv)) && o.End().After(decode.Seq(e.rcv)) {
				e.rcv, moved = uint32(o.End()), true
				e.gotFIN = e.gotFIN || o.Flags.Has(decode.FIN)
			}
		}
	}
	if delay := e.w.roll(); delay > 200 {
		e.w.after(40*int64(time.Millisecond), func() {
			if !e.dead {
				e.w.put(e.segment(decode.ACK, e.nxt, 0))
			}
		})
		return
	}
	e.w.put(e.segment(decode.ACK, e.nxt, 0))
}
