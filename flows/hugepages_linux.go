package flows

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

const hugePage = 2 << 20

// askHugePages asks the kernel for pages of 2 MiB where v lies. Records are reached in the order of their packets, which is
// none, so with pages of 4 KiB nearly each of them costs a walk through the page tables as well, twice as long on a virtual
// machine. Most distributions give such pages only to those who ask. The pages that v begins and ends in are asked for
// whole: what else lies there is of the same heap.
func askHugePages[T any](v []T) {
	size := uintptr(len(v)) * unsafe.Sizeof(v[0])
	first := unsafe.Pointer(unsafe.SliceData(v))
	before := uintptr(first) & (hugePage - 1)
	pages := (before + size + hugePage - 1) &^ (hugePage - 1)
	// Without them all works as well.
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, uintptr(first)-before, pages, unix.MADV_HUGEPAGE)
}
