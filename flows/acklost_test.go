package flows

import (
	"testing"
	"time"
)

// A FIN that came again after its acknowledgement had passed: was that lost, or just late?

func TestLostAndLateAcknowledgementsOfAFIN(t *testing.T) {
	const repeated = handshake + `
+1    > F. 1:1(0) ack 1 win 502 <ts 1110 500>
+.02  < .  1:1(0) ack 2 win 509 <ts 1540 1110>
+.25  > F. 1:1(0) ack 1 win 502 <ts 1360 500>
+.02  < .  1:1(0) ack 2 win 509 <ts 1790 1360,sack 1:2>
`
	const lastAgain = handshake + `
+1    > F. 1:1(0) ack 1 win 502 <ts 1110 500>
+.02  < F. 1:1(0) ack 2 win 509 <ts 1540 1110>
+.01  > .  2:2(0) ack 2 win 502 <ts 1150 1540>
+.25  < F. 1:1(0) ack 2 win 509 <ts 1790 1110>
+.01  > .  2:2(0) ack 2 win 502 <ts 1410 1790>
`
	runCases(t, []scriptCase{
		{
			sentence: "an acknowledgement that a path can have held up for a quarter of a second is lost most likely, not surely",
			script:   repeated,
			watched:  5 * time.Second,
			want:     []string{"closing/half closer=client\nmark ack-of-fin-lost server @6\ncause likely fin-ack-lost server [4 5 6]"},
		},
		{
			sentence: "no path holds it up until the FIN comes again for the third time",
			script: repeated + `
+.9   > F. 1:1(0) ack 1 win 502 <ts 2280 500>
+.02  < .  1:1(0) ack 2 win 509 <ts 2710 2280,sack 1:2>`,
			watched: 5 * time.Second,
			want:    []string{"closing/half closer=client\ncause certain fin-ack-lost server [4 5 6]"},
		},
		{
			sentence: "the last ACK was lost surely where the next one found a socket: a late one had left none",
			script:   lastAgain,
			watched:  time.Second,
			want:     []string{"retransmitted-fin/three-way closer=client\ncause certain last-ack-lost client [5 6 7]"},
		},
		{
			sentence: "as long as the next one can still draw a RST it may have been late",
			script:   lastAgain,
			want:     []string{"retransmitted-fin/three-way closer=client\ncause likely last-ack-lost client [5 6 7]"},
		},
		{
			sentence: "two copies of a FIN that were both acknowledged after the second were late, also without timestamps",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.01  > P. 1:11(10) ack 1
+.02  < P. 1:11(10) ack 11
+1    > F. 11:11(0) ack 11
+.25  > F. 11:11(0) ack 11
+.01  < .  11:11(0) ack 12
+.25  < .  11:11(0) ack 12 <sack 11:12>
+.5   < F. 11:11(0) ack 12
+.01  > .  12:12(0) ack 12`,
			want: []string{`retransmitted-fin/four-way closer=client
mark fin-retransmitted client @6
no mark ack-of-fin-lost
no cause certain fin-ack-lost
no cause likely fin-lost`},
		},
		{
			sentence: "an acknowledgement that comes sooner after the second copy than the way there and back takes is the first one's",
			script: `
+0    > S  0:0(0)
+.3   < S. 0:0(0) ack 1
+.01  > P. 1:11(10) ack 1
+.3   < P. 1:11(10) ack 11
+1    > F. 11:11(0) ack 11
+.29  > F. 11:11(0) ack 11
+.01  < .  11:11(0) ack 12
+.5   < F. 11:11(0) ack 12
+.01  > .  12:12(0) ack 12`,
			want: []string{"retransmitted-fin/four-way closer=client\nmark fin-retransmitted client @6\nno cause likely fin-lost"},
		},
		{
			sentence: "where only the FIN's direction was captured, its acknowledgement may as well have been lost",
			script: `
+0    < P. 1:47(46) ack 101
+.1   < F. 47:47(0) ack 101
+.3   < F. 47:47(0) ack 101
+.6   < F. 47:47(0) ack 101`,
			want: []string{"closing/half closer=server\nmark one-sided @1\ncause possible fin-lost server [2 3]\ncause possible fin-ack-lost client [2 3]"},
		},
		{
			sentence: "what was received twice before any acknowledgement of it passed was acknowledged in vain before the vantage",
			script: handshake + `
+1    > F. 1:1(0) ack 1 win 502 <ts 1110 500>
+.25  > F. 1:1(0) ack 1 win 502 <ts 1360 500>
+.02  < .  1:1(0) ack 2 win 509 <ts 1790 1360,sack 1:2>`,
			want: []string{"closing/half closer=client\nmark ack-of-fin-lost server @5\ncause certain fin-ack-lost server [4 5 6]"},
		},
	})
}

func TestAFINThatIsAnAcknowledgement(t *testing.T) {
	const crossed = handshake + `
+1    > F. 1:1(0) ack 1 win 502 <ts 1110 500>
+.02  < F. 1:1(0) ack 1 win 509 <ts 1540 110>
`
	runCases(t, []scriptCase{
		{
			sentence: "who acknowledges the peer's FIN with another copy of its own, as BSD does, need not have lost the first one",
			script: crossed + `
+.0001 > F. 1:1(0) ack 2 win 502 <ts 1131 1540>
+.019 < .  2:2(0) ack 2 win 509 <ts 1560 1110>`,
			want: []string{`simultaneous closer=both
no mark fin-retransmitted
no cause likely fin-lost
cause certain close both [4 5 6]`},
		},
		{
			sentence: "also when that copy crosses the acknowledgement of the first one",
			script: crossed + `
+.0001 < . 2:2(0) ack 2 win 509 <ts 1541 1110>
+.002 > F. 1:1(0) ack 2 win 502 <ts 1133 1540>`,
			want: []string{"simultaneous closer=both\nno mark fin-retransmitted\nno mark ack-of-fin-lost\nno cause likely fin-lost"},
		},
		{
			sentence: "one that comes when the timer of the first is due is a repetition",
			script: crossed + `
+.3   > F. 1:1(0) ack 2 win 502 <ts 1430 1540>
+.02  < .  2:2(0) ack 2 win 509 <ts 1860 1430>`,
			want: []string{"retransmitted-fin/simultaneous closer=both\nmark fin-retransmitted client @6"},
		},
	})
}

func TestAFINWithTheIdentificationOfTheFirst(t *testing.T) {
	const finish = `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1 id 300
+.01  > .  1:1(0) ack 1
+1    < F. 1:1(0) ack 1 id 307
`
	runCases(t, []scriptCase{
		{
			sentence: "a stack that keeps the identification sends its FIN again when its timer is due",
			script: finish + `
+.31  < F. 1:1(0) ack 1 id 307
+.61  < F. 1:1(0) ack 1 id 307
+1.21 < F. 1:1(0) ack 1 id 307`,
			watched: time.Minute,
			want:    []string{"vanished/half closer=server\nmark fin-retransmitted server @5\nno mark wandering-duplicate"},
		},
		{
			sentence: "sooner it is the network's copy, or the capture's",
			script: finish + `
+.01  < F. 1:1(0) ack 1 id 307
+.02  > F. 1:1(0) ack 2
+.02  < .  2:2(0) ack 2`,
			want: []string{"three-way closer=server\nmark wandering-duplicate server @5\nno mark fin-retransmitted"},
		},
	})
}
