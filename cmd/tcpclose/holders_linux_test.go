package main

import (
	"encoding/binary"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/flows"
)

// TestASocketThatOneLookMissedKeepsItsHolder replays the looks that a kernel answers while it replaces a closed socket with
// its mini-socket.
func TestASocketThatOneLookMissedKeepsItsHolder(t *testing.T) {
	name := flows.SocketName{Local: netip.MustParseAddrPort("192.0.2.1:4000"), Peer: netip.MustParseAddrPort("192.0.2.2:80")}
	body := func(state uint8, inode uint32) []byte {
		b := make([]byte, sizeofDiag)
		b[0], b[1] = unix.AF_INET, state
		binary.BigEndian.PutUint16(b[4:], name.Local.Port())
		binary.BigEndian.PutUint16(b[6:], name.Peer.Port())
		copy(b[8:], name.Local.Addr().AsSlice())
		copy(b[24:], name.Peer.Addr().AsSlice())
		binary.NativeEndian.PutUint32(b[68:], inode)
		return b
	}
	const held = 77
	for _, c := range []struct {
		when   string
		missed int // looks between
		inode  uint32
		pid    int
	}{
		{"closed, replaced", 1, 0, 4213},
		{"closed, seen all the time", 0, 0, 4213},
		{"gone for longer", 2, 0, 0},
		{"opened anew by a process that cannot be seen", 1, 99, 0},
	} {
		o := owners{users: map[uint32]string{}, processes: map[uint32]int{held: 4213}, programs: map[int]program{4213: {name: "java"}}, scanned: time.Now()}
		at := int64(0)
		look := func(sockets ...[]byte) {
			at++
			h := &flows.Holders{At: at, Of: map[flows.SocketName]flows.Holder{}}
			for _, b := range sockets {
				o.enter(h, b)
			}
			o.remember(h)
			o.last = h
		}
		look(body(5, held)) // FIN-WAIT-2
		for range c.missed {
			look()
			if h, _ := o.last.Find(name); !h.Gone || h.PID != 4213 {
				t.Errorf("%s: missed, it is %+v", c.when, h)
			}
		}
		look(body(5, c.inode))
		if h, _ := o.last.Find(name); h.Gone || h.PID != c.pid || h.State != flows.FinWait2 {
			t.Errorf("%s: %+v, want process %d", c.when, h, c.pid)
		}
	}
}

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
		client, server := connectTo(t, l)
		name := flows.SocketName{Local: client.LocalAddr().(*net.TCPAddr).AddrPort(), Peer: client.RemoteAddr().(*net.TCPAddr).AddrPort()}
		back := flows.SocketName{Local: name.Peer, Peer: name.Local}
		expect := func(when string, of flows.SocketName, state flows.State, orphan bool) {
			t.Helper()
			h, ok := o.holders().Find(of)
			for range 100 { // the acknowledgement of a FIN may wait for data to go with
				if h.State == state && !h.Gone { // a look may miss a socket that is being replaced
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
