package tui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gdamore/tcell/v2"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/tui/model"
)

// Options say what is opened and how it looks. The zero value reads nothing.
type Options struct {
	Paths    []string
	File     decode.FileOptions
	Live     flows.Source // read instead of Paths: a network interface; Title names it
	Title    string       // of the first line; the first path's name where empty
	Decode   decode.Config
	Flows    flows.Config
	Owners   func() *flows.Holders // looks at the sockets of this host; nil: nobody asked
	Filter   string                // in force from the start
	Follow   bool                  // the one path is still being written
	Spool    string                // a directory for what comes from standard input, so that ladders can be drawn of it
	Feed     *Feed                 // where standard input is fed by a running capture
	Recorded func() []string       // the files that a running capture writes

	News    <-chan string     // sentences for the last line; may be nil
	Waiting func(path string) // is told, before there is a screen, that a pipe lets it wait; may be nil

	Theme   string // terminal, dark, light or mono; terminal where empty
	NoColor bool
	ASCII   bool // also where the locale is not UTF-8
	Mouse   bool
	Stdout  *os.File

	hook func(*App, *guard) // tests reach into the program here, before it starts
}

// A Feed is a running capture that writes to standard input.
type Feed struct {
	Clock func() int64 // its time, also while nothing comes; flows.NoTime before that is known
	Stop  func()       // ends it: what it has captured until now still comes
}

// ErrSignal is returned where a signal ended the screen, or its terminal went away.
var ErrSignal = fmt.Errorf("ended by a signal")

// Run opens captures and shows them until the user leaves. The terminal is as it was before when it returns, whatever
// happened.
func Run(ctx context.Context, o Options) (err error) {
	if err := checkTerminal(o.Stdout, os.Getenv); err != nil {
		return err
	}
	if o.NoColor || os.Getenv("NO_COLOR") != "" {
		o.Theme = "mono"
	}
	look, err := newTheme(o.Theme)
	if err != nil {
		return err
	}
	signs := &unicodeGlyphs
	if o.ASCII || needsASCII(os.Getenv) {
		signs = &asciiGlyphs
	}
	outside := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	in, err := openInput(ctx, &o)
	switch {
	case err != nil && outside.Err() != nil: // it waited for the first octets of a pipe or a growing file
		return ErrSignal
	case err != nil:
		return err
	}
	defer in.close()

	g := &guard{exit: os.Exit}
	if o.Title == "" {
		o.Title = titleOf(o.Paths)
	}
	endless := o.Follow || o.Live != nil || o.Feed != nil
	rows := model.NewStore()
	rows.Limit(o.Flows.Mem)
	m := model.New(rows, model.Config{Title: o.Title, Guard: g.run, Source: in.again, Follow: endless, Flows: o.Flows})
	m.Load.Following = endless
	defer m.Close()
	if o.Filter != "" && !m.SetFilter(o.Filter) {
		return m.Filter.Error
	}
	screen, note, err := openScreen()
	if err != nil {
		return err
	}
	defer screen.Fini() // a second time does no harm
	g.fini = screen.Fini
	borders(signs)
	a := newApp(m, look, signs)
	g.end = a.leave
	a.screen, a.mouse, a.noCopy = screen, o.Mouse, screen.noCopy
	a.suspend = func(a *App) { a.tview.Suspend(stopProcess) }
	a.write = writeMarked
	a.tview.SetScreen(screen)
	a.tview.EnableMouse(o.Mouse).EnablePaste(true)
	if o.hook != nil {
		o.hook(a, g)
	}
	if note != "" {
		m.Say(model.Warning, "%s", note)
	}

	loadCtx, stopLoad := context.WithCancel(ctx)
	if o.Live != nil { // it ends when it is closed, and not before all that came was read: who recorded it wants that too
		loadCtx, stopLoad = context.WithoutCancel(ctx), in.close
	}
	defer stopLoad()
	if o.Feed != nil {
		m.OnStop(o.Feed.Stop)
	} else {
		m.OnStop(stopLoad)
	}
	loaded := make(chan struct{})
	l := &loader{source: in.stream(g.run, m.Pass), decode: o.Decode, flows: o.Flows, model: m, follow: endless}
	go g.run(func() {
		defer close(loaded)
		l.run(loadCtx)
	})
	if o.Owners != nil {
		go g.run(func() { watchOwners(ctx, o.Owners, m) })
	}
	if o.News != nil {
		go g.run(func() { tellNews(ctx, o.News, m) })
	}
	signalled := watchSignals(outside, ctx, g, a)
	watchDeath(ctx, screen.Fini)
	go g.run(func() { a.pump(ctx) })
	m.Wake()

	err = runScreen(a, g)
	cancel()
	in.close()
	patience := time.Second // the reader holds files; give it a moment to let go of them
	if o.Live != nil {
		patience = drainFor
	}
	select {
	case <-loaded:
	case <-time.After(patience):
	}
	if err == nil && endedBySignal(outside, signalled) {
		err = ErrSignal
	}
	return err
}

