package netlab

import (
	"encoding/binary"
	"fmt"

	"tcpclose/decode"
	"tcpclose/flows"
)

// An automaton is what this lab knows of how a Linux socket closes: fed with what reached a host, what its process did and
// what it sent, in their order, it says through which states it went, and finds fault with each segment that a socket in its
// state would not have sent, and with each answer that one would have sent and that is missing. It is held against every
// life that a kernel really led before anything is concluded from it.
type automaton struct {
	habit

	state    flows.State
	steps    []Step
	at       int64
	mini     bool // a mini-socket has taken over: its answers have no IP identification and no SACK
	rcv, wup decode.Seq
	begun    bool
	beyond   []span // what came before what it follows
	finGot   bool
	recent   uint32     // the timestamp that it echoes
	snd, una decode.Seq // what it has sent, and what of that was acknowledged
	fin      decode.Seq // the number of its own FIN, once that was sent
	finSent  bool
	sentAt   int64 // when it last sent anything that takes up numbers
	limited  int64 // when its mini-socket last answered something out of the window
	spare    int   // how many answers may be missing: lost before the tap, they say nothing there
	gap      bool  // one was, which had an identification of its own
	loosened bool  // what was moved here acknowledged something: nothing new was sent after that
	last     *Packet
	owes     debt
	duty     debt   // what it owed before it paid
	fault    string // the first that was found
}

// A span is a piece of the sequence space that was received early.
type span struct {
	from, to decode.Seq
	fin      bool
}

// A debt is what an arrival makes its receiver send.
type debt uint8

const (
	nothing debt = iota
	maybe        // an acknowledgement that may wait, or that a rate limit may swallow
	ackNow       // an acknowledgement, before anything else arrives
	rstNow       // a RST, likewise
)

// find finds fault.
func (e *automaton) find(format string, args ...any) {
	if e.fault == "" {
		e.fault = fmt.Sprintf(format, args...)
	}
}

func (e *automaton) enter(s flows.State) {
	e.state = s
	e.steps = append(e.steps, Step{s, e.at, e.at})
}

// closes is the process's close() or shutdown().
func (e *automaton) closes() {
	switch e.state {
	case flows.SynReceived, flows.Established:
		e.enter(flows.FinWait1)
	case flows.CloseWait:
		e.enter(flows.LastAck)
	}
}

// dies is what a timer or the process does without a word.
func (e *automaton) dies() {
	if e.state != flows.Closed {
		e.enter(flows.Closed)
	}
}

// settle finds fault where what was due did not come.
func (e *automaton) settle() {
	if e.owes == ackNow || e.owes == rstNow {
		if e.spare > 0 {
			e.spare--
			e.gap = e.gap || e.owes == ackNow && !e.mini
		} else {
			e.find("no answer to %s in %s", e.last, e.state)
		}
	}
	e.owes = nothing
}

// receive is the arrival of a segment. early reports whether it acknowledged something before the FIN had left: then it had a part
// in what was sent next.
func (e *automaton) receive(p *Packet) (early bool) {
	e.settle()
	e.mini = e.mini || e.state == flows.TimeWait
	e.last = p
	una := e.una
	switch {
	case e.state == flows.Closed:
		if !p.Flags().Has(decode.RST) {
			e.owes = rstNow
		}
	case e.mini && e.state == flows.TimeWait:
		e.late(p)
	case e.mini:
		e.orphaned(p)
	default:
		e.live(p)
	}
	e.duty = e.owes
	return e.una != una && !e.finSent
}

