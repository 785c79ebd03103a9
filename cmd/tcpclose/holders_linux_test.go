package main

import (
	"net"
	"os"
	"testing"
	"time"

	"tcpclose/flows"
)

// TestTheSocketsOfThisHostAreKnownByTheirHolders asks for real sockets of this very process, over IPv4 and IPv6.
func TestTheSocketsOfThisHostAreKnownByTheirHolders(t *testing.T) {
	o, err := openOwners()
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	for _, listen := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		l, err := net.Listen("tcp", listen)
		if err != nil {
			t.Logf("%s: %v", listen, err) // a host without IPv6
			continue
		}
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		server, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		name := flows.SocketName{Local: client.LocalAddr().(*net.TCPAddr).AddrPort(), Peer: client.RemoteAddr().(*net.TCPAddr).AddrPort()}
		back := flows.SocketName{Local: name.Peer, Peer: name.Local}
		expect := func(when string, of flows.SocketName, state flows.State, orphan bool) {
			t.Helper()
			h, ok := o.holders().Find(of)
			for range 100 { // the acknowledgement of a FIN may wait for data to go with
				if h.State == state {
					break
				}
				time.Sleep(10 * time.Millisecond)
				h, ok = o.holders().Find(of)
			}
			if !ok || h.State != state || h.Orphan != orphan || h.PID != os.Getpid() || h.Process == "" || h.Gone {
				t.Errorf("%s, %s: %+v, %v; want %s of process %d", listen, when, h, ok, state, os.Getpid())
			}
		}
		// The processes are gone through once in two seconds: a new socket may have to wait for it.
		o.scanned = o.scanned.Add(-scanEvery)
		expect("open", name, flows.Established, false)
		o.scanned = o.scanned.Add(-scanEvery)
		expect("open", back, flows.Established, false)
		since := o.last.Of[back].Since
		expect("still open", back, flows.Established, false)
		if o.last.Of[back].Since != since {
			t.Error("a state that lasts has begun anew")
		}
		_ = client.Close()
		expect("the peer has closed", back, flows.CloseWait, false)
		expect("closed", name, flows.FinWait2, true)
		_ = server.Close()
		if h, ok := o.holders().Find(back); !ok || !h.Gone || h.PID != os.Getpid() {
			t.Errorf("%s: gone, it is %+v, %v", listen, h, ok)
		}
		_ = l.Close()
	}
}
