package netlab

import (
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// orphaned is tcp_timewait_state_process in its sub-state FIN-WAIT-2 (net/ipv4/tcp_minisocks.c).
func (e *automaton) orphaned(p *Packet) {
	ts, _, stamped := p.timestamps()
	flags, bare := p.Flags(), p.Seq() == p.End()
	switch {
	case stamped && int32(ts-e.recent) < 0, p.Seq().Before(e.rcv) && !p.End().After(e.rcv):
		e.owes = e.outOfWindow(p)
	case flags.Has(decode.RST):
		e.enter(flows.Closed)
	case flags.Has(decode.SYN):
		e.owes = rstNow
		e.enter(flows.Closed)
	case !flags.Has(decode.ACK), bare, !p.End().After(e.rcv):
	case !flags.Has(decode.FIN) || p.End() != e.rcv.Add(1):
		e.owes = rstNow
		e.enter(flows.Closed)
	default:
		e.rcv = p.End()
		if stamped {
			e.recent = ts
		}
		e.finGot = true
		e.enter(flows.TimeWait)
		e.mini = true
		e.owes = ackNow
	}
}

// late is the same function in TIME-WAIT.
func (e *automaton) late(p *Packet) {
	ts, _, stamped := p.timestamps()
	flags, bare := p.Flags(), p.Seq() == p.End()
	old := stamped && int32(ts-e.recent) < 0
	switch {
	case !old && p.Seq() == e.rcv && (bare || flags.Has(decode.RST)):
		if flags.Has(decode.RST) && !e.rfc1337 {
			e.enter(flows.Closed)
		} else if stamped {
			e.recent = ts
		}
	case flags.Has(decode.RST):
	case flags.Has(decode.SYN) && !old && p.Seq().After(e.rcv):
		e.enter(flows.Closed) // used again
	default:
		e.owes = e.outOfWindow(p)
	}
}

// outOfWindow answers what a mini-socket does not expect, twice a second at most.
func (e *automaton) outOfWindow(p *Packet) debt {
	if p.Flags().Has(decode.RST) {
		return nothing
	}
	if e.limited != 0 && e.at-e.limited < int64(600*time.Millisecond) {
		return maybe
	}
	e.limited = e.at
	return ackNow
}
