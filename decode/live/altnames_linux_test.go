//go:build linux && !libpcap

package live

import (
	"slices"
	"testing"

	"tcpclose/decode"
	"tcpclose/decode/live/vethlab"
)

// TestAnInterfaceIsFoundByItsOtherNames captures by a name that is longer than an interface's own may be.
func TestAnInterfaceIsFoundByItsOtherNames(t *testing.T) {
	a, b := vethlab.New(t)
	names := []string{"the-uplink-of-the-second-rack", "uplink"}
	for _, name := range names {
		b.Run(t, "ip", "link", "property", "add", "dev", vethlab.Device, "altname", name)
	}
	err := b.Do(func() error {
		list, err := Interfaces()
		for _, i := range list {
			if want := i.Name == vethlab.Device; want != slices.Equal(i.AltNames, names) {
				t.Errorf("%+v", i)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		port := 8086 + i
		c := open(t, b, Options{Interface: name})
		converse(t, a, b, port)
		c.Stop()
		list, _ := segments(t, c)
		client, server := flagsOf(list, uint16(port))
		if want := decode.SYN | decode.FIN; client&want != want || server&want != want {
			t.Errorf("%s: client %v, server %v", name, client, server)
		}
		if got := c.Interfaces()[0].Name; got != vethlab.Device {
			t.Errorf("%s is %s", name, got)
		}
	}
}
