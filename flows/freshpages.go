package flows

import "unsafe"

// smallPage is the least size of the kernel's pages.
const smallPage = 4 << 10

// touch writes to each page of fresh memory, all of which is zero. A page that is read first, as a table's are, becomes the
// one page of zeros that all processes share; with the first write it is taken away from all processors again, each of
// which has to be interrupted for that.
func touch[T any](v []T) {
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), uintptr(len(v))*unsafe.Sizeof(v[0]))
	for i := 0; i < len(b); i += smallPage {
		b[i] = 0
	}
}
