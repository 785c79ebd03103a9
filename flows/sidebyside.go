package flows

import (
	"context"
	"runtime"
	"sync"
)

// SideBySide calls fn for the elements from 0 to n, at most size at once, on all processors. Every element is given to fn
// once, unless ctx ends before. The workers count from 0, and there are at most GOMAXPROCS of them.
func SideBySide(ctx context.Context, n, size int, fn func(worker, from, to int)) {
	var next struct {
		sync.Mutex
		at int
	}
	take := func() (from, to int, ok bool) {
		next.Lock()
		defer next.Unlock()
		from = next.at
		to = min(n, from+size)
		next.at = to
		return from, to, from < to && ctx.Err() == nil
	}
	var running sync.WaitGroup
	for w := range min(runtime.GOMAXPROCS(0), (n+size-1)/size) {
		running.Go(func() {
			for {
				from, to, ok := take()
				if !ok {
					return
				}
				fn(w, from, to)
			}
		})
	}
	running.Wait()
}
