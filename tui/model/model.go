// Package model is the interactive timeline without its screen: what is shown, what is selected, and what each action
// does to it. Nothing in it knows a terminal.
//
// Read store.go first (where the conversations are), then view.go (which of them are listed, in which order), model.go
// and action.go (what the user did with them). Everything that takes longer than a frame runs beside the screen, in
// job.go, and comes back as a value.
//
// A Model belongs to one goroutine, the screen's. Only the Store and Wake may be used by others.
package model

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"tcpclose/flows"
)

// Pane names a part of the screen.
type Pane uint8

// The panes, by the keys that lead to them.
const (
	PaneFlows Pane = iota
	PaneLadder
	PaneStates
	PaneNetstat
	PaneServices
	PaneExplain
	PaneFindings
	NumPanes
)

var paneNames = [NumPanes]string{"Flows", "Ladder", "States", "Netstat", "Services", "Explain", "Findings"}

// String returns the pane's title.
func (p Pane) String() string { return paneNames[p] }

// Config is what a Model needs to know of the world outside.
type Config struct {
	Title  string           // the capture's name, for the first line
	Now    func() time.Time // the clock of progress and messages; time.Now where nil
	Guard  func(func())     // runs every goroutine's body; nil runs it as it is
	Inline bool             // run all work at once: for tests
	Source *Source          // where packets are read again; nil where they cannot be
	Follow bool             // the capture is still being written: stay at its newest
	Flows  flows.Config     // the timers that the sockets are counted by
}

// Model is all that the screen shows.
type Model struct {
	Title    string
	Snapshot *Snapshot
	View     *View // what is listed; nil until the first rows are there
	Load     Load
	Files    Files // known when all has been read

	Focus Pane
	Zoom  bool // the focused pane alone

	Visible [NumPanes]bool // what the screen shows: nothing is computed for the rest

	List     List
	Filter   Filter
	Scrub    Scrub
	Ladder   Ladder
	Explain  TextPane
	Netstat  Netstat
	Services Table[ServiceMix]
	Groups   Table[Group]
	Findings Table[flows.Finding]
	Finding  bool // findings are being looked for
	GroupBy  GroupBy
	States   States
	Kernel   Kernel

	Marked      map[uint64]bool // conversations by id
	TimeMode    TimeMode
	Follow      bool
	Message     string // the last thing to say; shown until the next key
	MessageRole Role
	Resolved    bool

	Commands, Filters History

	Effects []Effect // what only the screen can do: it takes them after each action

	store       *Store
	source      *Source
	config      Config
	jobs        jobs
	woken       atomic.Bool
	wake        func()
	seen        uint64 // edition that the view is of
	reader      RowReader
	stopLoad    context.CancelFunc
	backlog     []backStep
	lastPublish time.Time
	publishCost time.Duration
}

// New returns a model of a store.
func New(store *Store, c Config) *Model {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Guard == nil {
		c.Guard = func(f func()) { f() }
	}
	m := &Model{
		Title: c.Title, store: store, source: c.Source, config: c, Marked: map[uint64]bool{}, Follow: c.Follow,
		Snapshot: store.Publish(), TimeMode: TimeFromClose,
	}
	m.List.Row = -1
	m.List.Query.Sort = ColumnStart
	m.Scrub.At = flows.NoTime
	m.jobs.inline, m.jobs.guard = c.Inline, c.Guard
	m.jobs.wake = m.Wake
	m.Load.Began = c.Now()
	return m
}

// OnWake sets what to call when there is something new to show; it must not block.
func (m *Model) OnWake(fn func()) { m.wake = fn }

// OnStop sets what stops the load.
func (m *Model) OnStop(fn context.CancelFunc) { m.stopLoad = fn }

// Wake says that there is something new: from any goroutine, as often as one likes.
func (m *Model) Wake() {
	if m.wake != nil && m.woken.CompareAndSwap(false, true) {
		m.wake()
	}
}

// Pass tells that a running capture has come to a time in silence: from any goroutine.
func (m *Model) Pass(at int64) {
	if m.store.Pass(at) {
		m.Wake()
	}
}

// Post hands something to the screen's goroutine: from any goroutine.
func (m *Model) Post(fn func()) {
	m.jobs.mu.Lock()
	m.jobs.mail = append(m.jobs.mail, fn)
	m.jobs.mu.Unlock()
	m.Wake()
}

// Store returns where the conversations go.
func (m *Model) Store() *Store { return m.store }

// Close ends all work beside the screen.
func (m *Model) Close() { m.jobs.close() }

// Refresh takes in what came since the last frame: results, then rows. The screen calls it before it draws.
func (m *Model) Refresh() {
	m.woken.Store(false)
	for _, apply := range m.jobs.take() {
		apply()
	}
	now := m.config.Now()
	// Each publication makes the writer copy the chunks that it changes next; that may take a tenth of its time.
	pause := min(max(100*time.Millisecond, 10*m.publishCost), 2*time.Second)
	if m.store.Changed() {
		if wait := m.lastPublish.Add(pause).Sub(now); wait > 0 && !m.config.Inline && !m.lastPublish.IsZero() {
			m.wakeIn(wait)
		} else {
			m.Snapshot = m.store.Publish()
			m.lastPublish = now
			m.publishCost = m.Snapshot.copying
		}
	}
	if m.Snapshot.Edition != m.seen {
		m.look(false)
	}
	m.lookPanes(false)
	m.lookKernel(false)
	m.lookWindow()
}

