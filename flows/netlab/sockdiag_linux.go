package netlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Kernel state numbers (include/net/tcp_states.h) that sock_diag and the tracepoints speak of.
const (
	kernelFinWait2 = 5
	kernelTimeWait = 6
	kernelClose    = 7
	kernelSynRecv  = 3
	kernelListen   = 10
)

// sizeofInetDiagMsg is that of struct inet_diag_msg, sizeofInetDiagReq that of struct inet_diag_req_v2.
const (
	sizeofInetDiagMsg = 72
	sizeofInetDiagReq = 56
	timerTimeWait     = 3
)

// A diagSocket asks one namespace's kernel for its TCP sockets.
type diagSocket struct {
	fd     int
	family byte
	buf    []byte
}

// newDiagSocket opens the socket in the calling thread's namespace.
func newDiagSocket(family byte) (*diagSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("sock_diag: %w", err)
	}
	// An answer that does not come must not hang the lab.
	tv := unix.NsecToTimeval(int64(2 * time.Second))
	_ = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv)
	return &diagSocket{fd, family, make([]byte, 1<<16)}, nil
}

func (d *diagSocket) close() { _ = unix.Close(d.fd) }

// A socketInfo is one TCP socket that is not listening, as sock_diag tells of it.
type socketInfo struct {
	key   tupleKey
	state uint8
	mini  bool // a request or a TIME-WAIT mini-socket
	id    [48]byte
}

// tupleKey names a connection from the view of one host.
type tupleKey struct{ local, remote netip.AddrPort }

func (d *diagSocket) request(kind uint16, flags uint16, states uint32, id []byte) error {
	req := make([]byte, sizeofInetDiagReq)
	req[0], req[1] = d.family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(req[4:], states)
	copy(req[8:], id)
	return unix.Sendto(d.fd, newMessage(kind, flags, req).finish(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
}

// dump calls fn for each socket that is not listening.
func (d *diagSocket) dump(fn func(socketInfo)) error {
	states := ^uint32(1<<kernelListen | 1<<kernelClose)
	if err := d.request(unix.SOCK_DIAG_BY_FAMILY, unix.NLM_F_DUMP, states, nil); err != nil {
		return err
	}
	for {
		n, _, err := unix.Recvfrom(d.fd, d.buf, 0)
		if err != nil {
			return err
		}
		for b := d.buf[:n]; len(b) >= unix.SizeofNlMsghdr; {
			length := int(binary.NativeEndian.Uint32(b))
			if length < unix.SizeofNlMsghdr || length > len(b) {
				return errors.New("sock_diag: damaged answer")
			}
			body := b[unix.SizeofNlMsghdr:length]
			switch binary.NativeEndian.Uint16(b[4:]) {
			case unix.NLMSG_DONE:
				return nil
			case unix.NLMSG_ERROR:
				return fmt.Errorf("sock_diag: %w", unix.Errno(-int32(binary.NativeEndian.Uint32(body))))
			default:
				if len(body) >= sizeofInetDiagMsg {
					fn(d.parse(body))
				}
			}
			b = b[min((length+3)&^3, len(b)):]
		}
	}
}

func (d *diagSocket) parse(body []byte) socketInfo {
	info := socketInfo{state: body[1], id: [48]byte(body[4:52])}
	// A request has no inode; a full socket in SYN-RECEIVED, after a simultaneous open, has.
	inode := binary.NativeEndian.Uint32(body[68:])
	info.mini = body[2] == timerTimeWait || body[1] == kernelSynRecv && inode == 0
	addr := func(b []byte) netip.Addr {
		if d.family == unix.AF_INET {
			return netip.AddrFrom4([4]byte(b[:4]))
		}
		return netip.AddrFrom16([16]byte(b[:16]))
	}
	info.key.local = netip.AddrPortFrom(addr(body[8:]), binary.BigEndian.Uint16(body[4:]))
	info.key.remote = netip.AddrPortFrom(addr(body[24:]), binary.BigEndian.Uint16(body[6:]))
	return info
}

// destroy aborts one socket as `ss -K` does.
func (d *diagSocket) destroy(key tupleKey) error {
	var id []byte
	err := d.dump(func(s socketInfo) {
		if s.key == key {
			id = s.id[:]
		}
	})
	if err != nil {
		return err
	}
	if id == nil {
		return fmt.Errorf("no socket %s to %s to destroy", key.local, key.remote)
	}
	const sockDestroy = 21
	if err := d.request(sockDestroy, unix.NLM_F_ACK, ^uint32(0), id); err != nil {
		return err
	}
	n, _, err := unix.Recvfrom(d.fd, d.buf, 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 {
		return errors.New("sock_diag: short answer")
	}
	if errno := -int32(binary.NativeEndian.Uint32(d.buf[unix.SizeofNlMsghdr:])); errno != 0 {
		return fmt.Errorf("destroy socket: %w", unix.Errno(errno))
	}
	return nil
}

// Destroy aborts the host's socket of a connection, as `ss -K` does.
func (h *Host) Destroy(c net.Conn) error {
	h.log.asking.Lock()
	defer h.log.asking.Unlock()
	local, ok := c.LocalAddr().(*net.TCPAddr)
	remote, ok2 := c.RemoteAddr().(*net.TCPAddr)
	if !ok || !ok2 {
		return errors.New("not a TCP connection")
	}
	return h.diag.destroy(tupleKey{local.AddrPort(), remote.AddrPort()})
}
