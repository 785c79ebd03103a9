package flows

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
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

// findIn judges a script and returns what is found in it.
func findIn(t testing.TB, script string, watched time.Duration) []Finding {
	t.Helper()
	f, p := NewFindings(), NewPopulation(Config{}, 0)
	for _, td := range judgeScript(t, script, Config{}, watched) {
		f.Add(&td)
		p.Add(&td)
	}
	return f.List(nil, p)
}

// findingCases hold for each finding a script in which it must be found, with its sentence, and one in which it must not.
var findingCases = []struct {
	id       FindingID
	script   string
	watched  time.Duration
	sentence string
	sure     Confidence
	silent   string
	until    time.Duration // that one is watched
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

func TestEveryFindingIsMadeAndStaysSilent(t *testing.T) {
	tested := map[FindingID]bool{FindingTimeWaitExhaustion: true} // TestAClientRunsOutOfPorts
	for _, c := range findingCases {
		tested[c.id] = true
		t.Run(c.id.String(), func(t *testing.T) {
			list := findIn(t, c.script, c.watched)
			i := slices.IndexFunc(list, func(f Finding) bool { return f.ID == c.id })
			if i < 0 {
				t.Fatalf("not found in %v", sentences(list))
			}
			f := &list[i]
			if f.Sentence != c.sentence || f.Confidence != c.sure {
				t.Errorf("%v: %s\nwant %v: %s", f.Confidence, f.Sentence, c.sure, c.sentence)
			}
			if len(f.Conversations) == 0 || len(f.Remedies) == 0 || f.Filter == "" || uint64(len(f.Conversations)) > f.Count {
				t.Errorf("nothing to open or to do: %+v", *f)
			}
			for _, f := range findIn(t, c.silent, c.until) {
				if f.ID == c.id {
					t.Errorf("should be silent: %s", f.Sentence)
				}
			}
		})
	}
	for id := range NumFindings {
		if !tested[id] {
			t.Errorf("no script for %v", id)
		}
	}
}

func sentences(list []Finding) []string {
	var all []string
	for i := range list {
		all = append(all, list[i].ID.String()+": "+list[i].Sentence)
	}
	return all
}

func TestNothingIsFoundWhereAllIsWell(t *testing.T) {
	if list := findIn(t, openedAgain(40, orderlyClose), time.Hour); len(list) > 0 {
		t.Error(sentences(list))
	}
	if list := findIn(t, openedAgain(3, "+1 > P. 101:201(100) ack 401\n+.1 < . 401:401(0) ack 201"), 3*time.Hour); len(list) > 0 {
		t.Error(sentences(list))
	}
}

func TestTheEvidenceOfAForgedResetIsListed(t *testing.T) {
	list := findIn(t, openedAgain(2, forgedReset), 0)
	want := []string{"its TTL differs from that end's own (2 connections)", "that end went on sending after it (2 connections)"}
	if len(list) == 0 || !slices.Equal(list[0].Evidence, want) {
		t.Errorf("%+v", list)
	}
}

func TestAForgedResetThatIsNotAcceptedIsToldAsSuch(t *testing.T) {
	list := findIn(t, openedAgain(1, `
+1    < R. 5001:5001(0) ack 101 ttl 200
+.001 > .  101:101(0) ack 401
+.05  < P. 401:501(100) ack 101
+.01  > P. 101:201(100) ack 501
+.05  < .  501:501(0) ack 201`), 0)
	const want = "Somebody forged RSTs for 1 connection of 10.0.0.5:8080, in vain: they were not accepted; look for who can send into that path."
	if len(list) != 1 || list[0].Sentence != want {
		t.Error(sentences(list))
	}
}

func TestATLSGoodbyeIsNoDataLoss(t *testing.T) {
	const goodbye = `
+.1   < F. 401:401(0) ack 101
+.02  > .  101:101(0) ack 402
+.001 > P. 101:132(31) ack 402
+.02  < R  402:402(0)`
	if list := findIn(t, openedAgain(2, goodbye), 0); len(list) > 0 {
		t.Error(sentences(list))
	}
	list := findIn(t, openedAgain(3, goodbye), 0)
	want := []string{
		"In 3 connections the data came within a round trip of the FIN: the two crossed.",
		"None lost more than 100 bytes: those may be TLS alerts that say goodbye.",
	}
	if len(list) != 1 || list[0].ID != FindingClosedConnectionUsed || !slices.Equal(list[0].Evidence, want) {
		t.Errorf("%+v", list)
	}
}

func TestALeakIsLikelyWhereOthersClose(t *testing.T) {
	for _, c := range []struct {
		script string
		want   Confidence
	}{
		{openedAgain(3, neverClosed), Possible},
		{openedAgain(3, neverClosed) + opened(9, "10.0.0.8:41000", "10.0.0.5:8080", 30, orderlyClose), Likely},
		{openedAgain(3, neverClosed) + opened(9, "10.0.0.8:41000", "10.0.0.5:8081", 30, orderlyClose), Possible},
	} {
		if list := findIn(t, c.script, time.Minute); len(list) != 1 || list[0].Confidence != c.want {
			t.Errorf("want %v: %+v", c.want, list)
		}
	}
}

func TestTheMostTouchedComeFirst(t *testing.T) {
	list := findIn(t, openedAgain(4, neverClosed)+opened(9, "10.0.0.8:41000", "10.0.0.5:9090", 50, unreadRequest), time.Hour)
	if len(list) != 2 || list[0].ID != FindingCloseWaitLeak || list[0].Rank != 1 || list[1].ID != FindingUnreadData || list[1].Rank != 2 {
		t.Error(sentences(list))
	}
}

// randomTeardowns are conversations of all the scripts, with other addresses.
func randomTeardowns(t testing.TB, n int, seed uint64) []Teardown {
	var pool []Teardown
	for _, c := range findingCases {
		pool = append(pool, judgeScript(t, c.script, Config{}, c.watched)...)
	}
	random := rand.New(rand.NewPCG(seed, 1))
	list := make([]Teardown, 0, n)
	for i := range n {
		td := pool[random.IntN(len(pool))].Clone()
		td.ID = uint64(i + 1)
		for s := range td.Ends {
			td.Ends[s].Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(s), 0, byte(random.IntN(4))}), uint16(8000+random.IntN(3)))
		}
		list = append(list, td)
	}
	return list
}

