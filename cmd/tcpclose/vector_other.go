//go:build !darwin && !linux

package main

import "os"

// writeVector leaves all pieces to Write.
func writeVector(_ *os.File, pieces [][]byte) (left [][]byte) { return pieces }
