//go:build !unix

package tui

import (
	"os"
	"syscall"
)

// endSignals are those that end the screen.
var endSignals = []os.Signal{syscall.SIGTERM, os.Interrupt}

// deadlySignals are none: nobody sends them here.
var deadlySignals []os.Signal

// die does nothing.
func die(os.Signal) {}

// stopProcess does nothing: there is no job control here.
func stopProcess() {}
