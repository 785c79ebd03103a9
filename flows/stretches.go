package flows

import (
	"runtime"
	"sync"
)

// leastStretch is how many elements a goroutine of its own is worth.
const leastStretch = 64

// EachStretch calls fn for stretches of the elements from 0 to n, side by side where there are many. Every element lies
// in one stretch.
func EachStretch(n int, fn func(from, to int)) {
	parts := max(min(runtime.GOMAXPROCS(0), n/leastStretch), 1)
	var running sync.WaitGroup
	for i := 1; i < parts; i++ {
		running.Go(func() { fn(n*i/parts, n*(i+1)/parts) })
	}
	fn(0, n/parts)
	running.Wait()
}
