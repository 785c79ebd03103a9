// Package vethlab makes two network namespaces that a pair of virtual Ethernet devices joins, for tests of live captures.
// It needs root on Linux. The namespaces live as long as their file descriptors: nothing is left behind, however the
// process ends, and nothing outside them is touched.
package vethlab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// The addresses of the two ends.
var (
	AddrA = netip.MustParseAddr("10.77.0.1")
	AddrB = netip.MustParseAddr("10.77.0.2")
)

// A Space is one network namespace; its device is called Device.
type Space struct {
	file *os.File
	Addr netip.Addr
}

// Device is the name of either end's device.
const Device = "wire0"

// New makes the pair, and skips the test where that cannot be done.
func New(t testing.TB) (a, b *Space) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the test makes its network with iproute2's ip, which is not here")
	}
	a, b = newSpace(t, AddrA), newSpace(t, AddrB)
	steps := [][]string{
		{"link", "add", Device, "type", "veth", "peer", "name", "far0"},
		{"link", "set", "far0", "netns", fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), b.file.Fd())},
	}
	for _, s := range steps {
		a.Run(t, "ip", s...)
	}
	b.Run(t, "ip", "link", "set", "far0", "name", Device)
	for _, s := range []*Space{a, b} {
		s.Run(t, "ip", "addr", "add", s.Addr.String()+"/24", "dev", Device)
		s.Run(t, "ip", "link", "set", "lo", "up")
		s.Run(t, "ip", "link", "set", Device, "up")
	}
	return a, b
}

func newSpace(t testing.TB, addr netip.Addr) *Space {
	t.Helper()
	s := &Space{Addr: addr}
	err := onOwnThread(func() (err error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return err
		}
		s.file, err = os.Open("/proc/thread-self/ns/net")
		return err
	})
	if err != nil {
		t.Skipf("network namespaces cannot be made here: %v", err)
	}
	t.Cleanup(func() { _ = s.file.Close() })
	return s
}

// Do runs fn on a thread inside the namespace. Sockets that it opens and processes that it starts stay there.
func (s *Space) Do(fn func() error) error {
	return onOwnThread(func() error {
		if err := unix.Setns(int(s.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter the network namespace: %w", err)
		}
		return fn()
	})
}

// Run runs a program inside the namespace and returns its output.
func (s *Space) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	var out []byte
	err := s.Do(func() (err error) {
		out, err = exec.Command(name, args...).CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// Listen listens for TCP inside the namespace.
func (s *Space) Listen(t testing.TB, port int) *net.TCPListener {
	t.Helper()
	var l *net.TCPListener
	err := s.Do(func() (err error) {
		l, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.Addr, uint16(port))))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// Dial connects from inside the namespace.
func (s *Space) Dial(to netip.AddrPort) (conn *net.TCPConn, err error) {
	err = s.Do(func() error {
		conn, err = net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(to))
		return err
	})
	return conn, err
}

// DialContext connects from inside the namespace, as http.Transport wants it.
func (s *Space) DialContext(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = s.Do(func() error {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// onOwnThread runs fn on a thread that is thrown away, so that no other goroutine ever runs in a foreign namespace.
func onOwnThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- fn()
	}()
	return <-done
}