// live is tcp_rcv_state_process of a full socket (net/ipv4/tcp_input.c).
func (e *automaton) live(p *Packet) {
	flags, bare := p.Flags(), p.Seq() == p.End()
	if flags.Has(decode.SYN) {
		if !e.begun && !flags.Has(decode.RST) {
			e.begun, e.rcv, e.wup = true, p.End(), p.End()
			if ts, _, ok := p.timestamps(); ok {
				e.recent = ts
			}
			if e.state == flows.SynSent && flags.Has(decode.ACK) {
				e.una = p.Ack()
				e.enter(flows.Established)
			}
		}
		e.owes = maybe
		return
	}
	ts, _, stamped := p.timestamps()
	if stamped && int32(ts-e.recent) < 0 && !flags.Has(decode.RST) { // PAWS
		e.owes = refused(bare)
		return
	}
	if p.End().Before(e.wup) && !flags.Has(decode.RST) {
		e.owes = refused(bare)
		return
	}
	if flags.Has(decode.RST) {
		seq := p.Seq()
		switch {
		case seq == e.rcv, e.finGot && seq == e.rcv-1 && (e.state == flows.CloseWait || e.state == flows.LastAck || e.state == flows.Closing):
			e.enter(flows.Closed)
		case seq.After(e.rcv):
			e.owes = maybe // a challenge
		}
		return
	}
	ack := p.Ack()
	if !flags.Has(decode.ACK) || ack.After(e.snd) {
		e.owes = maybe
		return
	}
	if e.state == flows.SynReceived {
		e.enter(flows.Established)
	}
	if !ack.Before(e.una) {
		e.una = ack
		if stamped && !p.Seq().After(e.wup) {
			e.recent = ts
		}
	}
	if e.acknowledged() {
		switch e.state {
		case flows.FinWait1:
			e.enter(flows.FinWait2)
			e.mini = !e.shutdown && !flags.Has(decode.FIN)
		case flows.Closing:
			e.enter(flows.TimeWait)
			e.mini = true
		case flows.LastAck:
			e.enter(flows.Closed)
			return
		}
		if e.mini {
			return
		}
	}
	if !bare {
		e.take(p)
	}
}

// refused is what a segment draws that is out of the window or too old: bare ones are rate-limited.
func refused(bare bool) debt {
	if bare {
		return maybe
	}
	return ackNow
}

// waits reports whether its FIN is under way and unacknowledged.
func (e *automaton) waits() bool {
	return e.finSent && !e.acknowledged() && !e.mini && e.state != flows.Closed
}

// alone is 0 where nothing but the FIN is unacknowledged, else 1.
func (e *automaton) alone() int {
	if e.una == e.fin {
		return 0
	}
	return 1
}

// acknowledged reports whether the peer's acknowledgement of its FIN has come.
func (e *automaton) acknowledged() bool { return e.finSent && e.una.After(e.fin) }

// take is tcp_data_queue and tcp_fin.
func (e *automaton) take(p *Packet) {
	from, to, fin := p.Seq(), p.End(), p.Flags().Has(decode.FIN)
	if !e.shutdown && p.Len() > 0 && (e.state == flows.FinWait1 || e.state == flows.FinWait2) && e.rcv.Before(from.Add(uint32(p.Len()))) {
		e.owes = rstNow // nobody will read that
		e.enter(flows.Closed)
		return
	}
	switch {
	case !to.After(e.rcv):
		e.owes = ackNow
		return
	case from.After(e.rcv):
		e.owes = ackNow
		e.beyond = append(e.beyond, span{from, to, fin})
		return
	}
	e.owes = maybe
	if len(e.beyond) > 0 {
		e.owes = ackNow
	}
	e.rcv = to
	for again := true; again; {
		again = false
		kept := e.beyond[:0:0]
		for _, s := range e.beyond {
			switch {
			case s.from.After(e.rcv):
				kept = append(kept, s)
			case s.to.After(e.rcv):
				e.rcv, fin, again = s.to, fin || s.fin, true
			}
		}
		e.beyond = kept
	}
	if fin && len(e.beyond) == 0 && !e.finGot {
		e.ended()
	}
}

func (e *automaton) ended() {
	e.finGot = true
	switch e.state {
	case flows.SynReceived, flows.Established:
		e.enter(flows.CloseWait)
	case flows.FinWait1:
		e.enter(flows.Closing)
		e.owes = ackNow
	case flows.FinWait2:
		if n := len(e.steps); e.steps[n-1].From == e.at { // the same segment acknowledged its FIN: RFC 9293 knows one step
			e.steps = e.steps[:n-1]
		}
		e.enter(flows.TimeWait)
		e.owes = ackNow
	}
}

