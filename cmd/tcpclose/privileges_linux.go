package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// dropPrivileges gives up what is not needed once the capture is open. Under sudo the process becomes the user who called
// it; elsewhere it keeps the user and gives up its capabilities, but root's rights on files. With owners it keeps the two
// capabilities that it takes to see whose sockets there are: CAP_SYS_PTRACE to look into other users' processes, and
// CAP_DAC_READ_SEARCH, without which their /proc/PID/fd cannot be listed. said is what was done.
func dropPrivileges(owners bool) (said string, err error) {
	if os.Geteuid() == 0 {
		uid, err := strconv.Atoi(os.Getenv("SUDO_UID"))
		gid, err2 := strconv.Atoi(os.Getenv("SUDO_GID"))
		if err == nil && err2 == nil && uid > 0 {
			said = fmt.Sprintf("dropped to uid %d", uid)
			if !owners {
				return said, become(uid, gid)
			}
			if err := keepAcross(); err == nil {
				if err := become(uid, gid); err != nil {
					return "", err
				}
				return said + ", with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", keepCapabilities(seeOwners)
			}
		}
	}
	keep := uint32(writeAnywhere)
	if owners {
		keep |= seeOwners
	}
	if err = keepCapabilities(keep); errors.Is(err, syscall.ENOTSUP) {
		return "keeps its capabilities: a build with cgo cannot give them up", nil
	}
	return "", err
}

// Sets of capabilities: those that let root write where it may write now, and those that let a process see whose sockets
// there are.
const (
	writeAnywhere = 1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_FOWNER | 1<<unix.CAP_CHOWN
	seeOwners     = 1<<unix.CAP_SYS_PTRACE | 1<<unix.CAP_DAC_READ_SEARCH
)

// keepAcross has all threads keep their permitted capabilities when the user changes.
func keepAcross() error {
	if _, _, errno := syscall.AllThreadsSyscall(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0); errno != 0 {
		return errno
	}
	return nil
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

// keepCapabilities gives up all capabilities but those of a set, which become effective.
func keepCapabilities(keep uint32) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return fmt.Errorf("read the capabilities: %w", err)
	}
	data[0].Permitted &= keep
	data[0].Effective = data[0].Permitted
	data[0].Inheritable = 0
	data[1] = unix.CapUserData{}
	// Every thread has capabilities of its own.
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	if errno != 0 { // ENOTSUP: built with cgo, whose threads Go cannot reach
		return fmt.Errorf("give up capabilities: %w", errno)
	}
	return nil
}
