package netlab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Host is one end of the wire: a network namespace with one address.
type Host struct {
	Name string
	Addr netip.Addr
	ns   *namespace
	tun  *os.File
	diag *diagSocket
	log  hostLog // what the kernel did here
}

// defaults are the sysctls of every host: short timers where the kernel lets them be set, and nothing that one scenario
// could hand on to the next.
var defaults = [][2]string{
	{"net/ipv4/tcp_congestion_control", "reno"}, // bbr paces, and would delay a FIN behind data
	{"net/ipv4/tcp_no_metrics_save", "1"},
	{"net/ipv4/tcp_fin_timeout", "60"},
	{"net/ipv4/tcp_tw_reuse", "0"},
	{"net/ipv4/tcp_fastopen", "0"},
	{"net/mptcp/enabled", "0"},
}

// newHost makes a namespace with a device and an address. Its kernel sends and receives TCP over the device alone.
func newHost(tracer *Tracer, name string, number int, addr netip.Addr, extra [][2]string) (*Host, error) {
	parent, err := nursery()
	if err != nil {
		return nil, err
	}
	ns, err := newNamespace(parent)
	if err != nil {
		return nil, err
	}
	// A trace event names the device, not the namespace: the name is the host's own, and within 15 letters.
	device := fmt.Sprintf("%s%x%s%d", devicePrefix, os.Getpid()&0xfffff, name, number)
	h := &Host{Name: name, Addr: addr, ns: ns}
	tracer.watch(addr, device, &h.log)
	err = ns.do(func() error {
		for _, s := range [...][2]string{
			{"net/ipv6/conf/default/accept_dad", "0"},
			{"net/ipv6/conf/default/router_solicitations", "0"},
			{"net/ipv6/conf/default/addr_gen_mode", "1"},
		} {
			if err := sysctl(s[0], s[1]); err != nil && addr.Is6() {
				return err
			}
		}
		for _, s := range append(slices.Clip(defaults), extra...) {
			if err := sysctl(s[0], s[1]); err != nil {
				return err
			}
		}
		if h.tun, err = openTUN(device); err != nil {
			return err
		}
		index, err := raiseLink(device)
		if err != nil {
			return err
		}
		if err := addAddress(index, addr); err != nil {
			return err
		}
		h.diag, err = newDiagSocket(family(addr))
		return err
	})
	if err != nil {
		h.close()
		return nil, fmt.Errorf("host %s: %w", name, err)
	}
	return h, nil
}

func (h *Host) close() {
	if h.diag != nil {
		h.diag.close()
	}
	if h.tun != nil {
		_ = h.tun.Close()
	}
	h.ns.close()
}

// Sysctl sets a value for this host alone.
func (h *Host) Sysctl(name, value string) error {
	return h.ns.do(func() error { return sysctl(name, value) })
}

// A Sockopt is one socket option, set before the socket is bound.
type Sockopt struct{ Level, Name, Value int }

func control(opts []Sockopt) func(string, string, syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) (err error) {
		ctlErr := c.Control(func(fd uintptr) {
			for _, o := range opts {
				if err = unix.SetsockoptInt(int(fd), o.Level, o.Name, o.Value); err != nil {
					return
				}
			}
		})
		if ctlErr != nil {
			return ctlErr
		}
		return err
	}
}

// Listen opens a listening socket with a queue of backlog connections, or the system's default where it is 0.
func (h *Host) Listen(port uint16, backlog int, mptcp bool, opts ...Sockopt) (*net.TCPListener, error) {
	lc := net.ListenConfig{KeepAlive: -1, Control: control(opts)}
	lc.SetMultipathTCP(mptcp)
	var ln net.Listener
	err := h.ns.do(func() (err error) {
		ln, err = lc.Listen(context.Background(), "tcp", netip.AddrPortFrom(h.Addr, port).String())
		return err
	})
	if err != nil {
		return nil, err
	}
	tl := ln.(*net.TCPListener)
	if backlog > 0 {
		if err := onFD(tl, func(fd int) error { return unix.Listen(fd, backlog) }); err != nil {
			return nil, err
		}
	}
	return tl, nil
}

// Dial opens a connection from a port of this host; 0 lets the kernel choose one.
func (h *Host) Dial(port uint16, to netip.AddrPort, timeout time.Duration, mptcp bool, opts ...Sockopt) (*net.TCPConn, error) {
	d := net.Dialer{
		Timeout: timeout, KeepAlive: -1, Control: control(opts),
		LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(h.Addr, port)),
	}
	d.SetMultipathTCP(mptcp)
	var c net.Conn
	err := h.ns.do(func() (err error) {
		c, err = d.Dial("tcp", to.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// onFD runs fn with a socket's file descriptor.
func onFD(c syscall.Conn, fn func(fd int) error) (err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	ctlErr := raw.Control(func(fd uintptr) { err = fn(int(fd)) })
	if ctlErr != nil {
		return ctlErr
	}
	return err
}
