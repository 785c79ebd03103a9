//go:build linux && !libpcap

package live

import (
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/decode/live/vethlab"
)

// TestAnInterfaceThatIsDownIsCapturedOnceItComesUp begins on an interface that is down: that is said as it is.
func TestAnInterfaceThatIsDownIsCapturedOnceItComesUp(t *testing.T) {
	a, b := vethlab.New(t)
	b.Run(t, "ip", "link", "set", vethlab.Device, "down")
	notices := make(chan string, 8)
	c := open(t, b, Options{Interface: vethlab.Device, Rings: 2, Notice: func(s string) { notices <- s }})
	if !c.Down() {
		t.Error("it is not taken for down")
	}
	var p decode.Packet
	for range 3 {
		if err := c.Next(&p); err != decode.ErrPause {
			t.Fatalf("%v", err)
		}
	}
	b.Run(t, "ip", "link", "set", vethlab.Device, "up")
	for c.Down() {
		if err := c.Next(&p); err != nil && err != decode.ErrPause {
			t.Fatalf("%v", err)
		}
	}
	converse(t, a, b, 8088)
	c.Stop()
	list, _ := segments(t, c)
	if client, server := flagsOf(list, 8088); client&decode.FIN == 0 || server&decode.FIN == 0 {
		t.Errorf("client %v, server %v", client, server)
	}
	close(notices)
	var said []string
	for s := range notices {
		said = append(said, s)
	}
	if len(said) != 2 || !strings.Contains(said[0], "is down; the capture begins") || !strings.Contains(said[1], "is up") {
		t.Errorf("%q", said)
	}
}
