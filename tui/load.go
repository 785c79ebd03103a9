package tui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// A loader reads the capture beside the screen.
type loader struct {
	capture *decode.Capture
	decode  decode.Config
	flows   flows.Config
	model   *model.Model
	follow  bool
}

// run reads the capture to its end, or until ctx ends. Conversations appear as they become final; those that are open
// are shown ten times in the first second, less often later.
func (l *loader) run(ctx context.Context) {
	show := make(chan struct{}, 1)
	done := make(chan struct{})
	defer close(done)
	go l.beat(show, done)
	store := l.model.Store()
	findings, population := flows.NewFindings(), flows.NewPopulation(l.flows, 0)
	sum, err := flows.Watch(ctx, l.capture, l.decode, l.flows, show, func(t *flows.Teardown) {
		store.Put(t)
		l.model.Wake()
		if t.Final {
			findings.Add(t)
			population.Add(t)
		}
	})
	var list []flows.Finding
	if sum != nil {
		list = findings.List(sum, population)
	}
	l.model.Post(func() {
		l.model.Findings.Rows = list
		l.finished(sum, err)
	})
}

// beat asks for the open conversations and tells how far reading has come.
func (l *loader) beat(show chan<- struct{}, done <-chan struct{}) {
	pause := 100 * time.Millisecond
	for {
		select {
		case <-done:
			return
		case <-time.After(pause):
		}
		select {
		case show <- struct{}{}:
		default:
		}
		read, total := l.capture.Progress()
		l.model.Post(func() {
			if m := &l.model.Load; !m.Finished {
				m.Done, m.Total = read, total
			}
		})
		if pause *= 2; pause > 2*time.Second && !l.follow {
			pause = 2 * time.Second
		} else if pause > 500*time.Millisecond && l.follow {
			pause = 500 * time.Millisecond
		}
	}
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
	load.OtherText = otherText(sum)
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
	case len(l.model.Findings.Rows) == 1:
		l.model.Say(model.Info, "one finding: 7 shows it")
	case len(l.model.Findings.Rows) > 1:
		l.model.Say(model.Info, "%s findings: 7 shows them", model.Count(len(l.model.Findings.Rows)))
	case sum.Drops > 0:
		l.model.Say(model.Warning, "the capture itself lost %s packets", model.Count(sum.Drops))
	}
}

// otherText says what kinds of frames gave no segment.
func otherText(sum *flows.Summary) string {
	var parts []string
	for _, s := range sum.Skips {
		parts = append(parts, fmt.Sprintf("%s %s", model.Count(s.Count), s.Reason))
	}
	text := strings.Join(parts, ", ")
	for _, i := range sum.Interfaces {
		text += fmt.Sprintf("; link type %d", i.LinkType)
		break
	}
	return strings.TrimPrefix(text, "; ")
}
