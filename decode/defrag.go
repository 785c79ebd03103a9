package decode

import "time"

// Bounds of the defragmenter. Only the head of a datagram is kept: the TCP header, and that of the tunnels around it.
const (
	fragmentHead        = 256 // octets kept of each datagram
	fragmentRanges      = 16  // separate ranges remembered of each datagram
	fragmentMaxLength   = 65535
	defaultFragBytes    = 4 << 20
	defaultFragSeconds  = 30 // Linux: ip_frag_time
	datagramBytes       = 640
	minDatagrams        = 4
	noDatagram          = -1
	fragmentEchoTimeout = int64(50 * time.Millisecond)
)

// fragmentKey names a datagram. IPv6 leaves proto 0: only the first fragment knows it.
type fragmentKey struct {
	src, dst Addr
	scope    uint64
	id       uint32
	proto    uint8
}

// datagram is one IP datagram being put together.
type datagram struct {
	key          fragmentKey
	started      int64 // capture time of its first fragment seen
	completed    int64 // capture time of the last; valid iff done
	firstFrame   uint64
	newer, older int32 // the list by age
	total        int32 // length of the whole payload, -1 until the last fragment is seen
	headEnd      int32 // octets of head that are true: less than fragmentHead where the snap length cut them
	fragments    uint32
	clashes      uint32
	proto        uint8
	ranges       uint8
	done         bool // complete, kept only to absorb copies of its fragments
	snapped      bool // part of a fragment was not captured
	got          [fragmentRanges]fragmentRange
	head         [fragmentHead]byte
}

// fragmentRange is a range of octets that were seen: from lo up to, not including, hi.
type fragmentRange struct{ lo, hi int32 }

// defragmenter puts IP datagrams together, as far as their head and their length are concerned, in bounded memory.
type defragmenter struct {
	index   map[fragmentKey]int32
	slab    []datagram
	free    []int32
	oldest  int32
	newest  int32
	max     int
	timeout int64 // nanoseconds
}

func (f *defragmenter) init(maxBytes, seconds int64) {
	if maxBytes <= 0 {
		maxBytes = defaultFragBytes
	}
	if seconds <= 0 {
		seconds = defaultFragSeconds
	}
	f.max = max(int(min(maxBytes/datagramBytes, 1<<24)), minDatagrams)
	f.timeout = min(seconds, 1<<32) * int64(time.Second)
	f.oldest, f.newest = noDatagram, noDatagram
}

// fragment takes in one fragment, which d.b holds and d.promised measures; off is its place in octets, more whether
// others follow. If it completes the datagram the walk goes on with next, at what the datagram holds. IPv6 passes
// protocol 0: only the first fragment's counts there.
func (d *Decoder) fragment(id uint32, off int, more bool, proto uint8, next header) header {
	switch { // nothing in these could become a segment
	case d.proto == protoICMP, d.proto == protoICMP6: // an error never needs fragments
		return d.fail(LayerTransport, ReasonICMP, 0, 0)
	case ipProtos[d.proto].next == headerNone && extensionHeaders[d.proto].unit == 0:
		return headerIPProto
	}
	f := &d.frags
	length := d.promised
	if more {
		length &^= 7 // all but the last are multiples of eight octets
	}
	if length <= 0 || off+length > fragmentMaxLength {
		return d.fail(LayerNetwork, ReasonBadLength, off+length, fragmentMaxLength)
	}
	key := fragmentKey{src: d.src, dst: d.dst, scope: d.scope(), id: id, proto: proto}
	now := d.packet.Time
	f.expire(now, &d.skips)
	at, known := f.index[key]
	if known && f.slab[at].done && now-f.slab[at].completed > fragmentEchoTimeout {
		f.drop(at, &d.skips) // the id is in use again
		known = false
	}
	if !known {
		at = f.add(key, now, d.packet.Frame, &d.skips)
	}
	g := &f.slab[at]
	if g.done {
		return d.fail(LayerNetwork, ReasonFragment, 0, 0)
	}
	if off == 0 {
		g.proto = d.proto
	}
	clash := g.put(d.b[:min(len(d.b), length)], int32(off), int32(off+length), !more)
	if !g.complete() {
		g.fragments++
		reason := ReasonFragment
		if clash {
			d.counters.Overlaps++
			g.clashes++
			reason = ReasonFragmentClash
		}
		return d.fail(LayerNetwork, reason, 0, 0)
	}
	if clash {
		d.counters.Overlaps++
	}
	g.done, g.completed = true, now
	d.encap |= EncapFragment
	d.proto = g.proto
	d.partial = d.partial || g.snapped
	d.promised, d.wire = int(g.total), int(g.total)
	d.b = g.head[:min(g.headEnd, g.total)]
	return next
}

