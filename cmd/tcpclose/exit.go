package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"

	"tcpclose/decode"
)

// The exit codes. Where several fit, the first of exitOrder counts.
const (
	exitOK          = 0
	exitFailure     = 1   // something failed at run time
	exitUsage       = 2   // a flag, a command or a filter is wrong
	exitDamaged     = 3   // the input is damaged; what could be read is reported
	exitNoMatch     = 4   // nothing matched (--fail-empty)
	exitPermission  = 5   // the operating system forbids it
	exitCheck       = 10  // a check failed
	exitInterrupted = 130 // stopped by a signal; what was read is reported
)

var exitOrder = []int{exitInterrupted, exitUsage, exitPermission, exitFailure, exitDamaged, exitCheck, exitNoMatch}

// exitCodes explains the codes in the manual.
var exitCodes = []struct {
	code int
	text string
}{
	{exitOK, "Done."},
	{exitFailure, "Something failed: a file is missing, a disk is full."},
	{exitUsage, "A command, a flag or a filter is wrong."},
	{exitDamaged, "The input is damaged. What could be read is reported, and the report says that it is incomplete."},
	{exitNoMatch, "Nothing matched; only with --fail-empty."},
	{exitPermission, "The operating system does not permit it."},
	{exitCheck, "A check failed."},
	{exitInterrupted, "Interrupted. What had been read is reported, and the report says that it is incomplete."},
}

// A usageError is a mistake on the command line. Hint may say what to write instead.
type usageError struct {
	text string
	hint string
}

func (e *usageError) Error() string { return e.text }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// A verdict is an outcome that is no failure and still has its own exit code; there is nothing more to say about it.
type verdict int

func (v verdict) Error() string { return fmt.Sprintf("exit code %d", int(v)) }

// worst returns the verdict of several that counts, or nil where none is set.
func worst(codes ...int) error {
	for _, code := range exitOrder {
		if slices.Contains(codes, code) {
			return verdict(code)
		}
	}
	return nil
}

// exitCode returns the code of an error that a command returned.
func exitCode(err error) int {
	var v verdict
	var usage *usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &v):
		return int(v)
	case errors.As(err, &usage):
		return exitUsage
	case closedPipe(err):
		return exitOK
	case errors.Is(err, decode.ErrEmpty):
		return exitDamaged
	case errors.Is(err, fs.ErrPermission):
		return exitPermission
	}
	return exitFailure
}

// closedPipe reports whether the reader of the output went away: head and less do, and want to hear nothing of it.
func closedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE)
}
