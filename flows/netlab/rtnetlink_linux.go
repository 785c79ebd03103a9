package netlab

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// message builds one netlink message: header, fixed part, attributes. Everything is in host order, as netlink wants it.
type message []byte

func newMessage(kind, flags uint16, fixed []byte) message {
	m := append(make(message, 0, 128), make([]byte, unix.SizeofNlMsghdr)...)
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], flags|unix.NLM_F_REQUEST)
	return append(m, fixed...)
}

func (m message) attr(kind uint16, value []byte) message {
	m = binary.NativeEndian.AppendUint16(m, uint16(4+len(value)))
	m = binary.NativeEndian.AppendUint16(m, kind)
	m = append(m, value...)
	for len(m)%4 != 0 {
		m = append(m, 0)
	}
	return m
}

// finish writes the length and returns the bytes to send.
func (m message) finish() []byte {
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	return m
}

// routeRequest sends one rtnetlink request from the calling thread's namespace and waits for its acknowledgement.
func routeRequest(m message) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Sendto(fd, m.finish(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, buf, 0)
	if err != nil {
		return err
	}
	if n < unix.SizeofNlMsghdr+4 || binary.NativeEndian.Uint16(buf[4:]) != unix.NLMSG_ERROR {
		return fmt.Errorf("netlink: unexpected answer of %d bytes", n)
	}
	if errno := -int32(binary.NativeEndian.Uint32(buf[unix.SizeofNlMsghdr:])); errno != 0 {
		return unix.Errno(errno)
	}
	return nil
}

// raiseLink sets a device up.
func raiseLink(name string) (index int, err error) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	fixed := make([]byte, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(fixed[4:], uint32(ifi.Index))
	binary.NativeEndian.PutUint32(fixed[8:], unix.IFF_UP)  // flags
	binary.NativeEndian.PutUint32(fixed[12:], unix.IFF_UP) // change mask
	if err := routeRequest(newMessage(unix.RTM_NEWLINK, unix.NLM_F_ACK, fixed)); err != nil {
		return 0, fmt.Errorf("raise %s: %w", name, err)
	}
	return ifi.Index, nil
}

func family(a netip.Addr) byte {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// addAddress gives a device one host address, and routes everything else of its family through it.
func addAddress(index int, a netip.Addr) error {
	raw := a.AsSlice()
	addr := []byte{family(a), byte(a.BitLen()), unix.IFA_F_NODAD, unix.RT_SCOPE_UNIVERSE, 0, 0, 0, 0}
	binary.NativeEndian.PutUint32(addr[4:], uint32(index))
	m := newMessage(unix.RTM_NEWADDR, unix.NLM_F_ACK|unix.NLM_F_CREATE|unix.NLM_F_EXCL, addr)
	if err := routeRequest(m.attr(unix.IFA_LOCAL, raw).attr(unix.IFA_ADDRESS, raw)); err != nil {
		return fmt.Errorf("add address %s: %w", a, err)
	}
	route := []byte{
		family(a), 0, 0, 0, unix.RT_TABLE_MAIN, unix.RTPROT_STATIC, unix.RT_SCOPE_LINK, unix.RTN_UNICAST, 0, 0, 0, 0,
	}
	m = newMessage(unix.RTM_NEWROUTE, unix.NLM_F_ACK|unix.NLM_F_CREATE, route)
	out := binary.NativeEndian.AppendUint32(nil, uint32(index))
	if err := routeRequest(m.attr(unix.RTA_OIF, out)); err != nil {
		return fmt.Errorf("route through the wire: %w", err)
	}
	if a.Is6() {
		return awaitLocal(a)
	}
	return nil
}

// awaitLocal waits until the calling thread's namespace takes an IPv6 address for its own: the kernel leaves that to a
// worker of its, which a busy machine keeps waiting, and drops what comes before.
func awaitLocal(a netip.Addr) error {
	entry := fmt.Sprintf("%x 80 ", a.As16())
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		routes, err := os.ReadFile("/proc/thread-self/net/ipv6_route")
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(routes)) {
			const local = 0x80000000 // RTF_LOCAL
			fields := strings.Fields(line)
			if flags, err := strconv.ParseUint(fields[len(fields)-2], 16, 32); err == nil && flags&local != 0 && strings.HasPrefix(line, entry) {
				return nil
			}
		}
	}
	return fmt.Errorf("the kernel did not make %s its own", a)
}
