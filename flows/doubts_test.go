package flows

import "testing"

// What only a segment that is missing in the capture could decide.

func TestWhatWasNotCapturedIsDoubted(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "a FIN that its receiver has twice, but the capture once, came again",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.3   > .  102:102(0) ack 402 <sack 401:402>`,
			want: []string{"four-way closer=client\nuncertain class [retransmitted-fin simultaneous three-way four-way]"},
		},
		{
			sentence: "a RST with the number after its sender's FIN says that the FIN had been acknowledged",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.3   < R  402:402(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=server
uncertain class [rst-after-fin four-way three-way simultaneous retransmitted-fin]
uncertain server.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]`},
		},
	})
}
