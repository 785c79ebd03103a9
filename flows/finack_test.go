package flows

import (
	"testing"
	"time"
)

// What a FIN's acknowledgements tell beside that it arrived. Each piece of evidence has a twin in which it is absent.

// numbered is an exchange between two Linux hosts, whose packets count their IP identifications one by one.
const numbered = handshake + `
+.01  > P. 1:101(100) ack 1 <ts 120 500> id 11
+.02  < .  1:1(0) ack 101 <ts 540 120> id 901
+.1   < P. 1:401(400) ack 101 <ts 640 120> id 902
+.01  > .  101:101(0) ack 401 <ts 250 640> id 12
`

func TestTheOrderInWhichBothFINsArrived(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a FIN that its acknowledgement overtook on the way here overtook it on to the end: FIN-WAIT-2 came before TIME-WAIT",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.04  < .  402:402(0) ack 102 <ts 1200 760>
+.01  < F. 401:401(0) ack 101 <ts 1180 250>
+.001 > .  102:102(0) ack 402 <ts 830 1180>`,
			want: []string{`simultaneous closer=both
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@11
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@10 CLOSING@9 TIME-WAIT@11?`},
		},
		{
			sentence: "a FIN that overtook its side's acknowledgement on the way here may have been overtaken by it behind",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.03  < F. 401:401(0) ack 102 <ts 1185 760>
+.015 < .  401:401(0) ack 102 <ts 1179 760>
+.025 > .  102:102(0) ack 402 <ts 831 1185>`,
			want: []string{`four-way closer=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 TIME-WAIT@11
uncertain client.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "an older segment from beyond a FIN says that what was captured of that is a later copy: the two may have crossed",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.25  > F. 101:101(0) ack 401 <ts 1010 640>
+.06  < F. 401:401(0) ack 102 <ts 1470 1010>
+.001 > .  102:102(0) ack 402 <ts 1071 1470>
+.015 < .  402:402(0) ack 102 <ts 1450 1010>`,
			want: []string{`retransmitted-fin/simultaneous closer=both
mark fin-not-captured server @10
uncertain shape [simultaneous three-way four-way]
uncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]`},
		},
		{
			sentence: "a copy of a FIN that acknowledges the peer's FIN much later than any trip takes was sent again, whatever the handshake took",
			script: `
+0    > S  0:0(0) <ts 100 0>
+1.06 < S. 0:0(0) ack 1 <ts 500 100>
+.02  > .  1:1(0) ack 1 <ts 1180 500>
+.02  > F. 1:1(0) ack 1 <ts 1200 500>
+.003 < F. 1:1(0) ack 1 <ts 540 1180>
+.302 < F. 1:1(0) ack 2 <ts 842 1200>
+.02  > .  2:2(0) ack 2 <ts 1520 842>`,
			want: []string{"retransmitted-fin/simultaneous closer=both"},
		},
		{
			sentence: "in the other order the FIN leads to CLOSING",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.04  < F. 401:401(0) ack 101 <ts 1180 250>
+.01  < .  402:402(0) ack 102 <ts 1200 760>
+.001 > .  102:102(0) ack 402 <ts 830 1180>`,
			want: []string{`simultaneous closer=both
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 CLOSING@11 TIME-WAIT@10?`},
		},
		{
			sentence: "a FIN that came again had arrived the first time where its acknowledgement echoes what was sent between the copies",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.02  < F. 401:401(0) ack 101 <ts 1160 250>
+.001 > .  102:102(0) ack 402 <ts 790 1160>
+.25  > F. 101:101(0) ack 402 <ts 1040 1160>
+.02  < .  402:402(0) ack 102 <ts 1440 790>`,
			want: []string{`retransmitted-fin/simultaneous closer=both
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@9 CLOSING@12 TIME-WAIT@10?`},
		},
		{
			sentence: "and had not, most probably, where that echoes the later copy",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.02  < F. 401:401(0) ack 101 <ts 1160 250>
+.001 > .  102:102(0) ack 402 <ts 790 1160>
+.25  > F. 101:101(0) ack 402 <ts 1040 1160>
+.02  < .  402:402(0) ack 102 <ts 1440 1040>`,
			want: []string{`retransmitted-fin/simultaneous closer=both
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@9 FIN-WAIT-2@10? TIME-WAIT@12
uncertain server.states [CLOSING FIN-WAIT-2 TIME-WAIT]`},
		},
		{
			sentence: "whichever of a FIN's copies arrived, all of them had passed before the acknowledgement",
			script: exchange + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250>
+.3   < F. 401:401(0) ack 101 <ts 1440 250>
+.02  > F. 101:101(0) ack 401 <ts 760 640>
+.001 < .  402:402(0) ack 102 <ts 1460 760>
+.02  > .  102:102(0) ack 402 <ts 1090 1440>`,
			want: []string{`retransmitted-fin/simultaneous closer=both
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@10 CLOSING@12 TIME-WAIT@11?`},
		},
		{
			sentence: "SACK reports a FIN as received before octets that it follows: what it acknowledges had come, too",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.02  > F. 201:201(0) ack 402
+.01  < .  402:402(0) ack 101 <sack 201:202>
+.1   > P. 101:201(100) ack 402
+.01  < .  402:402(0) ack 202`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@12
mark fin-out-of-order client @9`},
		},
		{
			sentence: "without SACK that stays open",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.02  > F. 201:201(0) ack 402
+.1   > P. 101:201(100) ack 402
+.01  < .  402:402(0) ack 202`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@11
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "a mini-socket acknowledged the FIN: its orphan had been in FIN-WAIT-2, since another acknowledgement was first",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > F. 101:101(0) ack 402 <ts 760 1140> id 13
+.001 > .  102:102(0) ack 402 <ts 761 1140> id 14
+.05  < .  402:402(0) ack 102 <ts 1200 760> id 0`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@11
no uncertain`},
		},
		{
			sentence: "where a socket did, the acknowledgement that came again right after the FIN may still have been first",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > F. 101:101(0) ack 402 <ts 760 1140> id 13
+.001 > .  102:102(0) ack 402 <ts 761 1140> id 14
+.05  < .  402:402(0) ack 102 <ts 1200 760> id 904`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@11
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "a host whose bare acknowledgements all bear no identification is none of Linux",
			script: numbered + `
+.1   > P. 101:201(100) ack 401 id 13
+.02  < .  401:401(0) ack 201 id 0
+.5   < F. 401:401(0) ack 201 id 903
+.01  > F. 201:201(0) ack 402 id 14
+.05  < .  402:402(0) ack 202 id 0`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@10 TIME-WAIT@12`},
		},
		{
			sentence: "a FIN that alone acknowledges the other one leaves no FIN-WAIT-2",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > F. 101:101(0) ack 402 <ts 760 1140> id 13
+.05  < .  402:402(0) ack 102 <ts 1200 760> id 904`,
			want: []string{`three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@10
no uncertain`},
		},
		{
			sentence: "a bare acknowledgement between the copies of a FIN came before the copy that arrived",
			script: exchange + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250>
+.01  > F. 101:101(0) ack 402 <ts 760 1140>
+.02  > .  102:102(0) ack 402 <ts 780 1140>
+.3   > F. 101:101(0) ack 402 <ts 1060 1140>
+.02  < .  402:402(0) ack 102 <ts 1460 1060>`,
			want: []string{`retransmitted-fin/three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@12
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "without one each copy brings its own",
			script: exchange + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250>
+.01  > F. 101:101(0) ack 402 <ts 760 1140>
+.3   > F. 101:101(0) ack 402 <ts 1060 1140>
+.02  < .  402:402(0) ack 102 <ts 1460 1060>`,
			want: []string{`retransmitted-fin/three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@11`},
		},
	})
}

func TestWhatWasSentRightBeforeAFIN(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a FIN repeated after a bare acknowledgement that says the same was sent again",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.3   < F. 401:401(0) ack 101 <ts 1440 250>
+.001 > .  102:102(0) ack 402 <ts 1061 1440>
+.001 > F. 101:101(0) ack 402 <ts 1062 1440>
+.02  < .  402:402(0) ack 102 <ts 1460 760>`,
			want: []string{"retransmitted-fin/simultaneous closer=both\nmark fin-retransmitted client @11"},
		},
		{
			sentence: "an octet received twice: an earlier answer to the peer's FIN is missing, with the first copy of the FIN most probably",
			script: exchange + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250>
+.3   > .  102:102(0) ack 402 <ts 1060 1140,sack 1:401>
+.3   > F. 101:101(0) ack 402 <ts 1360 1140>
+.02  < .  402:402(0) ack 102 <ts 1760 1360>`,
			want: []string{`retransmitted-fin/three-way closer=server
client: SYN-SENT@1 ESTABLISHED@3 CLOSE-WAIT@9 LAST-ACK@10? CLOSED@11?
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@11
uncertain shape [simultaneous three-way four-way]`},
		},
		{
			sentence: "but a side that stood beyond its FIN before it had the peer's sent it before",
			script: exchange + `
+.5   < F. 501:501(0) ack 101 <ts 1140 250>
+.02  > .  102:102(0) ack 401 <ts 760 1140,sack 501:502>
+.3   < P. 401:501(100) ack 101 <ts 1440 250>
+.02  > .  102:102(0) ack 502 <ts 1080 1440,sack 1:401>
+.3   > F. 101:101(0) ack 502 <ts 1360 1440>
+.02  < .  502:502(0) ack 102 <ts 1760 1360>`,
			want: []string{"retransmitted-fin/simultaneous closer=both\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "a bare acknowledgement at the FIN's own number was sent before it, and is no keep-alive probe",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.02  < F. 401:401(0) ack 102 <ts 1160 760>
+.002 < .  401:401(0) ack 102 <ts 1159 760>
+.01  > .  102:102(0) ack 402 <ts 800 1160>`,
			want: []string{"four-way closer=client\nno mark keepalive"},
		},
		{
			sentence: "beyond the FIN's number it was sent after it",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.02  < F. 401:401(0) ack 102 <ts 1160 760>
+.002 < .  402:402(0) ack 102 <ts 1162 760>
+.01  > .  102:102(0) ack 402 <ts 800 1160>`,
			want: []string{"three-way closer=client\nno mark keepalive"},
		},
		{
			sentence: "the one identification passed over came late: nothing is missing",
			script: numbered + `
+.5   > F. 101:101(0) ack 401 <ts 760 640> id 13
+.02  < F. 401:401(0) ack 102 <ts 1160 760> id 904
+.002 < .  401:401(0) ack 102 <ts 1159 760> id 903
+.01  > .  102:102(0) ack 402 <ts 800 1160> id 14`,
			want: []string{"four-way closer=client\nno uncertain class\nno uncertain shape"},
		},
		{
			sentence: "one packet is missing before a FIN that had nothing new to acknowledge and waited a timer out: its first copy, most probably",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > .  101:101(0) ack 402 <ts 760 1140> id 13
+.25  > F. 101:101(0) ack 402 <ts 1010 1140> id 15
+.02  < .  402:402(0) ack 102 <ts 1420 1010> id 904`,
			want: []string{`retransmitted-fin/four-way closer=server
mark fin-not-captured client @10
mark fin-retransmitted client @10
uncertain class [retransmitted-fin simultaneous three-way four-way]
cause possible fin-lost client`},
		},
		{
			sentence: "so soon no timer can have run",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.01  > .  101:101(0) ack 402 <ts 760 1140> id 13
+.05  > F. 101:101(0) ack 402 <ts 810 1140> id 15
+.02  < .  402:402(0) ack 102 <ts 1220 810> id 904`,
			want: []string{"four-way closer=server\nno mark fin-retransmitted\nuncertain class [retransmitted-fin simultaneous three-way four-way]"},
		},
		{
			sentence: "one packet is missing before a FIN that only the peer's FIN went before: the acknowledgement of that, most probably",
			script: numbered + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250> id 903
+.05  > F. 101:101(0) ack 402 <ts 400 1140> id 14
+.02  < .  402:402(0) ack 102 <ts 1210 400> id 904`,
			want: []string{"four-way closer=server\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "where octets went before the peer's FIN, it can have been their acknowledgement",
			script: numbered + `
+.5   < FP. 401:501(100) ack 101 <ts 1140 250> id 903
+.05  > F. 101:101(0) ack 502 <ts 400 1140> id 14
+.02  < .  502:502(0) ack 102 <ts 1210 400> id 904`,
			want: []string{"three-way closer=server\nuncertain shape [simultaneous three-way four-way]"},
		},
		{
			sentence: "a handshake repeated twice leaves a congestion window of one segment, in which a FIN can wait for the peer's",
			script: `
+0    > S  0:0(0) <mss 1460,sackOK,ts 100 0,ws 7>
+1    > S  0:0(0) <mss 1460,sackOK,ts 1100 0,ws 7>
+1    > S  0:0(0) <mss 1460,sackOK,ts 2100 0,ws 7>
+.02  < S. 0:0(0) ack 1 <mss 1460,sackOK,ts 500 2100,ws 7>
+.01  > .  1:1(0) ack 1 win 502 <ts 2130 500>
+.01  > P. 1:101(100) ack 1 win 502 <ts 2140 500>
+.02  < F. 1:1(0) ack 101 win 509 <ts 540 2140>
+.001 > F. 101:101(0) ack 2 win 509 <ts 2161 540>
+.02  < .  2:2(0) ack 102 win 509 <ts 561 2161>`,
			want: []string{"three-way closer=server\nuncertain client.states [FIN-WAIT-1 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]"},
		},
		{
			sentence: "one repetition leaves it as it is",
			script: `
+0    > S  0:0(0) <mss 1460,sackOK,ts 100 0,ws 7>
+1    > S  0:0(0) <mss 1460,sackOK,ts 1100 0,ws 7>
+.02  < S. 0:0(0) ack 1 <mss 1460,sackOK,ts 500 1100,ws 7>
+.01  > .  1:1(0) ack 1 win 502 <ts 1130 500>
+.01  > P. 1:101(100) ack 1 win 502 <ts 1140 500>
+.02  < F. 1:1(0) ack 101 win 509 <ts 540 1140>
+.001 > F. 101:101(0) ack 2 win 509 <ts 1161 540>
+.02  < .  2:2(0) ack 102 win 509 <ts 561 1161>`,
			want: []string{"three-way closer=server\nno uncertain"},
		},
		{
			sentence: "a FIN that its side's RST overtook was sent before that: its clock says so, and no socket was there any more",
			script: exchange + `
+.5   < P. 401:501(100) ack 101 <ts 1140 250>
+.02  > .  101:101(0) ack 501 <ts 790 1140>
+.01  > R  101:101(0)
+.01  > F. 101:101(0) ack 501 <ts 790 1140>`,
			want: []string{`rst-abort/half closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@10 CLOSED@10`},
		},
		{
			sentence: "where it was sent after the RST, somebody else had sent that",
			script: exchange + `
+.5   < P. 401:501(100) ack 101 <ts 1140 250>
+.02  > .  101:101(0) ack 501 <ts 790 1140>
+.01  > R  101:101(0)
+.01  > F. 101:101(0) ack 501 <ts 810 1140>`,
			want: []string{`rst-abort/half closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@11`},
		},
		{
			sentence: "who closed first is open, too, where a RST follows a FIN of which only a later copy was captured",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.02  < .  402:402(0) ack 102 <ts 1160 760>
+.3   < F. 401:401(0) ack 102 <ts 1460 760>
+.01  > R  102:102(0)`,
			want: []string{"rst-after-fin/simultaneous closer=both reset-by=client\nuncertain closer [client server both]"},
		},
	})
}

func TestAnAcknowledgementThatDrawsARSTFoundNoLastACK(t *testing.T) {
	given := exchange + `
+.5   < F. 401:401(0) ack 101 <ts 1140 250>
+.01  > F. 101:101(0) ack 402 <ts 760 1140>
+.2   > F. 101:101(0) ack 402 <ts 960 1140>
+5    < .  402:402(0) ack 102 <ts 6400 960>
`
	end := func(script string) (start int64, closed Transition) {
		td := judgeScript(t, script, Config{}, time.Second)[0]
		list := td.Ends[Client].States
		if list[len(list)-1].State != Closed {
			t.Fatal(brief(&td))
		}
		return td.Start, list[len(list)-1]
	}
	const ack, last = int64(5.88 * 1e9), int64(.88 * 1e9)
	if start, closed := end(given); closed.Earliest != start+ack || closed.Latest != NoTime {
		t.Errorf("taken in silence: CLOSED in [%d, %d]", closed.Earliest-start, closed.Latest-start)
	}
	if start, closed := end(given + "+.001 > R 102:102(0)"); closed.Earliest != start+last || closed.Latest != start+ack+1_000_000 {
		t.Errorf("answered by a RST: CLOSED in [%d, %d]", closed.Earliest-start, closed.Latest-start)
	}
}

func TestWhichCopyOfTheLastFINArrived(t *testing.T) {
	const first = `
+.5   < F. 401:401(0) ack 101 <ts 1140 250>
+.01  > F. 101:101(0) ack 402 <ts 760 1140>`
	runCases(t, []scriptCase{
		{
			sentence: "the acknowledgement that was repeated after the last copy did not overtake it: both came with the FIN",
			script: exchange + first + `
+.3   > F. 101:101(0) ack 402 <ts 1060 1140>
+.005 > .  102:102(0) ack 402 <ts 1065 1140>
+.02  < .  402:402(0) ack 102 <ts 1470 1060>`,
			want: []string{`retransmitted-fin/three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@12
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "the one that was repeated before the last copy came before it, most probably",
			script: exchange + first + `
+.005 > .  102:102(0) ack 402 <ts 765 1140>
+.3   > F. 101:101(0) ack 402 <ts 1065 1140>
+.02  < .  402:402(0) ack 102 <ts 1470 1065>`,
			want: []string{`retransmitted-fin/three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 FIN-WAIT-2@9? TIME-WAIT@12
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
		{
			sentence: "unless the answer to the last copy echoes what came between: a TIME-WAIT took that, so the first copy had arrived",
			script: exchange + first + `
+.005 > .  102:102(0) ack 402 <ts 765 1140>
+.3   > F. 101:101(0) ack 402 <ts 1065 1140>
+.02  < .  402:402(0) ack 102 <ts 1470 765>`,
			want: []string{`retransmitted-fin/three-way closer=server
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@8 TIME-WAIT@12
uncertain server.states [FIN-WAIT-2 TIME-WAIT CLOSED]`},
		},
	})
}

func TestAFINThatWasNotAcknowledgedAtOnceDidNotArrive(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "an end in FIN-WAIT-1 acknowledges the peer's FIN at once: it died of the RST without it",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.001 < F. 401:401(0) ack 101
+.02  < R  401:401(0)
+1    > R  402:402(0)`,
			want: []string{`rst-after-fin/simultaneous closer=both reset-by=both
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 CLOSED@10?
uncertain client.states [CLOSE-WAIT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT]`},
		},
		{
			sentence: "what an end sends long after a FIN passed acknowledges it, had it come",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.3   > P. 101:201(100) ack 401
+.02  < R  401:401(0)
+1    > R  201:201(0)`,
			want: []string{`rst-after-fin/half closer=server reset-by=both
client: SYN-SENT@1 ESTABLISHED@3 CLOSED@10?
uncertain client.states [CLOSE-WAIT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT]`},
		},
	})
}
