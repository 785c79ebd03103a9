package tui

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// A countingScreen counts the cells that are passed on.
type countingScreen struct {
	tcell.SimulationScreen
	puts int
}

// Put writes a cell.
func (s *countingScreen) Put(x, y int, text string, style tcell.Style) (string, int) {
	s.puts++
	return s.SimulationScreen.Put(x, y, text, style)
}

func simulated(t *testing.T, w, h int) tcell.SimulationScreen {
	t.Helper()
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	s.SetSize(w, h)
	return s
}

// TestAFrugalScreenShowsWhatAnotherShows draws the same frames on both: narrow, wide and combined characters over one another,
// while the size changes.
func TestAFrugalScreenShowsWhatAnotherShows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	plain, below := simulated(t, 30, 8), &countingScreen{SimulationScreen: simulated(t, 30, 8)}
	frugal := &frugalScreen{Screen: below}
	styles := []tcell.Style{tcell.StyleDefault, tcell.StyleDefault.Bold(true), tcell.StyleDefault.Foreground(tcell.ColorGreen)}
	texts := []struct {
		r         rune
		combining []rune
	}{{'a', nil}, {'b', nil}, {' ', nil}, {'─', nil}, {'世', nil}, {'界', nil}, {'e', []rune{'\u0301'}}}
	for frame := range 3000 {
		if rng.IntN(40) == 0 {
			w, h := 10+rng.IntN(30), 2+rng.IntN(10)
			plain.SetSize(w, h)
			below.SetSize(w, h)
		}
		w, h := plain.Size()
		seed := rng.Uint64()
		for _, s := range []tcell.Screen{plain, frugal} {
			s.Clear()
			draw := rand.New(rand.NewPCG(seed%50, 1)) // frames come back
			for range draw.IntN(60) {
				c, style := texts[draw.IntN(len(texts))], styles[draw.IntN(len(styles))]
				x, y := draw.IntN(40), draw.IntN(12)
				if c.r > 0x4000 && x == w-1 {
					continue // nothing wide is drawn over the edge
				}
				s.SetContent(x, y, c.r, c.combining, style)
			}
			s.Show()
		}
		want, _, _ := plain.GetContents()
		got, _, _ := below.GetContents()
		for i := range want {
			if fmt.Sprint(want[i].Runes) != fmt.Sprint(got[i].Runes) || want[i].Style != got[i].Style {
				t.Fatalf("frame %d of %dx%d, cell %d,%d: %q %v, want %q %v", frame, w, h, i%w, i/w, got[i].Runes, got[i].Style, want[i].Runes, want[i].Style)
			}
		}
	}
}

// TestAnUnchangedFrameCostsNothing draws the program twice, and moves its cursor.
func TestAnUnchangedFrameCostsNothing(t *testing.T) {
	s := openTen(t, 80, 24)
	below := &countingScreen{SimulationScreen: simulated(t, 80, 24)}
	frugal := &frugalScreen{Screen: below}
	paint := func() int {
		below.puts = 0
		s.app.pages.SetRect(0, 0, 80, 24)
		frugal.Clear()
		s.app.pages.Draw(frugal)
		frugal.Show()
		return below.puts
	}
	if n := paint(); n != 80*24 {
		t.Errorf("the first frame passes on %d cells", n)
	}
	if n := paint(); n != 0 {
		t.Errorf("the same frame passes on %d cells", n)
	}
	s.keys("3")
	paint()
	s.keys("j")
	if n := paint(); n == 0 || n > 100 {
		t.Errorf("one row further, %d cells are passed on", n)
	}
}
