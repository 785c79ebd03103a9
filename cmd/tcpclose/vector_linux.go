package main

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A vector is what writing pieces at once needs: the kernel's list of them. It is kept from one call to the next, which
// unix.Writev does not do; that list was nearly all that the collector had to collect in a long run.
type vector struct{ list []unix.Iovec }

// maxVector is how many pieces one call takes (UIO_MAXIOV).
const maxVector = 1024

// writev is writev(2).
func (v *vector) writev(fd int, pieces [][]byte) (int, error) {
	v.list = v.list[:0]
	for _, p := range pieces[:min(len(pieces), maxVector)] {
		if len(p) > 0 {
			i := unix.Iovec{Base: &p[0]}
			i.SetLen(len(p))
			v.list = append(v.list, i)
		}
	}
	n, _, errno := unix.Syscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(v.list))), uintptr(len(v.list)))
	clear(v.list)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
