package model

import (
	"time"

	"tcpclose/flows/filter"
)

// List is the flow list's place.
type List struct {
	Cursor int   // index into the view's rows
	Top    int   // the first index on the screen
	Row    int32 // the row under the cursor, which the cursor follows; -1 for none
	Height int   // rows that the screen has for it; the screen sets it
	Query  Query
	Hidden [NumColumns]bool

	moved bool // the user has chosen a row
}

// Filter is what the filter line holds.
type Filter struct {
	Text  string // the filter that is in force
	Draft string // what is being typed
	Error *filter.Error
	Last  string // the filter before it was cleared, for n and N
}

// TextPane is a pane of paragraphs.
type TextPane struct {
	Lines  []Line
	Cursor int // the line that Enter acts on
	Top    int // the first screen row shown
}

// Table is a small table with a cursor.
type Table[T any] struct {
	Rows    []T
	Cursor  int
	Top     int
	Height  int
	Ready   bool // computed at least once
	edition uint64
	query   any
}

func (t *Table[T]) move(by int) {
	t.Cursor = max(0, min(t.Cursor+by, len(t.Rows)-1))
	t.keep()
}

// keep brings the cursor onto the screen.
func (t *Table[T]) keep() {
	h := max(1, t.Height)
	t.Cursor = max(0, min(t.Cursor, len(t.Rows)-1))
	t.Top = max(0, min(t.Top, t.Cursor))
	if t.Cursor >= t.Top+h {
		t.Top = t.Cursor - h + 1
	}
}

// Current returns the row under the cursor, or nil.
func (t *Table[T]) Current() *T {
	if t.Cursor < 0 || t.Cursor >= len(t.Rows) {
		return nil
	}
	return &t.Rows[t.Cursor]
}

// Netstat is the socket table's place.
type Netstat struct {
	Table *SocketTable
	List  Table[Socket]
	Hosts Table[Host]
	Pick  bool // the list of hosts is shown, to choose one

	query   any
	edition uint64
}

// States is the chart's place.
type States struct {
	Population *Population
	Scope      Scope
	Cursor     int // the state that is picked, as an index into ChartStates

	query   any
	edition uint64
}

// Load is how far reading has come.
type Load struct {
	Packets     uint64
	Done, Total int64 // octets; Total 0 where unknown
	Began       time.Time
	Finished    bool
	Stopped     bool   // by the user: what is shown is partial
	Error       string // what ended it, a sentence
	Warnings    []string
	Segments    uint64
	OtherText   string // what the frames without TCP were
	LinkText    string // of which link types the frames are
	Following   bool   // waiting for more to be written
	Damaged     int
}

// Partial reports whether the list holds less than the capture.
func (l *Load) Partial() bool { return l.Stopped || l.Error != "" }

// EffectKind is something that only the screen can do.
type EffectKind uint8

// The effects.
const (
	EffectQuit EffectKind = iota
	EffectCopy
	EffectSuspend
	EffectRedraw
	EffectMouse
	EffectEditFilter
	EffectEditCommand
	EffectHelp
	EffectGlossary
	EffectTheme
	EffectAsk // a question: Text; Then runs if it is answered with yes
	EffectWrite
	EffectColumns
	EffectCapture // what is known of the capture: Text
)

// An Effect asks the screen for something.
type Effect struct {
	Kind EffectKind
	Text string
	Then func()
}
