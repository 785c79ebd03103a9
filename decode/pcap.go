package decode

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"
)

const (
	// softRecordLimit is the greatest captured length that is believed without a look at what follows it.
	softRecordLimit = 256 << 10
	// hardRecordLimit is the greatest captured length that is believed at all.
	hardRecordLimit = 16 << 20

	pcapHeaderLen = 24

	// usualRecordLen is the length of the record headers of nearly every file.
	usualRecordLen = 16
)

// pcapMagics are the first four octets of the variants, read as little-endian; the other byte order's follow from them.
var pcapMagics = [...]struct {
	magic     uint32
	tick      int64 // nanoseconds of one unit of the fraction
	digits    uint8 // decimal digits of the fraction
	recordLen int
	name      string
}{
	{0xa1b2c3d4, 1000, 6, 16, "pcap"},
	{0xa1b23c4d, 1, 9, 16, "pcap (ns)"},
	{0xa1b2cd34, 1000, 6, 24, "pcap (modified)"}, // Alexey Kuznetzov's patched libpcap
}

// pcapVariants have the same magics but other record headers, as some systems wrote them for a while. They are told by
// the records alone.
var pcapVariants = [...]struct {
	recordLen int
	name      string
}{
	{16, "pcap"},
	{24, "pcap (modified)"}, // with a patch of 1999 that kept the magic
	{20, "pcap (Nokia)"},
	{28, "pcap (modified)"}, // with a patch of 1999 that added two processors' numbers
}

// pcapState is what the header of a pcap file says about its records.
type pcapState struct {
	big       bool
	tick      int64
	fractions uint32 // how many units of the fraction a second has
	previous  uint32 // the second of the record before
	recordLen int
	limit     uint32 // captured lengths up to here take the fast path
	swap      lenSwap
	origin    origin
	ifc       *Interface
	header    [pcapHeaderLen]byte // as it stands in the file
}

// lenSwap says whether a record's two lengths stand in the other order: files older than version 2.3 have the length on
// the wire first, and 2.3 has writers of both kinds.
type lenSwap uint8

const (
	lensInOrder lenSwap = iota
	lensSwapped
	lensUnknown
)

// matchPcap finds the variant that b begins with.
func matchPcap(b []byte) (variant int, big, ok bool) {
	if len(b) < 4 {
		return 0, false, false
	}
	m := binary.LittleEndian.Uint32(b)
	for i := range pcapMagics {
		switch m {
		case pcapMagics[i].magic:
			return i, false, true
		case bits.ReverseBytes32(pcapMagics[i].magic):
			return i, true, true
		}
	}
	return 0, false, false
}

// openPcap reads the file header, which the caller has recognised.
func (r *fileReader) openPcap() {
	b := r.win.buf[r.win.pos:]
	v, big, _ := matchPcap(b)
	s := &r.pcap
	s.big = big
	s.tick = pcapMagics[v].tick
	s.fractions = uint32(1e9 / s.tick)
	s.recordLen = pcapMagics[v].recordLen
	r.format = pcapMagics[v].name
	if len(b) < pcapHeaderLen {
		r.truncated("the file header itself is cut")
		return
	}
	major, minor := s.u16(b[4:]), s.u16(b[6:])
	switch {
	case major == 2 && minor < 3, major == 543:
		s.swap = lensSwapped
	case major == 2 && minor == 3:
		s.swap = lensUnknown
	}
	snap := s.u32(b[16:])
	network := s.u32(b[20:])
	s.limit = softRecordLimit
	if snap > s.limit && snap <= hardRecordLimit {
		s.limit = snap
	}
	// The link type takes the low 16 bits; bit 26 says that the top four give the length of the frame check sequence in
	// units of 16 bits.
	link, fcs := LinkType(network), uint8(0)
	if network&(1<<26) != 0 {
		fcs = uint8(network >> 28 * 2)
	}
	r.info.SnapLen = snap
	iface, ifc := r.addInterface(Interface{
		Offset: 0, LinkType: link, SnapLen: snap, FCSLen: fcs, Resolution: pcapMagics[v].digits,
	})
	s.origin, s.ifc = newOrigin(link, iface, fcs), ifc
	copy(s.header[:], b)
	r.win.pos += pcapHeaderLen
	r.chooseVariant()
}

