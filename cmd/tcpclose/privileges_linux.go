package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropPrivileges gives up what is not needed once the capture is open. Under sudo the process becomes the user who called
// it; elsewhere it keeps the user and gives up its capabilities, but root's rights on files. Other users' processes can be seen by root
// alone, so with owners it stays the user that it is. said is what was done.
func dropPrivileges(owners bool) (said string, err error) {
	if os.Geteuid() == 0 && !owners {
		uid, err := strconv.Atoi(os.Getenv("SUDO_UID"))
		gid, err2 := strconv.Atoi(os.Getenv("SUDO_GID"))
		if err == nil && err2 == nil && uid > 0 {
			return fmt.Sprintf("dropped to uid %d", uid), become(uid, gid)
		}
	}
	return "", keepCapabilities(owners)
}

// become changes the user and the group for good, in all threads.
func become(uid, gid int) error {
	if err := syscall.Setgroups([]int{gid}); err != nil {
		return fmt.Errorf("give up root's groups: %w", err)
	}
	if err := syscall.Setgid(gid); err != nil {
		return fmt.Errorf("change to group %d: %w", gid, err)
	}
	if err := syscall.Setuid(uid); err != nil {
		return fmt.Errorf("change to user %d: %w", uid, err)
	}
	return nil
}

// keepCapabilities gives up all capabilities, but those that let root write where it may write now, and for owners those
// that let it see whose sockets there are.
func keepCapabilities(owners bool) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read the capabilities: %w", err)
	}
	keep := uint32(1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_FOWNER | 1<<unix.CAP_CHOWN)
	if owners {
		keep |= 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_DAC_READ_SEARCH
	}
	data[0].Permitted &= keep
	data[0].Effective &= keep
	data[0].Inheritable = 0
	data[1] = unix.CapUserData{}
	// Every thread has capabilities of its own.
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	if errno == syscall.ENOTSUP {
		return nil // built with cgo, whose threads Go cannot reach
	}
	if errno != 0 {
		return fmt.Errorf("give up capabilities: %w", errno)
	}
	return nil
}
