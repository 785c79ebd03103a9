package flows

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"
)

// birth is when the synthetic conversations of these tests begin.
const birth = 1_795_166_690 * second

// a life is one end's states with their times in milliseconds after birth.
type life []struct {
	state State
	at    int64
	grade Grade
}

func (l life) transitions() (list []Transition) {
	for _, s := range l {
		t := birth + s.at*second/1000
		list = append(list, Transition{State: s.state, Grade: s.grade, Frame: 1, Earliest: t, Latest: t})
	}
	return list
}

// lived makes a conversation of two lives, watched until a time in milliseconds.
func lived(id uint64, client, server string, until int64, lives ...life) Teardown {
	td := Teardown{ID: id, Class: FourWay, Start: birth, Last: birth, CloseStart: NoTime, CloseEnd: NoTime, WatchedUntil: birth + until*second/1000}
	td.Ends[Client].Addr, td.Ends[Server].Addr = netip.MustParseAddrPort(client), netip.MustParseAddrPort(server)
	for s, l := range lives {
		td.Ends[s].States = l.transitions()
	}
	if len(lives[0]) > 0 {
		td.Start = td.Ends[0].States[0].When()
		td.Last = td.Ends[0].States[len(lives[0])-1].When()
	}
	return td
}

// randomLives makes conversations whose states lie anywhere within a span of milliseconds.
func randomLives(random *rand.Rand, n int, span int64) []Teardown {
	var list []Teardown
	for i := range n {
		var lives [2]life
		for s := range lives {
			at := random.Int64N(span)
			for range random.IntN(6) {
				lives[s] = append(lives[s], struct {
					state State
					at    int64
					grade Grade
				}{State(random.IntN(int(NumStates))), at, Grade(random.IntN(3))})
				at += random.Int64N(span / 4)
			}
		}
		list = append(list, lived(uint64(i+1), fmt.Sprintf("10.0.0.%d:%d", random.IntN(3), 1024+i), fmt.Sprintf("10.0.1.%d:80", random.IntN(2)),
			span*3, lives[0], lives[1]))
	}
	return list
}

// bruteForce counts the sockets of a crowd at a moment, one by one.
func bruteForce(list []Teardown, c Crowd, at int64, cfg *Config) (census Census) {
	for i := range list {
		td := &list[i]
		for s := range Side(2) {
			switch {
			case c.Scope == ScopeHost && td.Ends[s].Addr.Addr() != c.Host:
			case (c.Scope == ScopeService || c.Scope == ScopePair) && td.Ends[Server].Addr != c.Service:
			case c.Scope == ScopePair && td.Ends[Client].Addr.Addr() != c.Host:
			default:
				for _, stay := range appendStays(nil, td, s, cfg) {
					switch {
					case at < stay.from || at >= stay.to:
					case at < stay.sure:
						census[s][stay.state].Certain++
					default:
						census[s][stay.state].Maybe++
					}
				}
			}
		}
	}
	return census
}

func TestPopulationsAreWhatCountingOneByOneGives(t *testing.T) {
	for _, span := range []int64{400, 90_000, 40_000_000} {
		random := rand.New(rand.NewPCG(uint64(span), 2))
		list := randomLives(random, 300, span)
		cfg := Config{}
		p := NewPopulation(cfg, 0)
		for _, i := range random.Perm(len(list)) {
			p.Add(&list[i])
		}
		for scope := range NumScopes {
			crowds := p.Crowds(scope)
			if want := []int{1, 5, 2, 6}[scope]; len(crowds) != want {
				t.Errorf("span %d: %d of scope %v, want %d", span, len(crowds), scope, want)
			}
			for _, c := range crowds {
				samples := 0
				for at, census := range p.Samples(c) {
					samples++
					if want := bruteForce(list, c, at, &cfg); *census != want {
						t.Fatalf("span %d: %v at %v:\n%v\nwant\n%v", span, c, time.Unix(0, at).UTC(), *census, want)
					}
					if at%p.Step() != 0 {
						t.Errorf("a sample at %d is none of the grid's", at)
					}
				}
				if samples < gridSteps/8 || samples > gridSteps {
					t.Errorf("span %d: %d samples %v apart", span, samples, time.Duration(p.Step()))
				}
			}
		}
	}
}

func TestPopulationsDoNotDependOnOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 2))
	list := append(randomLives(random, 400, 900_000), randomLives(random, 200, 40)...)
	tell := func(order []int) (all []Census, step int64, crowds []Crowd, ports []Ports) {
		p := NewPopulation(Config{}, 0)
		for _, i := range order {
			p.Add(&list[i])
		}
		for scope := range NumScopes {
			for _, c := range p.Crowds(scope) {
				crowds = append(crowds, c)
				for _, census := range p.Samples(c) {
					all = append(all, *census)
				}
			}
		}
		return all, p.Step(), crowds, p.Ports()
	}
	want, step, crowds, ports := tell(random.Perm(len(list)))
	got, otherStep, otherCrowds, otherPorts := tell(random.Perm(len(list)))
	if step != otherStep || !slices.Equal(crowds, otherCrowds) || !slices.Equal(want, got) || !reflect.DeepEqual(ports, otherPorts) {
		t.Error("another order gives another population")
	}
}

func TestASocketIsCertainAsLongAsTheWireProvesIt(t *testing.T) {
	ms := func(n int64) int64 { return birth + n*second/1000 }
	for _, c := range []struct {
		name        string
		life        life
		until       int64
		at          int64
		state       State
		certain, ok bool
	}{
		{"what an end did next shows where it was", life{{FinWait2, 0, Inferred}, {TimeWait, 200_000, Seen}}, 210_000, 150_000, FinWait2, true, true},
		{"FIN-WAIT-2 is certain at first", life{{FinWait2, 0, Inferred}}, 200_000, 59_000, FinWait2, true, true},
		{"an orphan may have expired", life{{FinWait2, 0, Inferred}}, 200_000, 61_000, FinWait2, false, true},
		{"LAST-ACK is given up in the end", life{{CloseWait, 0, Seen}, {LastAck, 1000, Seen}}, 200_000, 102_000, LastAck, false, true},
		{"but not at once", life{{CloseWait, 0, Seen}, {LastAck, 1000, Seen}}, 200_000, 90_000, LastAck, true, true},
		{"CLOSE-WAIT has no timer", life{{CloseWait, 0, Seen}}, 9_000_000, 8_999_000, CloseWait, true, true},
		{"a FIN that nobody acknowledged need not have arrived", life{{CloseWait, 0, Inferred}}, 9_000, 10, CloseWait, false, true},
		{"a silent ESTABLISHED may be dead", life{{Established, 0, Seen}}, 200_000, 31_000, Established, false, true},
		{"one that spoke lately is not", life{{Established, 0, Seen}}, 200_000, 29_000, Established, true, true},
		{"TIME-WAIT is over after 2 MSL", life{{TimeWait, 0, Seen}, {Closed, 60_000, Assumed}}, 200_000, 60_000, TimeWait, false, false},
		{"and not before", life{{TimeWait, 0, Seen}, {Closed, 60_000, Assumed}}, 200_000, 59_999, TimeWait, true, true},
		{"at the capture's end it is still there", life{{CloseWait, 0, Seen}}, 500, 500, CloseWait, true, true},
		{"after it nothing is known", life{{CloseWait, 0, Seen}}, 500, 501, CloseWait, false, false},
		{"before it began there was none", life{{CloseWait, 100, Seen}}, 500, 99, CloseWait, false, false},
	} {
		td := lived(1, "10.0.0.1:40000", "10.0.0.2:80", c.until, c.life, nil)
		td.Last = birth
		s, ok := SocketAt(&td, Client, ms(c.at), &Config{})
		if ok != c.ok || ok && (s.State != c.state || s.Certain != c.certain) {
			t.Errorf("%s: %+v, %t", c.name, s, ok)
		}
	}
}

