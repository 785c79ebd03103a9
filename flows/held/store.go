// Package held keeps packets of a source that cannot be read again, standard input or a network interface: of each
// conversation the first 16 and the last 48 segments, which is what a ladder of a close needs. Where all of them together
// grow too large, the conversations that were silent longest lose first most of theirs, then all.
package held

import (
	"cmp"
	"encoding/binary"

	"tcpclose/decode"
)

// How much is held of a conversation: its opening and its end.
const (
	First = 16
	Last  = 48
)

// Under want of memory so much is held of those that were silent longest.
const (
	firstLean = 4
	lastLean  = 8
)

// talkCost is about what a life takes besides its packets, in octets.
const talkCost = 250

// A Store holds packets. It does not know what a tracker makes of them: a new SYN begins a new life of its pair of
// endpoints, and the frames of a conversation say which of its lives' packets belong to it. It is not safe for
// concurrent use.
type Store struct {
	limit  int64
	octets int
	size   int64
	lives  []life // the first is the head of a ring: the one after it was heard longest ago, the one before it last
	free   []int32
	newest map[pair]int32 // the latest life of a pair of endpoints
	count  Counts
}

// Counts tell how much had to be given up for want of memory.
type Counts struct {
	Lean      uint64 // lives of which less is held
	Forgotten uint64 // lives of which nothing is
}

// A pair is two endpoints, the lower one first.
type pair struct {
	a, b         decode.Addr
	aPort, bPort uint16
	scope        uint64
}

// NewStore returns a Store that takes about limit octets at the most (0: any number), and holds so many octets of each
// packet (0: all).
func NewStore(limit int64, octets int) *Store {
	return &Store{limit: limit, octets: octets, lives: make([]life, 1), newest: map[pair]int32{}}
}

// Size returns how many octets the packets take; 0 where none are held.
func (s *Store) Size() int64 { return s.size }

// Counts returns what was given up so far.
func (s *Store) Counts() Counts { return s.count }

// Add holds a copy of a packet, whose segment is seg.
func (s *Store) Add(p *decode.Packet, seg *decode.Segment) {
	i := s.find(seg)
	l := &s.lives[i]
	s.enter(i)
	before := cap(l.buf)
	l.add(p, s.octets)
	s.size += int64(cap(l.buf) - before)
	s.relieve()
}

// find returns the life that a segment belongs to, a new one where there is none. It does not stand in the ring.
func (s *Store) find(seg *decode.Segment) int32 {
	key := pairOf(seg.Src, seg.SrcPort, seg.Dst, seg.DstPort, seg.Scope)
	latest := s.newest[key]
	opens := seg.Flags.Has(decode.SYN) && !seg.Flags.Any(decode.ACK) && seg.ICMP == decode.NotICMP
	if latest != 0 {
		if l := &s.lives[latest]; !opens || l.begun && l.isn == seg.Seq {
			s.leave(latest)
			return latest
		}
	}
	var i int32
	if n := len(s.free); n > 0 {
		i, s.free = s.free[n-1], s.free[:n-1]
	} else {
		i = int32(len(s.lives))
		s.lives = append(s.lives, life{})
	}
	s.lives[i] = life{key: key, begun: opens, isn: seg.Seq, older: latest}
	if latest != 0 {
		s.lives[latest].newer = i
	}
	s.newest[key] = i
	s.size += talkCost
	return i
}

// relieve makes room: first by holding less of lives that are silent, then by forgetting them.
func (s *Store) relieve() {
	for s.limit > 0 && s.size > s.limit && s.lives[0].after != 0 {
		i := s.lives[0].after
		l := &s.lives[i]
		if l.lean {
			s.count.Forgotten++
			s.drop(i)
			continue
		}
		s.count.Lean++
		before := cap(l.buf)
		l.trim()
		s.size += int64(cap(l.buf) - before)
		s.leave(i)
		s.enter(i)
	}
}

// drop gives up a life and what is held of it.
func (s *Store) drop(i int32) {
	l := &s.lives[i]
	switch {
	case l.newer != 0:
		s.lives[l.newer].older = l.older
	case l.older != 0:
		s.newest[l.key] = l.older
	default:
		delete(s.newest, l.key)
	}
	if l.older != 0 {
		s.lives[l.older].newer = l.newer
	}
	s.size -= int64(cap(l.buf)) + talkCost
	s.leave(i)
	*l = life{}
	s.free = append(s.free, i)
}

// enter puts a life where the one stands that was heard last.
func (s *Store) enter(i int32) {
	last := s.lives[0].before
	s.lives[i].before, s.lives[i].after = last, 0
	s.lives[last].after, s.lives[0].before = i, i
}

// leave takes a life out of the ring.
func (s *Store) leave(i int32) {
	before, after := s.lives[i].before, s.lives[i].after
	s.lives[before].after, s.lives[after].before = after, before
}

func pairOf(a decode.Addr, aPort uint16, b decode.Addr, bPort uint16, scope uint64) pair {
	if cmp.Or(compareAddr(&a, &b), cmp.Compare(aPort, bPort)) > 0 {
		a, b, aPort, bPort = b, a, bPort, aPort
	}
	return pair{a, b, aPort, bPort, scope}
}

func compareAddr(a, b *decode.Addr) int {
	return cmp.Or(cmp.Compare(binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])),
		cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:])))
}
