package flows

import (
	"net/netip"
	"testing"
)

// heldBy makes the Holders of one socket, and the conversation whose server it is.
func heldBy(h Holder) (*Holders, *Teardown) {
	t := &Teardown{Class: HalfClosedStall, Start: 1e9, Last: 2e9, WatchedUntil: 60e9, CloseStart: 2e9, CloseEnd: NoTime}
	t.Ends[Client].Addr, t.Ends[Server].Addr = netip.MustParseAddrPort("10.0.0.1:40000"), netip.MustParseAddrPort("10.0.0.2:443")
	t.Ends[Server].States = []Transition{
		{State: Established, Grade: Seen, Earliest: 1e9, Latest: 1e9}, {State: CloseWait, Grade: Seen, Earliest: 2e9, Latest: 2e9},
	}
	return &Holders{At: 60e9, Of: map[SocketName]Holder{t.Name(Server): h}}, t
}

func TestTheKernelIsHeldAgainstTheWireOnlyWhereBothAreSettled(t *testing.T) {
	for _, c := range []struct {
		name    string
		holder  Holder
		at      int64
		ok      bool
		differs bool
	}{
		{"both agree", Holder{State: CloseWait, Since: 3e9}, 60e9, true, false},
		{"the kernel knows of no FIN", Holder{State: Established, Since: 1e9}, 60e9, true, true},
		{"the kernel has just gone on", Holder{State: LastAck, Since: 59e9}, 60e9, false, false},
		{"the wire has just gone on", Holder{State: Established, Since: 1e9}, 4e9, false, false},
		{"it is gone", Holder{State: CloseWait, Since: 3e9, Gone: true}, 60e9, false, false},
	} {
		h, v := heldBy(c.holder)
		h.At, v.WatchedUntil = c.at, c.at
		wire, kernel, ok := h.Compare(v, Server, &Config{})
		if ok != c.ok || ok && (wire != kernel) != c.differs {
			t.Errorf("%s: wire %s, kernel %s, %v", c.name, wire, kernel, ok)
		}
		if _, _, ok := h.Compare(v, Client, &Config{}); ok {
			t.Errorf("%s: a socket of another host is compared", c.name)
		}
	}
	h, v := heldBy(Holder{State: Established, Since: 1e9})
	v.Ends[Server].States = append(v.Ends[Server].States, Transition{State: Closed, Grade: Seen, Earliest: 3e9, Latest: 3e9})
	if wire, kernel, ok := h.Compare(v, Server, &Config{}); !ok || wire != Closed || kernel != Established {
		t.Errorf("a socket that outlives its RST: wire %s, kernel %s, %v", wire, kernel, ok)
	}
	if _, ok := (*Holders)(nil).Find(v.Name(Server)); ok {
		t.Error("nobody asked the kernel, and something is known")
	}
}

func TestAHolderIsNamedByWhatIsKnownOfIt(t *testing.T) {
	java := Holder{State: CloseWait, Process: "java", PID: 4213, User: "app", Container: "0123456789ab"}
	closed, gone := java, java
	closed.Orphan, gone.Gone = true, true
	for _, c := range []struct {
		holder     Holder
		short, all string
	}{
		{java, "java[4213]", "held by java[4213], user app, in container 0123456789ab"},
		{closed, "(java[4213])", "held by no process: it was closed, last held by java[4213], user app, in container 0123456789ab"},
		{gone, "(java[4213])", "held by no process: it was closed, last held by java[4213], user app, in container 0123456789ab"},
		{Holder{User: "app"}, "app", "held by a process of app"},
		{Holder{Orphan: true}, "", "held by no process: it was closed"},
		{Holder{}, "", "held by a process that cannot be seen"},
	} {
		if c.holder.Short() != c.short || c.holder.Text() != c.all {
			t.Errorf("%+v: %q, %q", c.holder, c.holder.Short(), c.holder.Text())
		}
	}
}

func TestWhoHoldsAServicesSocketsIsCounted(t *testing.T) {
	service := netip.MustParseAddrPort("10.0.0.2:443")
	h := &Holders{Of: map[SocketName]Holder{}}
	add := func(n int, to netip.AddrPort, of Holder) {
		for range n {
			h.Of[SocketName{to, netip.AddrPortFrom(netip.MustParseAddr("10.0.0.1"), uint16(1024+len(h.Of)))}] = of
		}
	}
	java := Holder{State: CloseWait, Process: "java", PID: 4213}
	add(134, service, java)
	add(150, service, Holder{State: FinWait2, Orphan: true})
	add(9, service, Holder{State: Established, Process: "java", PID: 4213})
	add(9, netip.MustParseAddrPort("10.0.0.2:80"), java)
	java.Gone = true
	add(9, service, java)
	got := h.Held(service)
	if len(got) != 2 || got[0].String() != "CLOSE-WAIT ×134 held by java[4213]" || got[1].String() != "FIN-WAIT-2 ×150 held by no process: it was closed" {
		t.Errorf("%v", got)
	}
}
