package flows

import (
	"io"
	"net/netip"
	"sync"
	"testing"
	"time"

	"tcpclose/decode"
)

func TestAPulseTellsHowTheRunStands(t *testing.T) {
	for _, workers := range []int{1, 3} {
		var w wire
		// Three stay open, two are half-closed, one is closed in order, one is reset.
		for port := uint16(1); port <= 7; port++ {
			w.open(time.Duration(port)*time.Millisecond, port)
		}
		for port := uint16(4); port <= 6; port++ {
			w.send(time.Second, port, true, decode.FIN|decode.ACK, 1, 1)
			w.send(time.Second+1e6, port, false, decode.ACK, 1, 2)
		}
		w.send(2*time.Second, 6, false, decode.FIN|decode.ACK, 1, 2)
		w.send(2*time.Second+1e6, 6, true, decode.ACK, 2, 2)
		w.send(2*time.Second, 7, true, decode.RST|decode.ACK, 1, 1)
		w.quiet(3*time.Second, 40*time.Second)

		var mu sync.Mutex
		told := map[Occasion]int{}
		p := &Pulse{Told: func(v *Teardown, why Occasion) {
			mu.Lock()
			defer mu.Unlock()
			told[why]++
			if why == Ended && !v.Final || why == Stalled && v.Class != HalfClosedStall {
				t.Errorf("%d of %v, final %v", why, v.Class, v.Final)
			}
		}}
		if got := p.Read(); got != (Beat{}) {
			t.Errorf("before the run: %+v", got)
		}
		before, services := Beat{}, map[netip.AddrPort]StateCounts{}
		_, err := Stream(t.Context(), &watched{wire: w, at: func() { before, services = p.Read(), p.Services() }}, decode.Config{}, Config{Workers: workers, Pulse: p}, io.Discard,
			func(b []byte, _ *Teardown) []byte { return b })
		if err != nil {
			t.Fatal(err)
		}
		sockets := before.Sockets
		want := StateCounts{
			Client: {Established: 3, FinWait2: 2, TimeWait: 1},
			Server: {Established: 3, CloseWait: 2},
		}
		if sockets != want {
			t.Errorf("%d workers: sockets %v, want %v", workers, sockets, want)
		}
		if len(services) != 2 || services[netip.MustParseAddrPort("10.0.0.2:80")] != want || services[netip.AddrPort{}] != (StateCounts{}) {
			t.Errorf("%d workers: of services %v", workers, services)
		}
		if before.Conversations != 7 || before.Memory < 7*256 || before.Stalls != 2 || before.Evicted != 0 {
			t.Errorf("%d workers: %+v", workers, before)
		}
		if told[Ended] != 7 || told[Stalled] != 2 || told[Evicted] != 0 {
			t.Errorf("%d workers: told %v", workers, told)
		}
	}
}

func TestAPulseCountsTheSocketsOfWantedConversationsAlone(t *testing.T) {
	var w wire
	for port := uint16(1); port <= 5; port++ {
		w.open(time.Duration(port)*time.Millisecond, port)
	}
	w.send(time.Second, 5, true, decode.FIN|decode.ACK, 1, 1)
	w.send(time.Second+1e6, 5, false, decode.ACK, 1, 2)
	w.quiet(3*time.Second, 10*time.Second)
	var beat Beat
	var services map[netip.AddrPort]StateCounts
	p := &Pulse{Counts: func(v *Teardown) bool {
		if v.Over() || v.Ends[Client].Name != "called" {
			t.Errorf("conversation %d: over %v, called %q", v.ID, v.Over(), v.Ends[Client].Name)
		}
		return v.Ends[Client].Addr.Port() >= 4
	}}
	config := Config{Workers: 1, Pulse: p, Annotate: func(v *Teardown) { v.Ends[Client].Name = "called" }}
	_, err := Stream(t.Context(), &watched{wire: w, at: func() { beat, services = p.Read(), p.Services() }}, decode.Config{}, config, io.Discard,
		func(b []byte, _ *Teardown) []byte { return b })
	if err != nil {
		t.Fatal(err)
	}
	want := StateCounts{Client: {Established: 1, FinWait2: 1}, Server: {Established: 1, CloseWait: 1}}
	if beat.Sockets != want || services[netip.MustParseAddrPort("10.0.0.2:80")] != want || beat.Conversations != 5 {
		t.Errorf("%+v, of services %v", beat, services)
	}
}

// watched is a wire that calls at before its end, once the shards had time to take in the pauses.
type watched struct {
	wire
	at func()
}

func (w *watched) Next(p *decode.Packet) error {
	err := w.wire.Next(p)
	if err == io.EOF {
		time.Sleep(50 * time.Millisecond)
		w.at()
	}
	return err
}

func TestWhatIsGivenUpForWantOfMemoryIsToldOnce(t *testing.T) {
	var w wire
	const opened = 20000
	for i := range opened {
		w.open(time.Duration(i)*100*time.Microsecond, uint16(i+1))
	}
	w.quiet(3*time.Second, 10*time.Second)
	told := map[Occasion]int{}
	p := &Pulse{Told: func(_ *Teardown, why Occasion) { told[why]++ }}
	_, sum := w.stream(t, Config{Workers: 1, Mem: 1 << 20, Pulse: p})
	if told[Evicted] == 0 || uint64(told[Evicted]) != sum.Evicted || told[Evicted]+told[Ended] != opened {
		t.Errorf("%v told, %d given up of %d", told, sum.Evicted, opened)
	}
	if got := p.Read(); got.Evicted != sum.Evicted || got.Memory > 1<<20 {
		t.Errorf("%+v", got)
	}
}

func TestACensusCountsABoundedNumberOfServicesApart(t *testing.T) {
	var c serviceCensus
	var v Teardown
	v.Ends[Client].States = []Transition{{State: FinWait2}}
	v.Ends[Server].States = []Transition{{State: Established}, {State: CloseWait}}
	for n := range maxCensusServices + 500 {
		v.Class = HalfClosedStall
		v.Ends[Server].Addr = netip.AddrPortFrom(netip.MustParseAddr("10.0.0.2"), uint16(1+n))
		c.add(&v)
		v.Class = Refused // a scan knocks at more
		v.Ends[Server].Addr = netip.AddrPortFrom(netip.MustParseAddr("10.0.0.3"), uint16(1+n))
		c.add(&v)
	}
	p := &Pulse{}
	p.begin(1)[0].services.Store(&c)
	services, all := p.Services(), p.Read().Sockets
	var sum StateCounts
	for _, n := range services {
		sum.Add(&n)
	}
	if len(services) != maxCensusServices+1 || sum != all || all[Server][CloseWait] != 2*(maxCensusServices+500) {
		t.Errorf("%d services; %v of %v", len(services), sum, all)
	}
	if n := services[netip.MustParseAddrPort("10.0.0.2:1")]; n[Server][CloseWait] != 1 || n[Client][FinWait2] != 1 {
		t.Errorf("%v", n)
	}
}
