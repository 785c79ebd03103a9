package flows

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"unsafe"
)

// spread gives each conversation a lane, as shards do.
func spread(random *rand.Rand, list []Teardown) []Teardown {
	out := make([]Teardown, len(list))
	for i := range list {
		out[i] = list[i].Clone()
		out[i].lane = uint8(random.IntN(maxLanes))
	}
	return out
}

// TestWhatOneShardWritesLiesApart: where two shards write into one pair of cache lines, or one writes beside what the other
// only reads, each waits for the other's processor at every conversation.
func TestWhatOneShardWritesLiesApart(t *testing.T) {
	var l lanes[int]
	if size := unsafe.Sizeof(l.of[0]); size%cacheLines != 0 {
		t.Errorf("a lane has %d octets", size)
	}
	if at := unsafe.Offsetof(l.of); at < cacheLines {
		t.Errorf("the first lock stands %d octets behind what all read", at)
	}
	var o output
	if gap := unsafe.Sizeof(o) - unsafe.Offsetof(o.written) - unsafe.Sizeof(o.written); gap < cacheLines {
		t.Errorf("%d octets between two outputs", gap)
	}
	var sh shard
	if gap := unsafe.Sizeof(sh) - unsafe.Offsetof(sh.byClass) - unsafe.Sizeof(sh.byClass); gap < cacheLines {
		t.Errorf("%d octets between the counts of two shards", gap)
	}
}

func TestAPopulationIsTheSameOverAnyLanes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		list := randomLives(random, 1+random.IntN(60), int64(1)<<(4+random.IntN(24)))
		one, many := NewPopulation(Config{}, 0), NewPopulation(Config{}, 0)
		for i := range list {
			one.Add(&list[i])
		}
		for _, td := range spread(random, list) {
			many.Add(&td)
		}
		if one.Step() != many.Step() || one.Passed() != many.Passed() {
			t.Fatalf("step %d and %d", one.Step(), many.Step())
		}
		for scope := range NumScopes {
			crowds := one.Crowds(scope)
			if got := many.Crowds(scope); !reflect.DeepEqual(got, crowds) {
				t.Fatalf("%v: %v, want %v", scope, got, crowds)
			}
			for _, c := range crowds {
				samples := map[int64]Census{}
				for at, census := range one.Samples(c) {
					samples[at] = *census
				}
				for at, census := range many.Samples(c) {
					if *census != samples[at] {
						t.Fatalf("%v at %d: %v, want %v", c, at, census, samples[at])
					}
					delete(samples, at)
				}
				if len(samples) > 0 {
					t.Fatalf("%d samples are missing", len(samples))
				}
			}
		}
	}
}

func TestFindingsCountThePortsOfAWholePopulation(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		list := randomLives(random, 1+random.IntN(80), int64(1)<<(4+random.IntN(24)))
		for i := range list {
			if states := list[i].Ends[random.IntN(2)].States; len(states) > 0 && random.IntN(4) == 0 {
				states[0].Earliest, states[0].Latest = NoTime, NoTime
			}
		}
		whole, ports := NewPopulation(Config{}, 0), NewFindingsWithPorts(Config{})
		for i := range list {
			whole.Add(&list[i])
		}
		for _, td := range spread(random, list) {
			ports.Add(&td)
		}
		taken := func(o Ports) bool { return o.Peak.Most()+o.ServerHeld.Most() > 0 }
		want := slices.DeleteFunc(whole.Ports(), func(o Ports) bool { return !taken(o) })
		if got := ports.all().ports.portsFrom(0); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestFindingsAreTheSameOverAnyLanes(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	base := judgeScript(t, bare(1, refusal), Config{}, 0)[0]
	list := make([]Teardown, 400)
	for i := range list {
		list[i] = base.Clone()
		list[i].ID = uint64(i + 1)
		list[i].Ends[Server].Addr = randomLives(random, 1, 16)[0].Ends[Server].Addr
	}
	one, many := NewFindings(), NewFindings()
	for i := range list {
		one.Add(&list[i])
	}
	for _, td := range spread(random, list) {
		many.Add(&td)
	}
	want := one.List(nil, nil)
	if len(want) == 0 {
		t.Fatal("nothing was found")
	}
	if got := many.List(nil, nil); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}
