package model

import (
	"context"
	"errors"
	"math"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Source reads packets of a conversation again: from the capture's files, or, where there are none, from what a Keeper
// kept.
type Source struct {
	// Reread reads the packets from one position to another, both included, in the order of the first pass. It is
	// decode.Capture's method, or a test's.
	Reread func(from, to decode.Position, fn func(*decode.Packet) bool) error
	Kept   *Keeper         // asked instead, where it is not nil
	Files  func() []string // the files that are being read, or written by the capture: none of them may be replaced
	Decode decode.Config
}

var (
	errNoPackets = errors.New("its packets cannot be read again: they did not come from a file")
	errGivenUp   = errors.New("its packets were given up, to make room for those of livelier conversations; --spool DIR keeps all")
)

// A packetReader gets each packet of a conversation with its segment. The decoder knows its payload.
type packetReader func(d *decode.Decoder, p *decode.Packet, s *decode.Segment) bool

// Conversation reads all packets of a conversation again, between its first and its last. skipped, if not nil, is told
// before a packet how many before it were not kept; 0 for a number that is not known.
func (s *Source) Conversation(ctx context.Context, t *flows.Teardown, skipped func(n uint64), fn packetReader) error {
	if s != nil && s.Kept != nil {
		return s.kept(t, t.FirstFrame, math.MaxUint64, skipped, fn)
	}
	return s.read(ctx, t, t.FirstPos, t.LastPos, t.FirstFrame, fn)
}

// one reads the packet of a segment again.
func (s *Source) one(ctx context.Context, t *flows.Teardown, seg *decode.Segment, fn packetReader) error {
	if s != nil && s.Kept != nil {
		return s.kept(t, seg.Frame, seg.Frame, nil, fn)
	}
	return s.read(ctx, t, seg.Pos, seg.Pos, seg.Frame, fn)
}

// kept reads what was kept of a conversation.
func (s *Source) kept(t *flows.Teardown, from, to uint64, skipped func(n uint64), fn packetReader) error {
	if t.LastFrame != 0 {
		to = min(to, t.LastFrame)
	}
	list, whole := s.Kept.Read(t, from, to)
	if len(list) == 0 {
		return errGivenUp
	}
	if !whole && skipped != nil {
		skipped(0)
	}
	d := decode.NewDecoder(s.Decode)
	var seg decode.Segment
	for i := range list {
		p := &list[i]
		if p.Missing > 0 && skipped != nil {
			skipped(p.Missing)
		}
		if d.Decode(&p.Packet, &seg) && !fn(d, &p.Packet, &seg) {
			return nil
		}
	}
	return nil
}

// read reads a range of packets and picks those of one conversation. Packets of a second pass have no number, so they
// are counted from the first one's.
func (s *Source) read(ctx context.Context, t *flows.Teardown, from, to decode.Position, frame uint64, fn packetReader) error {
	if s == nil || s.Reread == nil {
		return errNoPackets
	}
	client, server := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	d := decode.NewDecoder(s.Decode)
	var seg decode.Segment
	n := uint64(0)
	err := s.Reread(from, to, func(p *decode.Packet) bool {
		if n++; n%1024 == 0 && ctx.Err() != nil {
			return false
		}
		if frame != 0 {
			p.Frame = frame + n - 1
		}
		if !d.Decode(p, &seg) || seg.Scope != t.Scope {
			return true
		}
		src, dst := seg.SrcAddrPort(), seg.DstAddrPort()
		if src == client && dst == server || src == server && dst == client {
			return fn(d, p, &seg)
		}
		return true
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
