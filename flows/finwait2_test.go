package flows

import (
	"testing"
	"time"
)

// RSTs of ends that had sent their FIN.

func TestAFinWait2ThatEndsEarly(t *testing.T) {
	const halfClosed = exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
`
	runCases(t, []scriptCase{
		{
			sentence: "a FIN that finds no socket after ten seconds tells of a short tcp_fin_timeout, perhaps",
			script: halfClosed + `
+10   < F. 401:401(0) ack 102
+.01  > R  102:102(0)`,
			watched: 5 * time.Second,
			want:    []string{"rst-after-fin/half closer=client reset-by=client\ncause possible fin-wait-2-expired client [8 9 10 11]"},
		},
		{
			sentence: "so does a keep-alive probe, which the orphan would have acknowledged",
			script: halfClosed + `
+10   < .  400:400(0) ack 102
+.01  > R  102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\ncause possible fin-wait-2-expired client [8 9 10 11]"},
		},
		{
			sentence: "data draws a RST from an orphan as well: that says enough",
			script: halfClosed + `
+10   < P. 401:501(100) ack 102
+.01  > R  102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\ncause certain data-after-close client [8 10 11]\nno cause possible fin-wait-2-expired"},
		},
		{
			sentence: "no timeout is as short as some milliseconds",
			script: halfClosed + `
+.05  < F. 401:401(0) ack 102
+.06  > R  102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\nno cause"},
		},
		{
			sentence: "where no acknowledgement had come before, there was no FIN-WAIT-2 yet",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > R  102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\nno cause"},
		},
	})
}

func TestDataThatDrawsAnAbortAfterTheFIN(t *testing.T) {
	const data = exchange + `
+.5   > F. 101:101(0) ack 401
+.058 < .  401:401(0) ack 102
+.001 < P. 401:418(17) ack 102
`
	runCases(t, []scriptCase{
		{
			sentence: "Windows answers data after close() in the form of an abort",
			script: data + `
+.00003 > R. 102:102(0) ack 418 ttl 128
+.001 < F. 418:418(0) ack 102`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
cause likely data-after-close client [8 10 11]
cause possible closed-with-unread-data client [10 11]
cause possible linger-zero client [10 11]`},
		},
		{
			sentence: "on Linux a program can have closed with the data unread as well",
			script: data + `
+.00003 > R. 102:102(0) ack 418
+.001 < F. 418:418(0) ack 102`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
cause possible data-after-close client [8 10 11]
cause possible closed-with-unread-data client [10 11]
cause possible linger-zero client [10 11]`},
		},
		{
			sentence: "an abort that lets the data wait is a program's",
			script: data + `
+.2   > R. 102:102(0) ack 418 ttl 128`,
			want: []string{`rst-after-fin/half closer=client reset-by=client
no cause likely data-after-close
no cause possible data-after-close
cause possible closed-with-unread-data client [10 11]`},
		},
	})
}

func TestAnAbortOfASideThatGotSomethingSinceItsFIN(t *testing.T) {
	const halfClosed = exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
`
	runCases(t, []scriptCase{
		{
			sentence: "an abort of a side that got nothing since its FIN is the kernel's",
			script: halfClosed + `
+.01  > R. 102:102(0) ack 401`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\ncause likely linger2-negative client [8 10]"},
		},
		{
			sentence: "one that acknowledges octets which were not captured answers those, or left them unread",
			script: halfClosed + `
+.2   > R. 102:102(0) ack 418`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\nno cause likely linger2-negative\ncause possible closed-with-unread-data client [9 10]"},
		},
		{
			sentence: "a reply that comes late after the acknowledgement of the FIN answers something that was not captured",
			script: halfClosed + `
+.06  > R  102:102(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\nno cause likely linger2-negative"},
		},
	})
}
