package legs

import (
	"fmt"

	"tcpclose/decode"
	"tcpclose/flows"
)

// lookBytes is how many octets are read again of a leg: the first ones of each direction.
const lookBytes = 2 << 10

// A look is what the packets of a leg hold beside what the tracker keeps.
type look struct {
	stream [2][]byte // the first octets that each side sent, as far as they were captured in one piece
	first  [2]int64  // when each side's first payload passed; flows.NoTime for never
}

// add takes a segment that a side sent.
func (k *look) add(side flows.Side, from decode.Seq, s *decode.Segment, payload []byte) {
	if s.Len == 0 || s.Flags.Any(decode.RST|decode.SYN) {
		return
	}
	if k.first[side] == flows.NoTime {
		k.first[side] = s.Time
	}
	// Only what follows on what is there is taken: a hole ends it.
	at := int64(int32(s.Seq - from))
	have := int64(len(k.stream[side]))
	if at < 0 || at > have || at+int64(len(payload)) <= have || have >= lookBytes {
		return
	}
	k.stream[side] = append(k.stream[side], payload[have-at:min(int64(len(payload)), have-at+lookBytes-have)]...)
}

// inspect reads the packets of some legs again.
func inspect(list []*leg, again Reread, cfg decode.Config, outside func(p *decode.Packet) bool) error {
	var stretches flows.Stretches
	var first, last *leg
	for _, l := range list {
		stretches.Add(flows.Stretch{First: l.id, Last: l.last, Ends: l.addr, Scope: l.scope})
		if first == nil || l.id < first.id {
			first = l
		}
		if last == nil || l.last > last.last {
			last = l
		}
	}
	if first == nil {
		return nil
	}
	decoder := decode.NewDecoder(cfg)
	frame := first.id - 1
	var s decode.Segment
	err := again(first.firstPos, last.lastPos, func(p *decode.Packet) bool {
		frame++ // packets come in the order of the first pass, none is missing
		p.Frame = frame
		if outside(p) || !decoder.Decode(p, &s) || s.ICMP != decode.NotICMP {
			return true
		}
		i, inside := stretches.Latest(&s)
		if !inside {
			return true
		}
		l, side := list[i], flows.Client
		if s.SrcAddrPort() == l.addr[flows.Server] {
			side = flows.Server
		}
		from := l.isn[side]
		if l.syn[side] {
			from = from.Add(1)
		}
		l.look.add(side, from, &s, decoder.Payload(p, &s))
		return true
	})
	if err != nil {
		return fmt.Errorf("cannot read the packets of possible pairs again: %w", err)
	}
	return nil
}
