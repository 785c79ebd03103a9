package tui

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"tcpclose/decode"
	"tcpclose/tui/model"
	"tcpclose/tui/model/modeltest"
)

// TestTheWholeProgramRunsBesideItsReader runs what Run runs, all its goroutines, on a simulated screen: rows come in while
// keys are typed. The race detector looks on.
func TestTheWholeProgramRunsBesideItsReader(t *testing.T) {
	c, err := decode.Open([]string{filepath.Join("..", "testdata", "captures", "ten-kinds-of-close.pcapng")}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	g := &guard{}
	look, err := newTheme("terminal")
	if err != nil {
		t.Fatal(err)
	}
	m := model.New(model.NewStore(), model.Config{Title: "ten", Guard: g.run, Source: &model.Source{Reread: c.Reread}})
	a := newApp(m, look, &unicodeGlyphs)
	g.end = a.leave
	screen := tcell.NewSimulationScreen("UTF-8")
	a.tview.SetScreen(screen)
	screen.SetSize(120, 40) // after SetScreen, which makes it 80x25
	a.screen = screen
	l := &loader{source: newPausingSource(c, nil, nil, g.run), model: m}
	go g.run(func() { l.run(ctx) })
	go g.run(func() { // more rows than the capture has, also ones that change
		maker := modeltest.NewMaker()
		for range 30_000 {
			td := maker.Next()
			td.ID += 1000
			m.Store().Put(td)
			m.Wake()
			if td.ID%997 == 0 {
				time.Sleep(time.Millisecond)
			}
			if ctx.Err() != nil {
				return
			}
		}
	})
	go g.run(func() { a.pump(ctx) })
	ended := make(chan error, 1)
	go func() { ended <- runScreen(a, g) }()
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		b := bindings[rng.IntN(len(bindings))]
		if b.action == model.ActionQuit || b.action == model.ActionStop || b.action == model.ActionSuspend || b.action == model.ActionWrite {
			continue
		}
		name := strings.Fields(b.keys)[0]
		if key, ok := namedKeys[name]; ok {
			screen.InjectKey(key, 0, tcell.ModNone)
		} else {
			screen.InjectKey(tcell.KeyRune, []rune(strings.ReplaceAll(name, "Space", " "))[0], tcell.ModNone)
		}
		time.Sleep(3 * time.Millisecond)
	}
	for range 20 { // out of whatever is open, then out of the program
		screen.InjectKey(tcell.KeyEsc, 0, tcell.ModNone)
		time.Sleep(5 * time.Millisecond)
	}
	quit := time.NewTicker(50 * time.Millisecond)
	defer quit.Stop()
	limit := time.After(20 * time.Second)
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			m.Close()
			return
		case <-quit.C:
			screen.InjectKey(tcell.KeyRune, 'q', tcell.ModNone)
		case <-limit:
			t.Fatal("the program does not end")
		}
	}
}

// TestAFaultBesideTheScreenEndsItInGoodOrder panics in a goroutine.
func TestAFaultBesideTheScreenEndsItInGoodOrder(t *testing.T) {
	g := &guard{}
	look, err := newTheme("mono")
	if err != nil {
		t.Fatal(err)
	}
	m := model.New(model.NewStore(), model.Config{Guard: g.run})
	a := newApp(m, look, &asciiGlyphs)
	g.end = a.leave
	screen := tcell.NewSimulationScreen("US-ASCII")
	a.tview.SetScreen(screen)
	a.screen = screen
	go g.run(func() { a.pump(t.Context()) })
	ended := make(chan error, 1)
	go func() { ended <- runScreen(a, g) }()
	go g.run(func() { panic("on purpose") })
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "internal fault: on purpose") {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}
