package flows

import (
	"testing"
	"time"
)

func TestResets(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "an active abort: SO_LINGER 0 or unread data, which the wire cannot tell apart",
			script: exchange + `
+.5   > R. 101:101(0) ack 401`,
			want: []string{`rst-abort/none closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3 CLOSED@8
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSED@8?
cause possible closed-with-unread-data client [6 8]
cause possible linger-zero client [6 8]`},
		},
		{
			sentence: "an abort by the side that spoke last: it may have answered without reading all",
			script: exchange + `
+.5   < R. 401:401(0) ack 101`,
			want: []string{`rst-abort/none closer=server reset-by=server
cause possible linger-zero server [7 8]
cause possible closed-with-unread-data server [7 8]`},
		},
		{
			sentence: "an abort by a side that was sent nothing had nothing unread",
			script: handshake + `
+.01  > P. 1:101(100) ack 1
+.02  < .  1:1(0) ack 101
+.5   > R. 101:101(0) ack 1`,
			want: []string{`rst-abort/none closer=client reset-by=client
cause possible linger-zero client [5 6]
no cause possible closed-with-unread-data`},
		},
		{
			sentence: "a bare RST that nothing drew: Apple's systems abort so, and no segment that was captured met a host without a socket",
			script: exchange + `
+40   > R  101:101(0)`,
			want: []string{`rst-abort/none closer=client reset-by=client
mark idle-before-close @8
cause possible linger-zero client
cause possible no-socket client
no cause likely no-socket`},
		},
		{
			sentence: "data after close() draws a reply RST for every segment",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < P. 401:501(100) ack 102
+.01  > R  102:102(0)
+.01  < P. 501:601(100) ack 102
+.01  > R  102:102(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
cause certain data-after-close client [8 10 11]
no cause possible linger`},
		},
		{
			sentence: "a FIN so late that FIN-WAIT-2 had run out draws a reply",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+70   < F. 401:401(0) ack 102
+.01  > R  102:102(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
mark slow-close-wait server @9
cause likely fin-wait-2-expired client [8 9 10 11]`},
		},
		{
			sentence: "what crosses a RST on its way reaches no socket, and its sender was there until the RST reached it",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.01  < P. 401:501(100) ack 101
+.01  > R  102:102(0)
+.01  < F. 501:501(0) ack 102`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 CLOSED@10
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSE-WAIT@11 LAST-ACK@11? CLOSED@10?`},
		},
		{
			sentence: "a server that resets while the third segment of the handshake is on its way never got it",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.01  < R. 1:1(0) ack 1
+.001 > .  1:1(0) ack 1`,
			want: []string{`rst-abort/none closer=server reset-by=server
client: SYN-SENT@1 ESTABLISHED@4 CLOSED@3?
server: SYN-RECEIVED@2 CLOSED@3`},
		},
		{
			sentence: "an uncaught octet, taken for a FIN until more was acknowledged, makes no RST one after a FIN",
			script: exchange + `
+.5   > .  101:101(0) ack 402
+.01  < R. 402:402(0) ack 101
+.001 > P. 101:201(100) ack 502`,
			want: []string{`rst-abort/none closer=server reset-by=server
mark capture-gap server
no mark fin-not-captured`},
		},
		{
			sentence: "two RSTs, and what crossed them: the second one is no answer to anything",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.01  < P. 401:501(100) ack 101
+.01  > R  102:102(0)
+.003 > R  102:102(0)
+.007 < F. 501:501(0) ack 102`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
cause certain data-after-close client [8 9 10]
no mark rst-ignored`},
		},
		{
			sentence: "a FIN that passed says that the opening was over, though its SYN-ACK was not captured: the reply shows a socket gone",
			script: `
+0    > S  0:0(0)
+.03  > .  1:1(0) ack 1
+.01  > F. 1:1(0) ack 1
+.02  < .  1:1(0) ack 2
+.1   < FP. 1:101(100) ack 2
+.01  > R  2:2(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3? FIN-WAIT-1@3 FIN-WAIT-2@4? CLOSED@6`},
		},
		{
			sentence: "a refused SYN",
			script: `
+0    > S  0:0(0)
+.02  < R. =0:0(0) ack 1`,
			want: []string{`refused/none closer=server reset-by=server
client: SYN-SENT@1 CLOSED@2?
cause certain listen-refused server [1 2]
no mark handshake-aborted`},
		},
		{
			sentence: "a SYN refused by ICMP",
			script: `
+0    > S  0:0(0)
+.02  > S  0:0(0) icmp prohibited`,
			want: []string{"refused/none\nmark icmp-prohibited client @2\ncause certain icmp-refused [1 2]"},
		},
		{
			sentence: "a client that resets the SYN-ACK aborts the handshake",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.01  > R  1:1(0)`,
			want: []string{`rst-abort/none closer=client reset-by=client
server: SYN-RECEIVED@2 CLOSED@3?
mark handshake-aborted client @3
cause certain handshake-aborted client [1 3]`},
		},
		{
			sentence: "SYNs into silence are unanswered, and filtered in all likelihood",
			script: `
+0    > S  0:0(0)
+1    > S  0:0(0)
+2    > S  0:0(0)`,
			watched: time.Minute,
			want:    []string{"unanswered/none\nclient: SYN-SENT@1\ncause likely filtered [1 2 3]"},
		},
		{
			sentence: "a reply out of nowhere, after a long silence: the host knows nothing of the connection",
			script: exchange + `
+350  > P. 101:201(100) ack 401
+.02  < R  401:401(0)`,
			want: []string{"rst-abort/none closer=server reset-by=server\nmark idle-before-close\ncause likely no-socket server [8 9]"},
		},
		{
			sentence: "a RST out of the window is ignored, whatever follows",
			script: exchange + `
+.5   < R  900000:900000(0) ttl 64
+1    > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201`,
			want: []string{"open/none\nmark rst-ignored server @8\nmark rst-out-of-window server @8"},
		},
		{
			sentence: "where the SYN that scales the window was not captured, a RST beyond octets that were not may lie in it",
			script: `
+0    > S  0:0(0) win 64240 <mss 1460,sackOK,ts 100 0,ws 10>
+.04  > P. 1:101(100) ack 1 win 63
+.02  < .  1:1(0) ack 101 win 2
+.5   > R. 701:701(0) ack 1 win 63`,
			want: []string{"rst-abort/none closer=client reset-by=client\nno mark rst-out-of-window\nno mark rst-ignored"},
		},
		{
			sentence: "where the other SYN was, and offers no scale, none is taken for it",
			script: `
+0    > S  0:0(0) win 64240 <mss 1460,sackOK,ts 100 0>
+.04  > P. 1:101(100) ack 1 win 63
+.02  < .  1:1(0) ack 101 win 2
+.5   > R. 701:701(0) ack 1 win 63`,
			want: []string{"open/none\nmark rst-ignored client @4\nmark rst-out-of-window client @4"},
		},
		{
			sentence: "a RST in the window, not at its edge, draws a challenge ACK",
			script: exchange + `
+.5   < R. 5000:5000(0) ack 101
+.01  > .  101:101(0) ack 401 <ts 400 640>
+1    > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201`,
			want: []string{"open/none\nmark rst-ignored server @8\nmark challenge-ack client @9"},
		},
		{
			sentence: "a RST after both FINs were acknowledged is a mark and no class",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.01  < R  402:402(0)`,
			want: []string{"three-way closer=client\nmark rst-after-close server @11"},
		},
		{
			sentence: "an old duplicate draws an ACK from TIME-WAIT, the ACK a RST: assassination",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+2    < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.02  < R  402:402(0)`,
			want: []string{`retransmitted-fin/three-way closer=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 TIME-WAIT@10 CLOSED@13?
mark time-wait-assassinated client @13
cause likely time-wait-assassination client
uncertain rst [TIME-WAIT CLOSED]`},
		},
		{
			sentence: "keep-alive probes into silence, then RST",
			script: exchange + `
+60   > .  100:100(0) ack 401
+10   > .  100:100(0) ack 401
+10   > .  100:100(0) ack 401
+10   > R. 101:101(0) ack 401`,
			want: []string{`rst-abort/none closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3 CLOSED@11
server: SYN-RECEIVED@2 ESTABLISHED@5
mark keepalive client @8
cause certain keepalive-timeout client [8 10 11]
no cause possible linger-zero
uncertain rst [accepted ignored CLOSED]`},
		},
		{
			sentence: "probes that were answered leave no doubt that the RST after them arrives",
			script: exchange + `
+60   > .  100:100(0) ack 401
+.02  < .  401:401(0) ack 101
+10   > .  100:100(0) ack 401
+.02  < .  401:401(0) ack 101
+10   > R. 101:101(0) ack 401`,
			want: []string{`rst-abort/none closer=client reset-by=client
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSED@12?
no uncertain`},
		},
		{
			sentence: "retransmissions into silence to the end: the peer vanished",
			script: exchange + `
+1    > P. 101:201(100) ack 401
+.2   > P. 101:201(100) ack 401
+.4   > P. 101:201(100) ack 401
+.8   > P. 101:201(100) ack 401`,
			watched: time.Minute,
			want:    []string{"vanished/none\ncause likely peer-vanished server\ncause likely retransmission-timeout client"},
		},
		{
			sentence: "shutdown(SHUT_WR) reads on",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.5   < P. 401:1401(1000) ack 102
+.01  > .  102:102(0) ack 1401
+.5   < F. 1401:1401(0) ack 102
+.01  > .  102:102(0) ack 1402`,
			want: []string{"four-way closer=client\nmark data-after-fin server @10\ncause likely shutdown-write client [8 10 11]"},
		},
		{
			sentence: "a RST whose TTL and timing are not its sender's, and after which that one goes on, came from the network",
			script: exchange + `
+1    > P. 101:201(100) ack 401 ttl 64
+.001 < R. 401:401(0) ack 201 ttl 200
+.02  < .  401:401(0) ack 201
+.01  < P. 401:501(100) ack 201
+.03  > R  201:201(0)`,
			want: []string{"rst-abort/none closer=server reset-by=network\nmark forged-rst-suspected server @9\ncause likely middlebox-reset network"},
		},
		{
			sentence: "a RST that its supposed sender never sent killed the receiver, whose reply to the next segment shows it",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.002 > R  201:201(0)
+.02  < .  401:401(0) ack 201
+5    > P. 201:301(100) ack 401
+.02  < R  401:401(0)`,
			want: []string{`rst-abort/none closer=client reset-by=network
client: SYN-SENT@1 ESTABLISHED@3 CLOSED@12?
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSED@9?
mark forged-rst-suspected client @9
cause likely middlebox-reset network`},
		},
	})
}

