package flows

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
)

// A fault is the first panic of goroutines that work for another one. It goes on in that one, where somebody may catch it who has
// something to put in order first: a terminal, a file that is half written.
type fault struct{ first atomic.Pointer[Panic] }

// A Panic is a panic that goes on in another goroutine than it began in.
type Panic struct {
	Value any
	Stack []byte // where it began
}

// Error says what happened, and where.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }

// caught, deferred, catches a panic, and then calls after.
func (f *fault) caught(after func()) {
	if v := recover(); v != nil {
		f.first.CompareAndSwap(nil, &Panic{v, debug.Stack()})
		after()
	}
}

// rethrow lets the panic go on, if there was one.
func (f *fault) rethrow() {
	if p := f.first.Load(); p != nil {
		panic(p)
	}
}
