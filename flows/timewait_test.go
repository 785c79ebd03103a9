package flows

import "testing"

// SYNs on a five-tuple whose TIME-WAIT one side still holds.

func TestWhoseTimeWaitIsTakenOver(t *testing.T) {
	const closedByClient = exchange + `
+.5   > F. 101:101(0) ack 401 <ts 770 640>
+.02  < F. 401:401(0) ack 102 <ts 1180 770>
+.01  > .  102:102(0) ack 402 <ts 800 1180>
`
	runCases(t, []scriptCase{
		{
			sentence: "a client that closed first takes over its own",
			script: closedByClient + `
+5    > S  90000:90000(0) <ts 9000 0>
+.02  < S. 70000:70000(0) ack 90001
+.01  > .  90001:90001(0) ack 70001`,
			want: []string{"three-way closer=client", "open/none\nmark time-wait-reused client @12\nno mark time-wait-reused server\nmark port-reused @11"},
		},
		{
			sentence: "where the client had closed first, a server that challenges its SYN has a socket of another state",
			script: closedByClient + `
+5    > S  50:50(0) <ts 9000 0>
+.02  < .  402:402(0) ack 102
+.01  > R  102:102(0)
+1    > S  50:50(0)
+.02  < S. 70000:70000(0) ack 51
+.01  > .  51:51(0) ack 70001`,
			want: []string{"three-way closer=client", "open/none\nmark challenge-ack server @12\nno mark time-wait-challenged\nno cause certain time-wait-challenge"},
		},
	})
}
