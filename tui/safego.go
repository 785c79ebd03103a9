package tui

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// A Fault is a panic that was caught: the terminal is restored before anybody hears of it.
type Fault struct {
	Value any
	Stack []byte
}

// Error says what happened, with the stack.
func (f *Fault) Error() string {
	return fmt.Sprintf("internal fault: %v\n%s", f.Value, f.Stack)
}

// A guard runs goroutines so that a panic in one of them ends the program in good order.
type guard struct {
	mu    sync.Mutex
	fault *Fault
	end   func() // asks the screen to end
	fini  func() // restores the terminal, if the screen does not
	exit  func(code int)
}

// run calls fn and catches its panic.
func (g *guard) run(fn func()) {
	defer func() {
		if p := recover(); p != nil {
			g.caught(p)
		}
	}()
	fn()
}

// patience is how long the screen has to end by itself after a fault.
const patience = 2 * time.Second

func (g *guard) caught(p any) {
	f := &Fault{p, debug.Stack()}
	g.mu.Lock()
	first := g.fault == nil
	if first {
		g.fault = f
	}
	end := g.end
	g.mu.Unlock()
	if !first {
		return
	}
	if end != nil {
		end()
	}
	time.AfterFunc(patience, func() { // the fault may have left a lock behind that the screen waits for
		if g.fini != nil {
			g.fini()
		}
		fmt.Fprintln(os.Stderr, "tcpclose:", f)
		if g.exit != nil {
			g.exit(1)
		}
	})
}

// err returns the fault, if there was one.
func (g *guard) err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fault == nil {
		return nil
	}
	return g.fault
}

// asError turns what recover returned into an error.
func asError(p any) error {
	if err, ok := p.(error); ok {
		if f, ok := errors.AsType[*Fault](err); ok {
			return f
		}
	}
	return &Fault{p, debug.Stack()}
}
