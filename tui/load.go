package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A loader reads the capture beside the screen.
type loader struct {
	source flows.Source
	decode decode.Config
	flows  flows.Config
	model  *model.Model
	follow bool // more may come at any time: show what is there at once
}

// run reads the capture to its end, or until ctx ends. Conversations appear as they become final; those that are open
// are shown five times in the first second, less often later, unless so little comes that showing it costs nothing.
func (l *loader) run(ctx context.Context) {
	show := make(chan struct{}, 1)
	done := make(chan struct{})
	defer close(done)
	go l.beat(show, done)
	store := l.model.Store()
	sum, err := flows.Watch(ctx, l.source, l.decode, l.flows, show, func(t *flows.Teardown) {
		store.Put(t)
		l.model.Wake()
	})
	l.model.Post(func() { l.finished(sum, err) })
}

// beatOften is how often open conversations are shown at least where more may come at any time, and beatSeldom else: each
// time, every one that changed is judged anew.
const (
	beatOften  = 500 * time.Millisecond
	beatSeldom = 10 * time.Second
)

// aTrickle is how many packets of a pipe in the time of beatOften are judged anew in a fraction of that.
const aTrickle = 20_000

// beat asks for the open conversations and tells how far reading has come.
func (l *loader) beat(show chan<- struct{}, done <-chan struct{}) {
	const progress = 200 * time.Millisecond
	longest := beatSeldom
	if l.follow {
		longest = beatOften
	}
	pipe, _ := l.source.(*pausingSource)
	var came, shown uint64                                 // packets of the pipe
	waited, pause := time.Duration(0), 25*time.Millisecond // the first rows are wanted at once
	step := pause
	ask, tell := time.NewTimer(step), time.NewTicker(progress)
	defer ask.Stop()
	defer tell.Stop()
	for {
		select {
		case <-done:
			return
		case <-tell.C:
			l.tellProgress()
			continue
		case <-ask.C:
		}
		waited += step
		due := waited >= pause
		if pipe != nil {
			n := pipe.taken.Load()
			due = due || n != shown && n-came <= aTrickle
			came = n
		}
		if due {
			select {
			case show <- struct{}{}:
			default:
			}
			shown, waited, pause = came, 0, min(2*pause, longest)
		}
		step = min(pause-waited, beatOften)
		ask.Reset(step)
	}
}

// tellProgress tells how far reading has come.
func (l *loader) tellProgress() {
	file, ok := l.source.(interface{ Progress() (done, total int64) })
	if !ok {
		return // a network interface has no end
	}
	read, total := file.Progress()
	l.model.Post(func() {
		if m := &l.model.Load; !m.Finished {
			m.Done, m.Total = read, total
		}
	})
}

// finished takes in what reading came to.
func (l *loader) finished(sum *flows.Summary, err error) {
	load := &l.model.Load
	load.Finished, load.Following = true, false
	if sum == nil {
		if err != nil {
			load.Error = err.Error()
		}
		return
	}
	load.Packets, load.Segments = sum.Packets, sum.Segments
	load.Damaged = int(sum.DamageCount)
	if err == nil {
		err = sum.ReadError
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled) {
		load.Error = err.Error()
	}
	load.OtherText, load.LinkText = otherText(sum), linkText(sum)
	for i := range sum.Damages {
		load.Warnings = append(load.Warnings, sum.Damages[i].Error())
	}
	switch {
	case load.Error != "":
		l.model.Say(model.Bad, "reading ended early: %s", load.Error)
	case sum.Interrupted || load.Stopped:
		load.Stopped = true
		l.model.Say(model.Warning, "stopped: what is shown is a part of the capture")
	case len(load.Warnings) > 0:
		l.model.Say(model.Warning, "%s", load.Warnings[0])
	case sum.Drops > 0:
		l.model.Say(model.Warning, "the capture itself lost %s packets", model.Count(sum.Drops))
	}
	l.model.Store().Cover(sum.First, sum.Last)
	l.model.Take() // the last rows
	l.model.SetFiles(model.NewFiles(sum.Files))
	l.model.LookForFindings(l.flows, sum)
}

// otherText says what kinds of frames gave no segment.
func otherText(sum *flows.Summary) string {
	var parts []string
	for _, s := range sum.Skips {
		parts = append(parts, fmt.Sprintf("%s %s", model.Count(s.Count), s.Reason))
	}
	return strings.Join(parts, ", ")
}

// linkText names the link types of the interfaces.
func linkText(sum *flows.Summary) string {
	var types []int
	for _, i := range sum.Interfaces {
		types = append(types, int(i.LinkType))
	}
	slices.Sort(types)
	var names []string
	for _, t := range slices.Compact(types) {
		names = append(names, strconv.Itoa(t))
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return "link type " + names[0]
	}
	return "link types " + strings.Join(names, ", ")
}
