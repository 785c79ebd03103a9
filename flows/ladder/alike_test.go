package ladder

import (
	"strings"
	"testing"
)

const talk = `
+0    > S  0:0(0) win 64240 <mss 1460>
+.02  < S. 0:0(0) ack 1 win 65160 <mss 1460>
+.01  > .  1:1(0) ack 1 win 502
+.01  > P. 1:101(100) ack 1 win 502
+.02  < P. 1:401(400) ack 101 win 502
+.01  > .  101:101(0) ack 401 win 502
`

// TestWhatLooksAlikeIsTakenForWhatTheVerdictTakesIt: the picture shows no keep-alives and no second captures that it denies.
func TestWhatLooksAlikeIsTakenForWhatTheVerdictTakesIt(t *testing.T) {
	for name, c := range map[string]struct{ script, want, not string }{
		"probes of a closed window in the form of keep-alives": {
			script: `
+.5   > P. 101:1101(1000) ack 401 win 502
+.02  < .  401:401(0) ack 1101 win 0
+.2   > .  1100:1100(0) ack 401 win 502
+.02  < .  401:401(0) ack 1101 win 0
+.4   > .  1100:1100(0) ack 401 win 502
+.02  < .  401:401(0) ack 1101 win 0
+.8   > .  1100:1100(0) ack 401 win 502
+.02  < .  401:401(0) ack 1101 win 0
+.5   > R. 1101:1101(0) ack 401 win 502`,
			want: "window probe", not: "keep-alive",
		},
		"answers to a burst": {
			script: `
+.5   > P. 101:1101(1000) ack 401 win 502 id 8
+0    > P. 1101:2101(1000) ack 401 win 502 id 9
+.02  < R  401:401(0) sum 77
+.0001 < R 401:401(0) sum 77`,
			want: "RST seq 401 #10", not: "captured twice",
		},
		"a burst and its answer that were captured twice": {
			script: `
+.5   > P. 101:1101(1000) ack 401 win 502 id 8 sum 78
+.0001 > P. 101:1101(1000) ack 401 win 502 id 8 sum 78
+.02  < R  401:401(0) sum 77
+.0001 < R 401:401(0) sum 77`,
			want: "2 segments captured twice", not: "#10",
		},
	} {
		t.Run(name, func(t *testing.T) {
			td, segs := judged(t, talk+c.script, 0)
			if text := painted(t, td, segs, 130, Options{}); !strings.Contains(text, c.want) || strings.Contains(text, c.not) {
				t.Errorf("no %q, or %q, in\n%s", c.want, c.not, text)
			}
		})
	}
}
