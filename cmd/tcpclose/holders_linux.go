package main

import (
	"encoding/binary"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/flows"
)

// Sockets that the kernel has no more are remembered so long, and so many of them at the most: who held the socket of a
// connection that has ended is worth knowing.
const (
	rememberFor  = int64(10 * time.Minute)
	rememberMost = 1 << 14
)

// connected are the states of sockets that have a peer: all but CLOSED and LISTEN.
const connected = uint32(1<<13-1) &^ (1<<7 | 1<<10)

// holders looks at all TCP sockets of this host. A look that fails returns what the one before saw.
func (o *owners) holders() *flows.Holders {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := &flows.Holders{At: time.Now().UnixNano(), Of: map[flows.SocketName]flows.Holder{}}
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		if err := o.dump(family, func(body []byte) { o.enter(h, body) }); err != nil {
			return o.last
		}
	}
	o.remember(h)
	o.last = h
	return h
}

// dump asks sock_diag for all sockets of a family and calls fn with the struct inet_diag_msg of each.
func (o *owners) dump(family uint8, fn func(body []byte)) error {
	ne := binary.NativeEndian
	m, _ := request(family, unix.NLM_F_DUMP, connected)
	if err := unix.Sendto(o.fd, m, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	for {
		n, _, err := unix.Recvfrom(o.fd, o.buf, 0)
		if err != nil {
			return err
		}
		for b := o.buf[:n]; len(b) >= unix.SizeofNlMsghdr; {
			size := int(ne.Uint32(b))
			if size < unix.SizeofNlMsghdr || size > len(b) {
				return unix.EBADMSG
			}
			switch kind := ne.Uint16(b[4:]); {
			case kind == unix.NLMSG_DONE:
				return nil
			case kind == unix.NLMSG_ERROR:
				return unix.EIO
			case kind == unix.SOCK_DIAG_BY_FAMILY && size >= unix.SizeofNlMsghdr+sizeofDiag:
				fn(b[unix.SizeofNlMsghdr:size])
			}
			b = b[min((size+3)&^3, len(b)):]
		}
	}
}

// enter takes one socket in.
func (o *owners) enter(h *flows.Holders, body []byte) {
	if int(body[1]) >= len(kernelStates) || kernelStates[body[1]] == flows.Unknown {
		return
	}
	state := kernelStates[body[1]]
	name := flows.SocketName{Local: diagEnd(body, 4, 8), Peer: diagEnd(body, 6, 24)}
	of := o.describe(body, state).holder()
	of.Since = h.At
	if before, ok := o.last.Find(name); ok && (!before.Gone || o.missed(before, of)) {
		if before.State == state {
			of.Since = before.Since
		}
		if of.PID == 0 { // it is closed, or its process could not be found this time
			of.Process, of.PID, of.User, of.Container = before.Process, before.PID, before.User, before.Container
		}
	}
	h.Of[name] = of
}

// missed says whether the socket now has been that of before all the time, though the look between did not see it: while a
// closed socket is replaced with its mini-socket (FIN-WAIT-2, TIME-WAIT), the new one is without references for a moment,
// and a dump leaves it out. A socket without a process that was not there one look ago is hardly another, as that one
// would have been opened and closed since.
func (o *owners) missed(before, now flows.Holder) bool {
	return now.Orphan && before.Since == o.last.At
}

// diagEnd reads an address and port of a struct inet_diag_msg, whose family is at its begin.
func diagEnd(body []byte, port, addr int) netip.AddrPort {
	var a netip.Addr
	if body[0] == unix.AF_INET {
		a = netip.AddrFrom4([4]byte(body[addr:]))
	} else {
		a = netip.AddrFrom16([16]byte(body[addr:])).Unmap()
	}
	return netip.AddrPortFrom(a, binary.BigEndian.Uint16(body[port:]))
}

// remember keeps what was known of sockets that are gone now.
func (o *owners) remember(h *flows.Holders) {
	if o.last == nil {
		return
	}
	room := rememberMost
	for name, of := range o.last.Of {
		if _, there := h.Of[name]; there || room == 0 || of.PID == 0 {
			continue
		}
		if !of.Gone {
			of.Gone, of.Since = true, h.At
		}
		if h.At-of.Since < rememberFor {
			h.Of[name] = of
			room--
		}
	}
}
