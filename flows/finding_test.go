package flows

import (
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"
)

// findIn judges a script and returns what is found in it.
func findIn(t testing.TB, script string, watched time.Duration, prepare ...func([]Teardown)) []Finding {
	t.Helper()
	f, p := NewFindings(), NewPopulation(Config{}, 0)
	list := judgeScript(t, script, Config{}, watched)
	for _, fn := range prepare {
		if fn != nil {
			fn(list)
		}
	}
	for i := range list {
		f.Add(&list[i])
		p.Add(&list[i])
	}
	return f.List(nil, p)
}

func TestEveryFindingIsMadeAndStaysSilent(t *testing.T) {
	tested := map[FindingID]bool{FindingTimeWaitExhaustion: true} // TestAClientRunsOutOfPorts
	for _, c := range findingCases {
		tested[c.id] = true
		t.Run(c.id.String(), func(t *testing.T) {
			list := findIn(t, c.script, c.watched, c.prepare)
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
		keys = append(keys, endKey{low: random.Uint64(), port: uint64(random.IntN(65536))})
	}
	count := func(order []int) map[endKey]int {
		parts := [2]sample[endKey, int]{newSample[endKey, int](300, newSecret()), newSample[endKey, int](300, newSecret())}
		for n, i := range order {
			if v := parts[n%2].at(&keys[i%len(keys)], keys[i%len(keys)].hash(parts[n%2].secret)); v != nil {
				*v++
			}
		}
		parts[0].merge(&parts[1], func(to, from *int) { *to += *from })
		got := map[endKey]int{}
		for _, k := range parts[0].keys(compareKeys) {
			got[k] = *parts[0].get(k)
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
	if n := f.all().silent.n; n > maxFindingServices+maxFindingServices/4+1 || !f.Cut() {
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
