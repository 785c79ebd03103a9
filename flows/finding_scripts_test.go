package flows

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// opened is a script's lines of one connection up to an answered request; at is its start in seconds.
func opened(flow int, client, server string, at float64, rest string) string {
	return fmt.Sprintf(`flow %d
A %s
B %s
@%.3f > S  0:0(0) <mss 1460>
+.02  < S. 0:0(0) ack 1 <mss 1460>
+.01  > .  1:1(0) ack 1
+.01  > P. 1:101(100) ack 1
+.02  < P. 1:401(400) ack 101
+.01  > .  101:101(0) ack 401
%s
`, flow, client, server, at, strings.TrimSpace(rest))
}

// several connections of one client to one server, ten seconds apart.
func openedAgain(n int, rest string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(opened(i+1, fmt.Sprintf("10.0.0.7:%d", 40001+i), "10.0.0.5:8080", float64(i)*10, rest))
	}
	return b.String()
}

// bare is openedAgain without the handshake and the exchange.
func bare(n int, rest string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "flow %d\nA 10.0.0.7:%d\nB 10.0.0.5:8080\n@%d %s\n", i+1, 40001+i, i*10, strings.TrimSpace(rest))
	}
	return b.String()
}

const (
	orderlyClose = `
+.1   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`
	neverClosed = `
+.1   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102`
	clientNeverClosed = `
+.1   < F. 401:401(0) ack 101
+.02  > .  101:101(0) ack 402`
	usedAfterTheFIN = `
+.1   < F. 401:401(0) ack 101
+.02  > .  101:101(0) ack 402
+5    > P. 101:251(150) ack 402
+.02  < R  402:402(0)`
	lateAnswer = `
+.1   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+2    < P. 401:1101(700) ack 102
+.02  > R  102:102(0)`
	unreadRequest = `
+.1   < P. 401:901(500) ack 101
+.01  > P. 101:201(100) ack 401
+.01  < R. 901:901(0) ack 101`
	serverAborts = `
+.1   < R. 401:401(0) ack 101`
	forgottenAfter = `
+%s   > P. 101:201(100) ack 401
+.02  < R  401:401(0)`
	forgedReset = `
+1    > P. 101:201(100) ack 401 ttl 64
+.001 < R. 401:401(0) ack 201 ttl 200
+.02  < .  401:401(0) ack 201
+.01  < P. 401:501(100) ack 201
+.03  > R  201:201(0)`
	resentFIN = `
+.1   > F. 101:101(0) ack 401
+.3   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`
	resentLastFIN = `
+.1   > F. 101:101(0) ack 401
+.02  < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402
+.3   < F. 401:401(0) ack 102
+.01  > .  102:102(0) ack 402`
	intoSilence = `
+1    > P. 101:201(100) ack 401
+.2   > P. 101:201(100) ack 401
+.4   > P. 101:201(100) ack 401
+.8   > P. 101:201(100) ack 401`
	probesIntoSilence = `
+1    > .  100:100(0) ack 401
+10   > .  100:100(0) ack 401
+10   > .  100:100(0) ack 401`
	refusal     = "> S 0:0(0)\n+.01 < R. 0:0(0) ack 1"
	noAnswer    = "> S 0:0(0)\n+1 > S 0:0(0)\n+2 > S 0:0(0)"
	acceptFull  = "> S 0:0(0)\n+.02 < S. 0:0(0) ack 1\n+.01 > . 1:1(0) ack 1\n+1 < S. 0:0(0) ack 1\n+.01 > . 1:1(0) ack 1\n+2 < S. 0:0(0) ack 1\n+.01 > . 1:1(0) ack 1"
	gapInServer = `
+.1   < P. 1401:1501(100) ack 101
+.01  > .  101:101(0) ack 1501`
	closedByServer = `
+.5   < F. 401:401(0) ack 101
+.02  > F. 101:101(0) ack 402
+.01  < .  402:402(0) ack 102`
	metTimeWait = closedByServer + `
+2    > S  50:50(0)
+.02  < .  402:402(0) ack 102
+.01  > R  102:102(0)
+1    > S  50:50(0)
+.02  < S. 70000:70000(0) ack 51
+.01  > .  51:51(0) ack 70001`
)

