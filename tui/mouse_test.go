package tui

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// point sends one action of the mouse at a place to whatever is there.
func (s *testScreen) point(action tview.MouseAction, x, y int) {
	buttons := tcell.Button1
	if action == tview.MouseLeftUp {
		buttons = tcell.ButtonNone
	}
	s.app.pages.MouseHandler()(action, tcell.NewEventMouse(x, y, buttons, tcell.ModNone), func(p tview.Primitive) { s.app.tview.SetFocus(p) })
	s.draw()
}

// TestTwoQuickClicksAreADoubleClickAtOnePlaceAlone clicks as tview tells it: the second of two quick clicks counts as double
// wherever it is.
func TestTwoQuickClicksAreADoubleClickAtOnePlaceAlone(t *testing.T) {
	s := openTen(t, 100, 30)
	double := func(x, y int) {
		s.point(tview.MouseLeftDown, x, y)
		s.point(tview.MouseLeftDoubleClick, x, y)
	}
	s.point(tview.MouseLeftDown, 20, 5)
	double(20, 8)
	if s.model.Focus != model.PaneFlows {
		t.Fatalf("two rows that are clicked open %s", s.model.Focus)
	}
	s.has("5 of 10")
	double(20, 8)
	if s.model.Focus != model.PaneLadder {
		t.Error("a double click does not open the row")
	}
	title := strings.Index(strings.Split(s.text(), "\n")[3], "class")
	s.point(tview.MouseLeftDown, title, 3)
	s.has("sort: class ^")
	double(title, 3)
	s.has("sort: class v")
}

// TestTheScrollBarAndTheTimeFollowTheMouse drags both.
func TestTheScrollBarAndTheTimeFollowTheMouse(t *testing.T) {
	s := newTestScreen(t, storeOf(1000), 100, 30, "terminal", "UTF-8", nil)
	s.point(tview.MouseLeftDown, 99, 12)
	s.has("1,000 of 1,000")
	s.point(tview.MouseMove, 99, 3)
	s.has(" 1 of 1,000")
	s.point(tview.MouseMove, 99, 8)
	if i := s.model.List.Cursor; i < 400 || i > 700 {
		t.Errorf("in the middle of the bar the cursor is on %d", i)
	}
	before := s.model.List.Cursor
	s.point(tview.MouseLeftDown, 20, 9) // elsewhere it is a click
	at := s.model.List.Cursor
	s.point(tview.MouseMove, 20, 12)
	if s.model.List.Cursor != at || at == before {
		t.Errorf("dragging over the rows leads from %d to %d", at, s.model.List.Cursor)
	}
	y := 0
	for i, line := range strings.Split(s.text(), "\n") {
		if strings.Contains(line, "T=") {
			y = i
		}
	}
	s.keys("z", "z")
	s.point(tview.MouseLeftDown, 50, y)
	s.point(tview.MouseMove, 60, y)
	line := []rune(strings.Split(s.text(), "\n")[y])
	if line[60] != s.app.glyphs.now {
		t.Errorf("the time is not where the mouse is:\n%s", string(line))
	}
}

// TestTheWheelScrollsTheHelpByRows turns it once.
func TestTheWheelScrollsTheHelpByRows(t *testing.T) {
	s := openTen(t, 80, 24)
	s.keys("?")
	s.has("Move")
	s.point(tview.MouseScrollDown, 20, 8)
	s.hasNot("  j Down")
	s.has("PgUp Ctrl-U", "PgDn Ctrl-D")
}

// TestAFindingIsChosenByTheMouse clicks the last one, and turns the wheel.
func TestAFindingIsChosenByTheMouse(t *testing.T) {
	s := openTen(t, 100, 30)
	s.model.Findings.Rows = nil
	for _, name := range []string{"first", "second", "third"} {
		long := strings.Repeat("the sentence of the "+name+" finding is long ", 4)
		s.model.Findings.Rows = append(s.model.Findings.Rows, flows.Finding{Sentence: long, Evidence: []string{"what it rests on"}, Remedies: []string{"what to do"}})
	}
	s.keys("7", "+")
	for _, want := range []int{2, 0, 1} {
		for y, line := range strings.Split(s.text(), "\n") {
			if strings.Contains(line, "0x") && strings.Contains(line, s.model.Findings.Rows[want].Sentence[:30]) {
				s.point(tview.MouseLeftDown, 20, y+1) // the second line of it
				break
			}
		}
		if s.model.Findings.Cursor != want {
			t.Errorf("the cursor is on %d, not on %d", s.model.Findings.Cursor, want)
		}
	}
	s.point(tview.MouseScrollDown, 20, 10)
	if s.model.Findings.Cursor != 2 {
		t.Errorf("the wheel leads to %d", s.model.Findings.Cursor)
	}
}

// TestTheFilterLineIsClicked types where it was clicked.
func TestTheFilterLineIsClicked(t *testing.T) {
	s := openTen(t, 100, 30)
	s.point(tview.MouseLeftDown, 20, 1)
	s.keys("port 8080", "Enter")
	s.has("/ port 8080 ", "1 of 1")
}
