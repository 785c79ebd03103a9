package vethlab

import (
	"errors"
	"fmt"
	"net"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Sender puts frames on the wire as they are.
type Sender struct {
	fd     int
	vector [sendBatch]unix.Iovec
	batch  [sendBatch]message
}

// sendBatch is how many frames go to the kernel at once.
const sendBatch = 64

// A message is the kernel's struct mmsghdr.
type message struct {
	header unix.Msghdr
	_      uint32 // how much was sent of it
	_      [4]byte
}

// Sender opens a socket that sends frames from the space's device; it is closed with the test.
func (s *Space) Sender(t testing.TB) *Sender {
	t.Helper()
	x := &Sender{fd: -1}
	err := s.Do(func() error {
		ifi, err := net.InterfaceByName(Device)
		if err != nil {
			return err
		}
		if x.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		// Protocol 0: it receives nothing. What it sends passes by the queue, so that nothing else delays it.
		if err := unix.Bind(x.fd, &unix.SockaddrLinklayer{Ifindex: ifi.Index}); err != nil {
			return err
		}
		return unix.SetsockoptInt(x.fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(x.fd) })
	return x
}

// Send sends frames, all of them, in order.
func (x *Sender) Send(frames [][]byte) error {
	for len(frames) > 0 {
		n := min(len(frames), sendBatch)
		for i, f := range frames[:n] {
			x.vector[i].Base = &f[0]
			x.vector[i].SetLen(len(f))
			x.batch[i].header.Iov = &x.vector[i]
			x.batch[i].header.SetIovlen(1)
		}
		sent, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(x.fd), uintptr(unsafe.Pointer(&x.batch)), uintptr(n), 0, 0, 0)
		switch {
		case errno == unix.ENOBUFS || errno == unix.EAGAIN || errno == unix.EINTR:
			continue
		case errno != 0:
			return fmt.Errorf("send a frame: %w", errno)
		case sent == 0:
			return errors.New("the kernel sends nothing")
		}
		frames = frames[sent:]
	}
	return nil
}
