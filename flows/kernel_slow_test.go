package flows

import (
	"slices"
	"testing"
	"time"
)

// What the kernel lab found where the machine that it ran on stood still for seconds, as scripts: a path can hold up packets for
// as long.

func TestWhatSlowPathsTaught(t *testing.T) {
	runCases(t, []scriptCase{
		{
			sentence: "what comes long after a RST may have been on its way for as long, where the path shows losses or delays",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.1   < R  401:401(0)
+3    > F. 201:201(0) ack 401
+.1   < R  401:401(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=server
mark rst-ignored server @10
uncertain class [rst-abort rst-after-fin]
uncertain closer [client server both]`},
		},
		{
			sentence: "but not where it answers what came after the RST",
			script: exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.1   < R  401:401(0) ttl 47
+.1   < P. 401:501(100) ack 201
+3    > F. 201:201(0) ack 501
+.1   < R  501:501(0)`,
			want: []string{`rst-after-fin/half closer=client reset-by=server
mark rst-ignored server @10
no uncertain class`},
		},
		{
			sentence: "whoever acknowledged more than a RST's number did not accept it, whichever of the two was first",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.4   > F. 101:101(0) ack 401
+.001 < R  401:401(0)
+.005 > .  102:102(0) ack 402
+.001 < R  402:402(0)`,
			want: []string{`retransmitted-fin/three-way closer=client
client: SYN-SENT@1 ESTABLISHED@3 FIN-WAIT-1@8 TIME-WAIT@12 CLOSED@13?
mark rst-ignored server @11
no uncertain class`},
		},
		{
			sentence: "unless the number is that of the FIN, and its receiver in a state in which Linux takes the one before the expected",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.001 < F. 401:401(0) ack 101
+.4   < R  401:401(0)
+.005 > .  102:102(0) ack 402`,
			want: []string{"rst-after-fin/simultaneous closer=both reset-by=server\nno mark rst-ignored"},
		},
		{
			sentence: "of many RSTs that are alike the first and the last are kept, so that the first of another kind is too",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1    < S. 0:0(0) ack 1
+9    > S  0:0(0)
+.001 < R. =0:0(0) ack 1
+.001 > S  0:0(0)
+.001 < R. =0:0(0) ack 1
+.001 > S  0:0(0)
+.001 < R. =0:0(0) ack 1
+5    > .  1:1(0) ack 1
+.001 < R  1:1(0)
+.001 > F. 1:1(0) ack 1
+.001 < R  1:1(0)
+.5   > .  2:2(0) ack 1
+.001 < R  1:1(0)
+.001 > .  2:2(0) ack 1
+.001 < R  1:1(0)`,
			want: []string{"rst-abort/half closer=server reset-by=server\nclient: SYN-SENT@1 ESTABLISHED@10 FIN-WAIT-1@12 CLOSED@11?"},
		},
		{
			sentence: "a FIN that came again and was answered by a FIN later than Linux holds an acknowledgement back may have been answered before",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.12  < F. 401:401(0) ack 101
+.15  > F. 101:101(0) ack 402
+.001 < .  402:402(0) ack 102`,
			want: []string{`retransmitted-fin/three-way closer=server
uncertain shape [simultaneous three-way four-way]
uncertain client.states [FIN-WAIT-1 FIN-WAIT-2 CLOSING TIME-WAIT CLOSE-WAIT LAST-ACK CLOSED]`},
		},
		{
			sentence: "but not where Linux can have held it back",
			script: exchange + `
+.5   < F. 401:401(0) ack 101
+.12  < F. 401:401(0) ack 101
+.05  > F. 101:101(0) ack 402
+.001 < .  402:402(0) ack 102`,
			want: []string{"retransmitted-fin/three-way closer=server\nno uncertain"},
		},
		{
			sentence: "a server that answers the first acknowledgement of its SYN-ACKs with a RST had given up the request",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+1    < S. 0:0(0) ack 1
+2    < S. 0:0(0) ack 1
+3    > F. 1:1(0) ack 1
+.02  < R  1:1(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=server\nserver: SYN-RECEIVED@2 CLOSED@6\nno uncertain server.states [ESTABLISHED CLOSED]"},
		},
		{
			sentence: "one that repeated them when an acknowledgement had passed has too, most probably",
			script: `
+0    > S  0:0(0)
+.02  < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+1    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+2    < S. 0:0(0) ack 1
+.02  > .  1:1(0) ack 1
+6    > F. 1:1(0) ack 1
+.02  < R  1:1(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=server\nserver: SYN-RECEIVED@2 CLOSED@9\nuncertain server.states [ESTABLISHED CLOSED]"},
		},
		{
			sentence: "a FIN that a RST followed came before it, though its receiver shows only later that it is gone",
			script: exchange + `
+.5   > F. 101:101(0) ack 401
+.001 < P. 401:501(100) ack 101
+.01  > R  101:101(0)
+.01  > P. 1:101(100) ack 1
+.02  < R  1:1(0)`,
			want: []string{"rst-after-fin/half closer=client reset-by=client\nserver: SYN-RECEIVED@2 ESTABLISHED@5 CLOSE-WAIT@8? CLOSED@10?"},
		},
	})
}

func TestSinceWhenASocketMayHaveBeenClosed(t *testing.T) {
	for _, c := range []struct {
		sentence string
		script   string
		side     Side
		earliest time.Duration // since the first segment
	}{
		{
			"since a RST that was ignored for no other sign than the time until its receiver went on",
			exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.1   < R  401:401(0)
+3    > F. 201:201(0) ack 401
+.1   < R  401:401(0)`,
			Client, 1070 * time.Millisecond,
		},
		{
			"since the RST that can have reached it, where it had gone on for seconds after one",
			exchange + `
+.5   < P. 401:501(100) ack 101 <ts 1400 250>
+.03  > R. 101:101(0) ack 401
+.3   < P. 401:501(100) ack 101 <ts 1730 250>
+.6   < P. 401:501(100) ack 101 <ts 2330 250>
+1.2  < P. 401:501(100) ack 101 <ts 3530 250>
+.01  > R  101:101(0)`,
			Server, 2810 * time.Millisecond,
		},
		{
			"since its last segment, where the next copy of its FIN was due before the RST",
			exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.3   < F. 401:401(0) ack 102
+.6   < F. 401:401(0) ack 102
+2    > R  102:102(0)`,
			Server, 1690 * time.Millisecond,
		},
		{
			"since its last segment, where octets of it had not been acknowledged for long",
			exchange + `
+.5   < P. 401:501(100) ack 101
+8    > R. 101:101(0) ack 401`,
			Server, 670 * time.Millisecond,
		},
		{
			"since the RST, where all had been acknowledged",
			exchange + `
+.5   < P. 401:501(100) ack 101
+.01  > .  101:101(0) ack 501
+8    > R. 101:101(0) ack 501`,
			Server, 8680 * time.Millisecond,
		},
		{
			"since the RST, where the next copy of its FIN was not due yet",
			exchange + `
+.5   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+.1   < F. 401:401(0) ack 102
+.3   < F. 401:401(0) ack 102
+.6   < F. 401:401(0) ack 102
+1    > R  102:102(0)`,
			Server, 2690 * time.Millisecond,
		},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			td := judgeScript(t, c.script, Config{}, 0)[0]
			list := td.Ends[c.side].States
			end := list[len(list)-1]
			if end.State != Closed || end.Earliest-td.Start != int64(c.earliest) {
				t.Errorf("%s since %v, want CLOSED since %v\n%s", end.State, time.Duration(end.Earliest-td.Start), c.earliest, brief(&td))
			}
		})
	}
}

func TestSinceWhenAFINMayHaveWaited(t *testing.T) {
	const answered = `
+.5   < P. 401:501(100) ack 201
+.02  > .  201:201(0) ack 501
+.03  < .  501:501(0) ack 201
+.04  < F. 501:501(0) ack 201
+.02  > F. 201:201(0) ack 502
+.02  < .  502:502(0) ack 202`
	for _, c := range []struct {
		sentence string
		script   string
		waited   bool
	}{
		{"where nothing came again, it was sent after its side's last segment", exchange + `
+.5   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201` + answered, false},
		{"where the other side repeated octets, a loss before the vantage may have held it back behind its side's last octets", exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201` + answered, true},
		{"but not behind octets that were sent long before", exchange + `
+.5   > P. 101:201(100) ack 401
+.3   > P. 101:201(100) ack 401
+.02  < .  401:401(0) ack 201
+.5   < P. 401:501(100) ack 201
+.02  > .  201:201(0) ack 501
+9    < .  501:501(0) ack 201
+.04  < F. 501:501(0) ack 201
+.02  > F. 201:201(0) ack 502
+.02  < .  502:502(0) ack 202`, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			td := judgeScript(t, c.script, Config{}, 0)[0]
			list := td.Ends[Server].States
			i := slices.IndexFunc(list, func(tr Transition) bool { return tr.State == FinWait1 })
			if i < 0 {
				t.Fatal(brief(&td))
			}
			last := td.Ends[Server].FIN.Time - int64(40*time.Millisecond)
			if got := list[i].Earliest < last; got != c.waited || list[i].Earliest > last {
				t.Errorf("FIN-WAIT-1 since %v before its last segment or later\n%s", time.Duration(last-list[i].Earliest), brief(&td))
			}
		})
	}
}

func TestWhenAFINOfWhichALaterCopyWasCapturedWasSent(t *testing.T) {
	td := judgeScript(t, exchange+`
+.5   > .  101:101(0) ack 401 <ts 760 640>
+.6   > F. 101:101(0) ack 401 <ts 1360 640>
+.02  < F. 401:401(0) ack 102 <ts 1760 1360>
+.02  > .  102:102(0) ack 401 <ts 1356 640>
+.02  > .  102:102(0) ack 402 <ts 1400 1760>`, Config{}, 0)[0]
	list := td.Ends[Client].States
	i := slices.IndexFunc(list, func(tr Transition) bool { return tr.State == FinWait1 })
	if i < 0 || list[i].Latest != td.Ends[Client].FIN.Time {
		t.Errorf("FIN-WAIT-1 by another time than that of the copy, at the latest\n%s", brief(&td))
	}
}
