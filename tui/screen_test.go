package tui

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
	"tcpclose/tui/model/modeltest"
)

// A bench is a whole program on a simulated screen: keys go in, text and styles come out. Everything runs on the test's
// goroutine: work beside the screen runs at once, and a frame is drawn after each key.
type testScreen struct {
	t      testing.TB
	app    *App
	model  *model.Model
	screen tcell.SimulationScreen
}

// testNow is the clock of the tests.
func testNow() time.Time { return time.Unix(0, modeltest.Epoch).Add(9 * time.Second) }

// newTestScreen opens a screen of a size on a store. charset is UTF-8 or US-ASCII.
func newTestScreen(t testing.TB, store *model.Store, w, h int, themeName, charset string, source *model.Source) *testScreen {
	t.Helper()
	look, err := newTheme(themeName)
	if err != nil {
		t.Fatal(err)
	}
	signs := &unicodeGlyphs
	if charset != "UTF-8" {
		signs = &asciiGlyphs
	}
	m := model.New(store, model.Config{Title: "edge1.pcapng", Now: testNow, Inline: true, Source: source})
	m.Load.Finished, m.Load.Packets, m.Load.Segments = true, 1_100_000, 1_000_000
	a := newApp(m, look, signs)
	a.clock = testNow
	screen := tcell.NewSimulationScreen(charset)
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	screen.SetSize(w, h)
	a.screen = screen
	s := &testScreen{t: t, app: a, model: m, screen: screen}
	m.Refresh()
	s.draw()
	return s
}

// draw paints a frame as tview does, and a second one where the first found that there was more to compute.
func (s *testScreen) draw() {
	s.paint()
	select {
	case <-s.app.wake:
		s.model.Refresh()
		s.paint()
	default:
	}
}

func (s *testScreen) paint() {
	w, h := s.screen.Size()
	s.app.pages.SetRect(0, 0, w, h)
	s.screen.Clear()
	s.app.pages.Draw(s.screen)
	s.screen.Show()
}

// event handles one key as tview does.
func (s *testScreen) event(e *tcell.EventKey) {
	if e = s.app.key(e); e != nil && s.app.pages.HasFocus() {
		if handler := s.app.pages.InputHandler(); handler != nil {
			handler(e, func(p tview.Primitive) { s.app.tview.SetFocus(p) })
		}
	}
	s.app.model.Refresh()
}

// keys types keys, named as the key table names them; anything longer that is no key is typed letter by letter.
func (s *testScreen) keys(names ...string) {
	for _, name := range names {
		if key, ok := namedKeys[name]; ok {
			s.event(tcell.NewEventKey(key, 0, tcell.ModNone))
			s.draw()
			continue
		}
		if name == "Space" {
			name = " "
		}
		for _, r := range name {
			s.event(tcell.NewEventKey(tcell.KeyRune, r, tcell.ModNone))
			s.draw()
		}
	}
}

var namedKeys = func() map[string]tcell.Key {
	m := map[string]tcell.Key{}
	for k, name := range keyNames {
		if name != "Backspace" || k == tcell.KeyBackspace2 {
			m[name] = k
		}
	}
	return m
}()

func (s *testScreen) resize(w, h int) {
	s.screen.SetSize(w, h)
	s.draw()
}

// text returns what is on the screen, a line for each row, without blanks at the ends.
func (s *testScreen) text() string {
	cells, w, h := s.screen.GetContents()
	var b strings.Builder
	for y := range h {
		var line strings.Builder
		for x := range w {
			c := cells[y*w+x]
			if len(c.Bytes) == 0 {
				line.WriteByte(' ')
			} else {
				line.Write(c.Bytes)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// attributes returns the styles of the screen: a letter for each cell, and what the letters stand for.
func (s *testScreen) attributes() string {
	cells, w, h := s.screen.GetContents()
	letters := map[tcell.Style]byte{tcell.StyleDefault: '.'}
	var legend, b strings.Builder
	for y := range h {
		line := make([]byte, w)
		for x := range w {
			st := cells[y*w+x].Style
			if letters[st] == 0 {
				letters[st] = byte('a' + len(letters) - 1)
				fmt.Fprintf(&legend, "%c %s\n", letters[st], describeStyle(st))
			}
			line[x] = letters[st]
		}
		b.WriteString(strings.TrimRight(string(line), ".") + "\n")
	}
	return b.String() + legend.String()
}

func describeStyle(st tcell.Style) string {
	fg, bg, attr := st.Decompose()
	parts := []string{fg.String(), "on", bg.String()}
	for _, a := range []struct {
		mask tcell.AttrMask
		name string
	}{{tcell.AttrBold, "bold"}, {tcell.AttrReverse, "reverse"}, {tcell.AttrDim, "dim"}} {
		if attr&a.mask != 0 {
			parts = append(parts, a.name)
		}
	}
	if st.GetUnderlineStyle() != tcell.UnderlineStyleNone {
		parts = append(parts, "underline")
	}
	return strings.Join(parts, " ")
}

// has fails the test unless the screen shows all texts.
func (s *testScreen) has(texts ...string) {
	s.t.Helper()
	screen := s.text()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			s.t.Errorf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

// hasNot fails the test if the screen shows one of the texts.
func (s *testScreen) hasNot(texts ...string) {
	s.t.Helper()
	screen := s.text()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			s.t.Errorf("the screen shows %q:\n%s", text, screen)
		}
	}
}

// storeOf returns a store of made-up conversations.
func storeOf(rows int) *model.Store {
	store, m := model.NewStore(), modeltest.NewMaker()
	for range rows {
		store.Put(m.Next())
	}
	return store
}

// loaded tells the model what reading the capture came to.
func (s *testScreen) loaded(sum *flows.Summary) {
	(&loader{model: s.model}).finished(sum, nil)
	s.draw()
}

// openCapture reads a capture of the repository into a store.
func openCapture(t testing.TB, name string) (*model.Store, *model.Source, *flows.Summary) {
	t.Helper()
	all, source, sum := judgeCapture(t, name)
	return storeWith(all), source, sum
}

// judgeCapture reads a capture of testdata.
func judgeCapture(t testing.TB, name string) ([]flows.Teardown, *model.Source, *flows.Summary) {
	t.Helper()
	c, err := decode.Open([]string{filepath.Join("..", "testdata", "captures", name)}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	all, sum, err := flows.Collect(context.Background(), c, decode.Config{}, flows.Config{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return all, &model.Source{Reread: c.Reread}, sum
}

func storeWith(all []flows.Teardown) *model.Store {
	store := model.NewStore()
	for i := range all {
		store.Put(&all[i])
	}
	return store
}
