package model

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/held"
	"tcpclose/flows/ladder"
)

// Ladder is the conversation under the cursor as a ladder, read again from the file.
type Ladder struct {
	Teardown *flows.Teardown // what the rows belong to; nil while there is none
	Count    int             // of all rows
	Tails    [2]Tail
	Loading  bool
	Note     string // why there are no rows, or what is missing

	Cursor, Top, Height int
	Expanded            bool
	Open                map[uint64]bool // runs that are expanded, by their first frame
	Absolute            bool            // sequence numbers as on the wire
	Packet              *PacketView     // the row that is open; nil for none

	rows    []ladder.Row  // a window of them; all where there are few
	first   int           // the number of the window's first row
	index   *ladder.Index // where windows are built from; nil where all rows are there
	frames  []uint64      // the frame of every frameStep-th row
	edition uint64        // of the rows that it was read for
	want    uint64        // the frame to go to when the rows are there
	id      uint64
}

// Row returns a row by its number, or nil while its window is being read.
func (l *Ladder) Row(i int) *ladder.Row {
	if i -= l.first; i < 0 || i >= len(l.rows) {
		return nil
	}
	return &l.rows[i]
}

// A Tail is the last payload that a side sent before its FIN or RST.
type Tail struct {
	Frame uint64
	Data  []byte
}

// A PacketView is one segment, taken apart.
type PacketView struct {
	Frame uint64
	Lines []Line
	Top   int
}

// windowRows bounds the rows that are held: each takes some hundred bytes. frameStep is how many rows lie between two
// known frames.
const (
	windowRows = 8192
	frameStep  = 256
)

// maxTail is how much of a side's last payload is kept.
const maxTail = 512

func (l *Ladder) clear() {
	*l = Ladder{Height: l.Height, Expanded: l.Expanded, Absolute: l.Absolute}
}

// options is how the rows are built.
func (l *Ladder) options() ladder.Options {
	return ladder.Options{Expand: l.Expanded, Expanded: func(frame uint64) bool { return l.Open[frame] }}
}

// loadLadder reads the conversation again: after a short pause where the cursor runs down the list.
func (m *Model) loadLadder(t *flows.Teardown, other bool) {
	l := &m.Ladder
	if l.id == t.ID && l.Teardown != nil && l.Teardown.LastFrame == t.LastFrame && l.Teardown.Class == t.Class {
		l.edition = m.View.Snapshot.Edition
		return // nothing new in it
	}
	if other {
		l.clear()
		l.Open = nil
	}
	l.id, l.edition = t.ID, m.View.Snapshot.Edition
	m.readLadder(clone(t), 60*time.Millisecond)
}

func (m *Model) readLadder(t *flows.Teardown, delay time.Duration) {
	l := &m.Ladder
	l.Loading = true
	source, opt := m.source, l.options()
	open := make(map[uint64]bool, len(l.Open)) // the map of the screen's goroutine stays there
	for f := range l.Open {
		open[f] = true
	}
	opt.Expanded = func(frame uint64) bool { return open[frame] }
	m.jobs.start(taskDetail, delay, func(ctx context.Context) func() {
		r := buildLadder(ctx, source, t, opt)
		if ctx.Err() != nil {
			return nil
		}
		return func() {
			l := &m.Ladder
			l.Teardown, l.Tails, l.Note, l.Loading = t, r.tails, r.note, false
			l.rows, l.first, l.Count, l.frames, l.index = r.rows, 0, r.count, r.frames, nil
			if r.count > len(r.rows) {
				l.index = r.index
			}
			l.keep()
			if l.want != 0 {
				l.gotoFrame(m, l.want)
			}
			m.lookWindow()
		}
	})
}

// lookWindow reads the rows that the screen shows, where they are not those that are held.
func (m *Model) lookWindow() {
	l := &m.Ladder
	low, high := l.Top, min(l.Top+max(l.Height, 1), l.Count)
	if l.index == nil || l.Loading || low >= l.first && high <= l.first+len(l.rows) || m.jobs.busy(taskWindow) {
		return
	}
	first := max(0, min((low+high)/2-windowRows/2, l.Count-windowRows))
	source, t, index := m.source, l.Teardown, l.index
	m.jobs.start(taskWindow, 0, func(ctx context.Context) func() {
		rows := index.Rows(first, windowRows, func(pos decode.Position, frame uint64, each func(*decode.Segment) bool) {
			_ = source.read(ctx, t, pos, t.LastPos, frame, func(_ *decode.Decoder, _ *decode.Packet, s *decode.Segment) bool { return each(s) })
		})
		return func() {
			l := &m.Ladder
			if l.index != index {
				return // another conversation is shown by now
			}
			l.rows, l.first = rows, first
			if l.want != 0 {
				l.gotoFrame(m, l.want)
			}
			m.lookWindow()
		}
	})
}

type built struct {
	rows   []ladder.Row
	count  int
	frames []uint64
	index  *ladder.Index
	tails  [2]Tail
	note   string
}

