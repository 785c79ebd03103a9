package flows

import (
	"testing"
	"time"
)

// What sockets did that were left without an answer, or got one that had crossed something on its way.

// closedWindow is a side that asks a closed window again and again, at last in vain.
const closedWindow = exchange + `
+.5   > P. 101:1101(1000) ack 401
+.02  < .  401:401(0) ack 1101 win 0
+.2   > .  1100:1100(0) ack 401
+.02  < .  401:401(0) ack 1101 win 0
+.4   > .  1100:1100(0) ack 401
+.8   > .  1100:1100(0) ack 401
+1.6  > .  1100:1100(0) ack 401
+3.2  > .  1100:1100(0) ack 401
`

func TestWhatSocketsDoInSilence(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a SYN-ACK that crosses the ACK repeats one that was lost: the server did not drop the ACK",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1    > S  0:0(0)
+.0001 < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+.0001 < S. 0:0(0) ack 1
+.02  > P. 1:11(10) ack 1
+.02  < .  1:1(0) ack 11`,
			want: []string{"open/none\nno cause likely accept-queue-overflow\nno cause possible accept-queue-overflow"},
		},
		{
			sentence: "one that comes when the ACK must have arrived says that the server let it fall",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+1    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+2    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1`,
			want: []string{"open/none\ncause likely accept-queue-overflow server [3 4 6]"},
		},
		{
			sentence: "a RST before the next retransmission is due comes from a program that did not wait any longer",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.2   > P. 101:201(100) ack 401
+.4   > P. 101:201(100) ack 401
+.3   > R. 201:201(0) ack 401`,
			want: []string{`rst-abort/none closer=client reset-by=client
cause possible linger-zero client
no cause certain retransmission-timeout
no cause possible retransmission-timeout`},
		},
		{
			sentence: "one that comes when it is due may come from the timer, though not of Linux, which is silent",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.2   > P. 101:201(100) ack 401
+.4   > P. 101:201(100) ack 401
+.8   > R. 201:201(0) ack 401`,
			want: []string{`rst-abort/none closer=client reset-by=client
cause possible linger-zero client
cause possible retransmission-timeout client [8 10 11]`},
		},
		{
			sentence: "nor did the keep-alive give up before one more probe was due",
			script: exchange + `
+60   > .  100:100(0) ack 401
+10   > .  100:100(0) ack 401
+4    > R. 101:101(0) ack 401`,
			want: []string{`rst-abort/none closer=client reset-by=client
mark keepalive client @8
cause possible linger-zero client
no cause certain keepalive-timeout
uncertain rst [accepted ignored CLOSED]`},
		},
		{
			sentence: "what asks a closed window is no keep-alive, though Linux gives it that form",
			watched:  100 * time.Second,
			script:   closedWindow,
			want: []string{`vanished/none
no mark keepalive
cause likely retransmission-timeout client [12 15]
no cause likely keepalive-timeout`},
		},
		{
			sentence: "and where a RST follows, neither of the two is sure",
			script:   closedWindow + "+3.2 > R. 1101:1101(0) ack 401",
			want: []string{`rst-abort/none closer=client reset-by=client
cause possible keepalive-timeout client [12 15 16]
cause possible retransmission-timeout client [12 15 16]
cause possible linger-zero client
no cause certain keepalive-timeout`},
		},
		{
			sentence: "a RST long after the acknowledgement of the FIN does not answer that, which had led to FIN-WAIT-2",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+60   < .  400:400(0) ack 102
+.02  > .  102:102(0) ack 401
+60   < .  400:400(0) ack 102
+.02  > R  102:102(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 FIN-WAIT-2@9? CLOSED@13
no uncertain client.states`},
		},
		{
			sentence: "the RST that answers a challenge was not ignored: the old socket went, and the SYN is taken",
			script: exchange + `
+5    > S  5000:5000(0) win 64240
+.02  < .  401:401(0) ack 101
+.02  > R  101:101(0)
+.01  > S  5000:5000(0) win 64240
+.02  < S. 70000:70000(0) ack 5001
+.01  > .  5001:5001(0) ack 70001
+.01  > P. 5001:5101(100) ack 70001
+.01  < .  70001:70001(0) ack 5101`,
			want: []string{"open/none\nmark superseded @7", "open/none\nmark challenge-ack server @9\nno mark rst-ignored\nno uncertain"},
		},
		{
			sentence: "who aborts long after a RST had a socket then: that RST had not reached it",
			script: exchange + `
+.5   > R. 101:101(0) ack 401
+5    < R. 401:401(0) ack 101`,
			want: []string{`rst-abort/none closer=client reset-by=both
server: SYN-RECEIVED@2 ESTABLISHED@5 CLOSED@9
mark rst-ignored client @8`},
		},
		{
			sentence: "but not where the two can have crossed",
			script: exchange + `
+.5   > R. 101:101(0) ack 401
+.03  < R. 401:401(0) ack 101`,
			want: []string{"rst-abort/none closer=client reset-by=both\nserver: SYN-RECEIVED@2 ESTABLISHED@5 CLOSED@8?\nno mark rst-ignored"},
		},
		{
			sentence: "a side that goes on long after its RST never sent it: a packet filter on its host did",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.02  < R  401:401(0)
+.32  < F. 401:401(0) ack 101 <ts 1500 250>
+.02  > R  101:101(0)`,
			want: []string{`rst-abort/half closer=server reset-by=both
client: SYN-SENT@1 ESTABLISHED@3 CLOSED@9?
server: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@10 CLOSED@11?
no cause likely no-socket
uncertain cause [middlebox-reset no-socket]`},
		},
		{
			sentence: "an acknowledgement that echoes the first copy of the FIN and is captured after the second was late: nothing need be lost",
			script: exchange + `
+.5   > F. 101:101(0) ack 401 <ts 760 640>
+.25  > F. 101:101(0) ack 401 <ts 1010 640>
+.05  < .  401:401(0) ack 102 <ts 1200 760>
+.2   < .  401:401(0) ack 102 <ts 1400 1010,sack 101:102>
+.5   < F. 401:401(0) ack 102 <ts 1900 1010>
+.02  > .  102:102(0) ack 402`,
			want: []string{`retransmitted-fin/four-way closer=client
no mark ack-of-fin-lost
no cause certain fin-ack-lost
no cause likely fin-lost`},
		},
		{
			sentence: "nor was the last ACK lost where the one of another copy of the FIN finds no socket: it had been late",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.3   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.02  < R  402:402(0)`,
			want: []string{`retransmitted-fin/three-way closer=client
mark rst-after-close server @13
cause likely time-wait-assassination client [12 13]
no mark last-ack-lost
no cause certain last-ack-lost
no cause likely fin-lost`},
		},
		{
			sentence: "a FIN after a RST that was accepted meets no socket",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.02  < R  401:401(0)
+.32  < F. 401:401(0) ack 101 <ts 1500 250>`,
			want: []string{"rst-abort/half closer=server reset-by=server\nclient: SYN-SENT@1 ESTABLISHED@3 CLOSED@9?\nserver: SYN-RECEIVED@2 ESTABLISHED@5 FIN-WAIT-1@10"},
		},
		{
			sentence: "a SYN-ACK that comes again when its server has acknowledged data is old",
			script: exchange + `
+3    < S. 0:0(0) ack 1
+.01  > .  101:101(0) ack 401`,
			want: []string{"open/none\nno cause possible accept-queue-overflow"},
		},
		{
			sentence: "who repeats data long after a RST did not get it",
			script: exchange + `
+.5   < P. 401:501(100) ack 101 <ts 1400 250>
+.001 > R. 101:101(0) ack 401
+.3   < P. 401:501(100) ack 101 <ts 1700 250>
+.6   < P. 401:501(100) ack 101 <ts 2300 250>
+1.2  < P. 401:501(100) ack 101 <ts 3500 250>`,
			want: []string{"rst-abort/none closer=client reset-by=client\nserver: SYN-RECEIVED@2 ESTABLISHED@5\nmark rst-ignored client @9"},
		},
		{
			sentence: "who repeats it sooner may not have got it",
			script: exchange + `
+.5   < P. 401:501(100) ack 101 <ts 1400 250>
+.001 > R. 101:101(0) ack 401
+.3   < P. 401:501(100) ack 101 <ts 1700 250>
+.001 > R  101:101(0)`,
			want: []string{"rst-abort/none closer=client reset-by=client\nno mark rst-ignored\nuncertain rst [accepted ignored]"},
		},
		{
			sentence: "who still asks whether its peer is there did not get the RST either",
			script: exchange + `
+.5   > R. 101:101(0) ack 401
+60   < .  400:400(0) ack 101
+.01  > R  101:101(0)`,
			want: []string{"rst-abort/none closer=client reset-by=client\nserver: SYN-RECEIVED@2 ESTABLISHED@5 CLOSED@10?\nmark rst-ignored client @8"},
		},
	})
}
