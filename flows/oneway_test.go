package flows

import "testing"

// Captures of one direction: what the other one hid.

func TestOneDirection(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a server that aborts a socket had opened it, though the handshake's last segment was not captured",
			script: `
+0    < S. 300:300(0) ack 101
+1    < R. 301:301(0) ack 101`,
			want: []string{"rst-abort/none closer=server reset-by=server\nno mark handshake-aborted\nno cause certain\ncause possible linger-zero server [2]"},
		},
		{
			sentence: "a reply may come in the handshake, or long after it",
			script: `
+0    < S. 300:300(0) ack 101
+1    < R  301:301(0)`,
			want: []string{"rst-abort/none closer=server reset-by=server\ncause possible handshake-aborted server [1 2]\nno cause certain"},
		},
		{
			sentence: "a RST after its side's FIN may answer data that was not captured",
			script: `
+0    > P. 100:200(100) ack 300
+1    > F. 200:200(0) ack 400
+1    > R. 201:201(0) ack 417`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\ncause possible linger2-negative client [2 3]\nno cause likely"},
		},
		{
			sentence: "the other side may have closed, and the close may be over",
			script: `
+0    > P. 100:200(100) ack 300
+.1   > .  200:200(0) ack 400
+1    > F. 200:200(0) ack 400`,
			want: []string{`closing/half closer=client
uncertain class [unanswered rst-abort rst-after-fin open closing half-closed-stall vanished four-way three-way simultaneous retransmitted-fin]`},
		},
	})
}