func TestTheSocketTableOfAMoment(t *testing.T) {
	script := opened(1, "10.0.0.7:40001", "10.0.0.5:8080", 0, neverClosed) + opened(2, "10.0.0.7:40002", "10.0.0.5:8080", 5, orderlyClose) +
		opened(3, "10.0.0.8:40003", "10.0.0.5:8080", 10, "") + opened(4, "10.0.0.8:40004", "10.0.0.5:8080", 80, "")
	list := judgeScript(t, script, Config{}, 10*time.Second)
	at := func(seconds float64, host string) (lines []string) {
		var addr netip.Addr
		if host != "" {
			addr = netip.MustParseAddr(host)
		}
		moment := list[0].Start + int64(seconds*float64(second))
		k := NewSocketTable(Config{}, moment, addr)
		for i := range list {
			k.Add(&list[i])
		}
		sockets, _ := k.Sockets()
		for i := range sockets {
			s := &sockets[i]
			lines = append(lines, fmt.Sprintf("%s %d %d %v %v %t", s.State.SS(), s.RecvQ, s.SendQ, s.Local, s.Peer, s.Certain))
		}
		return lines
	}
	for _, c := range []struct {
		at   float64
		host string
		want []string
	}{
		{12, "10.0.0.5", []string{"CLOSE-WAIT -1 0 10.0.0.5:8080 10.0.0.7:40001 true", "ESTAB -1 0 10.0.0.5:8080 10.0.0.8:40003 true"}},
		{12, "10.0.0.7", []string{"FIN-WAIT-2 -1 0 10.0.0.7:40001 10.0.0.5:8080 true", "TIME-WAIT 0 0 10.0.0.7:40002 10.0.0.5:8080 true"}},
		{79, "", []string{
			"CLOSE-WAIT -1 0 10.0.0.5:8080 10.0.0.7:40001 true", "ESTAB -1 0 10.0.0.5:8080 10.0.0.8:40003 false",
			"FIN-WAIT-2 -1 0 10.0.0.7:40001 10.0.0.5:8080 false", "ESTAB -1 0 10.0.0.8:40003 10.0.0.5:8080 false",
		}},
		{0.01, "", []string{"SYN-RECV 0 0 10.0.0.5:8080 10.0.0.7:40001 true", "SYN-SENT -1 -1 10.0.0.7:40001 10.0.0.5:8080 true"}},
		{-1, "", nil},
		{12, "10.9.9.9", nil},
	} {
		if got := at(c.at, c.host); !slices.Equal(got, c.want) {
			t.Errorf("at %v on %q: %q, want %q", c.at, c.host, got, c.want)
		}
	}
}

func TestACloseWaitThatOnlyRisesIsALeak(t *testing.T) {
	p := NewPopulation(Config{}, 0)
	for i := range 10 {
		at := int64(i) * 10_000
		td := lived(uint64(i+1), "10.0.0.7:40001", "10.0.0.5:80", 120_000, nil, life{{Established, at, Seen}, {CloseWait, at + 100, Seen}})
		p.Add(&td)
		td = lived(uint64(i+50), "10.0.0.7:40001", "10.0.0.6:80", 120_000, nil, life{{CloseWait, at, Seen}, {LastAck, at + 15_000, Seen}, {Closed, at + 15_100, Seen}})
		p.Add(&td)
	}
	list := p.Growing()
	if len(list) != 1 || list[0].Crowd.Service.String() != "10.0.0.5:80" || list[0].Side != Server || list[0].State != CloseWait || list[0].Last != (Count{Certain: 10}) {
		t.Errorf("%+v", list)
	}
}

// busy adds connections that a client opens and closes, each second so many, for some seconds.
func busy(p *Population, f *Findings, rate, seconds int) {
	for i := range rate * seconds {
		at := int64(i) * 1000 / int64(rate)
		td := lived(uint64(i+1), "10.0.0.7:40001", "10.0.0.5:80", int64(seconds)*1000,
			life{{SynSent, at, Seen}, {Established, at + 1, Seen}, {FinWait1, at + 5, Seen}, {TimeWait, at + 6, Seen}, {Closed, at + 60_006, Assumed}}, nil)
		if at+60_006 > int64(seconds)*1000 {
			td.Ends[Client].States = td.Ends[Client].States[:4]
		}
		p.Add(&td)
		f.Add(&td)
	}
}

func TestAClientRunsOutOfPorts(t *testing.T) {
	for _, c := range []struct {
		rate, seconds int
		want          string
	}{
		{300, 30, "10.0.0.7 held 9,000 of its 28,232 ephemeral ports towards 10.0.0.5:80, 8,999 of them in TIME-WAIT: keep connections alive, or let the server close first."},
		{600, 20, "10.0.0.7 held 12,000 of its 28,232 ephemeral ports towards 10.0.0.5:80, 11,997 of them in TIME-WAIT; at this rate (600 a second) they run out at 09:25:37: keep connections alive, or let the server close first."},
		{500, 70, "10.0.0.7 held 30,003 of its 28,232 ephemeral ports towards 10.0.0.5:80, 30,000 of them in TIME-WAIT; the default range is used up: keep connections alive, or let the server close first."},
		{300, 100, "10.0.0.7 held 18,002 of its 28,232 ephemeral ports towards 10.0.0.5:80, 18,000 of them in TIME-WAIT; programs that bind() before connect() have no more: keep connections alive, or let the server close first."},
		{100, 100, ""},
		{40, 20, ""},
	} {
		p, f := NewPopulation(Config{}, 0), NewFindings()
		busy(p, f, c.rate, c.seconds)
		got := ""
		for _, found := range f.List(nil, p) {
			if found.ID == FindingTimeWaitExhaustion {
				got = found.Sentence
				if len(found.Conversations) == 0 || found.Count != uint64(c.rate*c.seconds) {
					t.Errorf("%+v", found)
				}
			}
		}
		if got != c.want {
			t.Errorf("%d a second for %d s: %q\nwant %q", c.rate, c.seconds, got, c.want)
		}
	}
}

