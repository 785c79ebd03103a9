package flows

import "tcpclose/decode"

// maxHoles bounds how many holes of one side's sequence space are kept; where more open, the oldest counts as a
// capture gap.
const maxHoles = 64

// A hole is a run of sequence numbers that were skipped over: [lo, hi).
type hole struct{ lo, hi decode.Seq }

// A holeSet keeps the holes of the few conversations that have some. Lists that became empty are used again, so that
// reordering costs no allocation in the long run.
type holeSet struct {
	of    map[uint64][]hole
	spare [][]hole // empty lists with room
	room  int64    // how many holes the lists have room for, the spare ones included
}

// maxSpareLists is how many empty lists wait to be used again.
const maxSpareLists = 1024

// Octets of a hole, and about what a list costs beside its holes: its entry in a Go map.
const holeBytes, holeListBytes = 8, 64

// memory returns about how many octets the holes take.
func (h *holeSet) memory() int64 {
	return h.room*holeBytes + int64(len(h.of)+len(h.spare))*holeListBytes
}

func holeKey(conn uint32, side int) uint64 { return uint64(conn)<<1 | uint64(side) }

// open adds a hole; dropped is how many octets were given up to stay within the bound.
func (h *holeSet) open(conn uint32, side int, lo, hi decode.Seq) (dropped uint32) {
	if h.of == nil {
		h.of = make(map[uint64][]hole)
	}
	k := holeKey(conn, side)
	list := h.of[k]
	switch n := len(h.spare); {
	case len(list) == maxHoles:
		dropped = uint32(list[0].hi - list[0].lo)
		copy(list, list[1:])
		list = list[:maxHoles-1]
	case list == nil && n > 0:
		list, h.spare = h.spare[n-1], h.spare[:n-1]
	}
	h.of[k] = h.append(list, hole{lo, hi})
	return dropped
}

// append adds a hole to a list and counts the room that the list takes then.
func (h *holeSet) append(list []hole, o hole) []hole {
	before := cap(list)
	list = append(list, o)
	h.room += int64(cap(list) - before)
	return list
}

// fill takes [lo, hi) out of the holes and returns how many octets it filled, and whether any hole is left.
func (h *holeSet) fill(conn uint32, side int, lo, hi decode.Seq) (filled uint32, left bool) {
	k := holeKey(conn, side)
	list := h.of[k]
	out := list[:0]
	var above [maxHoles]hole // what remains of holes that reach beyond hi
	split := 0
	for _, o := range list {
		from, to := o.lo, o.hi
		if lo.After(from) {
			from = lo
		}
		if hi.Before(to) {
			to = hi
		}
		if !from.Before(to) {
			out = append(out, o)
			continue
		}
		filled += uint32(to - from)
		if o.lo.Before(from) {
			out = append(out, hole{o.lo, from})
		}
		if to.Before(o.hi) {
			above[split] = hole{to, o.hi}
			split++
		}
	}
	for _, o := range above[:split] {
		if len(out) < maxHoles {
			out = h.append(out, o)
		}
	}
	return filled, h.keep(k, out)
}

// upTo takes away everything below ack and returns how many octets that was, and whether any hole is left.
func (h *holeSet) upTo(conn uint32, side int, ack decode.Seq) (skipped uint32, left bool) {
	k := holeKey(conn, side)
	out := h.of[k][:0]
	for _, o := range h.of[k] {
		switch {
		case !o.hi.After(ack):
			skipped += uint32(o.hi - o.lo)
		case o.lo.Before(ack):
			skipped += uint32(ack - o.lo)
			out = append(out, hole{ack, o.hi})
		default:
			out = append(out, o)
		}
	}
	return skipped, h.keep(k, out)
}

// before reports whether a hole lies before a sequence number.
func (h *holeSet) before(conn uint32, side int, seq decode.Seq) bool {
	for _, o := range h.of[holeKey(conn, side)] {
		if o.lo.Before(seq) {
			return true
		}
	}
	return false
}

// keep puts a list back, and reports whether any hole is left in it.
func (h *holeSet) keep(k uint64, list []hole) bool {
	if len(list) == 0 {
		h.drop(k)
		return false
	}
	h.of[k] = list
	return true
}

func (h *holeSet) drop(k uint64) {
	if list, ok := h.of[k]; ok {
		delete(h.of, k)
		if len(h.spare) < maxSpareLists {
			h.spare = append(h.spare, list[:0])
		} else {
			h.room -= int64(cap(list))
		}
	}
}

func (h *holeSet) clear(conn uint32, side int) { h.drop(holeKey(conn, side)) }
