package flows

import "testing"

// What sockets did that were left without an answer, or got one that had crossed something on its way.

func TestWhatIsAskedAgain(t *testing.T) {
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
	})
}
