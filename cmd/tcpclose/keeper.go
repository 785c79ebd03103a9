package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
)

// Of each conversation a keeper holds the first and the last segments: the handshake and how it ended.
const (
	keepFirst = 16
	keepLast  = 48
)

// Under want of memory it holds so many of those that were silent longest.
const (
	keepFirstLean = 4
	keepLastLean  = 8
)

// About what holding a packet and a conversation costs beside the packet's octets.
const (
	heldCost = 96
	talkCost = 320
)

// A keeper holds packets until the verdict on their conversation tells whether they are wanted (--keep). Its caller
// guards it; hear alone is for the goroutine that captures.
type keeper struct {
	want    *filter.Filter
	limit   int64 // octets that may be held; 0: any number
	decoder *decode.Decoder

	talks  map[talkKey]*talk // the latest life of each five-tuple
	held   int64
	silent talk // a ring of all talks: the one after it was heard longest ago, the one before it last
	count  keeperCounts
}

// keeperCounts are what the closing note tells.
type keeperCounts struct {
	conversations uint64 // wanted
	packets       uint64 // of them, given out
	cut           uint64 // of them, not held any more when they were wanted
	lean          uint64 // conversations of which less was held, for want of memory
	forgotten     uint64 // … of which nothing was
	others        uint64 // packets that are no segment: fragments, other protocols
}

// A talkKey is a five-tuple, the same for both directions.
type talkKey struct {
	low, high         decode.Addr
	lowPort, highPort uint16
	scope             uint64
}

// A talk is what is held of one life of a five-tuple.
type talk struct {
	key           talkKey
	older         *talk // the life before, until its verdict is given
	syn           decode.Seq
	sawSYN        bool
	lean          bool
	wanted        bool // its packets were given out once, and what follows is wanted too
	heard         uint64
	cut           uint64
	first         []heldPacket
	last          []heldPacket // in a ring once it is full
	next          int          // the oldest of the ring
	before, after *talk
}

// A heldPacket is a copy of a packet.
type heldPacket struct {
	decode.Packet
	cut uint64 // how many of its conversation came before it and are not held
}

func newKeeper(want *filter.Filter, limit int64, dcfg decode.Config) *keeper {
	k := &keeper{want: want, limit: limit, decoder: decode.NewDecoder(dcfg), talks: map[talkKey]*talk{}}
	k.silent.before, k.silent.after = &k.silent, &k.silent
	return k
}

// hear decodes a packet; false: it is no segment.
func (k *keeper) hear(p *decode.Packet, s *decode.Segment) bool { return k.decoder.Decode(p, s) }

// hold keeps a copy of a packet whose segment is s.
func (k *keeper) hold(p *decode.Packet, s *decode.Segment) {
	key := keyOfTalk(s.Src, s.Dst, s.SrcPort, s.DstPort, s.Scope)
	t := k.talks[key]
	opens := s.ICMP == decode.NotICMP && s.Flags.Has(decode.SYN) && !s.Flags.Has(decode.ACK)
	if t == nil || opens && t.sawSYN && t.syn != s.Seq {
		t = &talk{key: key, older: t}
		k.talks[key] = t
		k.held += talkCost
		k.enter(t)
	}
	if opens {
		t.syn, t.sawSYN = s.Seq, true
	}
	k.leave(t)
	k.enter(t)
	h := heldPacket{Packet: *p}
	h.Data = bytes.Clone(p.Data)
	k.held += heldCost + int64(len(h.Data))
	first, last := keepFirst, keepLast
	if t.lean {
		first, last = keepFirstLean, keepLastLean
	}
	t.heard++
	switch {
	case t.heard <= uint64(first):
		t.first = append(t.first, h)
	case len(t.last) < last:
		t.last = append(t.last, h)
	default:
		k.held -= t.last[t.next].cost()
		t.cut++
		t.last[t.next] = h
		t.next = (t.next + 1) % len(t.last)
	}
	k.relieve()
}

// relieve makes room: first by holding less of conversations that are silent, then by forgetting them.
func (k *keeper) relieve() {
	for k.limit > 0 && k.held > k.limit && k.silent.after != &k.silent {
		t := k.silent.after
		if t.lean {
			k.count.forgotten++
			k.forget(t)
			continue
		}
		t.lean = true
		k.count.lean++
		k.trim(t)
		k.leave(t)
		k.enter(t)
	}
}

// trim leaves a talk with what a lean one holds.
func (k *keeper) trim(t *talk) {
	rest := append(t.last[t.next:len(t.last):len(t.last)], t.last[:t.next]...)
	t.next = 0
	drop := func(list []heldPacket) {
		for i := range list {
			k.held -= list[i].cost()
		}
		t.cut += uint64(len(list))
	}
	all := append(slices.Clone(t.first), rest...)
	first := min(len(t.first), keepFirstLean)
	tail := max(first, len(all)-keepLastLean)
	drop(all[first:tail])
	t.first, t.last = slices.Clone(all[:first]), slices.Clone(all[tail:])
	t.heard = max(t.heard, keepFirstLean) // what comes now comes last
}

