//go:build unix

package tui

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// endSignals are those that end the screen.
var endSignals = []os.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT}

// stopProcess puts the program to sleep until the shell wakes it. Where nobody controls jobs, the signal is lost and the
// program goes on.
func stopProcess() {
	woken := make(chan os.Signal, 1)
	signal.Notify(woken, syscall.SIGCONT)
	defer signal.Stop(woken)
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return
	}
	select {
	case <-woken:
	case <-time.After(300 * time.Millisecond):
	}
}
