package flows

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A SocketName names a socket: its own end, and its peer's.
type SocketName struct{ Local, Peer netip.AddrPort }

// Name names the socket at one end of a conversation.
func (t *Teardown) Name(side Side) SocketName {
	return SocketName{t.Ends[side].Addr, t.Ends[1-side].Addr}
}

// A Holder is what the host that a capture runs on knows of one of its sockets: who holds it, and in which state its kernel
// has it. What is not known is empty.
type Holder struct {
	State     State  // the kernel's own
	Since     int64  // when the kernel was first seen to have it in that state (nanoseconds since 1970 UTC)
	Process   string // that holds it, or was the last that did
	PID       int
	User      string // its name, or "uid 33"
	Container string // its id, as container runtimes shorten it
	Orphan    bool   // no process holds it any more: it was closed, and the kernel does the rest
	Gone      bool   // the kernel has it no more
}

// Who says who holds the socket.
func (h *Holder) Who() string {
	switch {
	case h.Orphan || h.Gone:
		return "no process: it was closed"
	case h.PID != 0:
		return h.program()
	case h.User != "":
		return "a process of " + h.User
	}
	return "a process that cannot be seen"
}

func (h *Holder) program() string { return fmt.Sprintf("%s[%d]", h.Process, h.PID) }

// Short is Who in one word, for a column: the process, in brackets where it holds the socket no more; empty where none is
// known.
func (h *Holder) Short() string {
	switch {
	case h.PID == 0 && !h.Orphan:
		return h.User
	case h.PID == 0:
		return ""
	case h.Orphan || h.Gone:
		return "(" + h.program() + ")"
	}
	return h.program()
}

// Text says all that is known of who holds the socket.
func (h *Holder) Text() string {
	var b strings.Builder
	b.WriteString("held by " + h.Who())
	if h.PID != 0 && (h.Orphan || h.Gone) {
		b.WriteString(", last held by " + h.program())
	}
	if h.PID != 0 && h.User != "" {
		b.WriteString(", user " + h.User)
	}
	if h.Container != "" {
		b.WriteString(", in container " + h.Container)
	}
	return b.String()
}

// Holders are the sockets of the host that a capture runs on, at one moment, and those that were there shortly before.
type Holders struct {
	At int64 // nanoseconds since 1970 UTC
	Of map[SocketName]Holder
}

// Find returns what is known of a socket; ok is false where nothing is. There may be no Holders.
func (h *Holders) Find(name SocketName) (of Holder, ok bool) {
	if h == nil {
		return of, false
	}
	of, ok = h.Of[name]
	return of, ok
}

// A Held is how many sockets one process holds in one state.
type Held struct {
	State State
	Who   string
	Count int
}

// String renders it as "CLOSE-WAIT ×134 held by java[4213]".
func (h Held) String() string { return fmt.Sprintf("%s ×%d held by %s", h.State, h.Count, h.Who) }

// Waits reports whether a socket in a state waits for its program, or for the other end, to close.
func (s State) Waits() bool {
	switch s {
	case CloseWait, FinWait1, FinWait2, Closing, LastAck:
		return true
	default:
		return false
	}
}

// Held returns who holds sockets of a service, its own and its clients' on this host, in states that wait for a close:
// CLOSE-WAIT, which only a program can end, before the others, and the most first.
func (h *Holders) Held(service netip.AddrPort) (list []Held) {
	if h == nil {
		return nil
	}
	counts := map[Held]int{}
	for name, of := range h.Of {
		if (name.Local == service || name.Peer == service) && !of.Gone && of.State.Waits() {
			counts[Held{State: of.State, Who: of.Who()}]++
		}
	}
	for k, n := range counts {
		k.Count = n
		list = append(list, k)
	}
	slices.SortFunc(list, func(a, b Held) int {
		if x, y := a.State == CloseWait, b.State == CloseWait; x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.State, b.State), strings.Compare(a.Who, b.Who))
	})
	return list
}

// stillFor is how long the wire and the kernel must both have shown their states before they are compared: what is looked at
// once a second never shows both at the very same moment.
const stillFor = int64(3 * time.Second)

// Compare holds the kernel's state of one end's socket against what the wire shows. ok is false where they cannot be
// compared: nothing is known of the socket, one of the two has just changed, or the wire is not sure.
func (h *Holders) Compare(t *Teardown, side Side, cfg *Config) (wire, kernel State, ok bool) {
	of, found := h.Find(t.Name(side))
	if !found || of.Gone || h.At-of.Since < stillFor {
		return Unknown, Unknown, false
	}
	states := t.Ends[side].States
	if len(states) == 0 {
		return Unknown, Unknown, false
	}
	last := &states[len(states)-1]
	since, sure := last.When(), last.State != Unknown
	// Since the last judgement nothing has come: what was there then is still there, or the kernel has it no more.
	if s, there := SocketAt(t, side, min(h.At, t.WatchedUntil), cfg); there {
		wire, since, sure = s.State, s.Since, s.Certain
	} else {
		wire = Closed
	}
	return wire, of.State, sure && h.At-since >= stillFor && h.At-t.Last >= stillFor
}
