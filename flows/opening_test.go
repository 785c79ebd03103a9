package flows

import (
	"testing"
	"time"
)

// Handshakes that do not go as they should.

func TestASYNACKAfterARST(t *testing.T) {
	const refusedSYNACK = `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.01  > R  1:1(0)
`
	runCases(t, []scriptCase{
		{
			sentence: "a server that repeats its SYN-ACK has not got the RST before, and gets the one that answers it",
			script: refusedSYNACK + `
+1    < S. 0:0(0) ack 1
+.01  > R  1:1(0)
+2    < S. 0:0(0) ack 1
+.01  > R  1:1(0)`,
			watched: 5 * time.Second,
			want: []string{`rst-abort/none closer=client reset-by=client
client: SYN-SENT@1 CLOSED@3
server: SYN-RECEIVED@2 CLOSED@7?
mark rst-ignored client @3
mark rst-ignored client @5
no mark rst-ignored client @7
mark handshake-aborted client @3
cause certain handshake-aborted client [1 3]`},
		},
		{
			sentence: "once only, the SYN-ACK may have crossed a RST that was late",
			script: refusedSYNACK + `
+1    < S. 0:0(0) ack 1
+.01  > R  1:1(0)`,
			watched: 5 * time.Second,
			want: []string{`rst-abort/none closer=client reset-by=client
server: SYN-RECEIVED@2 CLOSED@5?
no mark rst-ignored
cause certain handshake-aborted client [1 3]
uncertain rst [accepted ignored]`},
		},
		{
			sentence: "a RST that never reached its server ended the connection at the client all the same",
			script: refusedSYNACK + `
+1    < S. 0:0(0) ack 1
+2    < S. 0:0(0) ack 1
+4    < S. 0:0(0) ack 1`,
			watched: 9 * time.Second,
			want: []string{`rst-abort/none closer=client reset-by=client
client: SYN-SENT@1 CLOSED@3
server: SYN-RECEIVED@2
mark rst-ignored client @3
cause certain handshake-aborted client [1 3]`},
		},
		{
			sentence: "the network's copy of a SYN-ACK says nothing of the RST before it",
			script: refusedSYNACK + `
+.3   < S. 0:0(0) ack 1
+.01  > R  1:1(0)`,
			watched: 5 * time.Second,
			want: []string{`rst-abort/none closer=client reset-by=client
server: SYN-RECEIVED@2 CLOSED@3?
no mark rst-ignored
no uncertain rst`},
		},
	})
}

func TestTheACKThatAServerLetFall(t *testing.T) {
	const full = `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+1    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+2    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
`
	runCases(t, []scriptCase{
		{
			sentence: "a server whose accept queue is full stays in SYN-RECEIVED, whatever the client believes",
			script:   full,
			want: []string{`open/none
client: SYN-SENT@1 ESTABLISHED@3
server: SYN-RECEIVED@2
cause likely accept-queue-overflow server [3 4 6]
uncertain server.states [SYN-RECEIVED ESTABLISHED CLOSED]`},
		},
		{
			sentence: "it goes on when it takes an ACK after all, as what it sends shows",
			script: full + `
+.1   < P. 1:11(10) ack 1
+.02  > .  1:1(0) ack 11`,
			want: []string{`open/none
server: SYN-RECEIVED@2 ESTABLISHED@8
cause likely accept-queue-overflow server [3 4 6]
no uncertain`},
		},
		{
			sentence: "a server that waits for data repeats its SYN-ACK when it gives up waiting: its queue is not full",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+7.2  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+1    < F. 1:1(0) ack 1
+.02  > .  1:1(0) ack 2`,
			want: []string{"closing/half closer=server\nserver: SYN-RECEIVED@2 ESTABLISHED@6 FIN-WAIT-1@6 FIN-WAIT-2@7?\nno cause possible accept-queue-overflow"},
		},
		{
			sentence: "a SYN-ACK that was under way when the ACK passed says nothing",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1.01 > .  1:1(0) ack 1
+.01  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1`,
			want: []string{"open/none\nserver: SYN-RECEIVED@2 ESTABLISHED@3?\nno uncertain"},
		},
	})
	td := judgeScript(t, full+`
+.1   < P. 1:11(10) ack 1`, Config{}, 0)
	if e := td[0].Ends[Server].States[1].Earliest - td[0].Start; e < 3060*second/1000-usualTrip || e > 3060*second/1000 {
		t.Errorf("ESTABLISHED %d ns after the SYN at the earliest; the last SYN-ACK passed after 3.06 s", e)
	}
}

