package flows

import "testing"

// What scanners send, and stacks that keep no account of their numbers.

func TestScans(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a RST at number 0 answers a segment without an acknowledgement, also in mid-stream: no socket sent it",
			script: `
+0    > F  100:100(0)
+.001 < R. 0:0(0) ack 101`,
			want: []string{`rst-after-fin/half closer=client reset-by=server
cause possible no-socket server [1 2]
no cause possible linger-zero`},
		},
		{
			sentence: "a FIN in the midst of payload that was sent before is odd, no later copy of one that was not captured",
			script: exchange + `
+1    < P. 401:460(59) ack 101
+.03  > F. 101:101(0) ack 401
+.001 < .  401:401(0) ack 102
+.001 < F. 401:401(0) ack 102
+1    > R  102:102(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
mark odd-flags server @11
no mark fin-retransmitted
no mark fin-not-captured
no uncertain closer
no uncertain shape`},
		},
	})
}
