package flows

import "testing"

// Hosts that are spoken to without having a connection, by port scanners above all.

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
	})
}
