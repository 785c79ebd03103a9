package flows

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
)

// A Socket is one line of the socket table at a moment, as ss -tan on its host would have shown it, with how sure that is.
type Socket struct {
	ID      uint64 // of its conversation
	Side    Side
	State   State
	Grade   Grade // of the change that led to the state
	Certain bool  // it was certainly there, not only perhaps
	Since   int64 // when it entered the state
	RecvQ   int64 // octets received and not yet read; unknown (-1) unless the state has no queue
	SendQ   int64 // octets sent and not yet acknowledged; -1 where the capture does not tell
	Local   netip.AddrPort
	Peer    netip.AddrPort
}

// maxSockets is how many sockets a table holds.
const maxSockets = 1 << 20

// A SocketTable gathers the sockets that were there at one moment. Add may be called by several goroutines at once.
type SocketTable struct {
	mu      sync.Mutex
	cfg     Config
	at      int64
	host    netip.Addr
	sockets []Socket
	cut     uint64
}

// NewSocketTable returns a table for a moment (nanoseconds since 1970 UTC); host limits it to the sockets of one host
// where it is valid.
func NewSocketTable(cfg Config, at int64, host netip.Addr) *SocketTable {
	return &SocketTable{cfg: cfg, at: at, host: host}
}

// Add takes the sockets of one conversation that were there.
func (k *SocketTable) Add(t *Teardown) {
	for side := range Side(2) {
		if k.host.IsValid() && t.Ends[side].Addr.Addr().Unmap() != k.host.Unmap() {
			continue
		}
		if s, ok := SocketAt(t, side, k.at, &k.cfg); ok {
			k.take(s)
		}
	}
}

func (k *SocketTable) take(s Socket) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.sockets) >= maxSockets {
		k.cut++
		return
	}
	k.sockets = append(k.sockets, s)
}

// Sockets returns the table by local and peer address, and how many sockets are left out of it.
func (k *SocketTable) Sockets() (list []Socket, cut uint64) {
	slices.SortFunc(k.sockets, func(a, b Socket) int {
		return cmp.Or(a.Local.Compare(b.Local), a.Peer.Compare(b.Peer), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Side, b.Side))
	})
	return k.sockets, k.cut
}

// SocketAt returns one end of a conversation as it was at a moment; ok is false where there was no socket.
func SocketAt(t *Teardown, side Side, at int64, cfg *Config) (s Socket, ok bool) {
	states := t.Ends[side].States
	var room [8]stay
	i := 0
	for _, stay := range appendStays(room[:0], t, side, cfg) {
		for states[i].State != stay.state {
			i++
		}
		if at >= stay.from && at < stay.to {
			s = Socket{
				ID: t.ID, Side: side, State: stay.state, Grade: states[i].Grade, Certain: at < stay.sure, Since: stay.from,
				RecvQ: -1, SendQ: -1, Local: t.Ends[side].Addr, Peer: t.Ends[1-side].Addr,
			}
			ok = true
		}
		i++
	}
	if !ok {
		return s, false
	}
	switch {
	case s.State == TimeWait || s.State == SynReceived:
		s.RecvQ, s.SendQ = 0, 0 // a TIME-WAIT has no queue, an unaccepted socket none that ss shows
	case at >= t.Last:
		s.SendQ = int64(t.Ends[side].BytesLost)
	}
	return s, true
}
