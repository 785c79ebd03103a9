//go:build !amd64 && !arm64

package flows

import "unsafe"

// prefetch loads a word of each cache line: where nothing better is known, the loads at least wait together.
func prefetch(list []unsafe.Pointer, lines int) {
	var sum uint64
	for _, from := range list {
		for n := range lines {
			sum += *(*uint64)(unsafe.Add(from, n*cacheLine))
		}
	}
	keepLoads(sum)
}

// keepLoads keeps the compiler from leaving the loads out.
//
//go:noinline
func keepLoads(uint64) {}
