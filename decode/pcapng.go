package decode

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
)

// The block types that are read; all others are skipped by their length.
const (
	blockInterface      = 1
	blockObsoletePacket = 2
	blockSimplePacket   = 3
	blockNames          = 4
	blockStatistics     = 5
	blockEnhancedPacket = 6
	blockSecrets        = 10
	blockCustom         = 0x00000bad
	blockCustomNoCopy   = 0x40000bad
	blockSection        = 0x0a0d0d0a // a palindrome: the same in both byte orders

	byteOrderMagic = 0x1a2b3c4d

	minBlockLen  = 12
	minPacketLen = 32 // of an enhanced or obsolete packet block without data
	// hardBlockLimit is the length beyond which a block is believed only if its file, seen whole, confirms it.
	hardBlockLimit = hardRecordLimit + 64<<10
	// scanBlockLimit bounds the blocks that are looked for behind damage.
	scanBlockLimit = 1 << 20
)

// pcapngState is what the current section says about its blocks.
type pcapngState struct {
	big     bool
	lost    bool // the section is of an unknown kind: wait for the next
	said    bool // and that was recorded
	section int
	ifaces  []pcapngInterface
}

// A pcapngInterface is what the hot path needs of an interface.
type pcapngInterface struct {
	clock  clock
	origin origin
	broken bool
	snap   uint32
	info   *Interface
}

