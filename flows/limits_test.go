package flows

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"tcpclose/decode"
)

func TestHolesAtAndBeyondTheirNumber(t *testing.T) {
	for _, n := range []int{maxHoles, maxHoles + 1} {
		var b strings.Builder
		b.WriteString(exchange)
		for i := range n { // every other hundred octets, then those between
			fmt.Fprintf(&b, "+.001 > P. %d:%d(100) ack 401\n", 201+200*i, 301+200*i)
		}
		for i := range n {
			fmt.Fprintf(&b, "+.001 > P. %d:%d(100) ack 401\n", 101+200*i, 201+200*i)
		}
		fmt.Fprintf(&b, "+.02 < . 401:401(0) ack %d\n", 101+200*n)
		td := judgeScript(t, b.String(), Config{}, 0)[0]
		if got, want := td.FirstMark(MarkCaptureGap) != nil, n > maxHoles; got != want {
			t.Errorf("%d holes: a capture gap is %t\n%s", n, got, brief(&td))
		}
	}
}

func TestRSTsBeyondThoseKeptApartAreCounted(t *testing.T) {
	for _, n := range []int{maxRSTNotes, maxRSTNotes + 1, 500} {
		text := exchange + strings.Repeat("+.1 < R. 401:401(0) ack 101\n", n)
		td := judgeScript(t, text, Config{}, 0)[0]
		if got := td.Ends[Server].RST.Number; got != uint32(n) || td.Class != RSTAbort {
			t.Errorf("%d RSTs: %d are counted\n%s", n, got, brief(&td))
		}
	}
}

func TestTheTextOfARSTIsCut(t *testing.T) {
	for _, n := range []int{maxQuote, maxQuote + 1} {
		if got := len(quoted(bytes.Repeat([]byte{'x'}, n))); got != maxQuote {
			t.Errorf("%d octets: %d are kept", n, got)
		}
	}
}

func TestAStepOfTheClockAtAndBeyondItsLimit(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []int64
		now   int64
		jumps uint64
	}{
		{"as far as one packet may push it", []int64{0, maxStep}, maxStep, 0},
		{"further", []int64{0, maxStep + 1}, 0, 1},
		{"further, and another packet confirms it", []int64{0, maxStep + 1, maxStep + 2}, maxStep + 2, 1},
		{"back as far as is nothing", []int64{maxStep, 0}, maxStep, 0},
		{"back further", []int64{maxStep + 1, 0}, maxStep + 1, 1},
	} {
		clock := newCaptureClock()
		for _, at := range c.times {
			clock.advance(at)
		}
		if clock.now != c.now || clock.jumps != c.jumps {
			t.Errorf("%s: %d, %d jumps", c.name, clock.now, clock.jumps)
		}
	}
}

// TestMemoryOfConversationsStaysBelowItsLimit reads short lives, and SYNs that nobody answers, all of them within one
// second too, under a limit that they would exceed by far.
func TestMemoryOfConversationsStaysBelowItsLimit(t *testing.T) {
	const limit, number = 2 << 20, 40_000
	for _, c := range []struct {
		name  string
		flags []decode.Flags // of client and server by turns
		step  int64          // nanoseconds from one segment to the next
	}{
		{"closed", []decode.Flags{decode.SYN, decode.SYN | decode.ACK, decode.FIN | decode.ACK, decode.FIN | decode.ACK, decode.ACK}, 1e5},
		{"a flood of SYNs", []decode.Flags{decode.SYN}, 1e6},
		{"a flood within a second", []decode.Flags{decode.SYN}, 1},
	} {
		told := 0
		tr := NewTracker(Config{Mem: limit}, func(*Teardown, Moment) { told++ })
		clock := newCaptureClock()
		most, frame := int64(0), uint64(0)
		for i := range number {
			ends := [2]decode.Addr{{14: byte(i >> 8), 15: byte(i)}, {0: 1}}
			next := [2]decode.Seq{1000, 5000}
			for k, flags := range c.flags {
				x := k % 2
				s := decode.Segment{Src: ends[x], Dst: ends[1-x], SrcPort: 1024 + uint16(i>>8), DstPort: 80, Flags: flags, Window: 1000}
				if x == 1 {
					s.SrcPort, s.DstPort = s.DstPort, s.SrcPort
				}
				s.Seq = next[x]
				if flags.Has(decode.ACK) {
					s.Ack = next[1-x]
				}
				next[x] = s.End()
				frame++
				s.Frame, s.Time = frame, int64(frame)*c.step
				s.SetHash(0)
				if clock.advance(s.Time) {
					tr.Tick(clock.now, s.Frame)
				}
				tr.Add(&s)
				most = max(most, tr.memory())
			}
		}
		tr.Finish(clock.now)
		if most > limit+limit/4 || tr.Stats().Evicted == 0 || told != number {
			t.Errorf("%s: %d octets at most, %d of %d given up, %d told", c.name, most, tr.Stats().Evicted, number, told)
		}
	}
}
