//go:build linux && !libpcap

package live

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/decode"
)

// Supported reports whether this build can capture.
const Supported = true

// maxRings bounds how many rings share the packets.
const maxRings = 16

// A handle is one ring, or several among which the kernel shares out the packets by their flows, so that processors that
// receive at once do not wait for each other. They are read as one, in the order of time.
type handle struct {
	rings  []*ring
	event  int  // written to by wake
	index  int  // 0 for all interfaces
	cooked bool // packets come without link headers
	raw    bool // … and stand for themselves: LINKTYPE_RAW
	link   decode.LinkType
	ifaces map[int32]uint16 // kernel's index → ours

	horizon int64 // packets up to this time come before all that the kernel has not handed over
	paused  int64 // the clock at the last pause
	drain   int64 // when to stop waiting for the last packets; 0 before Stop
	ended   error

	use    sync.Mutex // held while the sockets are used, and to close them
	closed bool
	alarm  sync.Mutex // guards event
}

// open makes the sockets and their rings. Nothing is captured before the filter stands.
func (c *Capture) open() error {
	o := &c.opt
	h := &handle{event: -1, ifaces: map[int32]uint16{}}
	c.handle = h
	name, hardware := o.Interface, uint16(unix.ARPHRD_VOID)
	if name != Any {
		ifi, err := find(name)
		if err != nil {
			return &UnknownError{name}
		}
		h.index, name = ifi.Index, ifi.Name
		if hardware, err = hardwareType(name); err != nil {
			return fmt.Errorf("cannot capture on %s: %w", name, err)
		}
	}
	kind, start := unix.SOCK_RAW, decode.StartEthernet
	known := linkOf(hardware)
	h.link, h.cooked, h.raw = known.link, known.cooked, known.link == linkRaw
	if h.cooked {
		kind, start = unix.SOCK_DGRAM, decode.StartCooked
	}
	if known.opaque {
		c.opt.Unfiltered = true
	}
	if err := h.start(kind, o, start); err != nil {
		_ = h.close()
		h.over()
		if errors.Is(err, os.ErrPermission) {
			return &DeniedError{name, err}
		}
		return fmt.Errorf("cannot capture on %s: %w", name, err)
	}
	if name != Any {
		if !interfaceUp(h.rings[0].fd, h.index) {
			c.down.Store(true)
			o.Notice(o.Interface + " is down; the capture begins when it comes up")
		}
		h.ifaces[int32(h.index)] = c.addInterface(decode.Interface{Name: name, LinkType: h.link})
	}
	return nil
}

// start opens the rings, joins them, and lets them capture at once.
func (h *handle) start(kind int, o *Options, start decode.FilterStart) (err error) {
	if h.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	n := min(max(o.Rings, 1), maxRings)
	group := -1
	for i := range n {
		r, err := openRing(kind, h.index, max(o.Buffer/blockSize/n, 4), o.Promiscuous)
		if err != nil {
			return err
		}
		h.rings = append(h.rings, r)
		if n == 1 {
			break
		}
		if group, err = r.join(group); err == nil {
			continue
		}
		if i > 0 {
			return fmt.Errorf("share packets among rings: %w", err)
		}
		// An old kernel: one ring, with the whole buffer.
		_ = r.close()
		r.over()
		if h.rings[0], err = openRing(kind, h.index, max(o.Buffer/blockSize, 4), o.Promiscuous); err != nil {
			return err
		}
		break
	}
	program, err := o.program(start)
	if err != nil {
		return err
	}
	for _, r := range h.rings {
		if err := r.filter(program); err != nil {
			return fmt.Errorf("the kernel refuses the filter: %w", err)
		}
	}
	return nil
}

// next returns the next packet of the rings.
func (h *handle) next(c *Capture, p *decode.Packet) error {
	for h.ended == nil {
		r, missing := h.soonest()
		if c.stopping.Load() && h.drain == 0 {
			h.shut()
		}
		switch {
		case r == nil:
			switch err := h.wait(c); err {
			case nil:
			case decode.ErrPause:
				p.Time = h.paused
				return err
			default:
				h.ended = err
				h.over()
			}
		case missing && r.head > h.horizon && h.tooSoon(r):
			if err := h.await(c); err != nil {
				h.ended = err
				h.over()
			}
		case r.head-h.paused > int64(pauseEvery) || r.head < h.paused-stepBack:
			h.passed(c, r.head)
			p.Time = h.paused
			h.use.Lock()
			h.statistics(c)
			h.revived(c)
			h.use.Unlock()
			return decode.ErrPause
		case h.packet(c, r, p):
			return nil
		}
	}
	return h.ended
}

// stepBack is by how much time must run backwards to be a clock that was set back: packets of several rings are a little
// out of order.
const stepBack = int64(time.Second)

// passed notes that the capture has come to a time.
func (h *handle) passed(c *Capture, now int64) {
	if back := h.paused - now; back > stepBack {
		c.opt.Notice(fmt.Sprintf("the clock was set back by %v; timers stand still until it is where it was", time.Duration(back).Round(time.Second)))
	} else if back > 0 {
		return
	}
	h.paused = now
}

// soonest returns the ring whose next packet is the earliest, nil where none has one; missing: some have none.
func (h *handle) soonest() (first *ring, missing bool) {
	for _, r := range h.rings {
		if !r.ready() {
			missing = true
			continue
		}
		if first == nil || r.head < first.head {
			first = r
		}
	}
	return first, missing
}

