package flows

import (
	"cmp"
	"slices"
	"unsafe"

	"tcpclose/decode"
)

// memory returns how many bytes the tracker's conversations take.
func (t *Tracker) memory() int64 {
	return int64(t.conns.live())*int64(unsafe.Sizeof(conn{})) +
		int64(t.closings.live())*int64(unsafe.Sizeof(closing{})) +
		int64(t.notes.live())*int64(unsafe.Sizeof(note{})) +
		t.holes.memory() + int64(len(t.table.slots))*8 + int64(len(t.tombs.until))*tombBytes +
		int64(t.wheel.blocks)*timerBlockBytes + int64(len(t.quotes))*quoteBytes
}

// tombBytes is about what a tombstone costs in a Go map of words.
const tombBytes = 24

// Tombs remember the five-tuples of conversations that were given up before their 2 MSL were over, so that what comes
// late (a last FIN again, a RST in TIME-WAIT) begins no new conversation.
type tombs struct {
	until map[uint64]int64 // key → the second until which late segments are absorbed
	swept int64
}

// tombKey mixes a segment's five-tuple to 64 bits, the same for both directions.
func tombKey(s *decode.Segment) uint64 {
	mix := func(a decode.Addr, port uint16) uint64 {
		h := uint64(port) + 0x9e3779b97f4a7c15
		for _, b := range a {
			h = (h ^ uint64(b)) * 0x100000001b3
		}
		return h ^ h>>29
	}
	return mix(s.Src, s.SrcPort) + mix(s.Dst, s.DstPort) ^ uint64(s.Hash)<<32 ^ s.Scope
}

func tombKeyOf(c *conn, hash uint32) uint64 {
	return tombKey(&decode.Segment{Src: c.addr[0], Dst: c.addr[1], SrcPort: c.port[0], DstPort: c.port[1], Hash: hash, Scope: c.scope})
}

// absorbs reports whether a segment is a late one of a conversation given up early.
func (t *Tracker) absorbs(s *decode.Segment) bool {
	if len(t.tombs.until) == 0 || s.Flags.Has(decode.SYN) {
		return false
	}
	k := tombKey(s)
	until, ok := t.tombs.until[k]
	if !ok {
		return false
	}
	if s.Time/second > until {
		delete(t.tombs.until, k)
		return false
	}
	return true
}

// relieve gives up conversations while the tracker takes more than its share of Config.Mem: first the longest closed, then
// those that are not closed (evictOpen). It is called at ticks, and where many conversations begin between two: what it
// gives up depends on the capture and on the number of shards, never on real time.
func (t *Tracker) relieve(when Moment, now int64) {
	limit := t.memLimit
	if limit == 0 || t.memory() <= limit {
		return
	}
	t.sweepTombs()
	for ahead := int64(1); ahead < wheelSlots && t.memory() > limit*9/10; ahead++ {
		t.wheel.drain((t.wheel.now+ahead)%wheelSlots, func(run []timer) {
			for _, e := range run {
				c := t.conns.at(e.conn)
				switch {
				case c.firstFrame != e.first || c.flags&flagQueued == 0:
				case c.flags&flagClosed == 0 && !t.resetCounts(c):
					c.flags &^= flagQueued
				default:
					if t.tombs.until == nil {
						t.tombs.until = make(map[uint64]int64)
					}
					t.tombs.until[tombKeyOf(c, e.hash)] = t.deadline(c)
					t.table.remove(e.hash, e.conn)
					t.stats.Evicted++
					t.finish(e.conn, c, when)
				}
			}
		})
	}
	t.evictOpen(when, now)
}

// evictOpen gives up conversations that are not closed while the tracker takes more than its share of Config.Mem though
// all closed ones are gone: first those that did not get beyond the handshake within a second, then those that were silent
// longest. They are handed on as they stand (Teardown.GivenUp). It makes room for many at once, since it looks at all of them.
func (t *Tracker) evictOpen(when Moment, now int64) {
	limit := t.memLimit
	if limit == 0 || t.memory() <= limit {
		return
	}
	type candidate struct {
		timer
		opened bool
		last   int64
	}
	var list []candidate
	for _, w := range t.table.slots {
		if w == 0 {
			continue
		}
		c := t.conns.at(uint32(w))
		if c.flags&(flagTentative|flagReplaced) != 0 {
			continue // it hangs together with another one
		}
		opened := (c.side[0].bits|c.side[1].bits)&(sideData|sideACKedData) != 0 || c.flags&flagHandshakeACK != 0
		last := c.lastSeen()
		list = append(list, candidate{timer{uint32(w), uint32(w >> 32), c.firstFrame}, opened || now-last < second, last})
	}
	slices.SortFunc(list, func(a, b candidate) int {
		if a.opened != b.opened {
			if b.opened {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.last, b.last), cmp.Compare(a.first, b.first))
	})
	for _, v := range list {
		if t.memory() <= limit*3/4 {
			break
		}
		c := t.conns.at(v.conn)
		t.table.remove(v.hash, v.conn)
		t.stats.Evicted++
		t.emit(v.conn, c, when, givenUp)
		t.tell(Evicted)
		t.free(v.conn, c)
	}
}

// sweepTombs forgets tombstones whose time is over, at most once a second of capture time.
func (t *Tracker) sweepTombs() {
	if t.tombs.swept == t.wheel.now {
		return
	}
	t.tombs.swept = t.wheel.now
	for k, until := range t.tombs.until {
		if until < t.wheel.now {
			delete(t.tombs.until, k)
		}
	}
}
