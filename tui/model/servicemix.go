package model

import (
	"cmp"
	"context"
	"net/netip"
	"runtime"
	"slices"

	"tcpclose/flows"
)

// A ServiceMix is how the conversations of one service (a server's address and port) ended.
type ServiceMix struct {
	Server    netip.AddrPort
	Total     int32
	Class     [flows.NumClasses]int32
	CloseWait int32 // ends in CLOSE-WAIT when last watched
	Before    int32 // the same at half the capture's time: CloseWait that only grows is a leak
	FinWait2  int32 // as CloseWait, and at half the time
	FinBefore int32
	TimeWait  int32 // server-held TIME-WAIT when last watched
	Longest   int64 // the longest CLOSE-WAIT
	Clients   int   // distinct client addresses
	Ports     PortUse
}

// PortUse is the client that holds the most of its ephemeral ports towards one service, at its worst moment.
type PortUse struct {
	Client   netip.Addr
	Used     int32 // conversations of that pair whose client side was not CLOSED at the end
	TimeWait int32 // of them in TIME-WAIT
}

// pairKey is a client's address and a service.
type pairKey struct {
	client netip.Addr
	server netip.AddrPort
}

// maxPairs bounds the memory of one count: a scan of the whole network makes millions of pairs.
const maxPairs = 1 << 18

// Services goes through all rows and returns the services with the most conversations first. It stops early, with nil,
// when ctx ends.
func Services(ctx context.Context, s *Snapshot, at int64) []ServiceMix {
	type tally struct {
		mix   map[netip.AddrPort]*ServiceMix
		pairs map[pairKey]*PortUse
		t     flows.Teardown
	}
	half := s.First + (at-s.First)/2
	tallies := make([]*tally, runtime.GOMAXPROCS(0))
	s.stretches(ctx, func(worker, first, last int) {
		if tallies[worker] == nil {
			tallies[worker] = &tally{mix: map[netip.AddrPort]*ServiceMix{}, pairs: map[pairKey]*PortUse{}}
		}
		w := tallies[worker]
		for row := int32(first); row < int32(last); row++ {
			server := s.End(row, flows.Server)
			m := w.mix[server]
			if m == nil {
				if len(w.mix) >= maxPairs {
					continue
				}
				m = &ServiceMix{Server: server}
				w.mix[server] = m
			}
			s.Teardown(row, &w.t)
			m.add(&w.t, half, at)
			client := pairKey{s.End(row, flows.Client).Addr(), server}
			use := w.pairs[client]
			if use == nil {
				if len(w.pairs) >= maxPairs {
					continue
				}
				use = &PortUse{Client: client.client}
				w.pairs[client] = use
				m.Clients++
			}
			switch w.t.StateAt(flows.Client, at) {
			case flows.Closed, flows.Unknown:
			case flows.TimeWait:
				use.TimeWait++
				fallthrough
			default:
				use.Used++
			}
		}
	})
	if ctx.Err() != nil {
		return nil
	}
	all := map[netip.AddrPort]*ServiceMix{}
	pairs := map[pairKey]PortUse{}
	for _, w := range tallies {
		if w == nil {
			continue
		}
		for server, m := range w.mix {
			if all[server] == nil {
				all[server] = m
				m.Clients = 0
			} else {
				all[server].merge(m)
			}
		}
		for key, use := range w.pairs {
			p := pairs[key]
			p.Client = use.Client
			p.Used += use.Used
			p.TimeWait += use.TimeWait
			pairs[key] = p
		}
	}
	for key, use := range pairs {
		m := all[key.server]
		m.Clients++
		if use.Used > m.Ports.Used || use.Used == m.Ports.Used && (!m.Ports.Client.IsValid() || use.Client.Less(m.Ports.Client)) {
			m.Ports = use
		}
	}
	list := make([]ServiceMix, 0, len(all))
	for _, m := range all {
		list = append(list, *m)
	}
	slices.SortFunc(list, func(a, b ServiceMix) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), a.Server.Compare(b.Server))
	})
	return list
}

func (m *ServiceMix) add(t *flows.Teardown, half, at int64) {
	m.Total++
	m.Class[t.Class]++
	switch t.StateAt(flows.Server, half) {
	case flows.CloseWait:
		m.Before++
	case flows.FinWait2:
		m.FinBefore++
	default:
	}
	switch t.StateAt(flows.Server, at) {
	case flows.CloseWait:
		m.CloseWait++
	case flows.FinWait2:
		m.FinWait2++
	case flows.TimeWait:
		m.TimeWait++
	default:
	}
	m.Longest = max(m.Longest, t.Ends[flows.Server].Held[flows.CloseWait])
}

func (m *ServiceMix) merge(o *ServiceMix) {
	m.Total += o.Total
	for i, n := range o.Class {
		m.Class[i] += n
	}
	m.CloseWait += o.CloseWait
	m.Before += o.Before
	m.FinWait2 += o.FinWait2
	m.FinBefore += o.FinBefore
	m.TimeWait += o.TimeWait
	m.Longest = max(m.Longest, o.Longest)
}
