//go:build linux && !libpcap

package live

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
	"tcpclose/decode/live/vethlab"
)

// open opens a capture inside a namespace.
func open(t *testing.T, s *vethlab.Space, o Options) *Capture {
	t.Helper()
	var c *Capture
	err := s.Do(func() (err error) {
		c, err = Open(o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// converse makes one connection from a to b that carries some octets, and closes it at both ends.
func converse(t *testing.T, a, b *vethlab.Space, port int) {
	t.Helper()
	l := b.Listen(t, port)
	served := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, err = io.Copy(conn, conn)
			conn.Close()
		}
		served <- err
	}()
	conn, err := a.Dial(netip.AddrPortFrom(b.Addr, uint16(port)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(conn); err != nil || string(text) != "hello" {
		t.Fatalf("%q, %v", text, err)
	}
	conn.Close()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
}

// segments reads the capture to its end and returns its segments.
func segments(t *testing.T, c *Capture) (list []decode.Segment, pauses int) {
	t.Helper()
	d := decode.NewDecoder(decode.Config{})
	var p decode.Packet
	var s decode.Segment
	for {
		switch err := c.Next(&p); {
		case errors.Is(err, io.EOF):
			return list, pauses
		case errors.Is(err, decode.ErrPause):
			pauses++
		case err != nil:
			t.Fatal(err)
		case d.Decode(&p, &s):
			list = append(list, s)
		}
	}
}

// flagsOf returns which flags each side's segments of a port had.
func flagsOf(list []decode.Segment, port uint16) (client, server decode.Flags) {
	for _, s := range list {
		switch port {
		case s.DstPort:
			client |= s.Flags
		case s.SrcPort:
			server |= s.Flags
		}
	}
	return client, server
}

func TestARingSeesAConnectionFromItsSYNToItsLastACK(t *testing.T) {
	a, b := vethlab.New(t)
	for _, name := range []string{vethlab.Device, Any} {
		t.Run(name, func(t *testing.T) {
			c := open(t, b, Options{Interface: name})
			converse(t, a, b, 8080)
			c.Stop()
			list, _ := segments(t, c)
			client, server := flagsOf(list, 8080)
			if want := decode.SYN | decode.FIN | decode.ACK; client&want != want || server&want != want {
				t.Errorf("%d segments, client %v, server %v", len(list), client, server)
			}
			for i := range list {
				// Between the segments the wire also carries what the kernels say to their neighbours.
				if s := &list[i]; s.Time < 1e18 || i > 0 && (s.Time < list[i-1].Time-1e6 || s.Frame <= list[i-1].Frame) {
					t.Errorf("segment %d: frame %d, time %d", i, s.Frame, s.Time)
				}
			}
			if got := c.Interfaces(); len(got) == 0 || got[0].Name != vethlab.Device {
				t.Errorf("interfaces %+v", got)
			}
			if f := c.Files()[0]; f.Packets < uint64(len(list)) || f.Drops != 0 || !f.Complete {
				t.Errorf("file %+v", f)
			}
		})
	}
}

func TestSeveralRingsAreReadAsOne(t *testing.T) {
	a, b := vethlab.New(t)
	const rings, conversations = 4, 40
	const asOne = 20 * time.Millisecond // that packets of two rings may be out of order: a processor can be taken away while it puts one there
	for n, name := range []string{vethlab.Device, Any} {
		c := open(t, b, Options{Interface: name, Rings: rings})
		first := 9000 + n*conversations
		for i := range conversations {
			converse(t, a, b, first+i)
			time.Sleep(asOne / 8) // all together they take longer than packets may be out of order
		}
		c.Stop()
		list, _ := segments(t, c)
		used := 0
		for _, r := range c.handle.rings {
			if r.block > 0 || r.at > 0 {
				used++
			}
		}
		if len(c.handle.rings) != rings || used < 2 {
			t.Errorf("%s: packets in %d of %d rings", name, used, len(c.handle.rings))
		}
		seen := map[string]bool{}
		type direction struct{ from, to uint16 }
		sent := map[direction]decode.Seq{}
		for i := range list {
			s := &list[i]
			// Within a conversation, which is in one ring, order is kept: what acknowledges comes after what it acknowledges,
			// whose packet was in the ring before the stack saw it. Time does not tell that, since processors that stamp packets
			// at once can be kept from putting them there; of two rings a packet can even become visible later than the next one's.
			if end, known := sent[direction{s.DstPort, s.SrcPort}]; s.Flags.Has(decode.ACK) && (!known || s.Ack.After(end)) {
				t.Errorf("%s: segment %d acknowledges %d, of which %d was seen (%v)", name, i, s.Ack, end, known)
			}
			way := direction{s.SrcPort, s.DstPort}
			if end, known := sent[way]; !known || s.End().After(end) {
				sent[way] = s.End()
			}
			if i > 0 && s.Time < list[i-1].Time-int64(asOne) {
				t.Errorf("%s: segment %d at %d comes after one at %d", name, i, s.Time, list[i-1].Time)
			}
			key := fmt.Sprint(s.SrcPort, s.DstPort, s.Seq, s.Ack, s.Flags, s.Len)
			if seen[key] && s.Flags.Has(decode.SYN) {
				t.Errorf("%s: %s twice %d", name, key, s.Time)
			}
			seen[key] = true
		}
		for i := range conversations {
			client, server := flagsOf(list, uint16(first+i))
			if want := decode.SYN | decode.FIN | decode.ACK; client&want != want || server&want != want {
				t.Errorf("%s: conversation %d: client %v, server %v", name, i, client, server)
			}
		}
	}
}

func TestALoopbackPacketIsSeenOnce(t *testing.T) {
	a, _ := vethlab.New(t)
	c := open(t, a, Options{Interface: "lo"})
	converse(t, a, a, 8081)
	c.Stop()
	list, _ := segments(t, c)
	syns := 0
	for _, s := range list {
		if s.Flags == decode.SYN || s.Flags.Has(decode.SYN) && !s.Flags.Has(decode.ACK) {
			syns++
		}
	}
	if syns != 1 {
		t.Errorf("%d SYNs of one connection", syns)
	}
}

func TestVLANTagsComeBackIntoTheFrame(t *testing.T) {
	// SYNs behind tags; the receiving kernel takes the outermost one out of the frame.
	const (
		tcp = "9c40" + "1f92" + "00000001" + "00000000" + "5002" + "ffff" + "0000" + "0000"
		ip4 = "0800" + "45000028000040004006" + "2656" + "0a4d00010a4d0002" + tcp
		ip6 = "86dd" + "6000000000140640" + "fe800000000000000000000000000001" + "fe800000000000000000000000000002" + tcp
	)
	a, b := vethlab.New(t)
	for _, text := range []string{
		"81006fff" + "81000005" + ip4,
		"81006fff" + "81004005" + ip4, // a priority that looks like the version of IPv4
		"81006fff" + "81006005" + ip6, // … of IPv6
		"81006fff" + "88a80007" + "81000005" + ip4,
		"81006fff" + "81006005" + ip4,
	} {
		frame, err := hex.DecodeString("ffffffffffff020000000001" + text)
		if err != nil {
			t.Fatal(err)
		}
		taggedSYN(t, a, b, frame)
	}
}

// taggedSYN sends a SYN to port 8082 in the VLAN 4095, and looks for it on its interface and on all of them.
func taggedSYN(t *testing.T, a, b *vethlab.Space, frame []byte) {
	t.Helper()
	for _, name := range []string{vethlab.Device, Any} {
		c := open(t, b, Options{Interface: name})
		sendFrame(t, a, frame)
		time.Sleep(50 * time.Millisecond) // it crosses the wire by itself
		c.Stop()
		var p decode.Packet
		d, found := decode.NewDecoder(decode.Config{}), 0
		for {
			err := c.Next(&p)
			if errors.Is(err, io.EOF) {
				break
			}
			var s decode.Segment
			if err != nil || !d.Decode(&p, &s) || s.DstPort != 8082 {
				continue
			}
			found++
			if s.VLAN != 0xfff|decode.VLANPresent || s.Flags != decode.SYN {
				t.Errorf("%s: %x: VLAN %#x, %v", name, frame, s.VLAN, s.Flags)
			}
			if name != Any && !bytes.Equal(p.Data, frame) {
				t.Errorf("captured %x\nsent     %x", p.Data, frame)
			}
			if int(p.WireLen) != len(p.Data) {
				t.Errorf("%s: %d octets of %d", name, len(p.Data), p.WireLen)
			}
		}
		if found != 1 {
			t.Errorf("%s: %x: found %d times", name, frame, found)
		}
	}
}

// sendFrame puts a frame on the wire.
func sendFrame(t *testing.T, s *vethlab.Space, frame []byte) {
	t.Helper()
	err := s.Do(func() error {
		ifi, err := net.InterfaceByName(vethlab.Device)
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: ifi.Index})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARenamedInterfaceIsStillCaptured(t *testing.T) {
	a, b := vethlab.New(t)
	c := open(t, b, Options{Interface: vethlab.Device, Rings: 2})
	converse(t, a, b, 8084)
	b.Run(t, "ip", "link", "set", vethlab.Device, "down")
	b.Run(t, "ip", "link", "set", vethlab.Device, "name", "other0")
	b.Run(t, "ip", "link", "set", "other0", "up")
	converse(t, a, b, 8085)
	c.Stop()
	list, _ := segments(t, c)
	for _, port := range []uint16{8084, 8085} {
		client, server := flagsOf(list, port)
		if want := decode.SYN | decode.FIN; client&want != want || server&want != want {
			t.Errorf("port %d: client %v, server %v", port, client, server)
		}
	}
}

func TestAQuietWirePausesWithTheClock(t *testing.T) {
	a, _ := vethlab.New(t)
	c := open(t, a, Options{Interface: vethlab.Device})
	var p decode.Packet
	last := int64(0)
	for pauses := 0; pauses < 3; pauses++ {
		if err := c.Next(&p); err == nil {
			pauses-- // the kernel's own
			continue
		} else if !errors.Is(err, decode.ErrPause) {
			t.Fatalf("%v", err)
		}
		if p.Time < last || p.Time < 1e18 {
			t.Errorf("the clock goes from %d to %d", last, p.Time)
		}
		last = p.Time
	}
}

func TestAClockThatIsSetBackIsSaidAndDoesNotStopThePauses(t *testing.T) {
	var said []string
	c := &Capture{opt: Options{Notice: func(s string) { said = append(said, s) }}}
	h := &handle{}
	for _, step := range []struct{ now, paused int64 }{
		{1000e9, 1000e9}, {1001e9, 1001e9}, {1000.9e9, 1001e9}, {900e9, 900e9}, {900.2e9, 900.2e9}, {5000e9, 5000e9},
	} {
		if h.passed(c, step.now); h.paused != step.paused {
			t.Errorf("at %d: paused at %d, want %d", step.now, h.paused, step.paused)
		}
	}
	if len(said) != 1 || !strings.Contains(said[0], "set back by 1m41s") {
		t.Errorf("%q", said)
	}
}

func TestCloseEndsANextThatWaits(t *testing.T) {
	a, _ := vethlab.New(t)
	c := open(t, a, Options{Interface: vethlab.Device})
	done := make(chan error, 1)
	go func() {
		var p decode.Packet
		for {
			// The kernel itself sends now and then.
			if err := c.Next(&p); err != nil && !errors.Is(err, decode.ErrPause) {
				done <- err
				return
			}
		}
	}()
	time.Sleep(20 * time.Millisecond)
	c.Close()
	select {
	case err := <-done:
		if !errors.Is(err, os.ErrClosed) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	case <-time.After(3 * time.Second):
		t.Error("Next still waits")
	}
}

func TestARemovedInterfaceEndsTheCaptureAndADownOneDoesNot(t *testing.T) {
	a, b := vethlab.New(t)
	notices := make(chan string, 8)
	c := open(t, b, Options{Interface: vethlab.Device, Rings: 3, Notice: func(s string) { notices <- s }})
	converse(t, a, b, 8083)
	var upset sync.WaitGroup
	defer upset.Wait()
	upset.Go(func() {
		b.Run(t, "ip", "link", "set", vethlab.Device, "down")
		time.Sleep(200 * time.Millisecond)
		b.Run(t, "ip", "link", "set", vethlab.Device, "up")
		time.Sleep(500 * time.Millisecond)
		b.Run(t, "ip", "link", "del", vethlab.Device)
	})
	var p decode.Packet
	packets := 0
	for {
		err := c.Next(&p)
		if err == nil {
			packets++
			continue
		}
		if errors.Is(err, decode.ErrPause) {
			continue
		}
		if _, ok := errors.AsType[*GoneError](err); !ok {
			t.Errorf("%v", err)
		}
		break
	}
	close(notices)
	var said []string
	for s := range notices {
		said = append(said, s)
	}
	if packets < 8 || len(said) < 2 || !strings.Contains(said[0], "went down") || !strings.Contains(said[1], "is up again") {
		t.Errorf("%d packets, %q", packets, said)
	}
}

func TestAnInterfaceThatIsNotThereIsNamed(t *testing.T) {
	_, err := Open(Options{Interface: "nosuch0"})
	if _, ok := errors.AsType[*UnknownError](err); !ok {
		t.Errorf("%v", err)
	}
}
