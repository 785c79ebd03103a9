//go:build !amd64 && !arm64

package flows

// prefetch loads these words: where nothing better is known, the loads at least wait together.
func prefetch(lines []*uint64) {
	var sum uint64
	for _, line := range lines {
		sum += *line
	}
	keepLoads(sum)
}

// keepLoads keeps the compiler from leaving the loads out.
//
//go:noinline
func keepLoads(uint64) {}
