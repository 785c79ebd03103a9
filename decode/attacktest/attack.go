// Package attacktest makes captures as attackers make them, of any size, for tests: what a format allows and nobody
// writes. The same size gives the same octets. Only tests import it.
package attacktest

import (
	"bufio"
	"io"
	"slices"
	"time"
)

// An Attack is a way to make a capture that takes far more time or memory than one of its size should.
type Attack struct {
	Name string
	Says []string // what a report must say of it
	// What it may take beside what others may, whatever its size: octets of windows and dictionaries that are as large as
	// their headers ask for, and time to clear these or to try what looks like the beginning of something.
	Takes int64
	Lasts time.Duration
	fill  func(f *file, size int64)
}

// Write writes a capture of about so many octets.
func (a *Attack) Write(w io.Writer, size int64) error {
	f := &file{w: bufio.NewWriterSize(w, 1<<20)}
	a.fill(f, size)
	return f.w.Flush()
}

// Attacks lists all of them.
func Attacks() []Attack {
	return slices.Concat(blockAttacks, recordAttacks, headerAttacks, packedAttacks)
}

// Ordinary writes a capture of about so many octets in which nothing is wrong: short connections.
func Ordinary(w io.Writer, size int64) error {
	a := Attack{fill: func(f *file, size int64) {
		f.pcap()
		for n := uint32(0); f.n < size; n++ {
			f.connection(n)
		}
	}}
	return a.Write(w, size)
}

// A file is what is being written. Its writer keeps the first error.
type file struct {
	w      *bufio.Writer
	n      int64 // octets so far
	frames uint64
}

func (f *file) write(pieces ...[]byte) {
	for _, p := range pieces {
		n, _ := f.w.Write(p)
		f.n += int64(n)
	}
}
