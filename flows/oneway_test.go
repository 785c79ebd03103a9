package flows

import (
	"testing"
	"time"
)

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
			sentence: "what came between a side's FIN and its RST was not captured",
			script: `
+0    > P. 100:200(100) ack 300
+1    > F. 200:200(0) ack 400
+1    > R. 201:201(0) ack 400`,
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
		{
			sentence: "a SYN-ACK alone may belong to a handshake of which the other direction was not captured",
			script: `
+0    < S. 300:300(0) ack 101`,
			want: []string{"unanswered/none\nuncertain class [unanswered rst-abort rst-after-fin open closing half-closed-stall vanished four-way three-way simultaneous retransmitted-fin]"},
		},
		{
			sentence: "with its SYN captured it was not answered",
			script: `
+0    > S  100:100(0)
+.02  < S. 300:300(0) ack 101`,
			want: []string{"unanswered/none\nno uncertain"},
		},
	})
}

func TestWhatMayHavePassedBeforeTheCapture(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "who answers with a RST and sent nothing in the capture may have closed before it",
			script: `
+0    < P. 300:400(100) ack 100
+.01  > R  100:100(0)`,
			want: []string{"rst-abort/none closer=client reset-by=client\nmark mid-stream @1\ncause possible no-socket client [1 2]\nno cause likely"},
		},
		{
			sentence: "who had sent data in it had not",
			script: `
+0    > P. 100:200(100) ack 300
+.01  < P. 300:400(100) ack 200
+.01  > R  200:200(0)`,
			want: []string{"rst-abort/none closer=client reset-by=client\ncause likely no-socket client [2 3]"},
		},
		{
			sentence: "a side that sent nothing since the capture began need not leak a socket: it may have closed before",
			script: `
+0    > F. 100:100(0) ack 300
+.01  < .  300:300(0) ack 101`,
			watched: 10 * time.Minute,
			want:    []string{"closing/half closer=client\nmark slow-close-wait server @2\ncause possible close-wait-leak server [1 2]\nno cause likely"},
		},
	})
}
