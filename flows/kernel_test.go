package flows

import "testing"

// What the kernel lab found, as scripts: where the packets that passed can mean more than one thing, the verdict says so.

func TestWhatTheKernelTaughtOfCloses(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a FIN repeated right behind an acknowledgement is no re-ACK where its clock says that it was sent much later",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.001 < F. 401:401(0) ack 101 <ts 1140 250>
+.3   > .  102:102(0) ack 402 <ts 780 1140>
+.0001 > F. 101:101(0) ack 402 <ts 1060 1140>
+.02  < .  402:402(0) ack 102 <ts 1460 1060>`,
			want: []string{"retransmitted-fin/simultaneous closer=both\nmark fin-retransmitted client @11"},
		},
		{
			sentence: "trap 17: a window too small for one segment holds a FIN back as a closed one does",
			script: exchange + `
+.5   < F. 401:401(0) ack 101 win 1
+.01  > .  101:101(0) ack 402
+.2   < .  402:402(0) ack 101 win 509
+.01  > P. 101:1101(1000) ack 402
+.01  > F. 1101:1101(0) ack 402
+.02  < .  402:402(0) ack 1102`,
			want: []string{"four-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "trap 17: a side that just had to repeat may have its FIN waiting",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401 <ts 1060 640>
+.02  < .  401:401(0) ack 201
+.01  < F. 401:401(0) ack 201
+.01  > .  201:1649(1448) ack 402
+.01  > F. 1649:1649(0) ack 402
+.02  < .  402:402(0) ack 1650`,
			want: []string{"four-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "trap 17: a repetition can take seconds, so that the FIN can wait for as long",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401 <ts 1060 640>
+.02  < .  401:401(0) ack 201
+2    < F. 401:401(0) ack 201
+.01  > F. 201:201(0) ack 402
+.02  < .  402:402(0) ack 202`,
			want: []string{"three-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "trap 17: but no longer than that",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401 <ts 1060 640>
+.02  < .  401:401(0) ack 201
+5    < F. 401:401(0) ack 201
+.01  > F. 201:201(0) ack 402
+.02  < .  402:402(0) ack 202`,
			want: []string{"three-way closer=server\nno uncertain"},
		},
		{
			sentence: "trap 17: the peer's FIN frees what waited behind unacknowledged octets",
			script: exchange + `
+.5   > .  101:1561(1460) ack 401
+.02  < F. 401:401(0) ack 1561
+.001 > FP. 1561:2361(800) ack 402
+.02  < .  402:402(0) ack 2362`,
			want: []string{"three-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "trap 17: and where nothing came after it, nothing had waited",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.02  < F. 401:401(0) ack 201
+.001 > F. 201:201(0) ack 402
+.02  < .  402:402(0) ack 202`,
			want: []string{"three-way closer=server\nno uncertain"},
		},
		{
			sentence: "trap 17: a side that goes on to repeat had octets unacknowledged, whatever had passed",
			script: exchange + `
+.5   < P. 401:501(100) ack 101
+.001 > .  101:101(0) ack 501
+.01  > F. 101:101(0) ack 501
+.2   < P. 401:501(100) ack 101 <ts 1400 250>
+.001 > .  102:102(0) ack 501
+.1   < .  501:501(0) ack 102
+.001 < F. 501:501(0) ack 102
+.01  > .  102:102(0) ack 502`,
			want: []string{"four-way closer=client\nuncertain server.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "an IP identification passed over right before a FIN: an earlier copy may be missing",
			script: handshake + `
+.01  > P. 1:101(100) ack 1 id 11
+.02  < .  1:1(0) ack 101 id 901
+.1   < P. 1:401(400) ack 101 id 902
+.01  > .  101:101(0) ack 401 id 12
+.5   < F. 401:401(0) ack 101 id 903
+.25  > F. 101:101(0) ack 402 id 15
+.02  < .  402:402(0) ack 102 id 904`,
			want: []string{"three-way closer=server\nuncertain class [retransmitted-fin simultaneous three-way four-way]\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "identifications that count for several connections, or that pass nothing over, say nothing",
			script: handshake + `
+.01  > P. 1:101(100) ack 1 id 11 ttl 128
+.02  < .  1:1(0) ack 101 id 901
+.1   < P. 1:401(400) ack 101 id 902
+.01  > .  101:101(0) ack 401 id 12 ttl 128
+.5   < F. 401:401(0) ack 101 id 903
+.15  > F. 101:101(0) ack 402 id 15 ttl 128
+.02  < .  402:402(0) ack 102 id 904`,
			want: []string{"three-way closer=server\nno uncertain"},
		},
		{
			sentence: "numbers passed over before any two were neighbours were packets as well: the side has lost some",
			script: handshake + `
+.01  > P. 1:101(100) ack 1 id 11
+.02  < .  1:1(0) ack 101 id 901
+.1   < P. 1:401(400) ack 101 id 902
+.01  > P. 101:201(100) ack 401 id 14
+.01  > P. 201:301(100) ack 401 id 15
+.02  < .  401:401(0) ack 301 id 903
+.5   < F. 401:401(0) ack 301 id 904
+.01  > F. 301:301(0) ack 402 id 16
+.02  < .  402:402(0) ack 302 id 905`,
			want: []string{"three-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "a FIN that acknowledges the peer's later than a kernel delays that may be the second copy, and the first have crossed it",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.228 < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"three-way closer=client\nuncertain shape [simultaneous three-way four-way]\nuncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "and one that comes as late as a kernel may delay it is what it looks like",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.2   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"three-way closer=client\nno uncertain"},
		},
		{
			sentence: "where none was passed over, none was lost",
			script: handshake + `
+.01  > P. 1:101(100) ack 1 id 13
+.02  < .  1:1(0) ack 101 id 901
+.1   < P. 1:401(400) ack 101 id 902
+.01  > P. 101:201(100) ack 401 id 14
+.01  > P. 201:301(100) ack 401 id 15
+.02  < .  401:401(0) ack 301 id 903
+.5   < F. 401:401(0) ack 301 id 904
+.01  > F. 301:301(0) ack 402 id 16
+.02  < .  402:402(0) ack 302 id 905`,
			want: []string{"three-way closer=server\nno uncertain"},
		},
		{
			sentence: "a FIN whose later copy was captured after its acknowledgement was sent before",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  > .  102:102(0) ack 402
+.02  < .  402:402(0) ack 102
+.3   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`,
			want: []string{"retransmitted-fin/simultaneous closer=both\nmark fin-not-captured server @11\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "a five-tuple used again without its SYN being captured is known by numbers beyond both FINs",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.02  > F. 101:101(0) ack 402
+.01  < .  402:402(0) ack 102
+.3   > .  9000000:9000000(0) ack 65940
+.01  > P. 9000000:9000100(100) ack 65940`,
			want: []string{"three-way closer=server\nno mark capture-gap", "open/none\nmark mid-stream @11"},
		},
		{
			sentence: "a SYN-ACK captured before the SYN that it answers belongs to the same conversation",
			script: `
+0    < S. 300:300(0) ack 101
+1    > S  100:100(0)
+.02  < S. 300:300(0) ack 101
+.01  > .  101:101(0) ack 301
+.1   > P. 101:201(100) ack 301`,
			want: []string{"open/none\nno mark superseded"},
		},
		{
			sentence: "a forged SYN with which the capture begins is no opening",
			script: `
+0    > S  5100:5100(0)
+.01  < .  300:300(0) ack 100
+.1   > P. 100:200(100) ack 300
+.02  < .  300:300(0) ack 200
+.1   > F. 200:200(0) ack 300
+.02  < F. 300:300(0) ack 201
+.01  > .  201:201(0) ack 301`,
			want: []string{"three-way closer=client\nclient: ESTABLISHED@1? FIN-WAIT-1@5 TIME-WAIT@7\nmark mid-stream @1"},
		},
		{
			sentence: "trap 17: likewise where that FIN never comes",
			script: exchange + `
+.5   > P. 101:1101(1000) ack 401
+.001 < F. 401:401(0) ack 101
+.02  > .  1101:1101(0) ack 402
+.02  < R  402:402(0)`,
			want: []string{"rst-after-fin/half closer=server reset-by=server\nclient: SYN-SENT@1 ESTABLISHED@3 CLOSE-WAIT@10 CLOSED@11?\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "the peer's FIN that acknowledges a side's own proves both arrivals, though the first acknowledgement may have come late",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.1   > .  101:101(0) ack 402
+.001 > F. 101:101(0) ack 402
+.04  < F. 401:401(0) ack 101 <ts 1290 250>
+.0001 < . 402:402(0) ack 102
+.2   > .  102:102(0) ack 402`,
			want: []string{`retransmitted-fin/four-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@12`},
		},
		{
			sentence: "where the peer's FIN came again, an acknowledgement may have arrived before it did",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  < .  402:402(0) ack 102
+1    < F. 401:401(0) ack 102 <ts 2200 250>
+.01  > .  102:102(0) ack 402`,
			want: []string{"retransmitted-fin/three-way closer=client\nclient: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@12\nuncertain client.states [FIN-WAIT-2 TIME-WAIT CLOSED]"},
		},
		{
			sentence: "a bare acknowledgement one number ahead of what was captured may stand behind a FIN",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.01  > .  102:102(0) ack 402`,
			want: []string{`closing/half closer=server
uncertain client.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]
uncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]
uncertain shape [half simultaneous three-way four-way]
uncertain closer [client server both]`},
		},
		{
			sentence: "and is a FIN once the other side acknowledges it",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.01  > .  102:102(0) ack 402
+.02  < .  402:402(0) ack 102`,
			want: []string{`four-way closer=server
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@9? CLOSING@9 TIME-WAIT@10?
mark fin-not-captured client @10
uncertain shape [simultaneous three-way four-way]`},
		},
		{
			sentence: "a FIN that nobody acknowledged for longer than a stack may wait was acknowledged by a segment that is lost",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+3    > F. 101:101(0) ack 402
+.02  < .  402:402(0) ack 102`,
			want: []string{`three-way closer=server
uncertain shape [simultaneous three-way four-way]
uncertain client.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]`},
		},
		{
			sentence: "a SYN and a SYN-ACK with the same number are those of a simultaneous open, also where only one direction was captured",
			script: `
+0    > S  0:0(0)
+.02  > S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+.1   > .  1:1(0) ack 101
+.1   > F. 1:1(0) ack 102
+.02  > .  2:2(0) ack 102`,
			want: []string{"closing/half closer=client\nclient: SYN-SENT@1 SYN-RECEIVED@2 ESTABLISHED@2? FIN-WAIT-1@5\nmark simultaneous-open @1"},
		},
	})
}
