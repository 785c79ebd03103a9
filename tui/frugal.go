package tui

import "github.com/gdamore/tcell/v2"

// A frugalScreen passes on what has changed since the last frame, and nothing else. tview clears the screen before it draws it
// anew, and tcell then takes each cell for a changed one that was blank in between: three thousand octets for every key on 80x24,
// which take three seconds at 9600 baud.
type frugalScreen struct {
	tcell.Screen
	draft tcell.CellBuffer // what is being drawn
	sent  []sentCell       // what was passed on, row by row
}

// A sentCell is a cell as it was passed on; its text is empty where nobody knows.
type sentCell struct {
	text  string
	style tcell.Style
}

// fit makes the draft as large as the screen. What was passed on to a screen of another size is not known any more.
func (s *frugalScreen) fit() (w, h int) {
	w, h = s.Size()
	if dw, dh := s.draft.Size(); w != dw || h != dh {
		s.draft.Resize(w, h)
		s.sent = make([]sentCell, w*h)
	}
	return w, h
}

// Clear begins a frame.
func (s *frugalScreen) Clear() { s.Fill(' ', tcell.StyleDefault) }

// Fill fills the draft.
func (s *frugalScreen) Fill(r rune, style tcell.Style) {
	s.fit()
	s.draft.Fill(r, style)
}

// SetContent writes a cell of the draft.
func (s *frugalScreen) SetContent(x, y int, r rune, combining []rune, style tcell.Style) {
	s.draft.Put(x, y, string(r)+string(combining), style)
}

// Put writes a cell of the draft.
func (s *frugalScreen) Put(x, y int, text string, style tcell.Style) (rest string, width int) {
	return s.draft.Put(x, y, text, style)
}

// Get returns a cell of the draft.
func (s *frugalScreen) Get(x, y int) (string, tcell.Style, int) { return s.draft.Get(x, y) }

// GetContent returns a cell of the draft.
func (s *frugalScreen) GetContent(x, y int) (rune, []rune, tcell.Style, int) {
	text, style, width := s.draft.Get(x, y)
	runes := []rune(text)
	if len(runes) == 0 {
		runes = []rune{' '}
	}
	return runes[0], runes[1:], style, width
}

// Resume takes the terminal back, on which there is something else by now; tcell has forgotten what was there.
func (s *frugalScreen) Resume() error {
	s.draft.Resize(0, 0)
	return s.Screen.Resume()
}

// Show passes on what has changed.
func (s *frugalScreen) Show() {
	w, h := s.fit()
	for y := range h {
		row := s.sent[y*w : (y+1)*w]
		for x := 0; x < w; {
			text, style, width := s.draft.Get(x, y)
			if now := (sentCell{text, style}); row[x] != now {
				s.Screen.Put(x, y, text, style)
				row[x] = now
			}
			for x++; width > 1 && x < w; width-- { // what a wide character covers is no more
				row[x] = sentCell{}
				x++
			}
		}
	}
	s.Screen.Show()
}
