//go:build linux && libpcap

package live

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/decode/libpcap"
	"tcpclose/decode/live/vethlab"
)

// TestLibpcapSeesAConnectionFromItsSYNToItsLastACK runs with go test -tags libpcap, which needs cgo and libpcap's headers.
func TestLibpcapSeesAConnectionFromItsSYNToItsLastACK(t *testing.T) {
	a, b := vethlab.New(t)
	for _, name := range []string{vethlab.Device, "any"} {
		var c *Capture
		test := decode.PacketTest{Op: decode.TestPort, Source: true, Dest: true, Low: 8080, High: 8080}
		err := b.Do(func() (err error) {
			c, err = Open(Options{Interface: name, Test: &test})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		talk(t, a, b, 8080)
		talk(t, a, b, 8090)
		time.Sleep(3 * pauseEvery)
		seen := map[uint16]decode.Flags{}
		d := decode.NewDecoder(decode.Config{})
		var p decode.Packet
		var s decode.Segment
		pauses := 0
		for pauses < 3 {
			err := c.Next(&p)
			if errors.Is(err, decode.ErrPause) {
				pauses++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if d.Decode(&p, &s) {
				seen[s.DstPort] |= s.Flags
			}
		}
		if want := decode.SYN | decode.FIN | decode.ACK; seen[8080]&want != want {
			t.Errorf("%s: flags %v", name, seen[8080])
		}
		if name != "any" && seen[8090] != 0 {
			t.Errorf("%s: the kernel's filter let port 8090 pass", name)
		}
		c.Stop()
		for err = nil; err == nil || errors.Is(err, decode.ErrPause); {
			err = c.Next(&p)
		}
		if !errors.Is(err, io.EOF) || c.Counts().Dropped != 0 || c.Counts().Packets == 0 {
			t.Errorf("%s: %v, %+v", name, err, c.Counts())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// openIn captures in a namespace until the test's end.
func openIn(t *testing.T, s *vethlab.Space) (c *Capture) {
	t.Helper()
	if err := s.Do(func() (err error) {
		c, err = Open(Options{Interface: vethlab.Device})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestLibpcapDeliversWhatWasCapturedBeforeAStop stops right behind the last packet, which the system still holds back.
func TestLibpcapDeliversWhatWasCapturedBeforeAStop(t *testing.T) {
	a, b := vethlab.New(t)
	c := openIn(t, b)
	talk(t, a, b, 8080)
	c.Stop()
	fins := 0
	d := decode.NewDecoder(decode.Config{})
	var p decode.Packet
	var s decode.Segment
	var err error
	for err == nil || errors.Is(err, decode.ErrPause) {
		if err = c.Next(&p); err == nil && d.Decode(&p, &s) && s.Flags&decode.FIN != 0 {
			fins++
		}
	}
	if !errors.Is(err, io.EOF) || fins != 2 {
		t.Errorf("%d FINs came before %v", fins, err)
	}
}

func TestLibpcapSaysThatTheInterfaceIsGone(t *testing.T) {
	_, b := vethlab.New(t)
	c := openIn(t, b)
	b.Run(t, "ip", "link", "delete", vethlab.Device)
	err := b.Do(func() (err error) { // where the interface was is asked in its namespace
		var p decode.Packet
		for limit := time.Now().Add(10 * time.Second); (err == nil || errors.Is(err, decode.ErrPause)) && time.Now().Before(limit); {
			err = c.Next(&p)
		}
		return err
	})
	if _, ok := errors.AsType[*GoneError](err); !ok {
		t.Errorf("%v", err)
	}
}

// talk makes one connection and closes it at both ends.
func talk(t *testing.T, a, b *vethlab.Space, port uint16) {
	t.Helper()
	l := b.Listen(t, int(port))
	defer l.Close()
	conn, err := a.Dial(netip.AddrPortFrom(b.Addr, port))
	if err != nil {
		t.Fatal(err)
	}
	served, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	_, _ = io.ReadAll(served)
	served.Close()
}

func TestLibpcapNamesAnInterfaceThatIsNotThere(t *testing.T) {
	_, err := Open(Options{Interface: "nosuch0"})
	if _, ok := errors.AsType[*UnknownError](err); !ok {
		t.Errorf("%v", err)
	}
	if err := pcapError("Ethernet", errors.New("couldn't load wpcap.dll")); !strings.Contains(err.Error(), "npcap.com") {
		t.Error(err)
	}
}

func TestADeviceIsFoundByItsNameDescriptionOrAddress(t *testing.T) {
	a := netip.MustParseAddr("192.0.2.7")
	devices := []libpcap.Device{
		{Name: `\Device\NPF_{1}`, Description: "Intel(R) Ethernet", Addresses: []netip.Addr{netip.MustParseAddr("fe80::1"), a}},
		{Name: `\Device\NPF_{2}`, Description: "Loopback"},
	}
	for name, want := range map[string]string{
		`\Device\NPF_{2}`: `\Device\NPF_{2}`, "loopback": `\Device\NPF_{2}`, "Ethernet": `\Device\NPF_{1}`,
	} {
		if got := deviceOf(name, []netip.Addr{a}, devices); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := deviceOf("Wi-Fi", nil, devices); got != "Wi-Fi" {
		t.Error(got)
	}
}