// endedBySignal reports whether the screen did not end because the user wanted it. Of a signal to whoever runs the program
// the pump may learn, and stop the screen, before watchSignals does.
func endedBySignal(outside context.Context, signalled <-chan struct{}) bool {
	select {
	case <-signalled:
		return true
	default:
		return outside.Err() != nil
	}
}

// drainFor is how long what was captured when the screen ended has to be read.
const drainFor = 20 * time.Second

// runScreen runs the application; a panic in it has restored the terminal before it gets here.
func runScreen(a *App, g *guard) (err error) {
	defer func() {
		if p := recover(); p != nil {
			a.screen.Fini()
			err = asError(p)
		}
	}()
	err = a.tview.Run()
	if fault := g.err(); fault != nil {
		return fault
	}
	if _, gone := errors.AsType[*tcell.EventError](err); gone { // no key will ever come again; the signal that says so may come later
		return ErrSignal
	}
	return err
}

// watchSignals ends the screen upon a signal, and closes the channel that it returns. Where the signal went to whoever runs
// the program, that one's context ends.
func watchSignals(outside, ctx context.Context, g *guard, a *App) <-chan struct{} {
	came := make(chan os.Signal, 1)
	signal.Notify(came, endSignals...)
	// A terminal that goes away says so more than once: the second time must not end the program while it still writes what
	// it has read. So somebody listens to the end, though nobody hears.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	out := make(chan struct{})
	go g.run(func() {
		defer signal.Stop(came)
		select {
		case <-came:
		case <-ctx.Done():
			if outside.Err() == nil {
				return // the user has left
			}
		}
		close(out)
		a.leave()
	})
	return out
}

// watchDeath restores the terminal before a signal ends the program that asks it for its stacks: they, and whatever comes after
// them, are to be seen.
func watchDeath(ctx context.Context, restore func()) {
	if len(deadlySignals) == 0 {
		return // Notify would take none for all
	}
	came := make(chan os.Signal, 1)
	signal.Notify(came, deadlySignals...)
	go func() {
		select {
		case <-ctx.Done():
			signal.Stop(came)
		case s := <-came:
			restored := make(chan struct{})
			go func() {
				defer close(restored)
				restore()
			}()
			select {
			case <-restored:
			case <-time.After(patience): // whoever is asked for its stacks may be stuck
			}
			die(s)
		}
	}()
}

// ownersEvery is how often the sockets of this host are looked at.
const ownersEvery = time.Second

// watchOwners tells the model whose sockets there are, until ctx ends.
func watchOwners(ctx context.Context, look func() *flows.Holders, m *model.Model) {
	for tick := time.NewTicker(ownersEvery); ; {
		h := look()
		m.Post(func() { m.SetHolders(h) })
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
	}
}

// tellNews shows each sentence on the last line, until ctx ends.
func tellNews(ctx context.Context, news <-chan string, m *model.Model) {
	for {
		select {
		case <-ctx.Done():
			return
		case text := <-news:
			m.Post(func() { m.Say(model.Warning, "%s", text) })
		}
	}
}

// titleOf names what is read, for the first line.
func titleOf(paths []string) string {
	switch {
	case len(paths) == 0:
		return ""
	case paths[0] == "-":
		return "stdin"
	case len(paths) == 1:
		return filepath.Base(paths[0])
	}
	return fmt.Sprintf("%s (+%s)", filepath.Base(paths[0]), model.Number(len(paths)-1, "file"))
}
