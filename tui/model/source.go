package model

import (
	"context"
	"errors"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Source reads packets of a conversation again.
type Source struct {
	// Reread reads the packets from one position to another, both included, in the order of the first pass. It is
	// decode.Capture's method, or a test's.
	Reread func(from, to decode.Position, fn func(*decode.Packet) bool) error
	Decode decode.Config
}

var errNoPackets = errors.New("its packets cannot be read again: they did not come from a file")

// A packetReader gets each packet of a conversation with its segment. The decoder knows its payload.
type packetReader func(d *decode.Decoder, p *decode.Packet, s *decode.Segment) bool

// Conversation reads all packets of a conversation again, between its first and its last.
func (s *Source) Conversation(ctx context.Context, t *flows.Teardown, fn packetReader) error {
	return s.read(ctx, t, t.FirstPos, t.LastPos, t.FirstFrame, fn)
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
