package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A progress shows on a terminal how far a long reading has come: nothing in the first second, then five times a second,
// and nothing is left of it at the end.
type progress struct {
	w     io.Writer
	done  func() (done, total int64) // octets; total is 0 where it is unknown
	start time.Time
	shown int // columns of what stands on the line now
	quit  chan struct{}
	gone  chan struct{}
}

const (
	progressDelay = time.Second
	progressEvery = time.Second / 5
)

// startProgress begins; the caller must call stop.
func startProgress(w io.Writer, done func() (int64, int64)) *progress {
	p := &progress{w: w, done: done, start: time.Now(), quit: make(chan struct{}), gone: make(chan struct{})}
	go p.run()
	return p
}

func (p *progress) run() {
	defer close(p.gone)
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-p.quit:
			p.clear()
			return
		case now := <-tick.C:
			if spent := now.Sub(p.start); spent >= progressDelay {
				p.show(spent)
			}
		}
	}
}

// stop ends it and erases the line. A nil progress has nothing to end.
func (p *progress) stop() {
	if p != nil {
		close(p.quit)
		<-p.gone
	}
}

func (p *progress) show(spent time.Duration) {
	done, total := p.done()
	line := progressLine(done, total, spent)
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(p.shown-len(line), 0)))
	p.shown = len(line)
}

func (p *progress) clear() {
	if p.shown > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.shown))
	}
}

// maxTotal is more than any capture holds: a sum beyond it stands for inputs of unknown size.
const maxTotal = 1 << 60

// progressLine is what is shown: how much was read of how much, how fast, and how long the rest will take at that speed.
func progressLine(done, total int64, spent time.Duration) string {
	rate := float64(done) / spent.Seconds()
	if total > maxTotal {
		total = 0
	}
	line := "reading "
	if total > 0 {
		line += fmt.Sprintf("%3.0f%% ", 100*min(float64(done)/float64(total), 1))
	}
	line += megabytes(float64(done))
	if total > 0 {
		line += " of " + megabytes(float64(total))
	}
	line += ", " + megabytes(rate) + "/s"
	if total > done && done > 0 {
		rest := time.Duration(float64(total-done) / rate * float64(time.Second))
		line += ", " + rest.Round(time.Second).String() + " left"
	}
	return line + ", ^C stops"
}

// megabytes renders a size in the unit that fits.
func megabytes(octets float64) string {
	unit := "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if octets < 1000 {
			break
		}
		octets, unit = octets/1000, next
	}
	if octets < 10 && unit != "B" {
		return fmt.Sprintf("%.1f %s", octets, unit)
	}
	return fmt.Sprintf("%.0f %s", octets, unit)
}
