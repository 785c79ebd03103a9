package legs

import (
	"bytes"
	"math/rand/v2"
)

// A runIndex finds where the octets of one stream stand in another. It is made once for a front leg, which is compared with
// many, and costs about as much as one comparison.
type runIndex struct {
	stream []byte
	places [4 * lookBytes]uint16 // by a hash of as many octets as shared: 1 + where they stand; 0 is free
}

// runBase makes the hash another one in each run, so that nobody can send octets that all lie in one place.
var runBase = rand.Uint32() | 1

// runOldest is what the octet before the last shared ones counts in the hash.
var runOldest = func() uint32 {
	p := uint32(1)
	for range shared {
		p *= runBase
	}
	return p
}()

// eachRun calls fn with the hash of every run of shared octets, and where it begins.
func eachRun(stream []byte, fn func(hash uint32, at int)) {
	hash := uint32(0)
	for i, c := range stream {
		hash = hash*runBase + uint32(c) + 1
		if i >= shared {
			hash -= (uint32(stream[i-shared]) + 1) * runOldest
		}
		if i >= shared-1 {
			fn(hash, i-shared+1)
		}
	}
}

func newRunIndex(stream []byte) *runIndex {
	x := &runIndex{stream: stream}
	eachRun(stream, func(hash uint32, at int) {
		slot, _ := x.find(hash, stream[at:at+shared])
		x.places[slot] = uint16(at + 1)
	})
	return x
}

// find returns the slot of a run, and where the run stands; -1: nowhere.
func (x *runIndex) find(hash uint32, run []byte) (slot uint32, at int) {
	const mask = uint32(len(x.places) - 1)
	for slot = hash * 0x9e3779b1 >> 16 & mask; ; slot = (slot + 1) & mask {
		at = int(x.places[slot]) - 1
		if at < 0 || bytes.Equal(x.stream[at:at+shared], run) {
			return slot, at
		}
	}
}

// longest returns the length of the longest run of octets that stands in another stream too, at least shared; 0 for none.
// Of octets that the first stream has several times the last place counts.
func (x *runIndex) longest(other []byte) (best int) {
	from := 0
	eachRun(other, func(hash uint32, j int) {
		if j < from {
			return // inside the run that was found last
		}
		_, i := x.find(hash, other[j:j+shared])
		if i < 0 {
			return
		}
		n := shared
		for i+n < len(x.stream) && j+n < len(other) && x.stream[i+n] == other[j+n] {
			n++
		}
		best = max(best, n)
		from = j + n - shared + 1
	})
	return best
}

// runs are the indexes of one leg's streams, made where they are asked for.
type runs [2]*runIndex

func (r *runs) of(side int, stream []byte) *runIndex {
	if r[side] == nil {
		r[side] = newRunIndex(stream)
	}
	return r[side]
}
