//go:build !unix

package main

// noFollow is nothing where opening cannot be told so.
const noFollow = 0

// onSignals does nothing where there are no such signals.
func onSignals(_, _ func()) (stop func()) { return func() {} }