// chooseVariant takes another length of the record headers if the records that are in memory do not fit the usual one
// but fit that.
func (r *fileReader) chooseVariant() {
	if r.pcap.tick != 1000 {
		return
	}
	if !r.live {
		r.win.need(variantLook)
	}
	if r.fitting(r.pcap.recordLen) {
		return
	}
	for _, v := range pcapVariants {
		if r.fitting(v.recordLen) {
			r.pcap.recordLen, r.format = v.recordLen, v.name
			return
		}
	}
}

// variantLook is how much of a file is looked at to tell which variant it is.
const variantLook = 16 << 10

// fitting reports whether the first records have headers of that length, as far as they are in memory.
func (r *fileReader) fitting(recordLen int) bool {
	b := r.win.buf[r.win.pos:][:min(r.win.rest(), variantLook)]
	n := 0
	for ; n < 4 && len(b) >= recordLen; n++ {
		h := r.pcap.record(b)
		if !r.pcap.plausible(h) {
			return false
		}
		b = b[min(recordLen+int(h.caplen()), len(b)):]
	}
	return n > 1
}

func (s *pcapState) u16(b []byte) uint16 {
	if s.big {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (s *pcapState) u32(b []byte) uint32 {
	v := binary.LittleEndian.Uint32(b)
	if s.big {
		v = bits.ReverseBytes32(v)
	}
	return v
}

// runPcap takes records as long as each is of ordinary length and time and followed by the header of another such one; all
// else is left to the careful way, which would take these as they are: where the buffers end must not matter.
func (r *fileReader) runPcap(list []record) (n int) {
	s, w := &r.pcap, &r.win
	if s.recordLen != usualRecordLen || s.swap != lensInOrder {
		return 0
	}
	buf, pos := slices.Clip(w.buf), w.pos
	start := r.file | Position(w.base)
	if start+Position(pos) >= r.nextMark || len(buf)-pos < commonLen {
		return 0
	}
	h := s.asWritten((*[usualRecordLen]byte)(buf[pos:]))
	if h.caplen()-1 >= s.limit { // 0 wraps around and is left to the careful way too
		return 0
	}
	// So are the last record before the next mark, and those behind which the buffer ends soon.
	last := int(min(uint64(len(buf)-commonLen), uint64(r.nextMark-start)))
	previous, ordered := uint64(s.previous)<<32, true
	for n < len(list) {
		end := pos + usualRecordLen + int(h.caplen())
		if end > last {
			break
		}
		next := s.asWritten((*[usualRecordLen]byte)(buf[end : end+usualRecordLen : end+usualRecordLen]))
		if next.caplen()-1 >= s.limit {
			break
		}
		// Nearly every packet is a little later than the one before it. A length on the wire below the other one wraps around.
		if h.stamp-previous >= nearTime<<32 || h.frac() >= s.fractions || h.wire()-h.caplen() >= s.limit {
			s.previous, ordered = uint32(previous>>32), false
			if !s.near(h) {
				break
			}
		}
		r.touched = buf[pos+headersEnd]
		c := &list[n]
		c.time = s.time(h)
		c.wire, c.kept = h.wire(), h.caplen()
		c.from, c.at = uint32(pos), uint32(pos+usualRecordLen)
		c.origin = s.origin
		n++
		previous, h, pos = h.stamp, next, end
	}
	s.previous = uint32(previous >> 32)
	w.pos = pos
	r.frames += uint64(n)
	s.ifc.Packets += uint64(n)
	r.extendBy(list[:n], ordered)
	return n
}

// joined reports whether another file of the same kind begins here, as where cat put the files of a ring together. Read as a
// record its header would be a packet of the year 2055 without octets, and what follows it damage.
func (r *fileReader) joined() bool {
	const snap, network = 16, 20
	w, own := &r.win, &r.pcap.header
	if !bytes.Equal(w.buf[w.pos:][:snap], own[:snap]) || !w.need(pcapHeaderLen) {
		return false
	}
	return bytes.Equal(w.buf[w.pos:][network:pcapHeaderLen], own[network:])
}

// takePcap fills p from the record at b, whose header is h, and consumes it.
func (r *fileReader) takePcap(p *Packet, b []byte, h pcapRecord) {
	s := &r.pcap
	end := s.recordLen + int(h.caplen())
	t := s.time(h)
	s.previous = h.sec()
	p.Time = t
	p.NoTime = false
	p.Data = b[s.recordLen:end:end]
	p.WireLen = max(h.wire(), h.caplen())
	p.LinkType = s.origin.link()
	p.FCSLen = s.origin.fcs()
	p.Iface = s.origin.iface()
	r.deliver(p, t)
	s.ifc.Packets++
	r.win.pos += end
}

// A pcapRecord is a record header in two words: the time's second and its fraction, and the length captured and that on the
// wire, the first one of each pair in the upper half.
type pcapRecord struct{ stamp, lens uint64 }

func (h pcapRecord) sec() uint32    { return uint32(h.stamp >> 32) }
func (h pcapRecord) frac() uint32   { return uint32(h.stamp) }
func (h pcapRecord) caplen() uint32 { return uint32(h.lens >> 32) }
func (h pcapRecord) wire() uint32   { return uint32(h.lens) }

// time returns the time of a record in nanoseconds since 1970.
func (s *pcapState) time(h pcapRecord) int64 { return int64(h.sec())*1e9 + int64(h.frac())*s.tick }

// asWritten reads a record header whose lengths stand in the usual order.
func (s *pcapState) asWritten(b *[usualRecordLen]byte) pcapRecord {
	if s.big {
		return pcapRecord{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
	}
	return pcapRecord{bits.RotateLeft64(binary.LittleEndian.Uint64(b[:]), 32), bits.RotateLeft64(binary.LittleEndian.Uint64(b[8:]), 32)}
}

func (s *pcapState) record(b []byte) pcapRecord {
	h := s.asWritten((*[usualRecordLen]byte)(b))
	if s.swap == lensSwapped || s.swap == lensUnknown && h.caplen() > h.wire() {
		h.lens = bits.RotateLeft64(h.lens, 32)
	}
	return h
}

// nextPcap reads the next record where the fast way has doubts: at the end of the buffer or the file, around
// records of unusual length, and at damage.
func (r *fileReader) nextPcap(p *Packet) error {
	s, w := &r.pcap, &r.win
	for {
		if !w.need(s.recordLen) {
			if err := r.atEnd(w.rest()); err != nil {
				return err
			}
			continue
		}
		if r.joined() {
			r.damage(DamageJoined, pcapHeaderLen, true, "")
			w.pos += pcapHeaderLen
			continue
		}
		h := s.record(w.buf[w.pos:])
		if !s.believable(h) {
			if err := r.resyncPcap(h); err != nil {
				return err
			}
			continue
		}
		end := s.recordLen + int(h.caplen())
		if !w.need(end) {
			// Either the file was cut here or the length is wrong: the rest tells.
			at, ok := r.findPcap(1, w.rest())
			if !ok {
				if err := r.atEnd(w.rest()); err != nil {
					return err
				}
				continue
			}
			r.damage(DamageRecordLength, int64(at), true, fmt.Sprintf("captured length %d", h.caplen()))
			w.pos += at
			continue
		}
		if r.seeked && r.frames == 0 { // a second pass enters where the first one found a record
			r.takePcap(p, w.buf[w.pos:], h)
			return nil
		}
		// An unusual length is believed only if a header follows; for an ordinary one that is not waited for where a
		// capture is under way.
		if h.caplen() > s.limit || !r.live {
			w.need(end + s.recordLen)
		}
		if w.rest() >= end+s.recordLen && !s.believable(s.record(w.buf[w.pos+end:])) {
			// Something is missing or too much, in this record or behind it.
			if at, ok := r.findPcap(1, end-1); ok {
				r.damage(DamageRecordLength, int64(at), true, "the next record begins inside this one")
				w.pos += at
				continue
			}
		}
		// Where octets are missing, or too many, a header read at the wrong place can look like one for a long time.
		if !r.live && !r.near(h) {
			if at, ok := r.findNear(1, end); ok {
				r.damage(DamageRecordLength, int64(at), true, "the next record begins inside this one")
				w.pos += at
				continue
			}
		}
		r.takePcap(p, w.buf[w.pos:], h)
		return nil
	}
}

// atEnd ends the file: lost octets of an unfinished record are left. nil: it goes on behind a gap.
func (r *fileReader) atEnd(lost int) error {
	err := r.win.err
	var g *gap
	switch {
	case errors.As(err, &g) && g.resumed:
		return r.crossGap(g)
	case errors.Is(err, os.ErrClosed):
		return os.ErrClosed
	case err == nil || err == io.EOF:
		if lost > 0 {
			r.damage(DamageTruncated, int64(lost), false, "")
		}
	default:
		r.failed(err)
	}
	r.win.pos = len(r.win.buf)
	r.ended = true
	return io.EOF
}
