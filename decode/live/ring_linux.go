//go:build linux && !libpcap

package live

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// A ring is made of blocks that the kernel fills with packets and hands over when they are full, or after retireAfter.
// Every so often even a quiet wire takes a block, so there must be many: a reader that is kept from running for some
// seconds must find everything still there.
const (
	blockSize   = 1 << 17
	retireAfter = 50 * time.Millisecond
)

// reserve is the room before each packet, for the link header of cooked captures and a VLAN tag.
const reserve = 32

// A ring is a packet socket and the memory that it shares with the kernel.
type ring struct {
	fd     int
	memory []byte
	blocks int

	block int    // the one that is read, or read next
	held  bool   // it is ours until everything in it was read
	left  uint32 // packets left in it
	at    uint32 // where the next one stands in it
	head  int64  // the next one's time
}

// openRing opens a packet socket with a ring of so many blocks and binds it to an interface, 0 for all. Nothing is
// captured before a filter is set.
func openRing(kind, index, blocks int, promiscuous bool) (r *ring, err error) {
	r = &ring{fd: -1}
	defer func() {
		if err != nil {
			_ = r.close()
			r.over()
		}
	}()
	if r.fd, err = unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC, 0); err != nil {
		return r, err
	}
	if err := r.filter(passNothing); err != nil {
		return r, err
	}
	for _, s := range []struct{ name, value int }{{unix.PACKET_VERSION, unix.TPACKET_V3}, {unix.PACKET_RESERVE, reserve}} {
		if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, s.name, s.value); err != nil {
			return r, err
		}
	}
	if err := r.share(blocks); err != nil {
		return r, err
	}
	if promiscuous && index != 0 {
		m := unix.PacketMreq{Ifindex: int32(index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(r.fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &m); err != nil {
			return r, fmt.Errorf("promiscuous mode: %w", err)
		}
	}
	return r, unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: htons(unix.ETH_P_ALL), Ifindex: index})
}

// passNothing refuses every packet.
var passNothing = []bpf.RawInstruction{{Op: unix.BPF_RET}}

// share makes the ring of so many blocks, or of fewer where memory is short.
func (r *ring) share(blocks int) error {
	for {
		req := unix.TpacketReq3{
			Block_size: blockSize, Block_nr: uint32(blocks), Frame_size: blockSize, Frame_nr: uint32(blocks),
			Retire_blk_tov: uint32(retireAfter / time.Millisecond),
		}
		err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &req)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOMEM) || blocks <= 4 {
			return fmt.Errorf("a ring of %d KiB: %w", blocks*blockSize>>10, err)
		}
		blocks /= 2
	}
	var err error
	r.blocks = blocks
	r.memory, err = unix.Mmap(r.fd, 0, blocks*blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	return err
}

// filter attaches a program.
func (r *ring) filter(program []bpf.RawInstruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, p := range program {
		code[i] = unix.SockFilter{Code: p.Op, Jt: p.Jt, Jf: p.Jf, K: p.K}
	}
	return unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}

// join makes the ring one of a group among which the kernel shares out the packets by their flows: both directions of a
// flow go to one ring. A group below 0 makes a new one. Its number is returned; 0 is one as well.
func (r *ring) join(group int) (int, error) {
	kind := unix.PACKET_FANOUT_HASH
	if group < 0 {
		kind |= unix.PACKET_FANOUT_FLAG_UNIQUEID
		group = 0
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT, kind<<16|group); err != nil {
		return 0, err
	}
	got, err := unix.GetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_FANOUT)
	return got & 0xffff, err
}

// descriptor returns the head of the block that is read.
func (r *ring) descriptor() *unix.TpacketHdrV1 {
	d := (*unix.TpacketBlockDesc)(unsafe.Pointer(&r.memory[r.block*blockSize]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&d.Hdr))
}

// ready takes the next block where the kernel has handed one over, and gives back the one that was read. It reports
// whether there is a packet to read.
func (r *ring) ready() bool {
	for r.left == 0 {
		if r.held {
			atomic.StoreUint32(&r.descriptor().Block_status, unix.TP_STATUS_KERNEL)
			r.held = false
			r.block = (r.block + 1) % r.blocks
		}
		b := r.descriptor()
		if atomic.LoadUint32(&b.Block_status)&unix.TP_STATUS_USER == 0 {
			return false
		}
		r.held, r.left, r.at = true, b.Num_pkts, b.Offset_to_first_pkt
		r.look()
	}
	return true
}

// look notes the next packet's time.
func (r *ring) look() {
	if r.left > 0 {
		p := (*unix.Tpacket3Hdr)(unsafe.Pointer(&r.memory[r.block*blockSize+int(r.at)]))
		r.head = int64(p.Sec)*1e9 + int64(p.Nsec)
	}
}

// filling reports whether a quarter of the ring waits to be read.
func (r *ring) filling() bool {
	b := r.memory[(r.block+max(r.blocks/4, 1))%r.blocks*blockSize:]
	d := (*unix.TpacketHdrV1)(unsafe.Pointer(&(*unix.TpacketBlockDesc)(unsafe.Pointer(&b[0])).Hdr))
	return atomic.LoadUint32(&d.Block_status)&unix.TP_STATUS_USER != 0
}

// dropped returns how many packets the kernel dropped since it was last asked.
func (r *ring) dropped() uint64 {
	s, err := unix.GetsockoptTpacketStatsV3(r.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil {
		return 0
	}
	return uint64(s.Drops)
}

// close lets go of the socket. The ring stays mapped: a packet of it may still be looked at.
func (r *ring) close() error {
	if r.fd < 0 {
		return nil
	}
	fd := r.fd
	r.fd = -1
	return unix.Close(fd)
}

// over unmaps the ring after the last packet.
func (r *ring) over() {
	if r.memory != nil {
		_ = unix.Munmap(r.memory) // it can fail only where it was not mapped
		r.memory = nil
	}
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }
