package main

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// addresses know on which interfaces this host has an address. The kernel finds a socket that is bound to an interface,
// as every one with a link-local address is, for who names that interface alone.
type addresses struct {
	on   map[netip.Addr][]uint32 // the interfaces' numbers
	read time.Time
}

// readEvery bounds how often the kernel is asked for the addresses.
const readEvery = 2 * time.Second

// interfaces returns the interfaces that have an address; where this host has not got it the number 0, which is none. A
// socket that is not bound is found with any.
func (a *addresses) interfaces(addr netip.Addr) []uint32 {
	if time.Since(a.read) >= readEvery {
		if on, err := readAddresses(); err == nil { // else those from before
			a.on = on
		}
		a.read = time.Now()
	}
	if list := a.on[addr]; len(list) > 0 {
		return list
	}
	return []uint32{0}
}

// readAddresses asks the kernel for the addresses of all interfaces.
func readAddresses() (map[netip.Addr][]uint32, error) {
	table, err := syscall.NetlinkRIB(unix.RTM_GETADDR, unix.AF_UNSPEC)
	if err != nil {
		return nil, err
	}
	messages, err := syscall.ParseNetlinkMessage(table)
	if err != nil {
		return nil, err
	}
	on := map[netip.Addr][]uint32{}
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != unix.RTM_NEWADDR || len(m.Data) < unix.SizeofIfAddrmsg {
			continue
		}
		list, err := syscall.ParseNetlinkRouteAttr(m)
		if err != nil {
			return nil, err
		}
		index := binary.NativeEndian.Uint32(m.Data[4:]) // of struct ifaddrmsg
		for _, attr := range list {
			// On a line between two hosts IFA_ADDRESS is the other one's; asking there for a socket of this host finds none.
			if attr.Attr.Type != unix.IFA_LOCAL && attr.Attr.Type != unix.IFA_ADDRESS {
				continue
			}
			if addr, ok := netip.AddrFromSlice(attr.Value); ok && !slices.Contains(on[addr], index) {
				on[addr] = append(on[addr], index)
			}
		}
	}
	return on, nil
}
