package model

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"slices"

	"tcpclose/flows"
)

// A Socket is a line of the socket table.
type Socket struct {
	Row         int32
	Side        flows.Side
	Local, Peer netip.AddrPort
	State       flows.State
	Since       int64
	Maybe       bool // only the peer's segments or a timer show the state
}

// A Host is an address with the sockets that it had at a time.
type Host struct {
	Addr  netip.Addr
	Count [flows.NumStates]int32
	Total int32
}

// A SocketTable is what ss -tan would have shown at a time, on one host or on all.
type SocketTable struct {
	At      int64
	Scope   Scope
	Sockets []Socket // the first maxSockets, by state and address
	Count   [flows.NumStates]int32
	Maybe   [flows.NumStates]int32 // of them, those whose state is not proved
	Total   int
	Hosts   []Host // those with the most sockets first, at most maxHosts
	Edition uint64
}

const (
	maxSockets = 50_000
	maxHosts   = 1000
)

// stateOrder is how the socket table lists states: what hints at trouble before what is ordinary.
var stateOrder = [flows.NumStates]int{
	flows.CloseWait: 0, flows.FinWait2: 1, flows.FinWait1: 2, flows.LastAck: 3, flows.Closing: 4, flows.SynSent: 5,
	flows.SynReceived: 6, flows.TimeWait: 7, flows.Established: 8, flows.Unknown: 9, flows.Closed: 10,
}

// stateAt returns the transition that holds at a time, or nil where there is none.
func stateAt(states []flows.Transition, at int64) *flows.Transition {
	var now *flows.Transition
	for i := range states {
		if when := reached(&states[i]); when > at {
			break
		}
		now = &states[i]
	}
	return now
}

// Sockets goes through all rows. It stops early, with nil, when ctx ends.
func Sockets(ctx context.Context, s *Snapshot, scope Scope, at int64) *SocketTable {
	type tally struct {
		sockets []Socket
		hosts   map[netip.Addr]*Host
		count   [flows.NumStates]int32
		maybe   [flows.NumStates]int32
		t       flows.Teardown
	}
	tallies := make([]*tally, runtime.GOMAXPROCS(0))
	forStretches(ctx, s.rows, func(worker, first, last int) {
		if tallies[worker] == nil {
			tallies[worker] = &tally{hosts: map[netip.Addr]*Host{}}
		}
		w := tallies[worker]
		for row := int32(first); row < int32(last); row++ {
			if s.Start(row) > at {
				continue
			}
			s.Teardown(row, &w.t)
			for side := range flows.Server + 1 {
				tr := stateAt(w.t.Ends[side].States, at)
				if tr == nil || tr.State == flows.Closed || tr.State == flows.Unknown {
					continue
				}
				local := w.t.Ends[side].Addr
				h := w.hosts[local.Addr()]
				if h == nil {
					h = &Host{Addr: local.Addr()}
					w.hosts[local.Addr()] = h
				}
				h.Count[tr.State]++
				h.Total++
				if !scope.holds(s, row, side) {
					continue
				}
				unproved := tr.Latest == flows.NoTime || tr.Grade == flows.Assumed
				w.count[tr.State]++
				if unproved {
					w.maybe[tr.State]++
				}
				if len(w.sockets) < maxSockets {
					w.sockets = append(w.sockets, Socket{
						Row: row, Side: side, Local: local, Peer: w.t.Ends[side.Peer()].Addr, State: tr.State,
						Since: reached(tr), Maybe: unproved,
					})
				}
			}
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	table := &SocketTable{At: at, Scope: scope, Edition: s.Edition}
	hosts := map[netip.Addr]*Host{}
	for _, w := range tallies {
		if w == nil {
			continue
		}
		table.Sockets = append(table.Sockets, w.sockets...)
		for state, n := range w.count {
			table.Count[state] += n
			table.Maybe[state] += w.maybe[state]
			table.Total += int(n)
		}
		for addr, h := range w.hosts {
			if hosts[addr] == nil {
				hosts[addr] = h
				continue
			}
			hosts[addr].Total += h.Total
			for state, n := range h.Count {
				hosts[addr].Count[state] += n
			}
		}
	}
	slices.SortFunc(table.Sockets, func(a, b Socket) int {
		return cmp.Or(cmp.Compare(stateOrder[a.State], stateOrder[b.State]), cmp.Compare(a.Since, b.Since),
			a.Local.Compare(b.Local), a.Peer.Compare(b.Peer), cmp.Compare(a.Row, b.Row))
	})
	table.Sockets = table.Sockets[:min(len(table.Sockets), maxSockets)]
	for _, h := range hosts {
		table.Hosts = append(table.Hosts, *h)
	}
	slices.SortFunc(table.Hosts, func(a, b Host) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), a.Addr.Compare(b.Addr))
	})
	table.Hosts = table.Hosts[:min(len(table.Hosts), maxHosts)]
	return table
}
