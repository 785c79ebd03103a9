package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"tcpclose/decode/live/vethlab"
)

// TestALiveCaptureLearnsNamesAsItGoes has a resolver tell a name, and a client ask for another; a filter by name selects.
func TestALiveCaptureLearnsNamesAsItGoes(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "-N", "name orders.example or name *.example")
	say(t, b, netip.AddrPortFrom(a.Addr, 5000), answerOf(t, "orders.example.", b.Addr))
	for port, request := range map[int]string{9007: "", 80: "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"} {
		c, s := connect(t, a, b, port)
		if _, err := c.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		c.Close()
		s.Close()
	}
	time.Sleep(300 * time.Millisecond)
	out, code := run.end(t)
	if code != exitOK {
		t.Errorf("exit %d", code)
	}
	names := map[int]string{}
	for line := range bytes.Lines(out) {
		var v struct {
			Server struct {
				Port int
				Name string
			}
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		names[v.Server.Port] = v.Server.Name
	}
	if names[9007] != "orders.example" || names[80] != "shop.example" {
		t.Errorf("%v\n%s", names, out)
	}
}

// answerOf makes a resolver's answer.
func answerOf(t *testing.T, name string, addr netip.Addr) []byte {
	t.Helper()
	n := dnsmessage.MustNewName(name)
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{Response: true},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 60},
			Body:   &dnsmessage.AResource{A: addr.As4()},
		}},
	}
	text, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// say sends a datagram from port 53.
func say(t *testing.T, from *vethlab.Space, to netip.AddrPort, text []byte) {
	t.Helper()
	err := from.Do(func() error {
		c, err := net.DialUDP("udp4", &net.UDPAddr{Port: 53}, net.UDPAddrFromAddrPort(to))
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
