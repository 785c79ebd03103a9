package main

import (
	"fmt"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A span is where a conversation's packets are.
type span struct {
	flows.Stretch // the client is the first of its ends; its first frame is the conversation's number
	first, end    decode.Position
}

func spanOf(t *flows.Teardown) span { return span{t.Stretch(), t.FirstPos, t.LastPos} }

// side says who of a span's conversation sent a segment.
func (sp *span) side(s *decode.Segment) flows.Side {
	if s.SrcAddrPort() == sp.Ends[flows.Client] {
		return flows.Client
	}
	return flows.Server
}

// again reads the packets of the conversations in list, which is in the order of ids, a second time. fn gets each
// packet that belongs to one, with the index of that one; frames are those of the first pass.
func (x *export) again(list []span, fn func(p *decode.Packet, s *decode.Segment, i int) bool) error {
	if len(list) == 0 {
		return nil
	}
	var stretches flows.Stretches
	to := &list[0]
	for i := range list {
		stretches.Add(list[i].Stretch)
		if list[i].Last > to.Last {
			to = &list[i]
		}
	}
	cfg := x.config()
	decoder := decode.NewDecoder(x.o.input.decode)
	frame := list[0].First
	var s decode.Segment
	err := x.src.Reread(list[0].first, to.end, func(p *decode.Packet) bool {
		p.Frame = frame // packets come in the order of the first pass, none is missing
		frame++
		if !p.NoTime && (cfg.Since != 0 && p.Time < cfg.Since || cfg.Until != 0 && p.Time > cfg.Until) || !decoder.Decode(p, &s) {
			return true
		}
		i, inside := stretches.Latest(&s)
		return !inside || fn(p, &s, i)
	})
	if err != nil {
		return fmt.Errorf("cannot read the packets again: %w", err)
	}
	return nil
}
