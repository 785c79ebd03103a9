// Package damagetest damages capture files in every way that disks, networks and dying writers do, for tests. The same
// seed gives the same damage. Only tests import it.
package damagetest

import (
	"encoding/binary"
	"iter"
	"math/rand/v2"
	"slices"
	"strconv"
)

// A Case is a damaged file, and where it differs from the whole one: Bytes[:Lo] is what the whole file begins with, and
// Bytes[New:] what it holds from Hi on.
type Case struct {
	Name    string
	Bytes   []byte
	Lo, Hi  int  // of the whole file: the octets from Lo up to Hi are gone or changed
	New     int  // where what stood at Hi stands now
	Copied  bool // what stands between Lo and New is a piece of the whole file
	CopyLo  int  // that piece, where Copied
	CopyHi  int
	Foreign bool // it is a piece of another file
}

// A kind is one way to damage a file.
type kind struct {
	name string
	do   func(c *Case, rng *rand.Rand, whole, other []byte)
}

var kinds = []kind{
	{"cut short", func(c *Case, _ *rand.Rand, whole, _ []byte) {
		c.replace(whole, c.Lo, len(whole), nil)
	}},
	{"one bit flipped", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		c.replace(whole, c.Lo, c.Lo+1, []byte{whole[c.Lo] ^ 1<<rng.IntN(8)})
	}},
	{"octets overwritten", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		c.replace(whole, c.Lo, end(whole, c.Lo+1+rng.IntN(64)), noise(rng, 64))
	}},
	{"a length overwritten", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		lengths := []uint32{0, 1, 12, 0xff, 0xffff, 1 << 18, 1 << 24, 0x7fffffff, 0xffffffff, rng.Uint32N(4096)}
		c.Lo &^= 3
		c.replace(whole, c.Lo, end(whole, c.Lo+4), binary.LittleEndian.AppendUint32(nil, lengths[rng.IntN(len(lengths))]))
	}},
	{"a page of zeros", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		n := 1 << rng.IntN(13)
		c.replace(whole, c.Lo, end(whole, c.Lo+n), make([]byte, n))
	}},
	{"a piece missing", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		c.replace(whole, c.Lo, end(whole, c.Lo+1+rng.IntN(1<<(1+rng.IntN(11)))), nil)
	}},
	{"a piece twice", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		c.Copied = true
		c.CopyLo = max(c.Lo-1-rng.IntN(1<<(1+rng.IntN(11))), 0)
		c.CopyHi = c.Lo
		c.replace(whole, c.Lo, c.Lo, whole[c.CopyLo:c.CopyHi])
	}},
	{"noise between", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		c.replace(whole, c.Lo, c.Lo, noise(rng, 1+rng.IntN(300)))
	}},
	{"another file's piece between", func(c *Case, rng *rand.Rand, whole, other []byte) {
		c.Foreign = true
		at := rng.IntN(len(other))
		c.replace(whole, c.Lo, c.Lo, other[at:end(other, at+1+rng.IntN(2000))])
	}},
	{"another file's end", func(c *Case, rng *rand.Rand, whole, other []byte) {
		c.Foreign = true
		c.replace(whole, c.Lo, len(whole), other[rng.IntN(len(other)):])
	}},
	{"zeros at the end", func(c *Case, rng *rand.Rand, whole, _ []byte) {
		c.replace(whole, c.Lo, len(whole), make([]byte, rng.IntN(9000)))
	}},
}

// Each damages a file n times; other is where foreign pieces come from.
func Each(seed uint64, whole, other []byte, n int) iter.Seq[Case] {
	return func(yield func(Case) bool) {
		for i := range n {
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			k := &kinds[i%len(kinds)]
			c := Case{Lo: rng.IntN(len(whole))}
			k.do(&c, rng, whole, other)
			c.Name = k.name + ", at " + strconv.Itoa(c.Lo) + " of " + strconv.Itoa(len(whole)) + ", case " + strconv.Itoa(i)
			if !yield(c) {
				return
			}
		}
	}
}

// replace puts other octets in the place of those from lo to hi.
func (c *Case) replace(whole []byte, lo, hi int, by []byte) {
	c.Bytes = slices.Concat(whole[:lo], by, whole[hi:])
	c.Lo, c.Hi, c.New = lo, hi, lo+len(by)
}

func end(b []byte, at int) int { return min(at, len(b)) }

func noise(rng *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}
