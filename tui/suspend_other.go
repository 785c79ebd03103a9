//go:build !unix

package tui

import (
	"os"
	"syscall"
)

// endSignals are those that end the screen.
var endSignals = []os.Signal{syscall.SIGTERM, os.Interrupt}

// stopProcess does nothing: there is no job control here.
func stopProcess() {}
