//go:build !unix

package main

// onSignals does nothing where there are no such signals.
func onSignals(_, _ func()) (stop func()) { return func() {} }
