package flows

import (
	"strings"
	"time"
)

// Profile names the TCP implementation whose timers are assumed where only a timer can have acted.
type Profile uint8

// The profiles.
const (
	Linux Profile = iota
	BSD
	Windows
	RFC
	numProfiles
)

// profiles holds each profile's name and timers: how long TIME-WAIT lasts (2 MSL), how long an orphaned FIN-WAIT-2 is
// kept, and how long an orphan in FIN-WAIT-1, CLOSING or LAST-ACK repeats its FIN before it gives up.
var profiles = [numProfiles]struct {
	name                       string
	timeWait, finWait2, giveUp time.Duration
}{
	Linux:   {"linux", 60 * time.Second, 60 * time.Second, 100 * time.Second},
	BSD:     {"bsd", 60 * time.Second, 60 * time.Second, 540 * time.Second},
	Windows: {"windows", 120 * time.Second, 120 * time.Second, 21 * time.Second},
	RFC:     {"rfc", 240 * time.Second, 240 * time.Second, 300 * time.Second},
}

// String returns the profile's name.
func (p Profile) String() string { return profiles[p].name }

// TimeWait returns how long TIME-WAIT lasts, 2 MSL.
func (p Profile) TimeWait() time.Duration { return profiles[p].timeWait }

// ParseProfile reads a profile's name.
func ParseProfile(name string) (Profile, bool) {
	for p, row := range profiles {
		if strings.EqualFold(row.name, name) {
			return Profile(p), true
		}
	}
	return 0, false
}

// ProfileNames lists the profiles.
func ProfileNames() []string {
	names := make([]string, 0, numProfiles)
	for _, row := range profiles {
		names = append(names, row.name)
	}
	return names
}

// Config sets what the tracker and the judge assume. Every zero value means the default.
type Config struct {
	Stall     time.Duration // silence after which a half-closed conversation counts as stalled; 30 s
	TimeWait  time.Duration // 2 MSL; the profile's where zero
	DupWindow time.Duration // a segment captured twice repeats within this time; 1 ms; negative turns it off
	Profile   Profile
	Workers   int    // tracker shards; GOMAXPROCS where zero
	Mem       int64  // bytes of conversations kept before the longest closed are given up early; 0 is no limit
	Since     int64  // packets before this time (nanoseconds since 1970 UTC) are left out; 0 is no limit
	Until     int64  // likewise after it
	Pulse     *Pulse // what the run tells of itself; may be nil

	// Beat, where it is set, says how often what is final is handed on while the files are waited for, as a pipe may have to be.
	Beat <-chan time.Time

	// Annotate, where it is set, adds to each verdict what is known from elsewhere: names, and the other leg. It is called by
	// several goroutines at once, before anybody else sees the Teardown.
	Annotate func(t *Teardown)
}

// DefaultStall is the stall time where Config names none.
const DefaultStall = 30 * time.Second

func (c *Config) stall() int64 {
	if c.Stall == 0 {
		return int64(DefaultStall)
	}
	return int64(c.Stall)
}

func (c *Config) timeWait() int64 {
	if c.TimeWait == 0 {
		return int64(profiles[c.Profile].timeWait)
	}
	return int64(c.TimeWait)
}

// giveUp is how long an orphan repeats its FIN before it is given up.
func (c *Config) giveUp() int64 { return int64(profiles[c.Profile].giveUp) }

func (c *Config) finWait2() int64 { return int64(profiles[c.Profile].finWait2) }

func (c *Config) dupWindow() int64 {
	if c.DupWindow == 0 {
		return int64(time.Millisecond)
	}
	return int64(c.DupWindow)
}
