package live

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// An Interface is one that the system has.
type Interface struct {
	Name      string
	AltNames  []string // what else it may be called (Linux: ip link property)
	Up        bool
	Loopback  bool
	MTU       int
	Addresses []netip.Prefix
}

// find returns the interface that has a name, or else is also called so.
func find(name string) (*net.Interface, error) {
	i, err := net.InterfaceByName(name)
	if err == nil {
		return i, nil
	}
	others, otherErr := alternativeNames()
	if otherErr != nil {
		return nil, otherErr
	}
	for index, names := range others {
		if slices.Contains(names, name) {
			return net.InterfaceByIndex(index)
		}
	}
	return nil, err
}

// Interfaces lists the system's interfaces: those that are up first, then by their number.
func Interfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	others, err := alternativeNames()
	if err != nil {
		return nil, err
	}
	out := make([]Interface, 0, len(all))
	for _, i := range all {
		x := Interface{Name: i.Name, Up: i.Flags&net.FlagUp != 0, Loopback: i.Flags&net.FlagLoopback != 0, MTU: i.MTU, AltNames: others[i.Index]}
		addrs, err := i.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				x.Addresses = append(x.Addresses, p)
			}
		}
		out = append(out, x)
	}
	rank := func(i Interface) int {
		switch {
		case i.Up && !i.Loopback:
			return 0
		case i.Up:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b Interface) int { return cmp.Compare(rank(a), rank(b)) })
	return out, nil
}
