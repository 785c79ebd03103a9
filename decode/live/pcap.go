//go:build windows || libpcap

package live

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"tcpclose/decode"
	"tcpclose/decode/libpcap"
)

// Supported reports whether this build can capture.
const Supported = true

// A handle is a capture of libpcap's.
type handle struct {
	use    sync.Mutex // held while pcap is used, and to close it
	pcap   *libpcap.Handle
	link   decode.LinkType
	closed bool
	paused int64
	base   uint64 // what was dropped so far, as last read
	packet decode.Packet
	kept   bool      // packet comes next: a pause came before it
	index  int       // the interface's number; 0 where the system does not know it by this name
	drain  time.Time // since when the last packets are waited for; zero before Stop
}

// Link types with a filter program of ours: Ethernet, and IP without a link header as libpcap numbers it.
const (
	dltEthernet = 1
	dltRaw      = 12
	dltRawBSD   = 14
	linkRaw     = 101
)

// open opens the interface and sets the filter.
func (c *Capture) open() error {
	o := &c.opt
	p, err := libpcap.Open(pcapName(o.Interface), o.Snap, o.Buffer, o.Promiscuous, pauseEvery/2)
	if err != nil {
		return pcapError(o.Interface, err)
	}
	h := &handle{pcap: p, link: decode.LinkType(p.LinkType())}
	if i, err := find(o.Interface); err == nil {
		h.index = i.Index
	}
	c.handle = h
	start := decode.StartEthernet
	switch h.link {
	case dltEthernet:
	case dltRaw, dltRawBSD, linkRaw:
		h.link, start = linkRaw, decode.StartIP
	default:
		o.Unfiltered = true
	}
	program, err := o.program(start)
	if err == nil {
		err = p.Filter(program)
	}
	if err != nil {
		p.Close()
		return err
	}
	c.addInterface(decode.Interface{Name: o.Interface, LinkType: h.link})
	return nil
}

// pcapError tells what libpcap's words mean, where that matters.
func pcapError(name string, err error) error {
	text := strings.ToLower(err.Error())
	switch {
	case errors.Is(err, os.ErrPermission) || strings.Contains(text, "permission"):
		return &DeniedError{name, errors.Join(os.ErrPermission, err)}
	case strings.Contains(text, "no such device"):
		return &UnknownError{name}
	case strings.Contains(text, "wpcap.dll"):
		return fmt.Errorf("%w: Npcap is not installed\n"+
			"  with it:  https://npcap.com has it; Wireshark brings it along\n"+
			"  without:  tcpdump -U -w - tcp on another host | tcpclose open -", err)
	}
	return err
}

// next returns the next packet.
func (h *handle) next(c *Capture, p *decode.Packet) error {
	h.use.Lock()
	defer h.use.Unlock()
	if h.closed {
		return os.ErrClosed
	}
	if h.drain.IsZero() && c.stopping.Load() {
		h.drain = time.Now()
	}
	if h.kept {
		h.kept = false
		*p = h.packet
		return nil
	}
	data, at, wire, err := h.pcap.Next()
	switch {
	case h.drained(at, err):
		h.statistics(c)
		return io.EOF
	case errors.Is(err, libpcap.ErrNothing):
		h.statistics(c)
		// What the system still holds is younger than twice the time it holds packets for.
		h.paused = max(h.paused, time.Now().Add(-pauseEvery).UnixNano())
		p.Time = h.paused
		return decode.ErrPause
	case err != nil && h.removed():
		return &GoneError{c.opt.Interface}
	case err != nil:
		return fmt.Errorf("capture on %s: %w", c.opt.Interface, err)
	}
	p.Data, p.Time, p.WireLen = data, at, uint32(max(wire, len(data)))
	p.LinkType, p.Iface, p.FCSLen, p.NoTime = h.link, 0, 0, false
	if at-h.paused > int64(pauseEvery) {
		h.packet, h.kept, h.paused = *p, true, at
		h.statistics(c)
		return decode.ErrPause
	}
	return nil
}

// drained reports whether all that was captured before Stop was delivered: something later comes, or nothing more for
// longer than the system holds packets back. It ends in any case, whatever clock stamps the packets.
func (h *handle) drained(at int64, err error) bool {
	if h.drain.IsZero() {
		return false
	}
	waited := time.Since(h.drain)
	if errors.Is(err, libpcap.ErrNothing) {
		return waited >= pauseEvery
	}
	return err == nil && at > h.drain.UnixNano() || waited >= 10*pauseEvery
}

// removed reports whether the interface does not exist any more; one that was renamed does.
func (h *handle) removed() bool {
	if h.index == 0 {
		return false
	}
	_, err := net.InterfaceByIndex(h.index)
	return err != nil
}

// statistics reads what was dropped.
func (h *handle) statistics(c *Capture) {
	if n, err := h.pcap.Dropped(); err == nil && n > h.base {
		c.count.dropped.Add(n - h.base)
		h.base = n
	}
}

// wake does nothing: no wait is longer than the time after which packets are handed over.
func (*handle) wake() {}

// close ends the capture once a wait is over.
func (h *handle) close() error {
	h.use.Lock()
	defer h.use.Unlock()
	if !h.closed {
		h.closed = true
		h.pcap.Close()
	}
	return nil
}