func TestAnOwnStepIsKeptWhereItFits(t *testing.T) {
	p := NewPopulation(Config{}, 7*time.Second)
	td := lived(1, "10.0.0.7:40001", "10.0.0.5:80", 3_000_000, life{{CloseWait, 0, Seen}}, nil)
	p.Add(&td)
	if p.Step() != 7*second {
		t.Errorf("%v", time.Duration(p.Step()))
	}
	td = lived(2, "10.0.0.7:40001", "10.0.0.5:80", 6_000_000, life{{CloseWait, 0, Seen}}, nil)
	p.Add(&td)
	if p.Step() != 14*second {
		t.Errorf("%v for a capture that is too long", time.Duration(p.Step()))
	}
}

func TestManyCrowdsAreBounded(t *testing.T) {
	p := NewPopulation(Config{}, 0)
	for i := range 3 * maxCrowdPairs {
		td := lived(uint64(i+1), fmt.Sprintf("10.%d.%d.%d:40001", i>>16, i>>8&255, i&255), "10.0.0.5:80", 1000, life{{CloseWait, 0, Seen}}, nil)
		p.Add(&td)
	}
	if n := p.all().pairs.n; n > maxCrowdPairs+maxCrowdPairs/4+1 || !p.Cut() {
		t.Errorf("%d pairs, cut %t", n, p.Cut())
	}
	if got := p.At(Crowd{}, birth+second); got[Client][CloseWait] != (Count{Certain: 3 * maxCrowdPairs}) {
		t.Errorf("%v in all", got[Client][CloseWait])
	}
}

func TestWildTimesAreBounded(t *testing.T) {
	p := NewPopulation(Config{}, 0)
	for _, wild := range []int64{-9e18, 0, birth, 9e18} {
		td := lived(1, "10.0.0.7:40001", "10.0.0.5:80", 1000, life{{CloseWait, 0, Seen}}, nil)
		td.Ends[Client].States[0].Earliest, td.Ends[Client].States[0].Latest = wild, wild
		p.Add(&td)
	}
	n := 0
	for range p.Samples(Crowd{}) {
		n++
	}
	if n > gridSteps {
		t.Errorf("%d samples", n)
	}
}

func TestScopesHaveNames(t *testing.T) {
	for s := range NumScopes {
		if got, ok := ParseScope(s.String()); !ok || got != s {
			t.Errorf("%v", s)
		}
	}
	if _, ok := ParseScope("flow"); ok {
		t.Error("flow is a scope")
	}
	for id := range NumFindings {
		if got, ok := ParseFinding(id.String()); !ok || got != id {
			t.Errorf("%v", id)
		}
	}
	if !reflect.DeepEqual(Crowd{}.String(), "capture") {
		t.Error(Crowd{}.String())
	}
}

func BenchmarkPopulationAdd(b *testing.B) {
	dull := judgeScript(b, opened(1, "10.0.0.7:40001", "10.0.0.5:8080", 0, orderlyClose), Config{}, 2*time.Minute)[0]
	base := dull.Clone()
	for _, span := range []time.Duration{time.Minute, time.Hour} {
		b.Run(span.String(), func(b *testing.B) {
			p := NewPopulation(Config{}, 0)
			n := int64(0)
			b.ReportAllocs()
			for b.Loop() {
				n++
				shift := n * int64(time.Millisecond) % int64(span)
				for s := range dull.Ends {
					for i := range dull.Ends[s].States {
						tr, of := &dull.Ends[s].States[i], &base.Ends[s].States[i]
						tr.Earliest, tr.Latest = of.Earliest+shift, of.Latest
						if of.Latest != NoTime {
							tr.Latest += shift
						}
					}
				}
				dull.WatchedUntil = base.WatchedUntil + shift
				p.Add(&dull)
			}
		})
	}
}