func TestFindingsDoNotDependOnOrderOrShards(t *testing.T) {
	list := randomTeardowns(t, 800, 7)
	whole := NewFindings()
	for i := range list {
		whole.Add(&list[i])
	}
	want := whole.List(nil, nil)
	if len(want) < 10 {
		t.Fatalf("only %d findings", len(want))
	}
	random := rand.New(rand.NewPCG(3, 4))
	for _, shards := range []int{1, 2, 5} {
		parts := make([]*Findings, shards)
		for i := range parts {
			parts[i] = NewFindings()
		}
		for _, i := range random.Perm(len(list)) {
			parts[random.IntN(shards)].Add(&list[i])
		}
		for _, p := range parts[1:] {
			parts[0].Merge(p)
		}
		if got := parts[0].List(nil, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%d shards find\n%v\nwant\n%v", shards, sentences(got), sentences(want))
		}
	}
}

func TestASampleOfKeysDoesNotDependOnTheirOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var keys []endKey
	for range 5000 {
		keys = append(keys, endKey{low: random.Uint64(), port: uint32(random.IntN(65536))})
	}
	count := func(order []int) map[endKey]int {
		parts := [2]sample[endKey, int]{newSample[endKey, int](300), newSample[endKey, int](300)}
		for n, i := range order {
			if v := parts[n%2].at(keys[i%len(keys)]); v != nil {
				*v++
			}
		}
		parts[0].merge(&parts[1], func(to, from *int) { *to += *from })
		got := map[endKey]int{}
		for _, k := range parts[0].keys(compareKeys) {
			got[k] = *parts[0].values[k]
		}
		return got
	}
	want := count(random.Perm(3 * len(keys)))
	if len(want) != 300 {
		t.Fatalf("%d keys", len(want))
	}
	for k, n := range want {
		if n != 3 {
			t.Errorf("%v was counted %d times", k, n)
		}
	}
	if got := count(random.Perm(3 * len(keys))); !reflect.DeepEqual(got, want) {
		t.Error("another order keeps other keys")
	}
}

func TestAFloodOfServicesIsBounded(t *testing.T) {
	f := NewFindings()
	td := judgeScript(t, bare(1, refusal), Config{}, 0)[0]
	for i := range 3 * maxFindingServices {
		td.Ends[Server].Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 80)
		f.Add(&td)
	}
	if n := len(f.silent.values); n > maxFindingServices+maxFindingServices/4+1 || !f.Cut() {
		t.Errorf("%d services kept, cut %t", n, f.Cut())
	}
}

func TestDurationsInSentences(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 µs", 1500: "1.5 µs", 120 * time.Millisecond: "120 ms", 54640 * time.Millisecond: "54.6 s", 5 * time.Minute: "5 min",
		80 * time.Second: "1 min 20 s", 2*time.Hour + 3*time.Minute + 59*time.Second: "2 h 03 min", 50 * time.Hour: "2 d 02 h",
	} {
		if got := spell(int64(d)); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func BenchmarkFindingsAdd(b *testing.B) {
	dull := judgeScript(b, opened(1, "10.0.0.7:40001", "10.0.0.5:8080", 0, orderlyClose), Config{}, 2*time.Minute)[0]
	for name, td := range map[string]*Teardown{"uninteresting": &dull} {
		b.Run(name, func(b *testing.B) {
			f := NewFindings()
			b.ReportAllocs()
			for b.Loop() {
				td.ID++
				f.Add(td)
			}
		})
	}
}

// FoundInScripts judges the scripts of all findings and hands each one's conversations and findings over, so that tests
// outside of the package can look at them.
func FoundInScripts(t testing.TB, see func(list []Teardown, found []Finding)) {
	for _, c := range findingCases {
		see(judgeScript(t, c.script, Config{}, c.watched), findIn(t, c.script, c.watched))
	}
}
