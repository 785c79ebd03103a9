//go:build windows || libpcap

package live

import (
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"

	"tcpclose/decode/libpcap"
)

// pcapName returns libpcap's name of an interface. Npcap calls them \Device\NPF_{…}, where Windows and people say Ethernet.
func pcapName(name string) string {
	if runtime.GOOS != "windows" || strings.HasPrefix(name, `\Device\`) {
		return name
	}
	devices, err := libpcap.Devices()
	if err != nil {
		return name // opening it says what is wrong
	}
	var addresses []netip.Addr
	if i, err := net.InterfaceByName(name); err == nil {
		if list, err := i.Addrs(); err == nil {
			for _, a := range list {
				if p, err := netip.ParsePrefix(a.String()); err == nil {
					addresses = append(addresses, p.Addr().WithZone("").Unmap())
				}
			}
		}
	}
	return deviceOf(name, addresses, devices)
}

// deviceOf finds the device that has a name or a description, or else one of the addresses; where there is none it returns
// the name.
func deviceOf(name string, addresses []netip.Addr, devices []libpcap.Device) string {
	for i := range devices {
		if devices[i].Name == name || strings.EqualFold(devices[i].Description, name) {
			return devices[i].Name
		}
	}
	for i := range devices {
		if slices.ContainsFunc(devices[i].Addresses, func(a netip.Addr) bool { return slices.Contains(addresses, a) }) {
			return devices[i].Name
		}
	}
	return name
}
