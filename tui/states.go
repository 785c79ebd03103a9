package tui

import (
	"fmt"
	"strconv"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A stateChart shows how many sockets were in each state over time, a line of bars for each state.
type stateChart struct{ pane }

func newStateChart(app *App) *stateChart { return &stateChart{newPane(app, model.PaneStates)} }

// Draw paints the chart. Rows grow with the pane: each state gets as many lines as there is room for.
func (s *stateChart) Draw(screen tcell.Screen) {
	c := s.canvas(screen)
	m := s.app.model
	body := s.frame(&c, s.unfiltered(m.States.Scope.String()), "each to its own peak")
	p := m.States.Population
	if p == nil || p.To <= p.From {
		switch {
		case m.Snapshot.Rows() == 0:
			body.empty("No conversation yet.")
		default:
			body.empty("Counting …")
		}
		return
	}
	names, numbers := chartMargins(body.w)
	plot := body.inner(rowIndent+names, 0, body.w-rowIndent-names-numbers, body.h)
	states := model.ChartStates[:]
	each := max(1, body.h/(len(states)+1))
	if body.h <= len(states) {
		each = 1
	}
	at, shown := p.Step(m.Now())
	first := max(0, m.States.Cursor+1-max(1, body.h/each)) // where not all fit, the picked one is among those that are shown
	for i, state := range states {
		y := (i - first) * each
		if y < 0 || y+each > body.h {
			continue
		}
		s.drawState(&body, &plot, y, each, i, state, p, names)
	}
	if y := len(states) * each; y < body.h && first == 0 {
		body.text(rowIndent, y, "resets", body.theme.roles[model.Bad])
		line := plot.inner(0, y, plot.w, 1)
		drawBars(&line, p.Resets, sumBars, plot.theme.roles[model.Bad])
	}
	if plot.w > 0 && shown {
		x := at * plot.w / len(p.Resets)
		for y := range plot.h {
			plot.restyle(x, y, 1, func(st tcell.Style) tcell.Style { return st.Reverse(true) })
		}
	}
}

func (s *stateChart) drawState(body, plot *canvas, y, each, i int, state flows.State, p *model.Population, names int) {
	style := body.theme.state[state]
	name := state.String()
	if len(name) >= names {
		name = state.Short()
	}
	body.text(rowIndent, y+each-1, name, style)
	line := plot.inner(0, y, plot.w, each)
	drawBars(&line, p.Count[state], maxBars, style)
	if table := s.app.model.Netstat.Table; table != nil { // exact, where a column of the chart is a stretch of time
		text := model.Count(table.Count[state])
		if table.Maybe[state] > 0 {
			text += "?"
		}
		body.right(body.w-1, y+each-1, text, style)
	}
	if s.focused() && i == s.app.model.States.Cursor {
		body.text(0, y+each-1, ">", body.theme.base)
		body.restyle(0, y+each-1, names+rowIndent-1, func(st tcell.Style) tcell.Style { return st.Reverse(true) })
	}
}

// chartMargins is the room of the states' names, with a blank behind the longest, and of the numbers.
func chartMargins(width int) (names, numbers int) {
	if width < 50 {
		return 8, 7
	}
	return 13, 8
}

// maxBars and sumBars say what one column of a chart shows of the steps that fall into it.
func maxBars(values []int32) (v int32) {
	for _, n := range values {
		v = max(v, n)
	}
	return v
}

func sumBars(values []int32) (v int32) {
	for _, n := range values {
		v += n
	}
	return v
}

// drawBars fits values into the canvas, each column as high as its value is of the greatest.
func drawBars(c *canvas, values []int32, of func([]int32) int32, style tcell.Style) {
	if c.w == 0 || c.h == 0 || len(values) == 0 {
		return
	}
	columns := make([]int32, c.w)
	peak := int32(0)
	for x := range c.w {
		from := x * len(values) / c.w
		to := max(from+1, (x+1)*len(values)/c.w)
		columns[x] = of(values[from:min(to, len(values))])
		peak = max(peak, columns[x])
	}
	if peak == 0 {
		return
	}
	levels := len(c.glyphs.bars) - 1
	for x, v := range columns {
		height := int(int64(v) * int64(levels*c.h) / int64(peak))
		if v > 0 && height == 0 {
			height = 1
		}
		for y := range c.h {
			part := max(0, min(height-(c.h-1-y)*levels, levels))
			if part > 0 {
				c.put(x, y, c.glyphs.bars[part], style)
			}
		}
	}
}

// MouseHandler puts the time where the chart is clicked.
func (s *stateChart) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return s.mouse(func(x, y int, _ bool) {
		_, _, w, _ := s.GetRect()
		names, numbers := chartMargins(w)
		width := w - rowIndent - names - numbers
		if x -= rowIndent + names; y >= 1 && x >= 0 && x < width {
			from, to := s.app.model.Range()
			s.app.model.SetTime(from + int64(float64(to-from)*float64(x)/float64(width)))
		}
	})
}