// Take takes in all rows that are there, without waiting for the next frame.
func (m *Model) Take() {
	if m.store.Changed() {
		m.Snapshot = m.store.Publish()
	}
}

// wakeIn wakes the screen later.
func (m *Model) wakeIn(d time.Duration) {
	if m.config.Inline {
		return
	}
	time.AfterFunc(d, m.Wake)
}

// look selects the rows again: at once if the user asked for it, else when the last selection has been paid off.
func (m *Model) look(asked bool) {
	if !asked {
		if m.jobs.busy(taskView) {
			return
		}
		if wait := m.jobs.rest(taskView, m.config.Now()); wait > 0 && !m.config.Inline {
			m.wakeIn(wait)
			return
		}
	}
	snap, query := m.Snapshot, m.List.Query
	m.seen = snap.Edition
	if snap.Rows() <= chunkRows { // takes a millisecond: the first rows do not wait for their turn beside the reader
		m.jobs.stop(taskView)
		m.show(Select(context.Background(), snap, query))
		return
	}
	m.jobs.start(taskView, 0, func(ctx context.Context) func() {
		v := Select(ctx, snap, query)
		if v == nil {
			return nil
		}
		return func() { m.show(v) }
	})
}

// show puts a new selection on the screen. The cursor stays on its row if that is still listed.
func (m *Model) show(v *View) {
	m.View = v
	l := &m.List
	if m.Follow && m.config.Follow && !m.Load.Finished && len(v.Rows) > 0 {
		l.Cursor = len(v.Rows) - 1
	} else if !l.moved {
		l.Cursor, l.Top = 0, 0 // rows that come earlier push nothing out of sight before the user has chosen one
	} else if l.Row >= 0 {
		offset := l.Cursor - l.Top
		if i := v.position(l.Row, l.Cursor); i >= 0 {
			l.Cursor = i
			l.Top = max(0, i-offset)
		}
	}
	m.place(l.Cursor)
}

// position finds a row; it is looked for near the place where it was first.
func (v *View) position(row int32, near int) int {
	if near >= 0 && near < len(v.Rows) && v.Rows[near] == row {
		return near
	}
	for i, r := range v.Rows {
		if r == row {
			return i
		}
	}
	return -1
}

// moveTo puts the cursor on a place of the view because the user wants it there: it stays on that row from now on.
func (m *Model) moveTo(i int) {
	m.List.moved = true
	m.place(i)
}

// place puts the cursor on a place of the view.
func (m *Model) place(i int) {
	l := &m.List
	before := l.Row
	n := 0
	if m.View != nil {
		n = len(m.View.Rows)
	}
	if n == 0 {
		l.Cursor, l.Top, l.Row = 0, 0, -1
	} else {
		l.Cursor = max(0, min(i, n-1))
		l.Row = m.View.Rows[l.Cursor]
		m.keepList()
	}
	if l.Row != before || l.Row >= 0 && m.Ladder.edition != m.View.Snapshot.Edition {
		m.selected(l.Row != before)
	}
}

// keepList brings the cursor onto the screen.
func (m *Model) keepList() {
	l := &m.List
	h := max(1, l.Height)
	n := len(m.View.Rows)
	l.Top = min(l.Cursor, max(0, min(l.Top, n-h)))
	if l.Cursor >= l.Top+h {
		l.Top = l.Cursor - h + 1
	}
}

// Select puts the cursor on a place of the list.
func (m *Model) Select(i int) { m.moveTo(i) }

// Resize tells the list how many rows the screen has for it.
func (m *Model) Resize(height int) {
	if m.List.Height != height {
		m.List.Height = height
		if m.View != nil && len(m.View.Rows) > 0 {
			m.keepList()
		}
	}
}

// Current returns the conversation under the cursor, or nil. It is valid until the next call.
func (m *Model) Current() *flows.Teardown {
	if m.View == nil || m.List.Row < 0 {
		return nil
	}
	m.reader.Read(m.View.Snapshot, m.List.Row)
	return m.reader.Teardown()
}

// selected is called when another conversation is under the cursor, or the same one has changed.
func (m *Model) selected(other bool) {
	t := m.Current()
	if other {
		m.Explain.Cursor, m.Explain.Top = 0, 0
	}
	if t == nil {
		m.Explain.Lines = nil
		m.Ladder.clear()
		return
	}
	m.Explain.Lines = m.explain(t)
	m.loadLadder(t, other)
}

// explain writes what is known of a conversation, from the wire and from the host.
func (m *Model) explain(t *flows.Teardown) []Line {
	return append(Explain(t, m.clockOf(t), &m.Files, m.HeldLines(t)...), Line{Role: Dim, Label: "Times", Text: m.baseText(t)})
}

// SetFiles tells which files the capture consists of.
func (m *Model) SetFiles(f Files) {
	m.Files = f
	m.selected(false) // the explanation names them
}

// say puts a sentence on the last line.
func (m *Model) say(role Role, format string, args ...any) {
	m.Message, m.MessageRole = fmt.Sprintf(format, args...), role
}

// Say puts a sentence on the last line, for the screen's own messages.
func (m *Model) Say(role Role, format string, args ...any) { m.say(role, format, args...) }

func (m *Model) effect(kind EffectKind, text string) {
	m.Effects = append(m.Effects, Effect{Kind: kind, Text: text})
}

// Shown returns how many conversations are listed, and how many there are.
func (m *Model) Shown() (shown, all int) {
	all = m.Snapshot.Rows()
	if m.View == nil {
		return 0, all
	}
	return len(m.View.Rows), all
}
