// Package live captures packets from network interfaces. Each platform has one backend behind the type Capture:
//
//   - Linux: a ring of our own in memory shared with the kernel (AF_PACKET, TPACKET_V3), without cgo and without libpcap.
//   - Windows: Npcap, loaded at run time, without cgo.
//   - Everywhere with cgo: libpcap, with the build tag libpcap.
//   - Elsewhere Open says how to do without: another program captures, and tcpclose reads what it writes.
package live

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/net/bpf"

	"tcpclose/decode"
)

// DefaultSnap is how many octets of a packet are kept unless Options says otherwise: enough for every stack of headers
// from the link to TCP's options, through one tunnel, and for what an ICMP error quotes. Fragments are kept whole.
const DefaultSnap = 320

// DefaultBuffer is the size of the memory shared with the kernel, in octets.
const DefaultBuffer = 32 << 20

// Any is the name of all interfaces together (Linux).
const Any = "any"

// Options say what is captured. The zero value of everything but Interface is useful.
type Options struct {
	Interface   string
	Snap        int // octets kept of each packet; DefaultSnap where 0
	Buffer      int // octets shared with the kernel; DefaultBuffer where 0
	Rings       int // into which the kernel shares out the packets by their flows; 1 where 0. Linux's own ring has several
	Promiscuous bool
	Test        *decode.PacketTest // what TCP must satisfy, where the kernel can tell; nil for nothing
	Ports       []uint16           // UDP from these is taken too
	Unfiltered  bool               // take every packet, also what has nothing to do with TCP
	Notice      func(text string)  // is told what happens to the interface; may be nil
}

// A Capture is a running capture. Next is called by one goroutine; Stop, Close and Counts may be called by others.
type Capture struct {
	handle *handle
	opt    Options
	frames uint64
	count  counters

	mu         sync.Mutex // guards interfaces and file
	file       decode.FileInfo
	interfaces []decode.Interface

	stopping atomic.Bool
	down     atomic.Bool
	closing  sync.Once
}

// counters are what Counts tells while the capture runs.
type counters struct {
	packets, dropped, octets atomic.Uint64
}

// Counts are what a capture has come to so far.
type Counts struct {
	Packets uint64 // delivered
	Dropped uint64 // by the kernel or the interface, for want of room
	Octets  uint64 // on the wire
}

// pauseEvery is how often Next returns decode.ErrPause at least.
const pauseEvery = 200 * time.Millisecond

// Open begins to capture.
func Open(o Options) (*Capture, error) {
	if o.Snap <= 0 {
		o.Snap = DefaultSnap
	}
	o.Snap = min(o.Snap, decode.MaxSnap)
	if o.Buffer <= 0 {
		o.Buffer = DefaultBuffer
	}
	if o.Notice == nil {
		o.Notice = func(string) {}
	}
	c := &Capture{opt: o}
	c.file = decode.FileInfo{Path: o.Interface, Format: "live", Size: -1, SnapLen: uint32(o.Snap), OS: runtime.GOOS, Complete: true}
	if err := c.open(); err != nil {
		return nil, err
	}
	return c, nil
}

// Next returns the next packet; its Data is valid until the next call. It returns decode.ErrPause at least five times a
// second, io.EOF once everything was delivered after Stop, and a *GoneError when the interface is no more.
func (c *Capture) Next(p *decode.Packet) error {
	err := c.handle.next(c, p)
	if err != nil {
		p.Frame = c.frames
		return err
	}
	c.frames++
	p.Frame, p.FileFrame, p.Pos = c.frames, c.frames, decode.MakePosition(0, int64(c.frames))
	c.count.packets.Add(1)
	c.count.octets.Add(uint64(p.WireLen))
	c.note(p)
	return nil
}

// note keeps the times for Files.
func (c *Capture) note(p *decode.Packet) {
	f := &c.file
	if !f.Timed || p.Time < f.First {
		f.First = p.Time
	}
	f.Last, f.Timed = max(f.Last, p.Time), true
}

// Stop ends the capture: Next delivers what was captured until now, then io.EOF.
func (c *Capture) Stop() {
	if c.stopping.CompareAndSwap(false, true) {
		c.handle.wake()
	}
}

// Close lets go of the interface once Next has returned; a Next that waits returns soon. What was captured and not yet
// delivered is lost.
func (c *Capture) Close() error {
	c.Stop()
	var err error
	c.closing.Do(func() { err = c.handle.close() })
	return err
}

// Counts tells how far the capture is.
func (c *Capture) Counts() Counts {
	return Counts{c.count.packets.Load(), c.count.dropped.Load(), c.count.octets.Load()}
}

// Down reports whether the interface is down, as far as the system tells (Linux's own ring does).
func (c *Capture) Down() bool { return c.down.Load() }

// Files describes the capture as if it were a file.
func (c *Capture) Files() []decode.FileInfo {
	f := c.file
	f.Packets = c.frames
	f.Drops = c.count.dropped.Load()
	return []decode.FileInfo{f}
}

// Interfaces lists the interfaces from which packets came; a Packet's Iface is an index into it.
func (c *Capture) Interfaces() []decode.Interface {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := append([]decode.Interface(nil), c.interfaces...)
	if len(out) == 1 {
		out[0].Packets = c.frames
		s := &out[0].Stats
		s.Has = decode.StatsOSDropped | decode.StatsUserDelivered
		s.OSDropped, s.UserDelivered = c.count.dropped.Load(), c.frames
	}
	return out
}

// addInterface numbers an interface.
func (c *Capture) addInterface(i decode.Interface) uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	i.ID, i.SnapLen, i.Resolution = len(c.interfaces), uint32(c.opt.Snap), 9
	c.interfaces = append(c.interfaces, i)
	return uint16(i.ID)
}

// Damages is empty: a wire has none.
func (c *Capture) Damages() []decode.Damage { return nil }

// DamageCount is 0.
func (c *Capture) DamageCount() uint64 { return 0 }

// program returns the filter that runs in the kernel.
func (o *Options) program(start decode.FilterStart) ([]bpf.RawInstruction, error) {
	if o.Unfiltered {
		return bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: uint32(o.Snap)}})
	}
	code, err := decode.KernelFilter(start, o.Snap, o.Test, o.Ports...)
	if err != nil { // the test is too long for the kernel; what it would refuse is harmless
		code, err = decode.KernelFilter(start, o.Snap, nil, o.Ports...)
	}
	if err != nil {
		return nil, err
	}
	return bpf.Assemble(code)
}

// A GoneError says that the interface was removed while it was captured.
type GoneError struct{ Interface string }

func (e *GoneError) Error() string {
	return fmt.Sprintf("%s is gone: the interface was removed; what came before is reported", e.Interface)
}

// An UnknownError says that there is no such interface.
type UnknownError struct{ Interface string }

func (e *UnknownError) Error() string { return fmt.Sprintf("there is no interface %q", e.Interface) }

// A DeniedError says that the system does not let this user capture. Unwrap gives the system's error.
type DeniedError struct {
	Interface string
	Err       error
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("cannot capture on %s: %v", e.Interface, e.Err)
}

// Unwrap returns the system's error.
func (e *DeniedError) Unwrap() error { return e.Err }
