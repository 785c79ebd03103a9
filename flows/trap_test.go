package flows

import (
	"testing"
	"time"
)

// The traps of TEARDOWN section 3, and the shapes of RFC 9293.

func TestShapes(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "RFC 9293 figure 12: a four-way close",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{`four-way closer=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@11
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSE-WAIT@9 LAST-ACK@10 CLOSED@11?
no mark
cause certain close client [8 10 11]
no uncertain`},
		},
		{
			sentence: "RFC 9293 figure 13: a simultaneous close leads both ends through CLOSING",
			script: `
base A 100 B 300
+0    > .  0:0(0) ack 0
+0    < .  0:0(0) ack 0
+0    > P. 0:1(1) ack 0
+0    < .  0:0(0) ack 1
+1    > F. 1:1(0) ack 0
+.001 < F. 0:0(0) ack 1
+.01  > .  2:2(0) ack 1
+.001 < .  1:1(0) ack 2`,
			want: []string{`simultaneous closer=both
client: ESTABLISHED@1? FIN-WAIT-1@5 CLOSING@7 TIME-WAIT@8?
server: ESTABLISHED@1? FIN-WAIT-1@6 CLOSING@8 TIME-WAIT@7?
cause certain close both`},
		},
		{
			sentence: "three segments close where the passive end's FIN carries the first acknowledgement",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.01  > F. 101:101(0) ack 402
+.02  < .  402:402(0) ack 102`,
			want: []string{`three-way closer=server
client: SYN-SENT@1 ESTABLISHED@3 CLOSE-WAIT@9 LAST-ACK@9 CLOSED@10?
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@10`},
		},
		{
			sentence: "2 MSL after the last ACK the TIME-WAIT is assumed to be over",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			watched: 61 * time.Second,
			want: []string{`three-way closer=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 TIME-WAIT@10 CLOSED@timer`},
		},
	})
}

func TestTraps(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "trap 1: a FIN with data on it is a FIN",
			script: exchange + `
+.5   > FP. 101:151(50) ack 401
+.02  < F. 401:401(0) ack 152
+.01  > .  152:152(0) ack 402`,
			want: []string{"three-way closer=client\nmark fin-with-data client @8"},
		},
		{
			sentence: "trap 1: a FIN captured before the data that it follows counts once that is acknowledged",
			script: exchange + `
+.5   > F. 151:151(0) ack 401
+.001 > P. 101:151(50) ack 401
+.02  < .  401:401(0) ack 152
+.01  < F. 401:401(0) ack 152
+.01  > .  152:152(0) ack 402`,
			want: []string{"four-way closer=client\nmark fin-out-of-order client @8\nno mark capture-gap\nno mark fin-retransmitted"},
		},
		{
			sentence: "trap 1: a FIN sent again together with the data before it is the same FIN",
			script: exchange + `
+.5   > P. 101:151(50) ack 401
+.001 > F. 151:151(0) ack 401
+.3   > FP. 101:151(50) ack 401
+.02  < F. 401:401(0) ack 152
+.01  > .  152:152(0) ack 402`,
			want: []string{"retransmitted-fin/three-way closer=client\nmark fin-retransmitted client @10"},
		},
		{
			sentence: "trap 2: a FIN sent again with a newer acknowledgement does not hide that the close was simultaneous",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.001 < F. 401:401(0) ack 101
+.3   > F. 101:101(0) ack 402
+.02  < .  402:402(0) ack 102
+.001 < .  402:402(0) ack 102`,
			want: []string{"retransmitted-fin/simultaneous closer=both"},
		},
		{
			sentence: "trap 2: a FIN repeated within microseconds to carry the acknowledgement is no loss",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.001 < F. 401:401(0) ack 101
+.00004 < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"simultaneous closer=both\nno mark fin-retransmitted"},
		},
		{
			sentence: "trap 3: a FIN of which only a later copy was captured leaves the shape uncertain",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.01  > .  102:102(0) ack 402
+.3   > F. 101:101(0) ack 402
+.02  < .  402:402(0) ack 102`,
			want: []string{"retransmitted-fin/simultaneous closer=both\nmark fin-not-captured client @10\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "trap 4: sequence numbers wrap through 2^32 in the middle of the close",
			script: "base A 4294967195 B 4294966895\n" + exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"four-way closer=client\nno mark\nno uncertain"},
		},
		{
			sentence: "trap 5: keep-alive probes in FIN-WAIT-2 are not data and end no stall",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+20   > .  101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+20   > .  101:101(0) ack 401
+.02  < .  401:401(0) ack 102`,
			want: []string{"half-closed-stall/half closer=client\nmark keepalive client @10\nno mark data-after-fin\ncause possible close-wait-leak server [8 9]"},
		},
		{
			sentence: "trap 6: a SYN with the same number is sent again, with another one a new conversation",
			script: `
+0    > S  0:0(0)
+1    > S  0:0(0)
+2    > S  5000:5000(0)
+.02  < S. 0:0(0) ack 5001
+.01  > .  5001:5001(0) ack 1`,
			watched: time.Second,
			want:    []string{"unanswered/none\nmark superseded", "open/none\nmark port-reused @3"},
		},
		{
			sentence: "trap 8: both ends open at once",
			script: `
+0    > S  100:100(0)
+.001 < S  300:300(0)
+.01  > S. 100:100(0) ack 301
+.001 < S. 300:300(0) ack 101
+1    > P. 101:111(10) ack 301
+.01  < .  301:301(0) ack 111`,
			want: []string{"open/none\nclient: SYN-SENT@1 SYN-RECEIVED@3 ESTABLISHED@5?\nserver: SYN-SENT@2 SYN-RECEIVED@4 ESTABLISHED@5?\nmark simultaneous-open @1"},
		},
		{
			sentence: "trap 8: a FIN may be the handshake's third segment",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.01  > F. 1:1(0) ack 1
+.02  < F. 1:1(0) ack 2
+.01  > .  2:2(0) ack 2`,
			want: []string{"three-way closer=client\nclient: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@3 TIME-WAIT@5"},
		},
		{
			sentence: "trap 8: data may ride on the SYN",
			script: `
+0    > S  0:10(10) <fastopen>
+.02  < S. 0:0(0) ack 11
+.01  > .  11:11(0) ack 1
+.01  > F. 11:11(0) ack 1
+.02  < F. 1:1(0) ack 12
+.01  > .  12:12(0) ack 2`,
			want: []string{"three-way closer=client\nmark fast-open @1\nno mark capture-gap"},
		},
		{
			sentence: "trap 9: a capture that starts in mid-stream sees the close all the same",
			script: `
+0    > P. 100:200(100) ack 300
+.02  < .  300:300(0) ack 200
+.1   < F. 300:300(0) ack 200
+.01  > .  200:200(0) ack 301
+.1   > F. 200:200(0) ack 301
+.02  < .  301:301(0) ack 201`,
			want: []string{"four-way closer=server\nmark mid-stream @1"},
		},
		{
			sentence: "trap 9: one direction alone still proves the other side's segments",
			script: `
+0    > S  0:0(0)
+.02  > .  1:1(0) ack 1
+.02  > P. 1:101(100) ack 1
+.1   > .  101:101(0) ack 401
+.1   > F. 101:101(0) ack 401
+.1   > .  102:102(0) ack 402`,
			watched: 100 * time.Second,
			want:    []string{"closing/half closer=client\nmark one-sided @1"},
		},
		{
			sentence: "trap 9: of a long transfer only SYN and FIN were captured, and the numbers leap by more than they are believed",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+300  < F. 2000000000:2000000000(0) ack 5001
+.02  > F. 5001:5001(0) ack 2000000001`,
			want: []string{`closing/half closer=server
client: SYN-SENT@1 ESTABLISHED@4 CLOSE-WAIT@4 LAST-ACK@4
mark capture-gap server @4
no mark wandering-duplicate
no mark fin-not-captured`},
		},
		{
			sentence: "trap 9: a capture that lost gigabytes goes on where both sides say",
			script: exchange + `
+9    > .  101:101(0) ack 1900000401
+.01  < P. 1900000401:1900000501(100) ack 101
+.01  > .  101:101(0) ack 1900000501
+9    < F. 3900000501:3900000501(0) ack 101
+.01  > .  101:101(0) ack 3900000501
+.01  > F. 101:101(0) ack 3900000502
+.02  < .  3900000502:3900000502(0) ack 102`,
			want: []string{`three-way closer=server
mark capture-gap server
no mark wandering-duplicate`},
		},
		{
			sentence: "a wild number that finds no echo moves nothing",
			script: exchange + `
+.1   < F. 1900000401:1900000401(0) ack 101
+.1   > .  101:101(0) ack 1700000000
+.1   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201`,
			want: []string{`open/none
mark wandering-duplicate server @8
no mark capture-gap`},
		},
		{
			sentence: "trap 11: a segment captured twice is one segment",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 id 7 sum 77
+.0001 > F. 101:101(0) ack 401 id 7 sum 77 ttl 63
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"four-way closer=client\nmark duplicate-capture client @9\nno mark fin-retransmitted"},
		},
		{
			sentence: "trap 11: nor does a FIN come again that has the IP identification of the first, however late the copy of it was captured",
			script: exchange + `
+.5   > P. 101:201(100) ack 401 id 6
+0    > F. 201:201(0) ack 401 id 7
+.012 > P. 101:201(100) ack 401 id 6
+0    > F. 201:201(0) ack 401 id 7
+.02  < .  401:401(0) ack 202
+.1   < F. 401:401(0) ack 202
+.01  > .  202:202(0) ack 402`,
			want: []string{"four-way closer=client\nmark wandering-duplicate client @11\nno mark fin-retransmitted\nno cause likely fin-lost"},
		},
		{
			sentence: "trap 11: but one with the identification that all segments of its side have does",
			script: exchange + `
+.5   > P. 101:201(100) ack 401 id 7
+0    > F. 201:201(0) ack 401 id 7
+.3   > F. 201:201(0) ack 401 id 7
+.02  < .  401:401(0) ack 202
+.1   < F. 401:401(0) ack 202
+.01  > .  202:202(0) ack 402`,
			want: []string{"retransmitted-fin/four-way closer=client\nmark fin-retransmitted client @10"},
		},
		{
			sentence: "trap 11: RSTs that answer a burst are alike, and yet none is captured twice",
			script: exchange + `
+.5   > P. 101:1101(1000) ack 401
+0    > P. 1101:2101(1000) ack 401
+.02  < R  401:401(0) sum 77
+.0001 < R 401:401(0) sum 77`,
			want: []string{"rst-abort/none closer=server reset-by=server\nno mark duplicate-capture"},
		},
		{
			sentence: "trap 11: but where other segments are captured twice, so are they",
			script: exchange + `
+.5   > P. 101:1101(1000) ack 401 id 7 sum 78
+.0001 > P. 101:1101(1000) ack 401 id 7 sum 78
+.02  < R  401:401(0) sum 77
+.0001 < R 401:401(0) sum 77`,
			want: []string{"rst-abort/none closer=server reset-by=server\nmark duplicate-capture client @9\nmark duplicate-capture server @11"},
		},
		{
			sentence: "trap 14: the answer to a FIN may stand before it in the capture",
			script: exchange + `
+.5   < .  401:401(0) ack 102
-.0001 > F. 101:101(0) ack 401
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"four-way closer=client\nno mark fin-not-captured\nno mark capture-gap"},
		},
		{
			sentence: "trap 14: a RST's number never moves what is expected next",
			script: exchange + `
+.5   < R. 90000:90000(0) ack 101 ttl 50
+.1   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201
+.1   > F. 201:201(0) ack 401
+.02  < F. 401:401(0) ack 202
+.01  > .  202:202(0) ack 402`,
			want: []string{"three-way closer=client\nmark rst-ignored server @8\nno mark fin-retransmitted\nno mark capture-gap"},
		},
		{
			sentence: "trap 15: an acknowledged FIN that was never captured is inferred",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   > .  102:102(0) ack 402`,
			want: []string{`four-way closer=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@10
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSE-WAIT@9 LAST-ACK@10? CLOSED@10?
mark fin-not-captured server @10
uncertain shape`},
		},
		{
			sentence: "trap 15: it is withdrawn when that side sends at its number",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   > .  102:102(0) ack 402
+.1   < P. 402:502(100) ack 102
+.1   > .  102:102(0) ack 502`,
			want: []string{"closing/half closer=client\nno mark fin-not-captured\nmark capture-gap server @11"},
		},
		{
			sentence: "trap 16: half-closed at the capture's end is closing until the stall time is over",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102`,
			watched: 29 * time.Second,
			want:    []string{"closing/half closer=client"},
		},
		{
			sentence: "trap 16: and a stall afterwards",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102`,
			watched: 31 * time.Second,
			want:    []string{"half-closed-stall/half closer=client\nmark slow-close-wait server @9"},
		},
		{
			sentence: "trap 17: a FIN that may have waited behind unacknowledged data is uncertain",
			script: exchange + `
+.5   > P. 101:1101(1000) ack 401
+.001 < F. 401:401(0) ack 101
+.02  > F. 1101:1101(0) ack 402
+.02  < .  402:402(0) ack 1102`,
			want: []string{"three-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
	})
}

func TestTheSecondCopyOfTheLastSegmentIsTheLastFrame(t *testing.T) {
	list := judgeScript(t, exchange+`
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402 id 9 sum 5
+.0001 > .  102:102(0) ack 402 id 9 sum 5 ttl 63`, Config{}, time.Minute)
	if len(list) != 1 || list[0].LastFrame != 12 {
		t.Fatalf("%d conversations, the last frame is %d", len(list), list[0].LastFrame)
	}
}
