package main

import (
	"fmt"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/flows/held"
)

// A keeper holds packets until the verdict on their conversation tells whether they are wanted (--keep). Its caller
// guards it; hear alone is for the goroutine that captures.
type keeper struct {
	want     *filter.Filter
	decoder  *decode.Decoder
	store    *held.Store
	promised map[uint64]struct{} // conversations that were wanted when they stalled: what follows is wanted too
	count    keeperCounts
}

// keeperCounts are what the closing note tells, besides what the store counts.
type keeperCounts struct {
	conversations uint64 // wanted
	packets       uint64 // of them, given out
	cut           uint64 // of them, not held any more when they were wanted
	others        uint64 // packets that are no segment: fragments, other protocols
}

// newKeeper returns a keeper that holds about limit octets at the most; 0: any number.
func newKeeper(want *filter.Filter, limit int64, dcfg decode.Config) *keeper {
	return &keeper{
		want: want, decoder: decode.NewDecoder(dcfg), store: held.NewStore(limit, 0), promised: map[uint64]struct{}{},
	}
}

// hear decodes a packet; false: it is no segment.
func (k *keeper) hear(p *decode.Packet, s *decode.Segment) bool { return k.decoder.Decode(p, s) }

// hold keeps a copy of a packet whose segment is s.
func (k *keeper) hold(p *decode.Packet, s *decode.Segment) { k.store.Add(p, s) }

// verdict takes the verdict on a conversation and returns the packets to write now, in the order of their frames.
func (k *keeper) verdict(t *flows.Teardown, why flows.Occasion) []held.Packet {
	_, promised := k.promised[t.ID]
	give := promised || k.want.Match(t)
	if why == flows.Stalled {
		if !give {
			return nil // it may end badly yet
		}
		k.promised[t.ID] = struct{}{}
	} else {
		delete(k.promised, t.ID)
	}
	list, cut := k.store.Take(t)
	if !give || len(list) == 0 {
		return nil
	}
	k.count.packets += uint64(len(list))
	k.count.cut += cut
	if !promised {
		k.count.conversations++
	}
	return list
}

// note says what was kept, and what was cut.
func (k *keeper) note() string {
	c, gone := &k.count, k.store.Counts()
	text := fmt.Sprintf("kept %d packets of %d conversations; of those, %d were cut between the first %d and the last %d", c.packets, c.conversations, c.cut, held.First, held.Last)
	if gone.Lean > 0 {
		text += fmt.Sprintf("; for want of memory less was held of %d conversations that were silent", gone.Lean)
	}
	if gone.Forgotten > 0 {
		text += fmt.Sprintf(", and nothing of %d", gone.Forgotten)
	}
	if c.others > 0 {
		text += fmt.Sprintf("; %d packets were no segment by themselves (fragments, other protocols) and were not kept", c.others)
	}
	return text
}