func TestWhoSendsASYNACKHasReceivedTheSYN(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "in a simultaneous open, too: the other side has not sent one, and may not have",
			script: `
+0    > S  100:100(0)
+.001 < S  300:300(0)
+.01  > S. 100:100(0) ack 301
+1    > S. 100:100(0) ack 301`,
			want: []string{`open/none
client: SYN-SENT@1 SYN-RECEIVED@3
server: SYN-SENT@2 SYN-RECEIVED@2?
mark simultaneous-open @1`},
		},
		{
			sentence: "each SYN-ACK leads the other side on",
			script: `
+0    > S  100:100(0)
+.001 < S  300:300(0)
+.01  > S. 100:100(0) ack 301
+.001 < S. 300:300(0) ack 101`,
			want: []string{`open/none
client: SYN-SENT@1 SYN-RECEIVED@3 ESTABLISHED@4?
server: SYN-SENT@2 SYN-RECEIVED@4 ESTABLISHED@3?
mark simultaneous-open @1`},
		},
	})
}

func TestAServerThatRefusesTheACK(t *testing.T) {
	const opened = `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
`
	runCases(t, []scriptCase{
		{
			sentence: "a RST in answer to the handshake's last segment comes from a server that opened nothing",
			script: opened + `
+.01  > .  1:1(0) ack 1
+.02  < R  1:1(0)`,
			want: []string{`rst-abort/none closer=server reset-by=server
client: SYN-SENT@1 ESTABLISHED@3 CLOSED@4?
server: SYN-RECEIVED@2 CLOSED@4
mark handshake-aborted server @4
cause certain handshake-aborted server [1 4]
no cause likely no-socket`},
		},
		{
			sentence: "data right behind that segment changes nothing",
			script: opened + `
+.01  > .  1:1(0) ack 1
+.001 > P. 1:11(10) ack 1
+.02  < R  1:1(0)
+.001 < R  1:1(0)`,
			want: []string{`rst-abort/none closer=server reset-by=server
server: SYN-RECEIVED@2 CLOSED@5
cause certain handshake-aborted server [1 5]
no cause likely no-socket`},
		},
		{
			sentence: "a minute later it is a host that has forgotten the connection",
			script: opened + `
+.01  > .  1:1(0) ack 1
+60   > P. 1:11(10) ack 1
+.02  < R  1:1(0)`,
			want: []string{`rst-abort/none closer=server reset-by=server
server: SYN-RECEIVED@2 ESTABLISHED@3? CLOSED@5
no mark handshake-aborted
cause likely no-socket server [4 5]`},
		},
		{
			sentence: "what is sent to a server after a RST that it accepted opens nothing either",
			script: opened + `
+.01  > R  1:1(0)
+15   > P. 1:101(100) ack 1
+.02  < R  1:1(0)`,
			want: []string{`rst-abort/none closer=client reset-by=both
server: SYN-RECEIVED@2 CLOSED@3?
mark handshake-aborted client @3`},
		},
	})
}

func TestAnACKThatAnOldDuplicateDraws(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "who acknowledges again for an old segment challenges nothing",
			script: exchange + `
+.5   > P. 101:201(100) ack 401 <ts 760 640>
+.02  < .  401:401(0) ack 201 <ts 1160 760>
+.5   > P. 101:201(100) ack 401 <ts 250 640>
+.02  < .  401:401(0) ack 201 <ts 1660 760>`,
			want: []string{"open/none\nmark wandering-duplicate client @10\nno mark challenge-ack"},
		},
		{
			sentence: "for an old SYN it does",
			script: exchange + `
+.5   > S  0:0(0)
+.02  < .  401:401(0) ack 101 <ts 1160 250>`,
			want: []string{"open/none\nmark wandering-duplicate client @8\nmark challenge-ack server @9"},
		},
	})
}

func TestASYNACKThatDoesNotArrive(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "SYNs that are repeated although SYN-ACKs pass are told by these, too",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.98  > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1.98 > S  0:0(0)
+.02  < S. 0:0(0) ack 1`,
			watched: 5 * time.Second,
			want: []string{`unanswered/none
client: SYN-SENT@1
server: SYN-RECEIVED@2
cause likely filtered [1 2 3 5]`},
		},
	})
}

func TestASYNAfterARST(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "Windows repeats its SYN where it is refused: it stays in SYN-SENT until it gives up",
			script: `
+0    > S  0:0(0)
+.02  < R. 0:0(0) ack 1
+.5   > S  0:0(0)
+.02  < R. 0:0(0) ack 1
+.5   > S  0:0(0)
+.02  < R. 0:0(0) ack 1`,
			watched: 5 * time.Second,
			want:    []string{"refused/none closer=server reset-by=server\nclient: SYN-SENT@1 CLOSED@6?\ncause certain listen-refused server [1 2]"},
		},
		{
			sentence: "as long as no further one comes, the first may have ended it",
			script: `
+0    > S  0:0(0)
+.02  < R. 0:0(0) ack 1
+.5   > S  0:0(0)`,
			want: []string{"refused/none closer=server reset-by=server\nclient: SYN-SENT@1 CLOSED@2?"},
		},
	})
}
