package flows

import (
	"sync"
	"unsafe"
)

// maxLanes is how many lanes an accumulator has: shards beyond that share one.
const maxLanes = 16

// Lanes let the shards accumulate side by side. Each shard adds into the lane that its conversations bear (Teardown.lane),
// so that none waits for another and none takes another's cache lines away; what comes out does not depend on which lane
// a conversation went to, since lanes are merged before anything is read.
type lanes[T any] struct {
	_  [cacheLines]byte // what stands before is read by all, and would come with the first lock
	of [maxLanes]lane[T]
}

type lane[T any] struct {
	mu    sync.Mutex
	value *T
	_     [cacheLines - unsafe.Sizeof(sync.Mutex{}) - unsafe.Sizeof(uintptr(0))]byte // no two locks lie in one pair
}

// enter returns a conversation's lane, locked, with its value made where there is none yet.
func (l *lanes[T]) enter(t *Teardown, fresh func() *T) *lane[T] {
	n := &l.of[t.lane%maxLanes]
	n.mu.Lock()
	if n.value == nil {
		n.value = fresh()
	}
	return n
}

// whole merges the lanes into the first and returns its value. More may be added afterwards, but not meanwhile.
func (l *lanes[T]) whole(fresh func() *T, merge func(to, from *T)) *T {
	first := &l.of[0]
	first.mu.Lock()
	defer first.mu.Unlock()
	if first.value == nil {
		first.value = fresh()
	}
	for i := 1; i < maxLanes; i++ {
		n := &l.of[i]
		n.mu.Lock()
		if n.value != nil {
			merge(first.value, n.value)
			n.value = nil
		}
		n.mu.Unlock()
	}
	return first.value
}