func buildLadder(ctx context.Context, source *Source, t *flows.Teardown, opt ladder.Options) (r built) {
	b := ladder.NewBuilder(t, opt)
	r.index = ladder.NewIndex(t, opt, 0)
	frame := uint64(0)
	emit := func(row *ladder.Row) bool {
		if f := row.Frame(); f != 0 {
			frame = f
		}
		if r.count%frameStep == 0 {
			r.frames = append(r.frames, frame)
		}
		if r.count++; r.count <= windowRows {
			r.rows = append(r.rows, *row)
		}
		return true
	}
	skipped := func(n uint64) {
		if n == 0 {
			r.note = "its first segments were given up, to make room for livelier conversations; --spool DIR keeps all"
			return
		}
		b.Skipped(n, emit)
		r.note = fmt.Sprintf("of each conversation the first %d segments and the last %d are kept; --spool DIR keeps all", held.First, held.Last)
	}
	err := source.Conversation(ctx, t, skipped, func(d *decode.Decoder, p *decode.Packet, s *decode.Segment) bool {
		b.Add(s, emit)
		r.index.Add(s)
		r.keepTail(t, d, p, s)
		return true
	})
	b.Finish(emit)
	r.index.Finish()
	if err != nil && ctx.Err() == nil {
		r.note = err.Error()
	}
	return r
}

// keepTail keeps the start of the last payload that a side sent before its FIN or RST, and of one on a RST.
func (r *built) keepTail(t *flows.Teardown, d *decode.Decoder, p *decode.Packet, s *decode.Segment) {
	if s.Len == 0 || s.ICMP != decode.NotICMP {
		return
	}
	side := flows.Client
	if s.SrcAddrPort() == t.Ends[flows.Server].Addr && s.SrcAddrPort() != t.Ends[flows.Client].Addr {
		side = flows.Server
	}
	payload := d.Payload(p, s)
	if len(payload) == 0 {
		return
	}
	tail := &r.tails[side]
	tail.Frame = s.Frame
	tail.Data = append(tail.Data[:0], payload[:min(len(payload), maxTail)]...)
}

// Base returns the time that the ladder's times are counted from.
func (m *Model) LadderZero() int64 {
	t := m.Ladder.Teardown
	if t == nil {
		return flows.NoTime
	}
	switch m.TimeMode {
	case TimeFromCapture:
		return m.Snapshot.First
	case TimeFromStart:
		return t.Start
	case TimeFromClose, TimeUTC, TimeLocal, numTimeModes:
	}
	return ladder.FromFIN.Zero(t)
}

func (l *Ladder) current() *ladder.Row { return l.Row(l.Cursor) }

func (l *Ladder) keep() {
	l.Cursor = max(0, min(l.Cursor, l.Count-1))
	h := max(1, l.Height)
	l.Top = min(l.Cursor, max(0, min(l.Top, l.Count-h)))
	if l.Cursor >= l.Top+h {
		l.Top = l.Cursor - h + 1
	}
}

// Resize tells the ladder how many rows the screen has for it.
func (l *Ladder) Resize(height int) {
	if l.Height != height {
		l.Height = height
		l.keep()
	}
}

func (l *Ladder) move(m *Model, by int) {
	if l.Packet != nil {
		l.Packet.Top = max(0, l.Packet.Top+by) // the screen, which wraps the lines, knows the end
		return
	}
	l.Cursor = max(0, min(l.Cursor+by, l.Count-1))
	l.keep()
	if l.Height == 0 && m.List.Row < 0 {
		m.say(Info, "no conversation is selected")
	}
}

// toggle opens the run under the cursor; elsewhere it opens or closes all runs.
func (l *Ladder) toggle(m *Model) {
	if l.Teardown == nil {
		return
	}
	row := l.current()
	if row != nil && row.Kind == ladder.Run && m.Focus == PaneLadder {
		if l.Open == nil {
			l.Open = map[uint64]bool{}
		}
		l.Open[row.Frame()] = true
		l.want = row.Frame()
	} else {
		l.Expanded = !l.Expanded
		l.Open = nil
		if row != nil {
			l.want = row.Frame()
		}
	}
	m.readLadder(l.Teardown, 0)
}

func (l *Ladder) setAbsolute(m *Model, on bool) {
	l.Absolute = on
	if on {
		m.say(Info, "sequence numbers as on the wire")
	} else {
		m.say(Info, "sequence numbers from each side's first")
	}
}

// gotoFrame puts the cursor on the row of a frame: the last row that begins at or before it. Where that row's window is
// not there yet, it goes near it first, and to it when the window has been read.
func (l *Ladder) gotoFrame(m *Model, frame uint64) {
	if l.Loading || l.Count == 0 {
		l.want = frame
		return
	}
	near, _ := slices.BinarySearchFunc(l.frames, frame, func(f, want uint64) int {
		if f <= want {
			return -1
		}
		return 1
	})
	low := max(0, near-1) * frameStep
	at := -1
	for i := low; i < min(low+2*frameStep, l.Count); i++ {
		row := l.Row(i)
		if row == nil {
			l.place(low)
			again := l.want == frame
			l.want = frame
			if !again {
				m.lookWindow()
			}
			return
		}
		if f := row.Frame(); f != 0 && f <= frame {
			at = i
		}
	}
	l.want = 0
	if at < 0 {
		m.say(Info, "frame %d is not in the ladder", frame)
		return
	}
	l.place(at)
}

// place puts the cursor on a row, in the middle of the screen.
func (l *Ladder) place(i int) {
	l.Cursor = i
	l.Top = max(0, i-l.Height/2)
	l.keep()
}

// enter opens the row under the cursor: a run into its segments, a segment into its layers.
func (l *Ladder) enter(m *Model) {
	row := l.current()
	switch {
	case l.Packet != nil || row == nil:
		return
	case row.Kind == ladder.Run:
		l.toggle(m)
		return
	case row.Frame() == 0:
		m.say(Info, "nothing on the wire stands behind this row")
		return
	}
	l.openPacket(m, row)
}