func TestABoxThatResetsBothSides(t *testing.T) {
	runCases(t, []scriptCase{{
		sentence: "bare RSTs to both sides, from another distance, and nothing that drew them",
		script: exchange + `
+.5   > R  101:101(0) ttl 47
+.00001 < R 401:401(0) ttl 47`,
		want: []string{"rst-abort/none closer=client reset-by=network\nmark forged-rst-suspected client @8\nmark forged-rst-suspected server @9\ncause likely middlebox-reset network"},
	}})
}

func TestLives(t *testing.T) {
	closed := exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402 <ts 800 700>
`
	closedByServer := exchange + `
+.5   < F. 401:401(0) ack 101
+.02  > F. 101:101(0) ack 402
+.01  < .  402:402(0) ack 102
`
	runCases(t, []scriptCase{
		{
			sentence: "trap 7: a SYN into TIME-WAIT that is accepted reuses it",
			script: closedByServer + `
+5    > S  90000:90000(0) <ts 9000 0>
+.02  < S. 70000:70000(0) ack 90001
+.01  > .  90001:90001(0) ack 70001`,
			want: []string{"three-way closer=server", "open/none\nmark time-wait-reused server @12\nmark port-reused @11"},
		},
		{
			sentence: "trap 7: challenged, reset, and tried again",
			script: closedByServer + `
+5    > S  50:50(0)
+.02  < .  402:402(0) ack 102
+.01  > R  102:102(0)
+1    > S  50:50(0)
+.02  < S. 70000:70000(0) ack 51
+.01  > .  51:51(0) ack 70001`,
			want: []string{"three-way closer=server\nno mark rst-after-close", "open/none\nmark time-wait-challenged server @12\ncause certain time-wait-challenge server [11 12]"},
		},
		{
			sentence: "trap 7: dropped because its timestamp is older",
			script: closedByServer + `
+5    > S  90000:90000(0) <ts 5 0>
+1    > S  90000:90000(0) <ts 5 0>`,
			watched: 10 * time.Second,
			want:    []string{"three-way closer=server", "unanswered/none\nmark paws-syn-drop-suspected server @11\ncause likely paws-drop server"},
		},
		{
			sentence: "a blind SYN that is merely challenged takes nothing from the conversation",
			script: exchange + `
+1    > S  777000:777000(0)
+.02  < .  401:401(0) ack 101
+.5   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201
+.5   > F. 201:201(0) ack 401
+.02  < F. 401:401(0) ack 202
+.01  > .  202:202(0) ack 402`,
			want: []string{"three-way closer=client\nno mark superseded", "unanswered/none\nmark challenge-ack server @9"},
		},
		{
			sentence: "a conversation that another one took over is superseded",
			script: exchange + `
+100  > S  777000:777000(0)
+.02  < S. 900:900(0) ack 777001
+.01  > .  777001:777001(0) ack 901`,
			want: []string{"open/none\nmark superseded @7", "open/none\nmark port-reused @8"},
		},
		{
			sentence: "after 2 MSL of silence a closed conversation is final, and what follows is another one",
			script: closed + `
+61   > P. 200:300(100) ack 500`,
			want: []string{"three-way closer=client\nclient: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 TIME-WAIT@10 CLOSED@timer", "open/none\nmark mid-stream @11"},
		},
		{
			sentence: "a lone RST is too little to say more",
			script:   "+0 < R 100:100(0)",
			want:     []string{"partial/none closer=server reset-by=server"},
		},
	})
}