// pairedWith gives every conversation another leg beyond its server, whose far end reset some time before; never for 0.
func pairedWith(kind PairKind, sure Confidence, before time.Duration) func(list []Teardown) {
	return func(list []Teardown) {
		for i := range list {
			t := &list[i]
			p := Pair{ID: 1_000_000 + t.ID, Kind: kind, Confidence: sure, Beyond: Server}
			if before > 0 {
				p.RST[Server] = LegEvent{p.ID + 5, t.Ends[Server].RST.Time - int64(before)}
			}
			t.Pairs = []Pair{p}
		}
	}
}

func idleFor(seconds ...string) string {
	var b strings.Builder
	for i, s := range seconds {
		b.WriteString(opened(i+1, fmt.Sprintf("10.0.0.7:%d", 40001+i), "10.0.0.5:8080", float64(i)*4000, fmt.Sprintf(forgottenAfter, s)))
	}
	return b.String()
}

// oldTimestamps are connections of which each is followed by one whose SYN has an older timestamp.
func oldTimestamps(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `flow %d
A 10.0.0.7:%d
B 10.0.0.5:8080
@%d > S  0:0(0) <ts 1000 0>
+.02  < S. 0:0(0) ack 1 <ts 500 1000>
+.01  > .  1:1(0) ack 1 <ts 1010 500>
+.1   < F. 1:1(0) ack 1 <ts 600 1010>
+.02  > F. 1:1(0) ack 2 <ts 1020 600>
+.01  < .  2:2(0) ack 2 <ts 610 1020>
+2    > S  90000:90000(0) <ts 5 0>
+1    > S  90000:90000(0) <ts 5 0>
`, i+1, 40001+i, i*10)
	}
	return b.String()
}

func briefOnes(n, clients int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(opened(i+1, fmt.Sprintf("10.0.%d.7:%d", i%clients, 40001+i), "10.0.0.5:8080", float64(i), orderlyClose))
	}
	return b.String()
}

