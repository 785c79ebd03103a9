package flows

import (
	"testing"
	"time"
)

// What only a segment that is missing in the capture could decide.

func TestWhatWasNotCapturedIsDoubted(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a FIN that its receiver has twice, but the capture once, came again",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.3   > .  102:102(0) ack 402 <sack 401:402>`,
			want: []string{"four-way closer=client\nuncertain class [retransmitted-fin simultaneous three-way four-way]"},
		},
		{
			sentence: "a RST with the number after its sender's FIN says that the FIN had been acknowledged",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.3   < R  402:402(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=server
uncertain class [rst-after-fin four-way three-way simultaneous retransmitted-fin]
uncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]`},
		},
		{
			sentence: "where the path loses segments, a FIN that acknowledges another one later than Linux holds that back may be a later copy",
			script: `
+0    > S  0:0(0)
+.001 < S. 0:0(0) ack 1
+.04  > S  0:0(0)
+.001 < S. 0:0(0) ack 1
+.042 > .  1:1(0) ack 1
+.005 < F. 1:1(0) ack 1
+.267 > F. 1:1(0) ack 2
+.001 < .  2:2(0) ack 2`,
			want: []string{`three-way closer=server
uncertain shape [simultaneous three-way four-way]
uncertain closer [client server both]
uncertain client.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]`},
		},
		{
			sentence: "and so may one that comes when the other FIN is about to be sent again",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.294 < F. 401:401(0) ack 102
+.001 > F. 101:101(0) ack 401
+.03  > .  102:102(0) ack 402`,
			want: []string{"retransmitted-fin/three-way closer=client\nuncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "the peer's FIN that came before octets which came again took effect with these: its acknowledgement did so before",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:801(400) ack 101
+.001 < FP. 801:901(100) ack 102
+.02  > .  102:102(0) ack 401
+.2   < .  401:801(400) ack 102
+.02  > .  102:102(0) ack 902`,
			want: []string{"three-way closer=client\nuncertain client.states [FIN-WAIT-2 TIME-WAIT CLOSED]"},
		},
		{
			sentence: "where the handshake came again and again, a FIN may have waited for many seconds behind octets whose acknowledgement was lost",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1    < S. 0:0(0) ack 1
+2    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+.02  > P. 1:101(100) ack 1
+.001 < .  1:401(400) ack 101
+3    < .  1:401(400) ack 101
+.02  > .  101:101(0) ack 401
+6    > F. 101:101(0) ack 401
+.02  < FP. 401:501(100) ack 102
+.02  > .  102:102(0) ack 502`,
			want: []string{"three-way closer=client\nuncertain server.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "and one that comes too soon after the last copy of the other FIN to be an answer to it",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.215 > F. 101:101(0) ack 401
+.001 < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"retransmitted-fin/three-way closer=client\nuncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "an acknowledgement that was repeated may tell of the peer's FIN before it took effect",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:801(400) ack 101
+.001 < FP. 801:901(100) ack 102
+.02  > .  102:102(0) ack 401
+.001 > .  102:102(0) ack 902`,
			want: []string{"three-way closer=client\nuncertain client.states [FIN-WAIT-2 TIME-WAIT CLOSED]"},
		},
		{
			sentence: "the trip that a repeated handshake tells is the one since the last copy, at the least",
			script: `
+0    > S  0:0(0)
+1    > S  0:0(0)
+.025 < S. 0:0(0) ack 1
+1    > S  0:0(0)
+.001 < S. 0:0(0) ack 1
+.001 > .  1:1(0) ack 1
+.01  > F. 1:1(0) ack 1
+.256 < F. 1:1(0) ack 2
+.001 > .  2:2(0) ack 2`,
			want: []string{"three-way closer=client\nuncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "where the client repeated its SYN, the server may have repeated its SYN-ACK unseen, and its FIN wait for that",
			script: `
+0    > S  0:0(0)
+1    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+.02  > P. 1:101(100) ack 1
+.02  < P. 1:401(400) ack 101
+.001 > .  101:101(0) ack 401
+.001 > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.02  > .  102:102(0) ack 402`,
			want: []string{"three-way closer=client\nuncertain server.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "octets that came late have been lost as well: a late answer to a FIN may be a later copy",
			script: exchange + `
+.1   < P. 801:1201(400) ack 101
+.06  < P. 401:801(400) ack 101
+.01  > .  101:101(0) ack 1201
+.02  < F. 1201:1201(0) ack 101
+.15  > F. 101:101(0) ack 1202
+.02  < .  1202:1202(0) ack 102`,
			want: []string{"three-way closer=server\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "the same after payload that came again",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201
+.5   < F. 401:401(0) ack 201
+.1   > F. 201:201(0) ack 402
+.02  < .  402:402(0) ack 202`,
			want: []string{"three-way closer=server\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "it is no later copy where it came as soon as Linux may answer",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201
+.5   < F. 401:401(0) ack 201
+.03  > F. 201:201(0) ack 402
+.02  < .  402:402(0) ack 202`,
			want: []string{"three-way closer=server\nno uncertain shape"},
		},
		{
			sentence: "it is none either where nothing came again",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.1   > F. 101:101(0) ack 402
+.02  < .  402:402(0) ack 102`,
			want: []string{"three-way closer=server\nno uncertain"},
		},
		{
			sentence: "a RST whose acknowledgement covers the peer's FIN shows that this had arrived",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.05  > R. 101:101(0) ack 402`,
			watched: 10 * time.Second,
			want:    []string{"rst-after-fin/half closer=server reset-by=client\nclient: SYN-SENT@1 ESTABLISHED@3 CLOSE-WAIT@9 CLOSED@9\nno uncertain"},
		},
	})
}
