package flows

import (
	"cmp"
	"net/netip"
	"slices"

	"tcpclose/decode"
)

// A Stretch is where the segments of one conversation are.
type Stretch struct {
	First, Last uint64            // frames, both included
	Ends        [2]netip.AddrPort // in any order; Teardown.Stretch has the client first
	Scope       uint64
}

// Stretch returns where a conversation's segments are.
func (t *Teardown) Stretch() Stretch {
	return Stretch{t.FirstFrame, t.LastFrame, [2]netip.AddrPort{t.Ends[Client].Addr, t.Ends[Server].Addr}, t.Scope}
}

// Stretches tell whose a segment is that is read again. However many conversations had the same endpoints, one after the
// other, it is found in few steps.
type Stretches struct {
	n  int
	of map[stretchKey][]stretchOf
}

type stretchKey struct {
	lower, upper netip.AddrPort
	scope        uint64
}

type stretchOf struct {
	first, last uint64
	number      int
}

func stretchKeyOf(a, b netip.AddrPort, scope uint64) stretchKey {
	if a.Compare(b) > 0 {
		a, b = b, a
	}
	return stretchKey{a, b, scope}
}

func orderStretches(n stretchOf, first uint64) int { return cmp.Compare(n.first, first) }

// Add adds a stretch, to which the next number from 0 on is given. It is quick where they come in the order of frames.
func (x *Stretches) Add(s Stretch) {
	if x.of == nil {
		x.of = map[stretchKey][]stretchOf{}
	}
	key := stretchKeyOf(s.Ends[0], s.Ends[1], s.Scope)
	list := x.of[key]
	at := len(list)
	if at > 0 && list[at-1].first > s.First {
		at, _ = slices.BinarySearchFunc(list, s.First, orderStretches)
	}
	x.of[key] = slices.Insert(list, at, stretchOf{s.First, s.Last, x.n})
	x.n++
}

// Latest returns the number of the stretch between a segment's endpoints that began last before it or with it, and whether
// the segment lies inside; -1 where there is none.
func (x *Stretches) Latest(s *decode.Segment) (number int, inside bool) {
	list := x.of[stretchKeyOf(s.SrcAddrPort(), s.DstAddrPort(), s.Scope)]
	at, exact := slices.BinarySearchFunc(list, s.Frame, orderStretches)
	if !exact {
		at--
	}
	if at < 0 {
		return -1, false
	}
	return list[at].number, s.Frame <= list[at].last
}
