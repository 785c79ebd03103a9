package flows

import "testing"

// What the kernel lab found of RSTs, as scripts.

func TestWhatTheKernelTaughtOfResets(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a segment so soon after a RST with the expected number may have been under way: the RST counts, and that is open",
			script: exchange + `
+.5   < R. 401:401(0) ack 101 <ts 900 250>
+.2   > F. 101:101(0) ack 401 <ts 900 640>
+.1   < R  401:401(0)`,
			want: []string{`rst-abort/half closer=server reset-by=server
no mark rst-ignored
uncertain rst [accepted ignored]
uncertain class [rst-abort rst-after-fin]
uncertain closer [client server both]`},
		},
		{
			sentence: "what comes long after it shows that the RST never arrived",
			script: exchange + `
+.5   < R. 401:401(0) ack 101 <ts 900 250>
+3    > F. 101:101(0) ack 401 <ts 4000 640>
+.1   < R  401:401(0)`,
			want: []string{"rst-abort/half closer=server reset-by=server\nmark rst-ignored server @8\nno uncertain class"},
		},
		{
			sentence: "an abort that is challenged, because what it counts was lost, was sent all the same",
			script: exchange + `
+.5   < R. 601:601(0) ack 101
+.001 > .  101:101(0) ack 401 <ts 900 640>
+.02  > F. 101:101(0) ack 401 <ts 920 640>
+.02  < R  401:401(0)`,
			want: []string{"rst-abort/half closer=server reset-by=server\nmark rst-ignored server @8\nmark challenge-ack client @9"},
		},
		{
			sentence: "a server that refuses the SYN after it had answered it has forgotten the connection",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1    > S  0:0(0)
+.02  < R. =0:0(0) ack 1`,
			want: []string{"rst-abort/none closer=server reset-by=server\nserver: SYN-RECEIVED@2 CLOSED@4"},
		},
		{
			sentence: "a bare acknowledgement of the SYN does not show that the server has got the handshake's last segment",
			script: `
+0    > S  0:0(0)
+1    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.01  > .  1:1(0) ack 1
+.01  < .  1:1(0) ack 1
+3    > P. 1:101(100) ack 1
+.02  < R  1:1(0)`,
			want: []string{"rst-abort/none closer=server reset-by=server\nserver: SYN-RECEIVED@3 ESTABLISHED@4? CLOSED@7"},
		},
		{
			sentence: "one sign alone does not prove that a box sent the RST, and does not let it be excluded",
			script: exchange + `
+.03  < R  401:401(0) ttl 47`,
			want: []string{"rst-abort/none closer=server reset-by=server\nuncertain cause [middlebox-reset no-socket linger-zero]"},
		},
		{
			sentence: "close() with a negative linger2 before the FIN is acknowledged answers that acknowledgement with a RST",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.0001 > R 102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\ncause likely linger2-negative client [8 10]"},
		},
		{
			sentence: "the RST that answers a challenge is no forgery, however late it comes",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.02  > F. 101:101(0) ack 402
+.01  < .  402:402(0) ack 102
+5    > S  50:50(0) win 64240
+.02  < .  402:402(0) ack 102
+.9   > R  102:102(0)
+.1   > S  50:50(0) win 64240
+.02  < S. 70000:70000(0) ack 51
+.01  > .  51:51(0) ack 70001
+.01  > P. 51:151(100) ack 70001`,
			want: []string{"three-way closer=server", "open/none\nmark time-wait-challenged server @12\nno mark forged-rst-suspected\nno cause likely middlebox-reset"},
		},
		{
			sentence: "data that draws a RST may have come before or after the acknowledgement of the FIN, where that came again",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < P. 401:501(100) ack 102
+.2   > F. 101:101(0) ack 401 <ts 990 640>
+.001 < .  501:501(0) ack 102
+.005 > R  102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\nclient: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 CLOSED@13\nuncertain client.states [FIN-WAIT-2 TIME-WAIT CLOSED]"},
		},
		{
			sentence: "an acknowledgement without a timestamp right after a RST was sent before it, if that acknowledged as much",
			script: exchange + `
+.5   < P. 401:501(100) ack 101
+.02  > R. 101:101(0) ack 501
+.001 > .  101:101(0) ack 501
+.05  < F. 501:501(0) ack 101
+.02  > R  101:101(0)`,
			want: []string{"rst-abort/half closer=client reset-by=client"},
		},
		{
			sentence: "one that acknowledges what came since was sent after it, by somebody who has a socket",
			script: exchange + `
+.5   < P. 401:501(100) ack 101
+.02  > R. 101:101(0) ack 501
+.001 < P. 501:601(100) ack 101
+.02  > .  101:101(0) ack 601
+.05  < F. 601:601(0) ack 101
+.02  > F. 101:101(0) ack 602
+.02  < .  602:602(0) ack 102`,
			want: []string{"three-way closer=server\nmark rst-ignored client @9"},
		},
		{
			sentence: "the RST of a host whose socket is gone ends the conversation, also where it is lost and the other side repeats itself",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.03  > P. 101:201(100) ack 402 <ts 900 1160>
+.005 < R  402:402(0)
+.6   > P. 101:201(100) ack 402 <ts 1500 1160>
+1.2  > P. 101:201(100) ack 402 <ts 2700 1160>`,
			want: []string{"rst-after-fin/half closer=server reset-by=server\nmark rst-ignored server @10"},
		},
		{
			sentence: "of several RSTs before a FIN that crossed the last one it is this that counts",
			script: exchange + `
+.1   < P. 801:1201(400) ack 101
+.02  < P. 401:801(400) ack 101
+.01  > .  101:101(0) ack 401
+.001 > .  101:101(0) ack 401
+.001 > .  101:101(0) ack 801
+.001 > .  101:101(0) ack 1201
+.015 < R  401:401(0)
+.001 < R  401:401(0)
+.001 < R  801:801(0)
+.02  < R  1201:1201(0)
+.001 > F. 101:101(0) ack 1201
+.02  < R  1201:1201(0)`,
			want: []string{"rst-abort/half closer=server reset-by=server"},
		},
		{
			sentence: "a server that has no socket for the second ACK may have opened with the first one, and closed since",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.002 < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+.003 > .  1:1(0) ack 1
+.05  < R  1:1(0)`,
			want: []string{"rst-abort/none closer=server reset-by=server\nuncertain server.states [ESTABLISHED CLOSED]"},
		},
		{
			sentence: "one that aborts had opened, also where it had let an ACK fall",
			script: `
+0    > S  0:0(0)
+.08  < S. 0:0(0) ack 1
+.001 > .  1:1(0) ack 1
+1    < S. 0:0(0) ack 1
+.001 > .  1:1(0) ack 1
+.005 < S. 0:0(0) ack 1
+.08  < R. 1:1(0) ack 1`,
			want: []string{"rst-abort/none closer=server reset-by=server\nserver: SYN-RECEIVED@2 ESTABLISHED@3? CLOSED@7"},
		},
		{
			sentence: "an old copy of the SYN that opens another socket at the server begins no other life: the client's socket goes on",
			script: `
+0    > S  0:0(0)
+1    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.001 > .  1:1(0) ack 1
+.1   < S. 2000000:2000000(0) ack 1
+.05  > F. 1:1(0) ack 1
+.02  < R  1:1(0)
+1    < S. 2000000:2000000(0) ack 1`,
			want: []string{"rst-after-fin/half closer=client reset-by=server\nmark odd-flags server @5"},
		},
	})
}
