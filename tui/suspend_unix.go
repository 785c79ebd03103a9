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

// deadlySignals are those upon which the Go runtime prints what every goroutine does, and ends the program.
var deadlySignals = []os.Signal{
	syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGILL, syscall.SIGTRAP, syscall.SIGSYS, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE,
}

// die has a signal do what it does to a program that does not listen to it.
func die(s os.Signal) {
	signal.Reset(s)
	if n, ok := s.(syscall.Signal); ok {
		_ = syscall.Kill(syscall.Getpid(), n)
	}
}

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
