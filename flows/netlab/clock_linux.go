package netlab

import (
	"time"

	"golang.org/x/sys/unix"
)

// epoch is what CLOCK_MONOTONIC must be moved by to count nanoseconds since 1970. It is read once, so that captures and
// kernel events keep one clock even where the system's clock is slewed or set meanwhile.
var epoch = time.Now().UnixNano() - monotonic()

// monotonic returns CLOCK_MONOTONIC, the clock of the trace instance, in nanoseconds.
func monotonic() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("netlab: CLOCK_MONOTONIC: " + err.Error()) // it exists on every Linux
	}
	return ts.Nano()
}

// now returns the lab's time: nanoseconds since 1970 by the monotonic clock.
func now() int64 { return epoch + monotonic() }
