package main

import (
	"fmt"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A span is where a conversation's packets are.
type span struct {
	id          uint64 // its number is that of its first frame
	last        uint64 // frame
	first, end  decode.Position
	ends        endpoints
	scope       uint64
	clientFirst bool // the client is the first of ends
}

func spanOf(t *flows.Teardown) span {
	ends := endpointsOf(t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr)
	return span{
		id: t.ID, last: t.LastFrame, first: t.FirstPos, end: t.LastPos, scope: t.Scope,
		ends: ends, clientFirst: ends[0] == t.Ends[flows.Client].Addr,
	}
}

// side says who of a span's conversation sent a segment.
func (sp *span) side(s *decode.Segment) flows.Side {
	if (s.SrcAddrPort() == sp.ends[0]) == sp.clientFirst {
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
	byEnds := map[endpoints][]int32{}
	to := &list[0]
	for i := range list {
		byEnds[list[i].ends] = append(byEnds[list[i].ends], int32(i))
		if list[i].last > to.last {
			to = &list[i]
		}
	}
	cfg := x.config()
	decoder := decode.NewDecoder(x.o.input.decode)
	frame := list[0].id
	var s decode.Segment
	err := x.src.Reread(list[0].first, to.end, func(p *decode.Packet) bool {
		p.Frame = frame // packets come in the order of the first pass, none is missing
		frame++
		if !p.NoTime && (cfg.Since != 0 && p.Time < cfg.Since || cfg.Until != 0 && p.Time > cfg.Until) || !decoder.Decode(p, &s) {
			return true
		}
		for _, i := range byEnds[endpointsOf(s.SrcAddrPort(), s.DstAddrPort())] {
			if sp := &list[i]; sp.id <= p.Frame && p.Frame <= sp.last && sp.scope == s.Scope {
				return fn(p, &s, int(i))
			}
		}
		return true
	})
	if err != nil {
		return fmt.Errorf("cannot read the packets again: %w", err)
	}
	return nil
}
