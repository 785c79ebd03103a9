//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// noFollow has opening fail where a name is a symbolic link.
const noFollow = syscall.O_NOFOLLOW

// onSignals calls stats at SIGUSR1 and reopen at SIGHUP until stop is called.
func onSignals(stats, reopen func()) (stop func()) {
	came := make(chan os.Signal, 4)
	signal.Notify(came, syscall.SIGUSR1, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-done:
				return
			case s := <-came:
				if s == syscall.SIGHUP {
					reopen()
				} else {
					stats()
				}
			}
		}
	}()
	return func() {
		signal.Stop(came)
		close(done)
	}
}
