//go:build !unix

package modeltest

import "time"

// CPUTime returns 0: it is told on Unix alone.
func CPUTime() time.Duration { return 0 }
