//go:build unix

package modeltest

import (
	"syscall"
	"time"
)

// CPUTime returns how much processor time the program has used so far, over all processors: on a machine that others use
// as well, benchmarks repeat better in it. 0 where it cannot be told.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