// A scrubber is the line of time that all panes share.
type scrubber struct{ pane }

func newScrubber(app *App) *scrubber { return &scrubber{newPane(app, model.NumPanes)} }

// Draw paints how many sockets are in each state at the time, and where it lies in what is drawn.
func (s *scrubber) Draw(screen tcell.Screen) {
	c := s.canvas(screen)
	m := s.app.model
	if c.h >= 2 {
		s.drawCounts(&c)
	}
	from, to := m.Range()
	y := c.h - 1
	if to <= from {
		c.text(1, y, "no time yet", c.theme.roles[model.Dim])
		return
	}
	left, right := s.ends(c.w)
	x := c.text(1, y, left, c.theme.base.Bold(true)) + 1
	bar := c.inner(x, y, c.w-x-textWidth(right)-2, 1)
	c.right(c.w-1, y, right, c.theme.roles[model.Dim])
	if bar.w < 6 {
		return
	}
	bar.fill(0, 0, bar.w, c.glyphs.pending, c.theme.roles[model.Dim])
	done := bar.w
	if !m.Load.Finished && !m.Load.Following && m.Load.Total > 0 && m.Scrub.From == m.Scrub.To {
		// What has been read of the file stands for the part of its time that is known.
		done = min(bar.w, max(1, int(float64(bar.w)*float64(m.Load.Done)/float64(m.Load.Total))))
	}
	bar.fill(0, 0, done, c.glyphs.filled, c.theme.progress)
	at := int(float64(done-1) * float64(m.Now()-from) / float64(to-from))
	bar.put(max(0, min(at, done-1)), 0, c.glyphs.now, c.theme.cursor)
}

// ends returns what stands before and behind the bar on a line of that width.
func (s *scrubber) ends(width int) (left, right string) {
	m := s.app.model
	left = "T=" + s.app.timeText(m.Now())
	if width < 60 {
		return left, ""
	}
	right = fmt.Sprintf("step %s  , .", model.Span(m.TimeStep()))
	from, to := m.Range()
	if zoom := float64(m.Snapshot.Latest-m.Snapshot.First) / float64(to-from); zoom > 1.5 {
		right = "x" + strconv.FormatFloat(zoom, 'f', 0, 64) + "  " + right
	}
	return left, right
}

func (s *scrubber) drawCounts(c *canvas) {
	m := s.app.model
	c.fill(0, 0, c.w, c.glyphs.horizontal, c.theme.roles[model.Dim])
	table := m.Netstat.Table
	if table == nil {
		return
	}
	x := c.text(1, 0, " ", c.theme.base)
	for _, state := range model.ChartStates {
		n := table.Count[state]
		text := state.Short() + " " + model.Count(n) + " "
		if n == 0 && c.w < 100 || x+textWidth(text)+1 > c.w {
			continue
		}
		style := c.theme.state[state]
		if n == 0 {
			style = c.theme.roles[model.Dim]
		}
		x = c.text(x, 0, text, style)
		x = c.text(x, 0, " ", c.theme.base)
	}
}

// MouseHandler puts the time where the bar is clicked, and moves it along.
func (s *scrubber) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return s.WrapMouseHandler(func(action tview.MouseAction, event *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		ex, ey := event.Position()
		at, m := &s.app.pointer, s.app.model
		x, y, w, h := s.GetRect()
		left, right := s.ends(w)
		ex -= x + 1 + textWidth(left) + 1
		width := w - textWidth(left) - textWidth(right) - 4
		switch {
		case !s.InRect(event.Position()) || width <= 1:
			return false, nil
		case action == tview.MouseLeftDown && ey == y+h-1 && ex >= 0:
			at.press(event.Position())
			at.dragged = s.Box
		case !at.drag(action, event, s.Box):
			return false, nil
		}
		from, to := m.Range()
		m.SetTime(from + int64(float64(to-from)*float64(max(0, min(ex, width-1)))/float64(width-1)) + 1) // rounded up, for it is drawn rounded down
		s.app.perform()
		return true, nil
	})
}