func (s *pcapngState) u16(b []byte) uint16 {
	if s.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (s *pcapngState) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if s.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

// u64 reads two words as the halves of one, the upper one first in either byte order, as those of a time stand.
func (s *pcapngState) u64(b []byte) uint64 {
	if s.big {
		return binary.BigEndian.Uint64(b)
	}
	return bits.RotateLeft64(binary.LittleEndian.Uint64(b), 32)
}

// runPcapng takes whole and sound enhanced packet blocks, as long as one follows the other; all else is left to nextBlocks.
func (r *fileReader) runPcapng(list []record) (n int) {
	for n < len(list) {
		n += r.runPlain(list[n:])
		if n == len(list) || !r.takeSound(&list[n]) {
			break
		}
		n++
	}
	return n
}

// runPlain is runPcapng for blocks without options that are neither at a mark nor at the end of the buffer.
func (r *fileReader) runPlain(list []record) (n int) {
	s, w := r.ng, &r.win
	buf, pos := slices.Clip(w.buf), w.pos
	start := r.file | Position(w.base)
	if start+Position(pos) >= r.nextMark || len(buf)-pos < commonLen {
		return 0
	}
	last := int(min(uint64(len(buf)-commonLen), uint64(r.nextMark-start)))
	previous, falling := int64(earliest), int64(0)
	for n < len(list) {
		b := (*[minPacketLen]byte)(buf[pos : pos+minPacketLen : pos+minPacketLen])
		head, id, lens := s.u64(b[:8]), s.u32(b[8:12]), s.u64(b[20:28])
		kept, total := lens>>32, head&0xffffffff
		end := pos + int(total)
		if head>>32 != blockEnhancedPacket || total != (kept+3)&^3+minPacketLen || end > last ||
			uint64(s.u32(buf[end-4:end:end])) != total || uint64(id) >= uint64(len(s.ifaces)) || s.ifaces[id].broken {
			break
		}
		i := &s.ifaces[id]
		i.info.Packets++
		r.touched = buf[pos+headersEnd]
		c := &list[n]
		c.time = i.clock.nanos(s.u64(b[12:20]))
		c.wire, c.kept = max(uint32(lens), uint32(kept)), uint32(kept)
		c.from, c.at = uint32(pos), uint32(pos+28)
		c.origin = i.origin
		falling |= c.time - previous // times are so told that this does not overflow
		previous = c.time
		n++
		pos = end
	}
	w.pos = pos
	r.frames += uint64(n)
	r.extendBy(list[:n], falling >= 0)
	return n
}

// takeSound takes the block at the window's position if it is a whole and sound enhanced packet block.
func (r *fileReader) takeSound(c *record) bool {
	s, w := r.ng, &r.win
	b := w.buf[w.pos:]
	if len(b) < minPacketLen || s.u32(b) != blockEnhancedPacket {
		return false
	}
	total := s.u32(b[4:])
	id, caplen := s.u32(b[8:]), s.u32(b[20:])
	if total < minPacketLen || total&3 != 0 || uint64(total) > uint64(len(b)) || s.u32(b[total-4:]) != total ||
		int64(caplen) > int64(total)-minPacketLen || uint64(id) >= uint64(len(s.ifaces)) || s.ifaces[id].broken {
		return false
	}
	*c = r.enhanced(b[:total], &s.ifaces[id], caplen)
	w.pos += int(total)
	return true
}

// nextBlocks walks the blocks until one gives a packet.
func (r *fileReader) nextBlocks(p *Packet) error {
	w := &r.win
	for {
		b, err := r.block()
		if err != nil {
			return err
		}
		got := r.readBlock(p, b)
		w.pos += len(b)
		if got {
			return nil
		}
	}
}

// block returns the next sound block, not consumed; it leaves out what is not one. io.EOF: there is none.
func (r *fileReader) block() ([]byte, error) {
	s, w := r.ng, &r.win
	for {
		if !w.need(minBlockLen) {
			if err := r.atEnd(w.rest()); err != nil {
				return nil, err
			}
			continue
		}
		b := w.buf[w.pos:]
		if binary.LittleEndian.Uint32(b) == blockSection {
			r.beginSection(b)
		}
		if s.lost {
			from := 1
			if s.said {
				from = 0
			}
			if err := r.resyncPcapng(from, DamageSection, ""); err != nil {
				return nil, err
			}
			continue
		}
		total := s.u32(b[4:])
		if total < minBlockLen || total&3 != 0 {
			if err := r.resyncPcapng(1, DamageBlockLength, fmt.Sprintf("length %d", total)); err != nil {
				return nil, err
			}
			continue
		}
		if total > hardBlockLimit {
			if r.skipGiant(int64(total)) {
				continue
			}
			if err := r.resyncPcapng(1, DamageBlockLength, fmt.Sprintf("length %d", total)); err != nil {
				return nil, err
			}
			continue
		}
		if !w.need(int(total)) {
			// Either the file was cut here or the length is wrong: the rest tells.
			if at, ok := r.findBlock(1, w.rest()); ok {
				r.damage(DamageBlockLength, int64(at), true, fmt.Sprintf("length %d", total))
				w.pos += at
				continue
			}
			if err := r.atEnd(w.rest()); err != nil {
				return nil, err
			}
			continue
		}
		b = w.buf[w.pos : w.pos+int(total)]
		if trailer := s.u32(b[total-4:]); trailer != total {
			detail := fmt.Sprintf("%d before it, %d behind it", total, trailer)
			if r.blockAt(int(total)) || !w.need(int(total)+1) {
				r.damage(DamageTrailer, 0, true, detail)    // only the trailer is wrong
				return w.buf[w.pos : w.pos+int(total)], nil // looking ahead may have moved it
			}
			if err := r.resyncPcapng(1, DamageTrailer, detail); err != nil {
				return nil, err
			}
			continue
		}
		return b, nil
	}
}

// beginSection takes the byte order from a section header block, so that its length can be read.
func (r *fileReader) beginSection(b []byte) {
	s := r.ng
	switch {
	case binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic:
		s.big, s.lost = false, false
	case binary.BigEndian.Uint32(b[8:]) == byteOrderMagic:
		s.big, s.lost = true, false
	default:
		s.lost, s.said = true, false
	}
	s.ifaces = s.ifaces[:0]
	s.section = r.info.Sections
	r.info.Sections++
	if r.host.marks != nil {
		r.host.marks.addSection(r.win.offset(), s.big)
	}
}

// skipGiant consumes a block that is longer than any that is kept in memory, if the file confirms its length.
func (r *fileReader) skipGiant(total int64) bool {
	if r.confirm == nil || r.ng.u32(r.win.buf[r.win.pos:]) == blockEnhancedPacket {
		return false
	}
	var trailer [4]byte
	if !r.confirm(trailer[:], r.win.offset()+total-4) || int64(r.ng.u32(trailer[:])) != total {
		return false
	}
	return r.win.skip(total) == total
}

// resyncPcapng leaves out octets, at least from of them, until a block is found that fits. io.EOF: there is none.
func (r *fileReader) resyncPcapng(from int, kind DamageKind, detail string) error {
	w := &r.win
	start := w.offset()
	w.pos += from
	ok := r.leaveOut(r.findBlock)
	lost := w.offset() - start
	if kind == DamageSection && r.ng.said {
		if r.host.damages != nil {
			r.host.damages.extend(lost)
		}
	} else {
		r.damageAt(Damage{Kind: kind, Offset: start, AfterFrame: r.frames, Lost: lost, Resumed: ok || resumed(w.err), Detail: detail})
	}
	if !ok {
		return r.atEnd(0)
	}
	return nil
}

// findBlock looks for a block that begins from to to-1 octets ahead.
func (r *fileReader) findBlock(from, to int) (at int, ok bool) {
	for at = from; at < to; at++ {
		if !r.win.need(at + minBlockLen) {
			return 0, false
		}
		if r.blockAt(at) {
			return at, true
		}
	}
	return 0, false
}

// blockAt reports whether a block of a known type with two equal lengths begins at that distance.
func (r *fileReader) blockAt(at int) bool {
	s, w := r.ng, &r.win
	if !w.need(at + minBlockLen) {
		return false
	}
	b := w.buf[w.pos+at:]
	big, least := s.big, uint32(minBlockLen)
	switch typ := s.u32(b); {
	case typ == blockSection:
		switch {
		case binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic:
			big = false
		case binary.BigEndian.Uint32(b[8:]) == byteOrderMagic:
			big = true
		default:
			return false
		}
		least = 28
	case s.lost:
		return false
	case typ == blockEnhancedPacket, typ == blockObsoletePacket:
		least = minPacketLen
	case typ == blockInterface:
		least = 20
	case typ == blockStatistics:
		least = 24
	case typ == blockSimplePacket:
		least = 16
	case typ == blockNames, typ == blockSecrets, typ == blockCustom, typ == blockCustomNoCopy:
	default:
		return false
	}
	order := pcapngState{big: big}
	total := order.u32(b[4:])
	if total < least || total > scanBlockLimit || total&3 != 0 || !w.need(at+int(total)) {
		return false
	}
	return order.u32(w.buf[w.pos+at+int(total)-4:]) == total
}

// openPcapng prepares for the first section header block, which the caller has recognised.
func (r *fileReader) openPcapng() {
	r.format = "pcapng"
	r.ng = &pcapngState{}
}

// matchPcapng reports whether b begins with a section header block.
func matchPcapng(b []byte) bool {
	return len(b) >= 12 && binary.LittleEndian.Uint32(b) == blockSection &&
		(binary.LittleEndian.Uint32(b[8:]) == byteOrderMagic || binary.BigEndian.Uint32(b[8:]) == byteOrderMagic)
}
