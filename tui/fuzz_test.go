package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/tui/model/modeltest"
)

// TestRandomKeysAndResizesNeitherPanicNorHang types whatever comes, at screens of every size, while rows are added. A
// watchdog tells a hang.
func TestRandomKeysAndResizesNeitherPanicNorHang(t *testing.T) {
	steps := 100_000
	if testing.Short() {
		steps = 2000
	}
	typeAtRandom(t, steps, 0)
}

// TestRandomKeysWhileOldRowsAreLeftOut does the same where many more rows come than may stay.
func TestRandomKeysWhileOldRowsAreLeftOut(t *testing.T) {
	typeAtRandom(t, 600, 40)
}

// typeAtRandom takes so many steps; at each one some conversations come, of which 2 MiB may stay.
func typeAtRandom(t *testing.T, steps, coming int) {
	t.Helper()
	store, source, _ := openCapture(t, "ten-kinds-of-close.pcapng")
	maker := modeltest.NewMaker()
	for range 500 {
		c := maker.Next()
		c.ID += 1000
		store.Put(c)
	}
	rng := rand.New(rand.NewPCG(11, 12))
	s := newTestScreen(t, store, 100, 30, "terminal", "UTF-8", source)
	s.app.suspend = func(*App) {}
	s.app.write = func(*App, string) {} // a random word must not become a file
	s.model.Load.Finished = false

	var recent []string
	beat := make(chan struct{}, 1)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case <-beat:
			case <-done:
				return
			case <-time.After(20 * time.Second):
				panic("no step for 20 s; the last keys were " + strings.Join(recent, " "))
			}
		}
	}()
	defer func() {
		if p := recover(); p != nil {
			w, h := s.screen.Size()
			t.Fatalf("%v at %dx%d after %s", p, w, h, strings.Join(recent, " "))
		}
	}()
	if coming > 0 {
		store.Limit(2 << 20)
	}
	for step := range steps {
		for range coming {
			c := maker.Next()
			c.ID += 1_000_000
			store.Put(c)
		}
		name := randomInput(s, rng, maker, step)
		if recent = append(recent, name); len(recent) > 40 {
			recent = recent[1:]
		}
		select {
		case beat <- struct{}{}:
		default:
		}
		if step%500 == 0 {
			checkScreen(t, s)
		}
	}
	if rows := store.Rows(); coming > 0 && rows >= steps*coming {
		t.Errorf("%d rows are there", rows)
	}
}

// randomInput does one random thing and names it.
func randomInput(s *testScreen, rng *rand.Rand, maker *modeltest.Maker, step int) string {
	switch n := rng.IntN(100); {
	case n < 3:
		w, h := 1+rng.IntN(180), 1+rng.IntN(60)
		if rng.IntN(4) == 0 {
			w, h = 1+rng.IntN(25), 1+rng.IntN(8)
		}
		s.resize(w, h)
		return fmt.Sprintf("%dx%d", w, h)
	case n < 5 && s.model.Store().Rows() < 1500:
		for range 20 {
			c := maker.Next()
			c.ID += 1_000_000
			s.model.Store().Put(c)
		}
		s.model.Refresh()
		s.draw()
		return "rows"
	case n < 50:
		b := bindings[rng.IntN(len(bindings))]
		keys := strings.Fields(b.keys)
		name := keys[rng.IntN(len(keys))]
		s.keys(name)
		return name
	case n < 60:
		word := typedWords[rng.IntN(len(typedWords))]
		s.keys(word)
		return word
	case n < 70:
		s.mouse(rng)
		return "mouse"
	case n < 90:
		r := rune(0x20 + rng.IntN(0x60))
		if rng.IntN(10) == 0 {
			r = rune(rng.IntN(0x1f9ff))
		}
		s.event(tcell.NewEventKey(tcell.KeyRune, r, tcell.ModNone))
	default:
		s.event(tcell.NewEventKey(tcell.Key(rng.IntN(300)), 0, tcell.ModMask(rng.IntN(8))))
	}
	s.draw()
	return "key"
}

var typedWords = []string{
	"/", ":", "class rst-abort", "port 443 and not class four-way", "sort -bytes", "goto 26", "time 3", "time +1s", "group server",
	"host 10.0.0.9", "columns bytes", "theme dark", "explain time-wait", "Enter", "Tab", "Esc", "server.host 10.0.0.9", "((((", "id 1-30",
}

// mouse clicks or turns the wheel somewhere.
func (s *testScreen) mouse(rng *rand.Rand) {
	w, h := s.screen.Size()
	buttons := []tcell.ButtonMask{tcell.Button1, tcell.WheelUp, tcell.WheelDown}[rng.IntN(3)]
	e := tcell.NewEventMouse(rng.IntN(w), rng.IntN(h), buttons, tcell.ModNone)
	action := map[tcell.ButtonMask]tview.MouseAction{
		tcell.Button1: tview.MouseLeftDown, tcell.WheelUp: tview.MouseScrollUp, tcell.WheelDown: tview.MouseScrollDown,
	}[buttons]
	if handler := s.app.pages.MouseHandler(); handler != nil {
		handler(action, e, func(p tview.Primitive) { s.app.tview.SetFocus(p) })
	}
	s.draw()
}

// checkScreen holds what must be true of every screen: each row is as wide as the screen, and a ladder has both rails or
// none.
func checkScreen(t *testing.T, s *testScreen) {
	t.Helper()
	cells, w, h := s.screen.GetContents()
	if len(cells) != w*h {
		t.Fatalf("%d cells on a screen of %dx%d", len(cells), w, h)
	}
	if w >= leastWidth && h >= leastHeight && strings.TrimSpace(s.text()) == "" {
		t.Fatalf("an empty screen of %dx%d", w, h)
	}
}
