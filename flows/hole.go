package flows

import "tcpclose/decode"

// maxHoles bounds how many holes of one side's sequence space are kept; where more open, the oldest counts as a
// capture gap.
const maxHoles = 64

// A hole is a run of sequence numbers that were skipped over: [lo, hi).
type hole struct{ lo, hi decode.Seq }

// A holeSet keeps the holes of the few conversations that have some.
type holeSet struct {
	of map[uint64][]hole
}

func holeKey(conn uint32, side int) uint64 { return uint64(conn)<<1 | uint64(side) }

// open adds a hole; dropped is how many octets were given up to stay within the bound.
func (h *holeSet) open(conn uint32, side int, lo, hi decode.Seq) (dropped uint32) {
	if h.of == nil {
		h.of = make(map[uint64][]hole)
	}
	k := holeKey(conn, side)
	list := h.of[k]
	if len(list) == maxHoles {
		dropped = uint32(list[0].hi - list[0].lo)
		copy(list, list[1:])
		list = list[:maxHoles-1]
	}
	h.of[k] = append(list, hole{lo, hi})
	return dropped
}

// fill takes [lo, hi) out of the holes and returns how many octets it filled, and whether any hole is left.
func (h *holeSet) fill(conn uint32, side int, lo, hi decode.Seq) (filled uint32, left bool) {
	k := holeKey(conn, side)
	list := h.of[k]
	out := list[:0]
	var split []hole
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
			split = append(split, hole{to, o.hi})
		}
	}
	for _, o := range split {
		if len(out) < maxHoles {
			out = append(out, o)
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

func (h *holeSet) keep(k uint64, list []hole) bool {
	if len(list) == 0 {
		delete(h.of, k)
		return false
	}
	h.of[k] = list
	return true
}

func (h *holeSet) clear(conn uint32, side int) { delete(h.of, holeKey(conn, side)) }
