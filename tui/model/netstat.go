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
	flows.Socket
	Row int32
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
	Maybe   [flows.NumStates]int32 // of them, those that perhaps were there no more
	Total   int
	Hosts   []Host // those with the most sockets first, at most maxHosts
	Edition uint64

	HostCount int // of all hosts, also those that are left out
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

// firstSockets sorts sockets and leaves out those that a table has no room for.
func firstSockets(list []Socket) []Socket {
	slices.SortFunc(list, func(a, b Socket) int {
		return cmp.Or(cmp.Compare(stateOrder[a.State], stateOrder[b.State]), cmp.Compare(a.Since, b.Since),
			a.Local.Compare(b.Local), a.Peer.Compare(b.Peer), cmp.Compare(a.Row, b.Row))
	})
	return list[:min(len(list), maxSockets)]
}

// Sockets goes through all rows. It stops early, with nil, when ctx ends.
func Sockets(ctx context.Context, s *Snapshot, cfg flows.Config, scope Scope, at int64) *SocketTable {
	type tally struct {
		sockets []Socket
		hosts   map[netip.Addr]*Host
		count   [flows.NumStates]int32
		maybe   [flows.NumStates]int32
		t       flows.Teardown
	}
	tallies := make([]*tally, runtime.GOMAXPROCS(0))
	s.stretches(ctx, func(worker, first, last int) {
		if tallies[worker] == nil {
			tallies[worker] = &tally{hosts: map[netip.Addr]*Host{}}
		}
		w := tallies[worker]
		for row := int32(first); row < int32(last); row++ {
			if s.Start(row) > at {
				continue
			}
			s.watched(row, &w.t)
			for side := range flows.Server + 1 {
				socket, ok := flows.SocketAt(&w.t, side, at, &cfg)
				if !ok {
					continue
				}
				h := w.hosts[socket.Local.Addr()]
				if h == nil {
					h = &Host{Addr: socket.Local.Addr()}
					w.hosts[h.Addr] = h
				}
				h.Count[socket.State]++
				h.Total++
				if !scope.holds(s, row, side) {
					continue
				}
				w.count[socket.State]++
				if !socket.Certain {
					w.maybe[socket.State]++
				}
				if w.sockets = append(w.sockets, Socket{socket, row}); len(w.sockets) == 2*maxSockets {
					w.sockets = firstSockets(w.sockets)
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
	table.Sockets = firstSockets(table.Sockets)
	table.HostCount = len(hosts)
	for _, h := range hosts {
		table.Hosts = append(table.Hosts, *h)
	}
	slices.SortFunc(table.Hosts, func(a, b Host) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), a.Addr.Compare(b.Addr))
	})
	table.Hosts = table.Hosts[:min(len(table.Hosts), maxHosts)]
	return table
}
