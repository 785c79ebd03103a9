package netlab

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A line is one segment of a made-up close: when it passed the tap beside A, when the one beside B; 0 where it never did.
type line struct {
	dir      Direction
	flags    decode.Flags
	seq, ack decode.Seq
	a, b     time.Duration
}

const millisecond = time.Millisecond

// opened is a handshake; A's numbers begin at 1000, B's at 5000.
var opened = []line{
	{FromA, decode.SYN, 1000, 0, 1 * millisecond, 11 * millisecond},
	{FromB, decode.SYN | decode.ACK, 5000, 1001, 22 * millisecond, 12 * millisecond},
	{FromA, decode.ACK, 1001, 5001, 23 * millisecond, 33 * millisecond},
}

// TestATwinIsFoundWhereTheTapSeesNoDifferenceAndNowhereElse: B closes first and A follows. What was told of B is that it was in
// FIN-WAIT-2, and in truth it never was.
func TestATwinIsFoundWhereTheTapSeesNoDifferenceAndNowhereElse(t *testing.T) {
	fin, both := decode.FIN|decode.ACK, line{FromB, decode.ACK, 5002, 1002, 155 * millisecond, 145 * millisecond}
	for _, c := range []struct {
		sentence string
		lines    []line
		tap      string
		want     bool
	}{
		{"the acknowledgement of its FIN passed and was lost beyond", []line{
			{FromB, fin, 5001, 1001, 110 * millisecond, 100 * millisecond},
			{FromA, decode.ACK, 1001, 5002, 111 * millisecond, 0},
			{FromA, fin, 1001, 5002, 134 * millisecond, 144 * millisecond},
			both,
		}, "near-a", true},
		{"beside B one sees that it did not arrive", []line{
			{FromB, fin, 5001, 1001, 110 * millisecond, 100 * millisecond},
			{FromA, decode.ACK, 1001, 5002, 111 * millisecond, 0},
			{FromA, fin, 1001, 5002, 134 * millisecond, 144 * millisecond},
			both,
		}, "near-b", false},
		{"A's FIN alone acknowledged B's", []line{
			{FromB, fin, 5001, 1001, 110 * millisecond, 100 * millisecond},
			{FromA, fin, 1001, 5002, 134 * millisecond, 144 * millisecond},
			both,
		}, "near-a", false},
		{"the acknowledgement passed only after A's FIN had arrived", []line{
			{FromB, fin, 5001, 1001, 110 * millisecond, 100 * millisecond},
			{FromA, fin, 1001, 5002, 134 * millisecond, 144 * millisecond},
			both,
			{FromA, decode.ACK, 1002, 5002, 150 * millisecond, 0},
		}, "near-a", false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			conn, told := made(t, slices.Concat(opened, c.lines))
			if got := conn.unknowable(FromB, told, c.tap); got != c.want {
				t.Errorf("unknowable is %v", got)
			}
		})
	}
}

// made builds the connection of which the lines are the packets, and what was told of B.
func made(t *testing.T, lines []line) (*connection, []flows.Transition) {
	t.Helper()
	base := kernelPacket(t)
	c := &connection{seen: map[string][]Sighting{}, delay: 10 * millisecond, life: [2]*Life{{}, {}}}
	taps := [...]Tap{{Name: "near-a"}, {Name: "near-b"}}
	for i, l := range lines {
		p := base.forge(l.dir, l.flags, l.seq, l.ack, 64)
		p.Forged, p.serial = false, i
		for k, at := range [...]time.Duration{l.a, l.b} {
			if at != 0 {
				taps[k].sightings = append(taps[k].sightings, Sighting{int64(at), p})
			}
		}
	}
	for _, tap := range taps {
		slices.SortStableFunc(tap.sightings, func(a, b Sighting) int { return cmp.Compare(a.Time, b.Time) })
		c.seen[tap.Name] = tap.sightings
	}
	for _, s := range []struct {
		state flows.State
		at    time.Duration
	}{{flows.SynReceived, 12 * millisecond}, {flows.Established, 33 * millisecond}, {flows.FinWait1, 99 * millisecond}, {flows.TimeWait, 145 * millisecond}} {
		c.life[FromB].Steps = append(c.life[FromB].Steps, Step{s.state, int64(s.at), int64(s.at)})
	}
	var told []flows.Transition
	for _, s := range []flows.State{flows.SynReceived, flows.Established, flows.FinWait1, flows.FinWait2, flows.TimeWait} {
		told = append(told, flows.Transition{State: s})
	}
	return c, told
}
