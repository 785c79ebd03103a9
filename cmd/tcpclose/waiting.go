package main

import (
	"context"
	"fmt"

	"tcpclose/decode"
)

// openFiles opens the captures of a command. Where a pipe lets that wait a person is told for what, and an interrupt ends it.
func openFiles(ctx context.Context, std *stdio, files []string, in *inputFlags, quiet bool) (*decode.Capture, error) {
	opt, waiting := decode.FileOptions{Stdin: std.in, MaxPackets: in.packets, NoBombLimit: in.noBombLimit}, std.waiting
	if quiet {
		waiting = nil
	}
	c, err := decode.OpenContext(ctx, files, opt, waiting)
	if err != nil && ctx.Err() != nil {
		return nil, verdict(exitInterrupted)
	}
	return c, err
}

// waiting says that a pipe has not begun yet.
func (s *stdio) waiting(path string) {
	if !isTerminal(s.err) {
		return
	}
	if path == "-" {
		path = "standard input"
	}
	fmt.Fprintf(s.err, "tcpclose: waiting for %s: nothing has come yet (tcpdump writes at once with -U); ^C ends\n", printable(path))
}
