//go:build linux && !libpcap

package live

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
)

// Link types (LINKTYPE_ values) of what is captured here.
const (
	linkEthernet decode.LinkType = 1
	linkRaw      decode.LinkType = 101
	linkWiFi     decode.LinkType = 105
	linkPrism    decode.LinkType = 119
	linkRadiotap decode.LinkType = 127
	linkSLL2     decode.LinkType = 276
)

// A device says how packets of a kind of hardware are captured.
type device struct {
	hardware uint16
	link     decode.LinkType
	cooked   bool // without the link header, which says nothing or is not known
	opaque   bool // the kernel's filter does not look into it
}

// devices holds the kinds of hardware (ARPHRD_ values) that are not captured as cooked packets.
var devices = []device{
	{hardware: unix.ARPHRD_ETHER, link: linkEthernet},
	{hardware: unix.ARPHRD_LOOPBACK, link: linkEthernet},
	{hardware: unix.ARPHRD_NONE, link: linkRaw, cooked: true}, // tun, WireGuard
	{hardware: unix.ARPHRD_RAWIP, link: linkRaw, cooked: true},
	{hardware: unix.ARPHRD_IEEE80211, link: linkWiFi, opaque: true},
	{hardware: unix.ARPHRD_IEEE80211_PRISM, link: linkPrism, opaque: true},
	{hardware: unix.ARPHRD_IEEE80211_RADIOTAP, link: linkRadiotap, opaque: true},
}

// linkOf returns how packets of some hardware are captured: everything that is not known, and all interfaces together,
// with Linux's own header.
func linkOf(hardware uint16) device {
	for _, d := range devices {
		if d.hardware == hardware {
			return d
		}
	}
	return device{hardware: hardware, link: linkSLL2, cooked: true}
}

// An ifreq is the kernel's struct ifreq: a name and 24 octets of anything.
type ifreq struct {
	name  [unix.IFNAMSIZ]byte
	value [24]byte
}

// ask does an ioctl about an interface, in the network namespace of the socket.
func (r *ifreq) ask(fd int, request uint) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(r))); errno != 0 {
		return errno
	}
	return nil
}

// interfaceName returns the present name of the interface that has a number.
func interfaceName(fd, index int) (string, error) {
	var r ifreq
	*(*int32)(unsafe.Pointer(&r.value)) = int32(index)
	if err := r.ask(fd, unix.SIOCGIFNAME); err != nil {
		return "", err
	}
	return unix.ByteSliceToString(r.name[:]), nil
}

// interfaceUp reports whether the interface that has a number is up.
func interfaceUp(fd, index int) bool {
	name, err := interfaceName(fd, index)
	if err != nil {
		return false
	}
	var r ifreq
	copy(r.name[:unix.IFNAMSIZ-1], name)
	return r.ask(fd, unix.SIOCGIFFLAGS) == nil && *(*uint16)(unsafe.Pointer(&r.value))&unix.IFF_UP != 0
}

// hardwareType returns the ARPHRD_ value of an interface.
func hardwareType(name string) (uint16, error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	var r ifreq
	copy(r.name[:unix.IFNAMSIZ-1], name)
	if err := r.ask(fd, unix.SIOCGIFHWADDR); err != nil {
		return 0, err
	}
	return *(*uint16)(unsafe.Pointer(&r.value)), nil // the family of a sockaddr
}
