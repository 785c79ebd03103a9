package ladder

import (
	"tcpclose/decode"
	"tcpclose/flows"
)

// A run collects segments of data and ACKs that may become one row. The first few wait as they are, since a run of
// fewer stays uncollapsed.
type run struct {
	waiting [maxMinRun]Row
	n       int // how many wait
	sum     Row // the collapsed row, once there are enough
	length  int // segments in it, the waiting ones included
	open    bool
	beside  [2]Margin // the margins while it lasts
}

// collapsible reports whether a segment may disappear in a run: it carries data or an ACK, has no mark, changes no
// state, is nothing special, and not both sides have sent a FIN.
func (b *Builder) collapsible(r *Row) bool {
	s := &r.Seg
	if b.opt.Expand || s.Flags.Any(decode.SYN|decode.FIN|decode.RST) || r.Lost {
		return false
	}
	for _, m := range r.Marks {
		if !aside[m.ID] {
			return false
		}
	}
	return b.track[0].fins == 0 || b.track[1].fins == 0
}

// collapse adds a segment to the run, or begins one with it.
func (b *Builder) collapse(r *Row) {
	if b.length > 0 {
		// The silence, or the jump, gets its row; but not the silence between probes.
		probes := b.sum.Tally.Data == 0 && (r.Traits.Has(KeepAlive) || r.Traits.Has(Probe))
		if r.Time < b.seen || r.Time-b.seen >= b.opt.pause() && !probes {
			b.flush()
		}
	}
	if b.length == 0 {
		b.open = b.opt.Expanded != nil && b.opt.Expanded(r.Seg.Frame)
		b.beside = [2]Margin{b.ends[0].now, b.ends[1].now}
		b.sum = Row{Kind: Run, From: r.From, Time: r.Time, Seg: r.Seg, Seq: r.Seq, Ack: r.Ack, Window: r.Window}
	}
	b.length++
	if b.open {
		b.put(r)
		return
	}
	t := &b.sum.Tally
	t.Segments++
	t.LastFrame = r.Seg.Frame
	b.sum.Until = r.Time
	switch {
	case r.Traits.Has(KeepAlive):
		t.KeepAlives++
	case r.Traits.Has(Probe):
		t.Probes++
	case r.Seg.Len > 0:
		t.Data++
		t.Octets[r.From] += uint64(r.Seg.Len)
		if r.Resend > 0 {
			t.Resends++
		}
	}
	if b.n < b.opt.minRun()-1 {
		b.waiting[b.n] = *r
		b.n++
	}
}

// flush ends the run: one row if it was long enough, its segments if not.
func (b *Builder) flush() {
	length, n, open := b.length, b.n, b.open
	b.length, b.n, b.open = 0, 0, false
	if length == 0 || open {
		return
	}
	now := [2]Margin{b.ends[0].now, b.ends[1].now}
	b.ends[0].now, b.ends[1].now = b.beside[0], b.beside[1]
	if length > n {
		b.put(&b.sum)
	} else {
		for i := range n {
			b.put(&b.waiting[i])
		}
	}
	b.ends[0].now, b.ends[1].now = now[0], now[1]
}

const maxRecent = 4

// A print is what two captures of one segment have in common.
type printed struct {
	from          flows.Side
	flags         decode.Flags
	window        uint16
	id            uint16
	sum           uint16
	seq, ack      decode.Seq
	length, tsval uint32
	time          int64
	iface         uint16
	ttl           uint8
}

// recent remembers the last few segments, to know one that was captured twice.
type recent struct {
	last [maxRecent]printed
	slot int
}

// repeats reports whether the segment is one that was captured already (TEARDOWN trap 11), and remembers it if not. RSTs that are
// alike are several where the verdict knows of nothing that was captured twice: a host without a socket answers each segment of
// a burst.
func (k *recent) repeats(s *decode.Segment, from flows.Side, window int64, several bool) bool {
	p := printed{
		from: from, flags: s.Flags, window: s.Window, id: s.IPID, sum: s.Checksum, seq: s.Seq, ack: s.Ack,
		length: s.Len, time: s.Time, iface: s.Iface, ttl: s.TTL,
	}
	if s.Options.Has(decode.OptTimestamps) {
		p.tsval = s.TSVal
	}
	if several && s.Flags.Has(decode.RST) && s.IPID == 0 {
		return false
	}
	for i := range k.last {
		if k.last[i].same(&p, window) {
			return true
		}
	}
	k.last[k.slot] = p
	k.slot = (k.slot + 1) % maxRecent
	return false
}

func (p *printed) same(q *printed, window int64) bool {
	if p.time == 0 || q.time-p.time > window || q.time < p.time || p.id != q.id && p.id != 0 && q.id != 0 {
		return false
	}
	return p.from == q.from && p.flags == q.flags && p.window == q.window && p.sum == q.sum && p.seq == q.seq &&
		p.ack == q.ack && p.length == q.length && p.tsval == q.tsval
}
