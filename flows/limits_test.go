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

// TestMemoryOfConversationsStaysBelowItsLimit reads many short lives under limits that they would exceed by far.
func TestMemoryOfConversationsStaysBelowItsLimit(t *testing.T) {
	const limit = 200_000
	tr := NewTracker(Config{Mem: limit}, func(*Teardown, Moment) {})
	clock := newCaptureClock()
	most := int64(0)
	var s decode.Segment
	for i := range 20_000 {
		for k, flags := range []decode.Flags{decode.SYN, decode.SYN | decode.ACK, decode.ACK, decode.FIN | decode.ACK, decode.FIN | decode.ACK, decode.ACK} {
			a, b := decode.Addr{14: byte(i >> 8), 15: byte(i)}, decode.Addr{0: 1}
			s = decode.Segment{Src: a, Dst: b, SrcPort: uint16(1024 + i), DstPort: 80, Flags: flags, Window: 1000}
			s.Seq, s.Ack = 1, 1
			if k == 1 || k == 4 {
				s.Src, s.Dst, s.SrcPort, s.DstPort = b, a, 80, s.SrcPort
			}
			switch k {
			case 0, 1:
				s.Seq = 0
			case 4, 5:
				s.Ack = 2
			}
			if k == 5 {
				s.Seq = 2
			}
			s.Frame, s.Time = uint64(6*i+k+1), int64(6*i+k)*1e5
			s.SetHash(0)
			if clock.advance(s.Time) {
				tr.Tick(clock.now, s.Frame)
			}
			tr.Add(&s)
			most = max(most, tr.memory())
		}
	}
	if tr.Stats().Evicted == 0 || most > limit+limit/8 {
		t.Errorf("%d octets at most, %d given up", most, tr.Stats().Evicted)
	}
}
