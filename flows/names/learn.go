package names

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Source is where packets and the files' own names come from: a decode.Capture.
type Source interface {
	Next(p *decode.Packet) error
	Names() []decode.Name
}

// Learn reads a capture to its end and returns what its addresses are called. Damage ends it as it ends every reading of
// the capture, and is told by the one that judges; the error is that of the context alone.
func Learn(ctx context.Context, src Source, cfg decode.Config, since, until int64) (*Table, error) {
	l := &learner{table: newTable(), decoder: decode.NewDecoder(cfg), partial: map[tuple]*hello{}}
	var p decode.Packet
	var s decode.Segment
	for n := 0; ; n++ {
		if n%(1<<16) == 0 && ctx.Err() != nil {
			return l.table, ctx.Err()
		}
		err := src.Next(&p)
		if errors.Is(err, decode.ErrPause) {
			continue
		}
		if err != nil {
			break // the end, or what the pass that judges will say
		}
		if !p.NoTime && (since != 0 && p.Time < since || until != 0 && p.Time > until) {
			continue
		}
		l.take(&p, &s)
	}
	l.table.filed(src.Names())
	return l.table, nil
}

// The bounds of what is put together from several segments.
const maxHellos = 256

// A hello is a ClientHello of which some segments came.
type hello struct {
	frame uint64
	next  decode.Seq
	size  int
	bytes []byte
}

// A learner reads packets.
type learner struct {
	table   *Table
	decoder *decode.Decoder
	partial map[tuple]*hello
	order   []tuple // of partial, the oldest first
}

func (l *learner) take(p *decode.Packet, s *decode.Segment) {
	if !l.decoder.Decode(p, s) {
		if g, ok := l.decoder.Datagram(); ok && nameServerPorts[g.Src.Port()] {
			l.answered(g.Payload, p.Time, g.Dst)
		}
		return
	}
	payload := l.decoder.Payload(p, s)
	if len(payload) == 0 || s.Flags.Has(decode.RST) {
		return
	}
	if s.SrcPort == 53 {
		to := s.DstAddrPort()
		messages(payload, func(m []byte) { l.answered(m, p.Time, to) })
		return
	}
	size := helloSize(payload)
	switch {
	case size > 0:
		key := keyOf(s)
		if len(payload) >= size {
			l.heard(key, p.Frame, payload[:size])
			return
		}
		next := s.Seq.Add(uint32(len(payload)))
		if s.Flags.Has(decode.SYN) {
			next = next.Add(1)
		}
		l.begin(key, &hello{p.Frame, next, size, append(make([]byte, 0, size), payload...)})
	case isRequest(payload):
		host, proxied := requestHost(payload)
		if host != "" || proxied {
			l.table.ask(keyOf(s), request{host, p.Frame, p.Frame, flows.NamedByHost, proxied})
		}
	case len(l.partial) > 0:
		l.goOn(keyOf(s), s.Seq, payload)
	}
}

// answered takes a DNS message that somebody was sent.
func (l *learner) answered(message []byte, at int64, to netip.AddrPort) {
	answers(message, func(name string, addr netip.Addr) {
		if !addr.IsUnspecified() && !addr.IsLoopback() {
			l.table.tell(addr, name, flows.NamedByDNS, at, to.Addr())
		}
	})
}

// heard takes a whole ClientHello.
func (l *learner) heard(key tuple, frame uint64, message []byte) {
	if name := serverName(message); name != "" {
		l.table.ask(key, request{name, frame, frame, flows.NamedBySNI, false})
	}
}

// begin waits for the rest of a ClientHello; the one that waits longest makes room.
func (l *learner) begin(key tuple, h *hello) {
	if l.partial[key] == nil {
		if len(l.order) == maxHellos {
			delete(l.partial, l.order[0])
			l.order = l.order[1:]
		}
		l.order = append(l.order, key)
	}
	l.partial[key] = h
}

// goOn takes a segment that may be the next of a ClientHello.
func (l *learner) goOn(key tuple, seq decode.Seq, payload []byte) {
	h := l.partial[key]
	if h == nil || seq != h.next {
		return // a resend changes nothing, and one that came too early is waited for in vain
	}
	h.bytes = append(h.bytes, payload[:min(len(payload), h.size-len(h.bytes))]...)
	h.next = h.next.Add(uint32(len(payload)))
	if len(h.bytes) == h.size {
		delete(l.partial, key)
		l.order = slices.DeleteFunc(l.order, func(k tuple) bool { return k == key })
		l.heard(key, h.frame, h.bytes)
	}
}

func keyOf(s *decode.Segment) tuple { return tuple{s.SrcAddrPort(), s.DstAddrPort(), s.Scope} }