// send is a segment that the host sent. It finds fault with one that its socket would not have sent.
func (e *automaton) send(p *Packet) {
	flags := p.Flags()
	if flags.Has(decode.SYN) {
		if flags.Has(decode.ACK) && e.state == flows.Unknown {
			e.enter(flows.SynReceived)
			e.una = p.Seq()
		} else if e.state == flows.Unknown {
			e.enter(flows.SynSent)
		}
		e.snd, e.sentAt = p.End(), e.at
		return
	}
	if flags.Has(decode.RST) {
		e.kills(p)
		return
	}
	if e.state == flows.Closed {
		e.find("%s sent after its end", p)
		return
	}
	if p.Ack() != e.rcv {
		e.find("%s sent when it expected %d", p, e.rcv)
	}
	if _, echo, ok := p.timestamps(); ok && echo != e.recent {
		e.find("%s sent with the echo %d, not %d", p, echo, e.recent)
	}
	numbered, sack := p.v4() && p.identification() != 0, p.option(5) >= 0
	if e.mini {
		switch {
		case p.Seq() != p.End() || sack || numbered:
			e.find("%s sent by a socket, where there was a mini-socket in %s", p, e.state)
		case e.owes == nothing:
			e.find("%s sent by a mini-socket for no reason", p)
		}
		e.owes = nothing
		return
	}
	switch {
	case p.v4() && !numbered && e.begun:
		e.find("%s sent by a mini-socket, where there was a socket in %s", p, e.state)
	case len(e.beyond) > 0 && !sack, sack && len(e.beyond) == 0 && e.duty != ackNow:
		e.find("%s sent with the wrong SACK", p)
	}
	if p.Seq() != p.End() {
		if flags.Has(decode.FIN) {
			switch e.state {
			case flows.FinWait1, flows.Closing, flows.LastAck:
			default:
				e.find("%s sent in %s", p, e.state)
			}
			e.fin, e.finSent = p.End()-1, true
		}
		if !p.End().After(e.una) && p.Len() > 1 || flags.Has(decode.FIN) && !p.End().After(e.una) {
			e.find("%s sent again when it was acknowledged", p)
		}
		if p.End().After(e.snd) {
			e.snd = p.End()
			if e.loosened {
				e.find("%s sent for another reason", p)
			}
		}
		e.sentAt = e.at
	}
	e.owes, e.wup = nothing, p.Ack()
}

// kills is a RST that the host sent: an answer to what arrived last, or the end of its socket.
func (e *automaton) kills(p *Packet) {
	answer := e.last != nil && (e.owes == rstNow || e.owes == nothing && e.duty == rstNow)
	switch {
	case p.Flags().Has(decode.ACK) && e.state != flows.Closed && !e.mini:
		if p.Ack() != e.rcv {
			e.find("%s sent when it expected %d", p, e.rcv)
		}
		e.enter(flows.Closed)
	case !answer:
		e.find("%s sent for no reason in %s", p, e.state)
	case e.last.Flags().Has(decode.ACK) && p.Seq() != e.last.Ack():
		e.find("%s does not answer %s", p, e.last)
	}
	e.owes = nothing
}

// identification returns what an IPv4 header counts.
func (p *Packet) identification() uint16 { return binary.BigEndian.Uint16(p.Data[4:]) }

// timestamps returns the segment's own timestamp and the one that it echoes (RFC 7323).
func (p *Packet) timestamps() (value, echo uint32, ok bool) {
	at := p.option(8)
	if at < 0 || p.Data[at+1] != 10 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(p.Data[at+2:]), binary.BigEndian.Uint32(p.Data[at+6:]), true
}

// String names the segment in a complaint.
func (p *Packet) String() string {
	return fmt.Sprintf("%s %d:%d ack %d", p.Flags(), p.Seq(), p.End(), p.Ack())
}
