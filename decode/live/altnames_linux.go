package live

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// alternativeNames lists by their number what else interfaces are called (ip link property): names longer than 15 octets can be
// had in no other way, and package net knows none.
func alternativeNames() (map[int][]string, error) {
	answer, err := syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("list the interfaces: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(answer)
	if err != nil {
		return nil, fmt.Errorf("list the interfaces: %w", err)
	}
	names := map[int][]string{}
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != unix.RTM_NEWLINK || len(m.Data) < unix.SizeofIfInfomsg {
			continue
		}
		index := int(int32(binary.NativeEndian.Uint32(m.Data[4:])))
		attributes(m.Data[unix.SizeofIfInfomsg:], func(kind uint16, value []byte) {
			if kind != unix.IFLA_PROP_LIST {
				return
			}
			attributes(value, func(kind uint16, value []byte) {
				if kind == unix.IFLA_ALT_IFNAME {
					names[index] = append(names[index], unix.ByteSliceToString(value))
				}
			})
		})
	}
	return names, nil
}

// attributes calls fn for each of the netlink attributes of which b consists.
func attributes(b []byte, fn func(kind uint16, value []byte)) {
	const head, aligned = unix.SizeofNlAttr, unix.NLA_ALIGNTO
	for len(b) >= head {
		n := int(binary.NativeEndian.Uint16(b))
		if n < head || n > len(b) {
			return
		}
		fn(binary.NativeEndian.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), b[head:n])
		b = b[min((n+aligned-1)&^(aligned-1), len(b)):]
	}
}
