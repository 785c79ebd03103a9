package ladder

import (
	"fmt"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A Builder turns the segments of one conversation into rows. Give it the segments in capture order with Add, and call
// Finish after the last. Its size is fixed; a copy of it is a checkpoint.
type Builder struct {
	td    *flows.Teardown
	opt   Options
	ends  [2]progress
	track [2]track
	fate  [2]fate
	recent
	run

	started  bool
	seen     int64 // time of the last segment
	rowTime  int64 // of the last row that has one
	nextMark int
	twice    uint64 // segments left out because they were captured twice
	emit     func(*Row) bool
	stopped  bool
	doubled  bool // segments were captured twice, the verdict says
	row      Row  // of the segment at hand
}

// NewBuilder returns a builder for a conversation. The Teardown must not change while the builder or its rows are used.
func NewBuilder(td *flows.Teardown, opt Options) *Builder {
	b := &Builder{td: td, opt: opt, rowTime: flows.NoTime, seen: flows.NoTime}
	b.doubled = slices.ContainsFunc(td.Marks, func(m flows.Mark) bool { return m.ID == flows.MarkDuplicateCapture })
	for s := range td.Ends {
		b.fate[s] = fateOfFIN(td, flows.Side(s))
	}
	return b
}

// Build returns all rows of a conversation whose segments are at hand. Segments of other conversations are passed over.
func Build(td *flows.Teardown, segs []decode.Segment, opt Options) []Row {
	var rows []Row
	b := NewBuilder(td, opt)
	emit := func(r *Row) bool {
		rows = append(rows, *r)
		return true
	}
	for i := range segs {
		b.Add(&segs[i], emit)
	}
	b.Finish(emit)
	return rows
}

// Add takes the next segment and emits the rows that are certain now, which may be none. The row is the builder's; emit
// must copy what it keeps. Add returns false once emit has, and does nothing from then on.
func (b *Builder) Add(s *decode.Segment, emit func(*Row) bool) bool {
	if b.stopped {
		return false
	}
	from, ok := side(b.td, s)
	if !ok || s.Frame < b.td.FirstFrame || b.td.LastFrame != 0 && s.Frame > b.td.LastFrame && !b.icmpCounts(s) {
		return true
	}
	b.emit = emit
	defer func() { b.emit = nil }()
	b.begin(s)
	if s.ICMP != decode.NotICMP {
		b.icmp(s, from)
		return !b.stopped
	}
	if b.repeats(s, from, b.opt.dupWindow(), !b.doubled) {
		b.twice++
		return true
	}
	b.timers(s.Time)
	b.segment(s, from)
	b.seen = s.Time
	return !b.stopped
}

// Skipped tells that n segments are missing here, because nobody kept them. They get a row that says so.
func (b *Builder) Skipped(n uint64, emit func(*Row) bool) bool {
	if b.stopped || n == 0 {
		return !b.stopped
	}
	b.emit = emit
	defer func() { b.emit = nil }()
	b.flush()
	for s := range b.track {
		b.track[s].skip()
	}
	b.put(&Row{Kind: Note, Time: flows.NoTime, Text: plural(n, "segment") + " not kept"})
	return !b.stopped
}

// Finish emits what is left: a run at the end, timers, and changes that no segment's row could show.
func (b *Builder) Finish(emit func(*Row) bool) bool {
	if b.stopped {
		return false
	}
	b.emit = emit
	defer func() { b.emit = nil }()
	b.flush()
	for b.leftover() {
	}
	b.timers(1<<63 - 1)
	if b.twice > 0 {
		b.put(&Row{Kind: Note, Time: flows.NoTime, Text: plural(b.twice, "segment") + " captured twice, shown once"})
	}
	return !b.stopped
}

// begin emits the states before the first segment.
func (b *Builder) begin(s *decode.Segment) {
	if b.started {
		return
	}
	b.started = true
	changed := false
	for i := range b.ends {
		end := &b.td.Ends[i]
		changed = b.ends[i].initial(end.States, s) || changed
		switch {
		case end.SawSYN:
			b.track[i].begin(end.ISN, true)
		case s.Flags.Has(decode.SYN|decode.ACK) && s.Ack == end.FirstSeq.Add(1):
			b.track[i].begin(s.Ack, false) // it answers a SYN that was not captured
		case end.Packets > 0 || end.FirstSeq != 0:
			b.track[i].begin(end.FirstSeq, false)
		}
	}
	if changed {
		b.put(&Row{Kind: Change, Time: flows.NoTime})
	}
}

// segment makes the rows of one TCP segment: of what must come before it, and its own.
func (b *Builder) segment(s *decode.Segment, from flows.Side) {
	r := &b.row
	*r = Row{Kind: Segment, From: from, Time: s.Time, Until: s.Time, Seg: *s, Marks: b.marks(s.Frame)}
	b.missing(s, from)
	b.number(r)
	b.fate[from].judge(r)
	if f := &b.td.Ends[from.Peer()].FIN; b.fate[from.Peer()].ackLost && s.Frame == f.Acked {
		r.Lost = true
	}
	if x := &b.td.Ends[from].RST; x.Frame == s.Frame && x.Verdict == flows.VerdictIgnored {
		r.Traits |= Abandoned
	}
	for i := range b.ends {
		for b.ends[i].before(b.td.Ends[i].States, s, flows.Side(i) == from) {
			b.flush()
			b.put(&Row{Kind: Change, Time: flows.NoTime})
		}
	}
	changed := false
	for i := range b.ends {
		peer := flows.Side(i).Peer()
		var since uint64
		if next := b.ends[i].head(b.td.Ends[i].States); next != nil && receivesFIN(next.State) {
			since = b.fate[peer].arrived
			if f := &b.td.Ends[peer].FIN; f.Frame == 0 {
				since = f.Acked
			}
		}
		changed = b.ends[i].on(b.td.Ends[i].States, s, flows.Side(i) == from, since) || changed
	}
	if !changed && b.collapsible(r) {
		b.collapse(r)
		return
	}
	b.flush()
	b.put(r)
}

// receivesFIN reports whether the state can be entered upon the peer's FIN.
func receivesFIN(s flows.State) bool {
	return s == flows.CloseWait || s == flows.Closing || s == flows.TimeWait
}

// number follows the sequence numbers, and writes the relative ones into the row.
func (b *Builder) number(r *Row) {
	s := &r.Seg
	own, peer := &b.track[r.From], &b.track[r.From.Peer()]
	if !own.known {
		own.begin(s.Seq, s.Flags.Any(decode.SYN))
	}
	if s.Flags.Any(decode.RST) {
		r.Seq = own.relative(s.Seq)
	} else {
		r.Seq, r.Resend, r.Traits = own.sent(s, peer.offered && peer.window == 0)
	}
	if s.Flags.Any(decode.ACK) {
		if !peer.known {
			peer.begin(s.Ack, false)
		}
		r.Ack = peer.relative(s.Ack)
	}
	r.Window = uint64(s.Window)
	ends := &b.td.Ends
	if !s.Flags.Any(decode.SYN) && ends[0].HasWScale && ends[1].HasWScale {
		r.Window <<= min(ends[r.From].WScale, 14)
	}
	if !s.Flags.Any(decode.RST) {
		own.window, own.offered = r.Window, true
	}
}

// missing emits a row for what this segment acknowledges and the capture does not hold.
func (b *Builder) missing(s *decode.Segment, from flows.Side) {
	peer := from.Peer()
	fin := &b.td.Ends[peer].FIN
	if fin.Frame == 0 && fin.Acked == s.Frame {
		b.flush()
		p := &b.ends[peer]
		if tr := p.head(b.td.Ends[peer].States); tr != nil && !tr.Received && tr.Frame == s.Frame {
			p.take(tr)
		}
		q := &b.ends[from]
		if tr := q.head(b.td.Ends[from].States); tr != nil && tr.Received && receivesFIN(tr.State) {
			q.take(tr)
		}
		b.put(&Row{Kind: Gap, From: peer, Time: flows.NoTime})
	}
	k := &b.track[peer]
	if !k.known || !s.Flags.Any(decode.ACK) || s.Flags.Any(decode.RST) {
		return
	}
	ack := k.relative(s.Ack)
	if fin.Frame == 0 && fin.Acked != 0 && s.Frame >= fin.Acked && k.fins == 0 {
		k.fins, k.finAt = 1, ack-1
	}
	octets := k.acknowledged(ack)
	if octets > 0 && b.td.FirstMark(flows.MarkCaptureGap) != nil {
		b.flush()
		b.put(&Row{Kind: Gap, From: peer, Time: flows.NoTime, Gap: octets})
	}
}

// icmpCounts reports whether an ICMP error after the last segment belongs to the conversation, which does not count it
// among its frames: it has a mark of such an error.
func (b *Builder) icmpCounts(s *decode.Segment) bool {
	return s.ICMP != decode.NotICMP && slices.ContainsFunc(b.td.Marks, func(m flows.Mark) bool {
		return m.ID == flows.MarkICMPUnreachable || m.ID == flows.MarkICMPProhibited || m.ID == flows.MarkICMPFragNeeded
	})
}

// icmp makes the row of an ICMP error.
func (b *Builder) icmp(s *decode.Segment, from flows.Side) {
	b.timers(s.Time)
	b.flush()
	r := Row{Kind: ICMP, From: from, Time: s.Time, Until: s.Time, Seg: *s, Marks: b.marks(s.Frame)}
	if k := &b.track[from]; k.known {
		r.Seq = k.relative(s.Seq)
	}
	b.put(&r)
	b.seen = s.Time
}

// marks returns the marks of a frame. They are in frame order, and so are the segments.
func (b *Builder) marks(frame uint64) []flows.Mark {
	all := b.td.Marks
	for b.nextMark < len(all) && all[b.nextMark].Frame < frame {
		b.nextMark++
	}
	end := b.nextMark
	for end < len(all) && all[end].Frame == frame {
		end++
	}
	return all[b.nextMark:end:end]
}

// timers emits the timers that ran out by now, in the order of their times.
func (b *Builder) timers(now int64) {
	for {
		var due [2]*flows.Transition
		at := int64(1<<63 - 1)
		for i := range b.ends {
			if due[i] = b.ends[i].timer(b.td.Ends[i].States, now); due[i] != nil {
				at = min(at, due[i].When())
			}
		}
		if due[0] == nil && due[1] == nil {
			return
		}
		b.flush()
		text := ""
		for i, tr := range due {
			if tr == nil || tr.When() != at {
				continue
			}
			text = timerText(b.ends[i].now.State)
			b.ends[i].take(tr)
		}
		b.put(&Row{Kind: Timer, Time: at, Until: at, Text: text})
	}
}

// timerText says which timer leads out of a state.
func timerText(from flows.State) string {
	switch from {
	case flows.TimeWait:
		return "2 MSL assumed"
	case flows.FinWait2:
		return "FIN-WAIT-2 timeout assumed"
	case flows.SynSent, flows.SynReceived:
		return "handshake timeout assumed"
	}
	return "gave up: assumed"
}

// leftover emits a row for changes that found no segment's row, and reports whether there were any.
func (b *Builder) leftover() bool {
	found := false
	for i := range b.ends {
		if tr := b.ends[i].head(b.td.Ends[i].States); tr != nil && !b.stopped {
			b.ends[i].take(tr)
			found = true
		}
	}
	if found {
		b.put(&Row{Kind: Change, Time: flows.NoTime})
	}
	return found
}

// put completes a row with the margins and the time since the row before, and emits it.
func (b *Builder) put(r *Row) {
	if b.stopped {
		return
	}
	r.Margins = [2]Margin{b.ends[0].now, b.ends[1].now}
	r.Delta = flows.NoTime
	if r.Time != flows.NoTime && b.rowTime != flows.NoTime {
		r.Delta = r.Time - b.rowTime
		if r.Kind != Timer && r.Delta >= b.opt.pause() {
			p := Row{Kind: Pause, Time: b.rowTime, Until: r.Time, Delta: flows.NoTime, Margins: r.Margins}
			p.Margins[0].Changed, p.Margins[1].Changed = false, false
			b.stopped = !b.emit(&p)
		}
	}
	if r.Time != flows.NoTime {
		b.rowTime = max(r.Time, r.Until)
	}
	if !b.stopped {
		b.stopped = !b.emit(r)
	}
	b.ends[0].now.Changed, b.ends[1].now.Changed = false, false
}

// plural writes a count and its noun.
func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%s %ss", grouped(n), noun)
}