// tooSoon reports whether an earlier packet than a ring's next may still come: what the kernel holds back in a block is
// younger than two of its times. A ring that fills is read all the same: a little disorder between flows is better than
// drops.
func (h *handle) tooSoon(r *ring) bool {
	h.horizon = clock() - 2*int64(retireAfter)
	return r.head > h.horizon && !r.filling()
}

// await waits a little for rings that have nothing yet, while others have.
func (h *handle) await(c *Capture) error {
	h.use.Lock()
	defer h.use.Unlock()
	if h.closed {
		return os.ErrClosed
	}
	h.revived(c)
	fds := []unix.PollFd{}
	for _, r := range h.rings {
		if r.left == 0 {
			fds = append(fds, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN})
		}
	}
	const little = 5 * time.Millisecond
	if _, err := unix.Poll(fds, int(little/time.Millisecond)); err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("wait for packets: %w", err)
	}
	return nil
}

// wait waits for a block. nil: look again.
func (h *handle) wait(c *Capture) error {
	h.use.Lock()
	defer h.use.Unlock()
	if h.closed {
		return os.ErrClosed
	}
	fds := []unix.PollFd{}
	for _, r := range h.rings {
		fds = append(fds, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN | unix.POLLERR})
	}
	timeout := pauseEvery / 2
	if h.drain != 0 {
		// What the kernel holds in a block that is not full comes once its time is over.
		if now := clock(); now > h.drain || now < h.drain-int64(time.Second) {
			h.statistics(c)
			return io.EOF
		}
		timeout = retireAfter
	} else {
		fds = append(fds, unix.PollFd{Fd: int32(h.event), Events: unix.POLLIN})
	}
	n, err := unix.Poll(fds, int(timeout/time.Millisecond))
	switch {
	case errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return fmt.Errorf("wait for packets: %w", err)
	case n == 0 && c.down.Load() && h.removed():
		return &GoneError{c.opt.Interface}
	case n == 0:
		h.revived(c)
		// What is still in the kernel's block is younger than two of its times.
		h.passed(c, clock()-2*int64(retireAfter))
		h.statistics(c)
		return decode.ErrPause
	}
	for i, r := range h.rings {
		if fds[i].Revents&(unix.POLLERR|unix.POLLNVAL|unix.POLLHUP) != 0 {
			if err := h.failed(c, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// shut lets nothing new into the rings, to drain them.
func (h *handle) shut() {
	h.use.Lock()
	defer h.use.Unlock()
	h.drain = clock() + 3*int64(retireAfter)
	if !h.closed {
		for _, r := range h.rings {
			_ = r.filter(passNothing) // where it fails a little more is captured
		}
	}
}

// failed finds out why a socket reports an error: the interface went down, or is gone. What the rings hold was read.
func (h *handle) failed(c *Capture, r *ring) error {
	h.statistics(c)
	code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return fmt.Errorf("wait for packets: %w", err)
	}
	switch {
	case code == 0:
		return nil
	case unix.Errno(code) != unix.ENETDOWN:
		return fmt.Errorf("capture on %s: %w", c.opt.Interface, unix.Errno(code))
	}
	if h.removed() {
		return &GoneError{c.opt.Interface}
	}
	if !c.down.Swap(true) { // its removal is not reported any more
		c.opt.Notice(c.opt.Interface + " went down; the capture goes on when it comes up again")
	}
	return nil
}

// revived notes that an interface that was down is up again, which the socket does not tell of.
func (h *handle) revived(c *Capture) {
	if c.down.Load() && !h.closed && interfaceUp(h.rings[0].fd, h.index) {
		c.down.Store(false)
		c.opt.Notice(c.opt.Interface + " is up again")
	}
}

// removed reports whether the interface does not exist any more; one that was renamed does.
func (h *handle) removed() bool {
	if h.index == 0 {
		return false
	}
	_, err := interfaceName(h.rings[0].fd, h.index)
	return err != nil
}

// statistics adds up what the kernel dropped since it was last asked.
func (h *handle) statistics(c *Capture) {
	for _, r := range h.rings {
		c.count.dropped.Add(r.dropped())
	}
}

// wake makes a waiting next look up.
func (h *handle) wake() {
	h.alarm.Lock()
	defer h.alarm.Unlock()
	if h.event >= 0 {
		one := [8]byte{7: 1}
		_, _ = unix.Write(h.event, one[:]) // a full counter wakes as well
	}
}

// close lets go of the sockets, once a wait is over.
func (h *handle) close() error {
	h.wake()
	h.use.Lock()
	defer h.use.Unlock()
	h.alarm.Lock()
	defer h.alarm.Unlock()
	h.closed = true
	var errs []error
	for _, r := range h.rings {
		errs = append(errs, r.close())
	}
	if h.event >= 0 {
		errs = append(errs, unix.Close(h.event))
		h.event = -1
	}
	return errors.Join(errs...)
}

// over unmaps the rings after the last packet.
func (h *handle) over() {
	for _, r := range h.rings {
		r.over()
	}
}

// clock is the clock that stamps packets, in nanoseconds since 1970.
func clock() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_REALTIME, &t) != nil {
		return 0
	}
	return t.Nano()
}