// put adds the octets from lo to hi, of which b holds those that were captured; what was there first stays. It reports
// whether they contradict what was there: an exact copy of octets seen, as a mirror port makes, does not.
func (g *datagram) put(b []byte, lo, hi int32, last bool) (clash bool) {
	if last {
		switch {
		case g.total < 0:
			g.total = hi
		case g.total != hi:
			clash = true
			hi = min(hi, g.total)
		}
	} else if g.total >= 0 && hi > g.total {
		clash = true
		hi = g.total
	}
	from := lo
	overlap, copied := false, false
	at := uint8(0)
	for ; at < g.ranges && from < hi; at++ {
		r := g.got[at]
		if r.hi <= from {
			continue
		}
		if r.lo >= hi {
			break
		}
		overlap = true
		copied = copied || r.lo <= lo && r.hi >= hi
		if from < r.lo {
			g.keep(b, lo, from, r.lo)
		}
		from = max(from, r.hi)
	}
	if from < hi {
		g.keep(b, lo, from, hi)
	}
	g.cover(lo, hi)
	return clash || overlap && !copied
}

// keep copies the octets from from to to into the head; b holds the captured part of what begins at lo.
func (g *datagram) keep(b []byte, lo, from, to int32) {
	captured := lo + int32(len(b))
	if captured < to {
		g.snapped = true
		g.headEnd = min(g.headEnd, max(from, captured))
	}
	to = min(to, captured, fragmentHead)
	if from < to {
		copy(g.head[from:to], b[from-lo:to-lo])
	}
}

// cover joins the range to those seen. Where there are too many ranges it is forgotten, and the datagram never
// becomes complete.
func (g *datagram) cover(lo, hi int32) {
	if lo >= hi {
		return
	}
	kept := uint8(0)
	for _, r := range g.got[:g.ranges] {
		if r.hi < lo || r.lo > hi {
			g.got[kept] = r
			kept++
			continue
		}
		lo, hi = min(lo, r.lo), max(hi, r.hi)
	}
	g.ranges = kept
	if kept == fragmentRanges {
		return
	}
	at := kept
	for ; at > 0 && g.got[at-1].lo > lo; at-- {
		g.got[at] = g.got[at-1]
	}
	g.got[at] = fragmentRange{lo, hi}
	g.ranges++
}

// complete reports whether everything from the start to the end was seen.
func (g *datagram) complete() bool {
	return g.total >= 0 && g.ranges > 0 && g.got[0].lo == 0 && g.got[0].hi >= g.total
}

// add begins a datagram; the oldest one makes room.
func (f *defragmenter) add(key fragmentKey, now int64, frame uint64, skips *[numLayers][numReasons]skipTally) int32 {
	if f.index == nil {
		f.index = make(map[fragmentKey]int32)
	}
	if len(f.index) >= f.max {
		f.drop(f.oldest, skips)
	}
	var at int32
	if n := len(f.free); n > 0 {
		at = f.free[n-1]
		f.free = f.free[:n-1]
	} else {
		at = int32(len(f.slab))
		f.slab = append(f.slab, datagram{})
	}
	g := &f.slab[at]
	*g = datagram{
		key: key, started: now, firstFrame: frame,
		newer: noDatagram, older: f.newest,
		total: -1, headEnd: fragmentHead, proto: key.proto,
	}
	if f.newest != noDatagram {
		f.slab[f.newest].newer = at
	} else {
		f.oldest = at
	}
	f.newest = at
	f.index[key] = at
	return at
}

// drop forgets a datagram; if it is incomplete its fragments are counted as lost.
func (f *defragmenter) drop(at int32, skips *[numLayers][numReasons]skipTally) {
	g := &f.slab[at]
	g.settle(skips)
	if g.newer != noDatagram {
		f.slab[g.newer].older = g.older
	} else {
		f.newest = g.older
	}
	if g.older != noDatagram {
		f.slab[g.older].newer = g.newer
	} else {
		f.oldest = g.newer
	}
	delete(f.index, g.key)
	f.free = append(f.free, at)
}

// expire drops the datagrams whose time is over.
func (f *defragmenter) expire(now int64, skips *[numLayers][numReasons]skipTally) {
	for f.oldest != noDatagram && now-f.slab[f.oldest].started > f.timeout {
		f.drop(f.oldest, skips)
	}
}

// settle counts the datagrams that are incomplete now as lost, without dropping them.
func (f *defragmenter) settle(skips *[numLayers][numReasons]skipTally) {
	for at := f.oldest; at != noDatagram; at = f.slab[at].newer {
		f.slab[at].settle(skips)
	}
}

// settle moves the fragments of an incomplete datagram from the ordinary count to the lost.
func (g *datagram) settle(skips *[numLayers][numReasons]skipTally) {
	moved := uint64(g.fragments - g.clashes)
	if g.done || moved == 0 {
		return
	}
	lost := &skips[LayerNetwork][ReasonFragmentLost]
	if lost.count == 0 || g.firstFrame < lost.first {
		lost.first = g.firstFrame
	}
	lost.count += moved
	skips[LayerNetwork][ReasonFragment].count -= moved
}
