package flows

import "unsafe"

// chunkBits sets how many records a slab grows by: 4096, so that growing never moves a record.
const chunkBits = 12

// A slab is a growing array of records without pointers, reached by index. Index 0 is never given out. Freed records are
// used again.
type slab[T any] struct {
	chunks []*[1 << chunkBits]T
	used   uint32 // indexes given out once
	free   []uint32
}

// newSlab returns a slab whose record 0 is there to be looked at; it is zero.
func newSlab[T any]() slab[T] {
	return slab[T]{chunks: []*[1 << chunkBits]T{new([1 << chunkBits]T)}, used: 1}
}

// at returns the record of an index.
func (s *slab[T]) at(i uint32) *T {
	return &s.chunks[i>>chunkBits][i&(1<<chunkBits-1)]
}

// alloc returns a zeroed record and its index.
func (s *slab[T]) alloc() (uint32, *T) {
	if n := len(s.free); n > 0 {
		i := s.free[n-1]
		s.free = s.free[:n-1]
		if n > reuseAhead {
			s.ask(s.free[n-1-reuseAhead])
		}
		return i, s.at(i)
	}
	if s.used == 0 {
		s.used = 1
	}
	if int(s.used>>chunkBits) == len(s.chunks) {
		chunk := new([1 << chunkBits]T)
		askHugePages(chunk[:])
		touch(chunk[:])
		s.chunks = append(s.chunks, chunk)
	}
	i := s.used
	s.used++
	return i, s.at(i)
}

// reuseAhead is how many records are used again while the memory of a later one is on its way.
const reuseAhead = 4

// ask asks for the memory of a record.
func (s *slab[T]) ask(i uint32) {
	record := s.at(i)
	prefetch([]unsafe.Pointer{unsafe.Pointer(record)}, int(unsafe.Sizeof(*record)/cacheLine))
}

// release gives a record back. It is zeroed now, while it is still in cache.
func (s *slab[T]) release(i uint32) {
	var zero T
	*s.at(i) = zero
	s.free = append(s.free, i)
}

// live returns how many records are in use.
func (s *slab[T]) live() int { return max(0, int(s.used)-1) - len(s.free) }
