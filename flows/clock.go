package flows

// maxStep bounds how far one packet may push the clock that drives timers: a wild time stamp ends nothing.
const maxStep = 3600 * second

// A captureClock follows the packets' times: it never runs backwards, and a jump by more than an hour counts only once a
// second packet confirms it (TEARDOWN trap 19).
type captureClock struct {
	now   int64 // NoTime before the first packet
	until int64 // a time from now up to here, without it, lies in the same second
	wild  int64 // the time of an unconfirmed jump; NoTime for none
	jumps uint64
}

// newCaptureClock returns a clock that no packet has set.
func newCaptureClock() captureClock { return captureClock{now: NoTime, until: NoTime, wild: NoTime} }

// advance takes a packet's time and reports whether a whole second began.
func (c *captureClock) advance(t int64) (newSecond bool) {
	if c.now <= t && t < c.until {
		c.now = t
		return false
	}
	return c.leave(t)
}

// leave takes a time that is not known to lie in the same second.
func (c *captureClock) leave(t int64) (newSecond bool) {
	if c.now == NoTime {
		c.now = t
		return true
	}
	if t <= c.now {
		if c.now-t > maxStep {
			c.jumps++
		}
		return false
	}
	if t-c.now > maxStep {
		confirmed := c.wild != NoTime && t >= c.wild && t-c.wild <= maxStep
		c.wild = t
		if !confirmed {
			c.jumps++
			return false
		}
	}
	newSecond = t/second != c.now/second
	c.now = t
	if t >= 0 {
		c.until = (t/second + 1) * second
	}
	return newSecond
}
