package ladder

import (
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// Times says what the time column counts from.
type Times uint8

// The choices. FromFIN counts from the first FIN, or from the RST where there is none, or from the start.
const (
	FromFIN Times = iota
	FromStart
	Absolute // the time of day, UTC
	SinceRow // since the row before
	numTimes
)

var timesNames = [numTimes]string{"fin", "start", "absolute", "delta"}

// String returns the name of the choice.
func (t Times) String() string { return timesNames[t] }

// ParseTimes reads the name of a choice.
func ParseTimes(name string) (Times, bool) {
	for t, n := range timesNames {
		if n == name {
			return Times(t), true
		}
	}
	return 0, false
}

// Options say how a ladder is built and painted. Every zero value is the default.
type Options struct {
	// How it is built.
	Expand    bool                    // every data segment gets its own row
	Expanded  func(frame uint64) bool // or those of the run that begins with this frame
	MinRun    int                     // segments that make a run; 3
	Pause     time.Duration           // a silence that gets a row; 10 s; negative: none
	DupWindow time.Duration           // as flows.Config's

	// How it is painted.
	Times    Times
	Numbers  Numbers
	ASCII    bool
	Decimals int // of seconds: 3 to 9; 0 means 3, or 6 from 100 columns on
}

// Numbers says how sequence numbers are written.
type Numbers uint8

// The choices.
const (
	RelativeNumbers Numbers = iota // from each side's SYN, or its first segment, as Wireshark does
	WireNumbers                    // as they stand in the header
)

const (
	defaultMinRun = 3
	maxMinRun     = 8
	defaultPause  = 10 * time.Second
)

func (o *Options) minRun() int {
	if o.MinRun == 0 {
		return defaultMinRun
	}
	return min(max(o.MinRun, 1), maxMinRun)
}

func (o *Options) pause() int64 {
	switch {
	case o.Pause == 0:
		return int64(defaultPause)
	case o.Pause < 0:
		return 1<<63 - 1
	}
	return int64(o.Pause)
}

func (o *Options) dupWindow() int64 {
	if o.DupWindow == 0 {
		return int64(time.Millisecond)
	}
	return int64(o.DupWindow)
}

// Zero returns the time that the time column counts from.
func (t Times) Zero(td *flows.Teardown) int64 {
	if t == FromFIN {
		zero := flows.NoTime
		for i := range td.Ends {
			f := &td.Ends[i].FIN
			if f.Frame != 0 && (zero == flows.NoTime || f.Time < zero) {
				zero = f.Time
			}
		}
		if zero != flows.NoTime {
			return zero
		}
		if td.CloseStart != flows.NoTime {
			return td.CloseStart
		}
	}
	return td.Start
}

// side says who sent the segment, and whether it belongs to the conversation at all.
func side(td *flows.Teardown, s *decode.Segment) (flows.Side, bool) {
	src, dst := s.SrcAddrPort(), s.DstAddrPort()
	switch {
	case src == td.Ends[flows.Client].Addr && dst == td.Ends[flows.Server].Addr:
		return flows.Client, true
	case src == td.Ends[flows.Server].Addr && dst == td.Ends[flows.Client].Addr:
		return flows.Server, true
	}
	return flows.Client, false
}