// verdict takes the verdict on a conversation and returns the packets to write now, in the order of their frames.
func (k *keeper) verdict(t *flows.Teardown, why flows.Occasion) []heldPacket {
	client, server := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	key := keyOfTalk(decode.AddrFrom(client.Addr()), decode.AddrFrom(server.Addr()), client.Port(), server.Port(), t.Scope)
	latest := k.talks[key]
	if latest == nil {
		return nil
	}
	wanted := k.want.Match(t)
	var list []heldPacket
	cut, counted := uint64(0), false
	for x := latest; x != nil; x = x.older {
		give := wanted || x.wanted
		if !x.within(t) || !give && why == flows.Stalled {
			continue
		}
		counted = counted || x.wanted
		x.wanted = give
		taken, missing := k.take(x, t, give)
		list = append(list, taken...)
		cut += missing
	}
	if why != flows.Stalled {
		k.prune(key, t.LastFrame)
	}
	slices.SortFunc(list, func(a, b heldPacket) int { return cmp.Compare(a.Frame, b.Frame) })
	if len(list) > 0 {
		k.count.packets += uint64(len(list))
		k.count.cut += cut
		if !counted {
			k.count.conversations++
		}
	}
	return list
}

// within reports whether a talk holds anything of a conversation.
func (x *talk) within(t *flows.Teardown) bool {
	in := func(h *heldPacket) bool { return h.Frame >= t.FirstFrame && h.Frame <= t.LastFrame }
	for _, list := range [][]heldPacket{x.first, x.last} {
		for i := range list {
			if in(&list[i]) {
				return true
			}
		}
	}
	return false
}

// take removes what a talk holds up to a conversation's last frame, and returns what is of that conversation if it is
// wanted.
func (k *keeper) take(x *talk, t *flows.Teardown, give bool) (list []heldPacket, cut uint64) {
	rest := append(slices.Clone(x.last[x.next:]), x.last[:x.next]...)
	keep := func(h *heldPacket) bool {
		if h.Frame > t.LastFrame {
			return true
		}
		k.held -= h.cost()
		if give && h.Frame >= t.FirstFrame {
			list = append(list, *h)
		}
		return false
	}
	x.first = kept(x.first, keep)
	n := len(list)
	x.last, x.next = kept(rest, keep), 0
	if give && x.cut > 0 {
		cut, x.cut = x.cut, 0
		if n < len(list) {
			list[n].cut = cut
		}
	}
	return list, cut
}

// kept returns the packets of a list that fn says to keep.
func kept(list []heldPacket, fn func(h *heldPacket) bool) (out []heldPacket) {
	for i := range list {
		if fn(&list[i]) {
			out = append(out, list[i])
		}
	}
	return out
}

// prune forgets the lives of a five-tuple that ended by a frame, and are empty by now or were never judged.
func (k *keeper) prune(key talkKey, upTo uint64) {
	var chain []*talk
	for x := k.talks[key]; x != nil; x = x.older {
		chain = append(chain, x)
	}
	for _, x := range chain {
		x.first = kept(x.first, func(h *heldPacket) bool { return k.beyond(h, upTo) })
		rest := append(slices.Clone(x.last[x.next:]), x.last[:x.next]...)
		x.last, x.next = kept(rest, func(h *heldPacket) bool { return k.beyond(h, upTo) }), 0
		if len(x.first)+len(x.last) == 0 {
			k.forget(x)
		}
	}
}

// beyond reports whether a packet came after a frame, and takes it off what is held if it did not.
func (k *keeper) beyond(h *heldPacket, frame uint64) bool {
	if h.Frame > frame {
		return true
	}
	k.held -= h.cost()
	return false
}

// forget gives up a talk and what it holds.
func (k *keeper) forget(t *talk) {
	for _, list := range [][]heldPacket{t.first, t.last} {
		for i := range list {
			k.held -= list[i].cost()
		}
	}
	k.held -= talkCost
	k.leave(t)
	if k.talks[t.key] == t {
		if t.older == nil {
			delete(k.talks, t.key)
		} else {
			k.talks[t.key] = t.older
		}
		return
	}
	for x := k.talks[t.key]; x != nil; x = x.older {
		if x.older == t {
			x.older = t.older
			return
		}
	}
}

// enter puts a talk where the one stands that was heard last.
func (k *keeper) enter(t *talk) {
	last := k.silent.before
	t.before, t.after = last, &k.silent
	last.after, k.silent.before = t, t
}

// leave takes a talk out of the ring.
func (k *keeper) leave(t *talk) {
	t.before.after, t.after.before = t.after, t.before
}

func (h *heldPacket) cost() int64 { return heldCost + int64(len(h.Data)) }

func keyOfTalk(a, b decode.Addr, aPort, bPort uint16, scope uint64) talkKey {
	if c := bytes.Compare(a[:], b[:]); c > 0 || c == 0 && aPort > bPort {
		a, b, aPort, bPort = b, a, bPort, aPort
	}
	return talkKey{a, b, aPort, bPort, scope}
}

// note says what was kept, and what was cut.
func (c *keeperCounts) note() string {
	text := fmt.Sprintf("kept %d packets of %d conversations; of those, %d were cut between the first %d and the last %d", c.packets, c.conversations, c.cut, keepFirst, keepLast)
	if c.lean > 0 {
		text += fmt.Sprintf("; for want of memory less was held of %d conversations that were silent", c.lean)
	}
	if c.forgotten > 0 {
		text += fmt.Sprintf(", and nothing of %d", c.forgotten)
	}
	if c.others > 0 {
		text += fmt.Sprintf("; %d packets were no segment by themselves (fragments, other protocols) and were not kept", c.others)
	}
	return text
}
