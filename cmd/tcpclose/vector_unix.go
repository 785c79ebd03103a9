//go:build darwin || linux

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// write writes pieces by as few calls as the kernel allows, and returns those that are left where it fails: a usual Write
// of them tells the error as it always does, down to the signal of a closed pipe.
func (v *vector) write(f *os.File, pieces [][]byte) (left [][]byte) {
	raw, err := f.SyscallConn()
	if err != nil {
		return pieces
	}
	// An error of its own says that the file was closed; Write will say so too.
	_ = raw.Write(func(fd uintptr) (done bool) {
		for len(pieces) > 0 {
			n, err := v.writev(int(fd), pieces)
			pieces = advance(pieces, n)
			switch err {
			case nil, unix.EINTR:
			case unix.EAGAIN:
				return false // it is called again once there is room
			default:
				return true
			}
		}
		return true
	})
	return pieces
}

// advance leaves out the first n octets of the pieces.
func advance(pieces [][]byte, n int) [][]byte {
	for len(pieces) > 0 && n >= len(pieces[0]) {
		n -= len(pieces[0])
		pieces = pieces[1:]
	}
	if n > 0 {
		pieces[0] = pieces[0][n:]
	}
	return pieces
}
