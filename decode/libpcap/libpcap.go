//go:build windows || libpcap

// Package libpcap captures through libpcap, or Npcap on Windows. Windows loads it at run time and needs no cgo; other
// systems do, with the build tag libpcap.
package libpcap

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcap"
	"golang.org/x/net/bpf"
)

// ErrNothing is returned by Next when nothing came for the time to wait.
var ErrNothing = errors.New("no packet for now")

// A Handle is a running capture.
type Handle struct{ pcap *pcap.Handle }

// Open begins to capture; octets of memory are shared with the system where it lets us choose.
func Open(name string, snap, octets int, promiscuous bool, wait time.Duration) (*Handle, error) {
	inactive, err := pcap.NewInactiveHandle(name)
	if err != nil {
		return nil, fmt.Errorf("cannot capture on %s: %w", name, err)
	}
	defer inactive.CleanUp()
	for _, set := range []func() error{
		func() error { return inactive.SetSnapLen(snap) },
		func() error { return inactive.SetPromisc(promiscuous) },
		func() error { return inactive.SetTimeout(wait) },
		func() error { return inactive.SetBufferSize(octets) },
	} {
		if err := set(); err != nil {
			return nil, fmt.Errorf("cannot capture on %s: %w", name, err)
		}
	}
	p, err := inactive.Activate()
	if err != nil {
		return nil, fmt.Errorf("cannot capture on %s: %w", name, err)
	}
	return &Handle{p}, nil
}

// LinkType returns the data link type (a DLT_ value, which for most equals LINKTYPE_).
func (h *Handle) LinkType() uint16 { return uint16(h.pcap.LinkType()) }

// Filter sets a program of classic BPF.
func (h *Handle) Filter(program []bpf.RawInstruction) error {
	code := make([]pcap.BPFInstruction, len(program))
	for i, p := range program {
		code[i] = pcap.BPFInstruction{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	return h.pcap.SetBPFInstructionFilter(code)
}

// Next returns the next packet, which is valid until the next call: its time in nanoseconds since 1970, and how long it
// was on the wire.
func (h *Handle) Next() (data []byte, at int64, wire int, err error) {
	data, info, err := h.pcap.ZeroCopyReadPacketData()
	if errors.Is(err, pcap.NextErrorTimeoutExpired) {
		return nil, 0, 0, ErrNothing
	}
	var _ gopacket.CaptureInfo = info
	return data, info.Timestamp.UnixNano(), info.Length, err
}

// Dropped returns how many packets were lost, by the system and by the interface.
func (h *Handle) Dropped() (uint64, error) {
	s, err := h.pcap.Stats()
	if err != nil {
		return 0, err
	}
	return uint64(s.PacketsDropped) + uint64(s.PacketsIfDropped), nil
}

// Close ends the capture.
func (h *Handle) Close() { h.pcap.Close() }

// A Device is an interface as libpcap names it.
type Device struct {
	Name, Description string
	Addresses         []netip.Addr
}

// Devices lists the interfaces.
func Devices() ([]Device, error) {
	all, err := pcap.FindAllDevs()
	if err != nil {
		return nil, err
	}
	list := make([]Device, len(all))
	for i, d := range all {
		list[i] = Device{Name: d.Name, Description: d.Description}
		for _, a := range d.Addresses {
			if ip, ok := netip.AddrFromSlice(a.IP); ok {
				list[i].Addresses = append(list[i].Addresses, ip.Unmap())
			}
		}
	}
	return list, nil
}
