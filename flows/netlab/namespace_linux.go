package netlab

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// A namespace is a network namespace that lives as long as its file descriptor.
type namespace struct{ file *os.File }

// nursery is the namespace from which all others are made. Its tcp_child_ehash_entries gives each child a small socket
// table of its own: sock_diag walks the whole table at each question, and the system's has tens of thousands of buckets.
var nursery = sync.OnceValues(func() (*namespace, error) {
	ns, err := newNamespace(nil)
	if err != nil {
		return nil, err
	}
	// Kernels before 6.1 lack it; the lab is slower there and otherwise the same.
	_ = ns.do(func() error { return sysctl("net/ipv4/tcp_child_ehash_entries", "512") })
	return ns, nil
})

// newNamespace makes a namespace, as a child of parent where one is given.
func newNamespace(parent *namespace) (*namespace, error) {
	ns := &namespace{}
	err := onOwnThread(func() error {
		if parent != nil {
			if err := unix.Setns(int(parent.file.Fd()), unix.CLONE_NEWNET); err != nil {
				return fmt.Errorf("enter the nursery: %w", err)
			}
		}
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace (needs root): %w", err)
		}
		f, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			return err
		}
		ns.file = f
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ns, nil
}

// do runs fn on a thread inside the namespace. Sockets and devices that it opens stay there; the thread dies afterwards.
func (ns *namespace) do(fn func() error) error {
	return onOwnThread(func() error {
		if err := unix.Setns(int(ns.file.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter the network namespace: %w", err)
		}
		return fn()
	})
}

func (ns *namespace) close() { _ = ns.file.Close() }

// onOwnThread runs fn on a thread that is thrown away: a goroutine that ends while locked takes its thread along, so no
// other goroutine ever runs in a foreign namespace.
func onOwnThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		done <- fn()
	}()
	return <-done
}

// sysctl writes one value under /proc/sys in the calling thread's namespace.
func sysctl(name, value string) error {
	// One write: the kernel takes each write for a whole value.
	err := os.WriteFile("/proc/sys/"+strings.ReplaceAll(name, ".", "/"), []byte(value), 0)
	if err != nil {
		return fmt.Errorf("sysctl %s=%s: %w", name, value, err)
	}
	return nil
}
