package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tcpclose/decode/live/vethlab"
)

// TestASocketThatIsBoundToAnInterfaceHasAnOwner lets connections stall whose server's socket the kernel finds for who names
// its interface alone.
func TestASocketThatIsBoundToAnInterfaceHasAnOwner(t *testing.T) {
	a, b := vethlab.New(t)
	bind := func(_, _ string, c syscall.RawConn) (err error) {
		err2 := c.Control(func(fd uintptr) { err = unix.BindToDevice(int(fd), vethlab.Device) })
		if err2 != nil {
			return err2
		}
		return err
	}
	for i, s := range []*vethlab.Space{a, b} {
		if err := s.Do(func() error { return os.WriteFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", []byte("0"), 0) }); err == nil {
			s.Run(t, "ip", "addr", "add", fmt.Sprintf("fe80::77:%d/64", i+1), "dev", vethlab.Device, "nodad")
		}
	}
	// The name of an interface would be looked up outside the namespace.
	zone := func(s *vethlab.Space, addr string) (zoned string) {
		t.Helper()
		err := s.Do(func() error {
			i, err := net.InterfaceByName(vethlab.Device)
			if err == nil {
				zoned = fmt.Sprintf("[%s%%%d]", addr, i.Index)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return zoned
	}
	for _, c := range []struct {
		name           string
		listen, dialed string
		config         net.ListenConfig
	}{
		{"by its program", b.Addr.String(), b.Addr.String(), net.ListenConfig{Control: bind}},
		{"by its address", zone(b, "fe80::77:2"), zone(a, "fe80::77:2"), net.ListenConfig{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var l net.Listener
			if err := b.Do(func() (err error) {
				l, err = c.config.Listen(context.Background(), "tcp", c.listen+":9004")
				return err
			}); err != nil {
				t.Skip(err) // a host without IPv6
			}
			defer l.Close()
			run := startLive(t, b, nil, "--stall", "1s", "--owners")
			client, err := a.DialContext(context.Background(), "tcp", c.dialed+":9004")
			if err != nil {
				t.Fatal(err)
			}
			server, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			_ = client.Close()
			own, x, line := ownersOfStall(t, run)
			if x == nil || x.PID != os.Getpid() || x.State != "CLOSE-WAIT" || own != nil {
				t.Errorf("%s", line)
			}
			_ = run.cmd.Process.Kill()
		})
	}
}
