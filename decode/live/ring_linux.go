//go:build linux && !libpcap

package live

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"tcpclose/decode"
)

// Supported reports whether this build can capture.
const Supported = true

// The ring is made of blocks that the kernel fills with packets and hands over when they are full, or after retireAfter.
const (
	blockSize   = 1 << 20
	retireAfter = 50 * time.Millisecond
)

// reserve is the room before each packet, for the link header of cooked captures and a VLAN tag.
const reserve = 32

// A handle is a packet socket and its ring.
type handle struct {
	fd     int
	event  int // written to by wake
	ring   []byte
	blocks int
	index  int  // 0 for all interfaces
	cooked bool // packets come without link headers
	raw    bool // … and stand for themselves: LINKTYPE_RAW
	link   decode.LinkType
	ifaces map[int32]uint16 // kernel's index → ours

	block  int    // the one that is read, or read next
	held   bool   // it is ours until everything in it was read
	left   uint32 // packets left in it
	at     uint32 // where the next one stands in it
	paused int64  // the clock at the last pause
	drain  int64  // when to stop waiting for the last packets; 0 before Stop
	ended  error

	use    sync.Mutex // held while the socket is used, and to close it
	closed bool
	alarm  sync.Mutex // guards event
}

// open makes the socket and its ring. Nothing is captured before the filter stands.
func (c *Capture) open() error {
	o := &c.opt
	h := &handle{fd: -1, event: -1, ifaces: map[int32]uint16{}}
	c.handle = h
	name, hardware := o.Interface, uint16(unix.ARPHRD_VOID)
	if name != Any {
		ifi, err := net.InterfaceByName(name)
		if err != nil {
			return &UnknownError{name}
		}
		h.index = ifi.Index
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
	if err := h.socket(kind, o, start); err != nil {
		_ = h.close()
		if errors.Is(err, os.ErrPermission) {
			return &DeniedError{name, err}
		}
		return fmt.Errorf("cannot capture on %s: %w", name, err)
	}
	if name != Any {
		h.ifaces[int32(h.index)] = c.addInterface(decode.Interface{Name: name, LinkType: h.link})
	}
	return nil
}

// socket opens, fills in and binds the packet socket.
func (h *handle) socket(kind int, o *Options, start decode.FilterStart) (err error) {
	if h.fd, err = unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0); err != nil {
		return err
	}
	if h.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	program, err := o.program(start)
	if err != nil {
		return err
	}
	if err := h.filter(program); err != nil {
		return fmt.Errorf("the kernel refuses the filter: %w", err)
	}
	for _, s := range []struct{ name, value int }{{unix.PACKET_VERSION, unix.TPACKET_V3}, {unix.PACKET_RESERVE, reserve}} {
		if err := unix.SetsockoptInt(h.fd, unix.SOL_PACKET, s.name, s.value); err != nil {
			return err
		}
	}
	if err := h.share(max(o.Buffer/blockSize, 2)); err != nil {
		return err
	}
	if o.Promiscuous && h.index != 0 {
		m := unix.PacketMreq{Ifindex: int32(h.index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(h.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil {
			return fmt.Errorf("promiscuous mode: %w", err)
		}
	}
	return unix.Bind(h.fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: h.index})
}

// share makes the ring of so many blocks, or of fewer where memory is short.
func (h *handle) share(blocks int) error {
	for {
		req := unix.TpacketReq3{
			Block_size: blockSize, Block_nr: uint32(blocks), Frame_size: blockSize, Frame_nr: uint32(blocks),
			Retire_blk_tov: uint32(retireAfter / time.Millisecond),
		}
		err := unix.SetsockoptTpacketReq3(h.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOMEM) || blocks <= 2 {
			return fmt.Errorf("a ring of %d MiB: %w", blocks*blockSize>>20, err)
		}
		blocks /= 2
	}
	var err error
	h.blocks = blocks
	h.ring, err = unix.Mmap(h.fd, 0, blocks*blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return err
}

// filter attaches a program.
func (h *handle) filter(program []bpf.RawInstruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, p := range program {
		code[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	return unix.SetsockoptSockFprog(h.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}

// next returns the next packet of the ring.
func (h *handle) next(c *Capture, p *decode.Packet) error {
	for h.ended == nil {
		if h.left > 0 {
			if h.packet(c, p) {
				return nil
			}
			continue
		}
		if h.held {
			h.release()
		}
		if c.stopping.Load() && h.drain == 0 {
			h.shut()
		}
		b := h.descriptor()
		if atomic.LoadUint32(&b.Block_status)&unix.TP_STATUS_USER != 0 {
			h.held, h.left, h.at = true, b.Num_pkts, b.Offset_to_first_pkt
			if first := stamp(&b.Ts_first_pkt); h.left > 0 && first-h.paused > int64(pauseEvery) {
				h.paused, p.Time = first, first
				h.use.Lock()
				h.statistics(c)
				h.revived(c)
				h.use.Unlock()
				return decode.ErrPause
			}
			continue
		}
		switch err := h.wait(c); err {
		case nil:
		case decode.ErrPause:
			p.Time = h.paused
			return err
		default:
			h.ended = err
			h.over()
		}
	}
	return h.ended
}

// stamp returns a block's time, whose second half holds nanoseconds in a ring of version 3.
func stamp(t *unix.TpacketBDTS) int64 {
	return int64(t.Sec)*1e9 + int64(*(*uint32)(unsafe.Pointer(&t.Usec)))
}

// descriptor returns the head of the block that is read.
func (h *handle) descriptor() *unix.TpacketHdrV1 {
	d := (*unix.TpacketBlockDesc)(unsafe.Pointer(&h.ring[h.block*blockSize]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&d.Hdr))
}

// release gives the block back to the kernel.
func (h *handle) release() {
	atomic.StoreUint32(&h.descriptor().Block_status, unix.TP_STATUS_KERNEL)
	h.held = false
	h.block = (h.block + 1) % h.blocks
}

// wait waits for a block. nil: look again.
func (h *handle) wait(c *Capture) error {
	h.use.Lock()
	defer h.use.Unlock()
	if h.closed {
		return os.ErrClosed
	}
	fds := []unix.PollFd{{Fd: int32(h.fd), Events: unix.POLLIN | unix.POLLERR}, {Fd: int32(h.event), Events: unix.POLLIN}}
	timeout := pauseEvery / 2
	if h.drain != 0 {
		// What the kernel holds in a block that is not full comes once its time is over.
		if now := clock(); now > h.drain || now < h.drain-int64(time.Second) {
			h.statistics(c)
			return io.EOF
		}
		timeout, fds = retireAfter, fds[:1]
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
		h.paused = max(h.paused, clock()-2*int64(retireAfter))
		h.statistics(c)
		return decode.ErrPause
	case fds[0].Revents&(unix.POLLERR|unix.POLLNVAL|unix.POLLHUP) != 0:
		return h.failed(c)
	}
	return nil
}

// shut lets nothing new into the ring, to drain it.
func (h *handle) shut() {
	h.use.Lock()
	defer h.use.Unlock()
	h.drain = clock() + 3*int64(retireAfter)
	if !h.closed {
		_ = h.filter([]bpf.RawInstruction{{Op: unix.BPF_RET}}) // where it fails a little more is captured
	}
}

// failed finds out why the socket reports an error: the interface went down, or is gone. What the ring holds was read.
func (h *handle) failed(c *Capture) error {
	h.statistics(c)
	code, err := unix.GetsockoptInt(h.fd, unix.SOL_SOCKET, unix.SO_ERROR)
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
	c.down.Store(true) // its removal is not reported any more
	c.opt.Notice(c.opt.Interface + " went down; the capture goes on when it comes up again")
	return nil
}

// revived notes that an interface that was down is up again, which the socket does not tell of.
func (h *handle) revived(c *Capture) {
	if c.down.Load() && !h.closed && interfaceUp(h.fd, h.index) {
		c.down.Store(false)
		c.opt.Notice(c.opt.Interface + " is up again")
	}
}

// removed reports whether the interface does not exist any more; one that was renamed does.
func (h *handle) removed() bool {
	if h.index == 0 {
		return false
	}
	_, err := interfaceName(h.fd, h.index)
	return err != nil
}

// statistics adds up what the kernel dropped since it was last asked.
func (h *handle) statistics(c *Capture) {
	if s, err := unix.GetsockoptTpacketStatsV3(h.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
		c.count.dropped.Add(uint64(s.Drops))
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

// close lets go of the socket, once a wait is over. The ring stays mapped: a packet of it may still be looked at.
func (h *handle) close() error {
	h.wake()
	h.use.Lock()
	defer h.use.Unlock()
	h.alarm.Lock()
	defer h.alarm.Unlock()
	h.closed = true
	var errs []error
	for _, fd := range []*int{&h.fd, &h.event} {
		if *fd >= 0 {
			errs = append(errs, unix.Close(*fd))
		}
		*fd = -1
	}
	return errors.Join(errs...)
}

// over unmaps the ring after the last packet.
func (h *handle) over() {
	if h.ring != nil {
		_ = unix.Munmap(h.ring) // it can fail only where it was not mapped
		h.ring = nil
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

func htons(v uint16) uint16 { return v<<8 | v>>8 }