// findingCases hold for each finding a script in which it must be found, with its sentence, and one in which it must not.
var findingCases = []struct {
	id       FindingID
	script   string
	watched  time.Duration
	sentence string
	sure     Confidence
	silent   string
	until    time.Duration         // that one is watched
	prepare  func(list []Teardown) // what is known of the conversations from elsewhere
}{
	{
		id:     FindingCloseWaitLeak,
		script: openedAgain(4, neverClosed) + opened(10, "10.0.0.8:40001", "10.0.0.5:8080", 50, orderlyClose), watched: 2*time.Hour + 2*time.Minute + 20*time.Second,
		sentence: "10.0.0.5:8080 has not closed 4 of the 5 connections that its clients closed; the oldest has been in CLOSE-WAIT for 2 h 03 min: look for a missing close().",
		sure:     Likely,
		silent:   openedAgain(2, neverClosed) + opened(10, "10.0.0.8:40001", "10.0.0.5:8080", 50, orderlyClose), until: 40 * time.Second,
	},
	{
		id:     FindingCloseWaitLeak,
		script: openedAgain(3, clientNeverClosed), watched: time.Minute,
		sentence: "10.0.0.7 has not closed 3 connections to 10.0.0.5:8080 that the server closed; the oldest has been in CLOSE-WAIT for 1 min 20 s: look for a missing close(), or a pool that keeps dead connections.",
		silent:   openedAgain(5, closedByServer), until: time.Minute,
	},
	{
		id:     FindingClosedConnectionUsed,
		script: openedAgain(2, usedAfterTheFIN), watched: time.Second, sure: Certain,
		sentence: "Clients of 10.0.0.5:8080 sent data on 2 connections that it had already closed (5 s after its FIN); 300 bytes of theirs were never acknowledged: let the clients' pool drop idle connections before the server does, and retry.",
		silent:   openedAgain(5, closedByServer+"\n+.01 < R 402:402(0)"),
	},
	{
		id:     FindingAnswerAfterClose,
		script: openedAgain(1, lateAnswer), sure: Certain,
		sentence: "Clients of 10.0.0.5:8080 closed 1 connection before its answer had come (2 s before); 700 bytes of the answers were never acknowledged: look for a time limit in the client, and shutdown(SHUT_WR) where only the sending half was meant.",
		silent: openedAgain(5, `
+.1   > F. 101:101(0) ack 401
+.02  < .  401:401(0) ack 102
+2    < FP. 401:1101(700) ack 102
+.02  > .  102:102(0) ack 1102`),
	},
	{
		id:     FindingUnreadData,
		script: openedAgain(2, unreadRequest), sure: Possible,
		sentence: "10.0.0.5:8080 reset 2 connections after data of its clients that it had probably not read; 1,000 bytes of its answers were never acknowledged: read until end of file before close().",
		silent:   openedAgain(3, serverAborts),
	},
	{
		id:     FindingAbortingClose,
		script: openedAgain(3, serverAborts) + opened(10, "10.0.0.8:40001", "10.0.0.5:8080", 50, orderlyClose), sure: Possible,
		sentence: "10.0.0.5:8080 ended 3 of the 4 connections by a RST instead of a FIN: look for SO_LINGER 0.",
		silent:   openedAgain(2, serverAborts),
	},
	{
		id:     FindingIdleTimeout,
		script: idleFor("350", "351.5", "349"), sure: Likely,
		sentence: "3 connections of 10.0.0.5:8080 were reset after 5 min 49 s to 5 min 51 s of silence: a box on the path, or one of the ends, forgets idle connections after 5 min 50 s; send keep-alives sooner, or close sooner.",
		silent:   idleFor("350", "170", "33", "81"),
	},
	{
		id:     FindingForgottenConnections,
		script: idleFor("44", "170", "33", "81"), sure: Likely,
		sentence: "The server side of 10.0.0.5:8080 answered 4 open connections with a RST as if it had never known them, never before 33 s of silence; 400 bytes were never acknowledged: look for a restart, a failover, or a NAT or load balancer that forgets.",
		silent:   idleFor("350", "351.5", "349"),
	},
	{
		id:     FindingForgedRST,
		script: openedAgain(1, forgedReset), sure: Likely,
		sentence: "1 connection of 10.0.0.5:8080 was reset by something on the path, not by the end whose address the RST bears; 100 bytes were never acknowledged: look for the firewall or filter that sends it.",
		silent:   openedAgain(3, "+.1 < R. 401:401(0) ack 101 ttl 64"),
	},
	{
		id:     FindingResetBeyond,
		script: openedAgain(3, serverAborts), sure: Likely, prepare: pairedWith(PairProxy, Likely, 3*time.Millisecond),
		sentence: "3 connections of 10.0.0.5:8080 were reset by the proxy because the other leg's far end had reset or closed 3 ms before: look there, not at the proxy.",
		silent:   openedAgain(3, serverAborts), // whose other legs nobody knows
	},
	{
		id:     FindingResetByBox,
		script: openedAgain(3, serverAborts), sure: Likely, prepare: pairedWith(PairNAT, Certain, 0),
		sentence: "3 connections of 10.0.0.5:8080 were reset by the box between two legs of it: the other leg shows no cause; look at the proxy's or the translator's own limits and log.",
		silent:   openedAgain(2, serverAborts),
	},
	{
		id:     FindingTimeWaitChallenges,
		script: openedAgain(3, metTimeWait), sure: Certain,
		sentence: "3 new connections to 10.0.0.5:8080 met a TIME-WAIT of the same ports and were answered by an ACK first: keep TCP timestamps on at both ends, and reuse ports less quickly.",
		silent:   openedAgain(2, metTimeWait),
	},
	{
		id:     FindingPAWSDrops,
		script: oldTimestamps(3), watched: 10 * time.Second, sure: Likely,
		sentence: "3 SYNs to 10.0.0.5:8080 got no answer because their timestamps are older than the last one from that address, as behind a NAT: tcp_tw_recycle must be off.",
		silent:   oldTimestamps(2), until: 10 * time.Second,
	},
	{
		id: FindingFINLoss,
		script: openedAgain(2, resentFIN) + opened(3, "10.0.0.7:41000", "10.0.0.5:8080", 30, resentLastFIN) +
			opened(4, "10.0.0.8:41000", "10.0.0.5:8080", 40, resentFIN), sure: Likely,
		sentence: "Between 10.0.0.7 and 10.0.0.5:8080 3 closes had to repeat a FIN (lost: 2 FINs, 1 last ACK); the slowest took 340 ms: look for loss on that path.",
		silent:   openedAgain(2, resentFIN) + opened(4, "10.0.0.8:41000", "10.0.0.5:8080", 40, resentFIN),
	},
	{
		id:     FindingHalfDeadPeers,
		script: openedAgain(3, intoSilence), watched: time.Minute, sure: Likely,
		sentence: "3 connections of 10.0.0.5:8080 lost their peer without a FIN or a RST, and nobody sent keep-alives (3 fell silent): set SO_KEEPALIVE and TCP_USER_TIMEOUT.",
		silent:   openedAgain(3, probesIntoSilence), until: time.Minute,
	},
	{
		id:     FindingShortLived,
		script: briefOnes(60, 1), sure: Likely,
		sentence: "One client opened 60 connections to 10.0.0.5:8080 for less than 1 s each, 1 a second; the handshake took 17% of that time: keep connections alive and reuse them.",
		silent:   briefOnes(60, 50),
	},
	{
		id:     FindingServiceRefuses,
		script: bare(3, refusal) + opened(9, "10.0.0.7:41000", "10.0.0.5:8080", 30, orderlyClose), sure: Certain,
		sentence: "10.0.0.5:8080 refused 3 connections (RST): it took 1 other connection: look for a restart, or a firewall that rejects some.",
		silent:   bare(2, refusal),
	},
	{
		id:     FindingServiceFiltered,
		script: bare(3, noAnswer), watched: 10 * time.Second, sure: Likely,
		sentence: "3 connection attempts to 10.0.0.5:8080 got no answer at all: the host is down, or a firewall drops them.",
		silent:   bare(2, noAnswer), until: 10 * time.Second,
	},
	{
		id:     FindingServiceFiltered,
		script: bare(3, noAnswer) + opened(9, "10.0.0.7:41000", "10.0.0.5:8080", 30, orderlyClose), watched: 10 * time.Second, sure: Likely,
		sentence: "3 connection attempts to 10.0.0.5:8080 got no answer at all: it took 1 other connection: look for a full accept or SYN queue, or a firewall that drops some.",
		silent:   bare(2, noAnswer),
	},
	{
		id:     FindingAcceptQueue,
		script: bare(3, acceptFull), sure: Likely,
		sentence: "10.0.0.5:8080 repeated the SYN-ACK of 3 connections whose handshake was over: its accept queue was probably full; accept faster, or raise the backlog and net.core.somaxconn.",
		silent:   bare(2, acceptFull),
	},
	{
		id:     FindingCaptureUnreliable,
		script: openedAgain(3, gapInServer) + opened(9, "10.0.0.8:41000", "10.0.0.5:8080", 30, orderlyClose), sure: Certain,
		sentence: "The capture cannot be trusted for 3 of 4 conversations (3 with bytes that were never captured): capture again with a larger buffer, or on one of the hosts.",
		silent:   openedAgain(2, gapInServer),
	},
}

// FoundInScripts judges the scripts of all findings and hands each one's conversations and findings over, so that tests
// outside of the package can look at them.
func FoundInScripts(t testing.TB, see func(list []Teardown, found []Finding)) {
	for _, c := range findingCases {
		list := judgeScript(t, c.script, Config{}, c.watched)
		if c.prepare != nil {
			c.prepare(list)
		}
		see(list, findIn(t, c.script, c.watched, c.prepare))
	}
}
