package decode

import (
	"errors"
	"io"
	"io/fs"
	"math"
)

// A FileInfo tells what is known of one capture file; counters grow while it is read.
type FileInfo struct {
	Path        string
	Format      string // "pcap", "pcap (ns)", "pcap (modified)", "pcapng"
	Compression string // "gzip", "zstd", "lz4", "xz", "bzip2", a chain such as "gzip+zstd", or "" for none
	Size        int64  // octets on disk; -1 where unknown (stdin, pipes)
	SnapLen     uint32 // the first interface's; 0: none
	Packets     uint64
	First, Last int64 // earliest and latest time of its packets, nanoseconds since 1970-01-01 UTC; see Timed
	Timed       bool  // at least one packet had a time
	Drops       uint64
	Sections    int      // pcapng: sections seen
	Comments    []string // pcapng: of the sections; at most maxComments, each cut to maxCommentLen octets
	Hardware    string   // pcapng: of the first section that names it
	OS          string
	Application string
	// PacketComments counts the packets' comments; their text is read again with Capture.Comments.
	PacketComments uint64
	TextsCut       uint64 // comments, names and descriptions that were cut or left out to bound what is kept (Limits)
	TimesBent      uint64 // times before 1823-11-12 or after 2116-02-20, for which the nearest one was taken
	Secrets        uint64 // decryption secrets blocks, skipped
	Damages        uint64
	Complete       bool   // read to its end, and undamaged
	Skipped        string // why the file was not read at all ("not a capture file …"); "" for those that were
}

// A fileReader reads the records of one file in file order.
type fileReader struct {
	win      window
	ng       *pcapngState // nil: pcap
	pcap     pcapState
	file     Position // with offset 0
	frames   uint64
	single   Run // of one packet: alone
	ended    bool
	live     bool // a pipe that a capture may be writing to: nothing is waited for but the next packet
	seeked   bool // frames does not count what stands before
	first    int64
	last     int64
	early    uint64    // packets with a time before an earlier packet's
	nextMark Position  // where the next call of markTime is due
	touched  byte      // what it was is of no interest: see headersEnd
	unasked  Interface // counts for all interfaces where nobody will ask: there may be a million

	info    *FileInfo
	format  string
	host    recordHost
	close   func()                   // lets go of the file
	confirm func([]byte, int64) bool // reads a plain file elsewhere; nil for pipes and compressed files
}

// A recordHost is where a fileReader reports what it meets besides packets. All are nil while a file is only looked at;
// a second pass has nothing but what the first one marked.
type recordHost struct {
	damages    *damageLog
	interfaces *interfaceTable
	marks      *fileMarks
	names      *nameTable
	known      *fileMarks // the first pass's marks
}

// run reads packets for as long as each of them is whole, ordinary and in memory, up to so many; false: what comes needs a
// careful look.
func (r *fileReader) run(of *Run, most int) bool {
	if r.ended {
		return false
	}
	of.begin(r)
	early := r.early
	if list := of.records[:min(most, len(of.records))]; r.ng != nil {
		of.n = r.runPcapng(list)
	} else {
		of.n = r.runPcap(list)
	}
	of.rising = r.early == early
	return of.n > 0
}

// alone returns the run of one packet that the reader keeps.
func (r *fileReader) alone() *Run {
	if r.single.records == nil {
		r.single.records = make([]record, 1)
	}
	return &r.single
}

// begin prepares for packets that begin at the window's position.
func (of *Run) begin(r *fileReader) {
	of.data, of.pos, of.fileFrame = r.win.buf, r.file|Position(r.win.base), r.frames
}

// next reads the next packet; io.EOF at the end.
func (r *fileReader) next(p *Packet) error {
	switch {
	case r.run(r.alone(), 1):
		r.single.Packet(0, p)
		p.Frame = 0 // the capture numbers it
		return nil
	case r.ended:
		return io.EOF
	case r.ng != nil:
		return r.nextBlocks(p)
	default:
		return r.nextPcap(p)
	}
}

// deliver fills in what every packet has, whatever the format; the record begins at the window's position.
func (r *fileReader) deliver(p *Packet, t int64) {
	p.Pos = r.count(t)
	p.FileFrame = r.frames
}

// count counts a packet with a time, whose record or block begins at the window's position, and returns where that is.
func (r *fileReader) count(t int64) Position {
	r.frames++
	r.extend(t)
	pos := r.file | Position(r.win.offset())
	if pos >= r.nextMark {
		r.markTime(pos.Offset())
	}
	return pos
}

// extend takes a packet's time into the bounds of the file's.
func (r *fileReader) extend(t int64) {
	if t >= r.last {
		r.last = t
		r.first = min(r.first, t)
		return
	}
	r.first = min(r.first, t)
	r.early++
}

// extendBy takes the times of packets into the bounds of the file's; rising says that none is before the one in front of it.
func (r *fileReader) extendBy(list []record, rising bool) {
	if n := len(list); rising && n > 0 && list[0].time >= r.last {
		r.first = min(r.first, list[0].time)
		r.last = list[n-1].time
		return
	}
	for i := range list {
		r.extend(list[i].time)
	}
}

// markTime remembers how late it was at the record at offset.
func (r *fileReader) markTime(offset int64) {
	if r.host.marks == nil {
		r.nextMark = math.MaxUint64
		return
	}
	r.host.marks.addTime(offset, r.last)
	r.nextMark = r.file | Position(offset+timeMarkSpacing)
}

// resetTimes prepares the bounds that deliver widens.
func (r *fileReader) resetTimes() { r.first, r.last = math.MaxInt64, math.MinInt64 }

// sync writes the counters that the hot path keeps in the reader into the file's info.
func (r *fileReader) sync() {
	r.info.Format = r.format
	r.info.Packets = r.frames
	if r.first <= r.last {
		r.info.First, r.info.Last, r.info.Timed = r.first, r.last, true
	}
	r.info.Complete = r.ended && r.info.Damages == 0
	if r.ended && r.host.marks != nil {
		r.host.marks.end(r.last)
	}
}

// addInterface numbers an interface that the file describes.
func (r *fileReader) addInterface(i Interface) (uint16, *Interface) {
	i.File = r.file.File()
	switch {
	case r.host.known != nil:
		return r.host.known.lookup(i.Offset), &r.unasked
	case r.host.interfaces == nil:
		return 0, &r.unasked
	}
	id, p, whole := r.host.interfaces.add(i)
	if !whole {
		r.info.TextsCut++
	}
	r.host.marks.addInterface(i.Offset, id)
	return id, p
}

// damage records damage that begins at the window's position.
func (r *fileReader) damage(kind DamageKind, lost int64, resumed bool, detail string) {
	r.damageAt(Damage{Kind: kind, Offset: r.win.offset(), AfterFrame: r.frames, Lost: lost, Resumed: resumed, Detail: detail})
}

func (r *fileReader) damageAt(d Damage) {
	r.info.Damages++
	if r.host.damages == nil {
		return
	}
	d.File = r.file.File()
	d.Path = r.info.Path
	r.host.damages.add(d)
}

// failed records that no more octets come, and why.
func (r *fileReader) failed(err error) {
	d := Damage{Kind: DamageUnreadable, Offset: r.win.offset(), AfterFrame: r.frames, Lost: -1, Detail: err.Error()}
	var g *gap
	switch {
	case errors.Is(err, errBomb):
		d.Kind = DamageBomb
	case errors.As(err, &g):
		d.Kind, d.Packed = g.kind(), g.lost
	case r.info.Compression != "" && !isFileError(err):
		d.Kind = DamageCompressed
	}
	r.damageAt(d)
}

// crossGap goes on behind compressed octets that could not be unpacked, with find's next record. A record that the gap
// tore is left out: its end would be another one's. io.EOF: there is no other.
func (r *fileReader) crossGap(g *gap) error {
	r.damageAt(Damage{
		Kind: g.kind(), Offset: r.win.offset(), AfterFrame: r.frames, Lost: -1, Packed: g.lost, Resumed: true, Detail: g.Error(),
	})
	r.win.pos = len(r.win.buf)
	r.win.err = nil
	find := r.findPcap
	if r.ng != nil {
		find = r.findBlock
	}
	if !r.leaveOut(find) {
		return r.atEnd(0)
	}
	return nil
}

// leaveOut consumes what stands before the next record that find finds; false: there is none, and all is consumed.
func (r *fileReader) leaveOut(find func(from, to int) (at int, ok bool)) bool {
	const stride = 64 << 10
	for {
		if at, ok := find(0, stride); ok {
			r.win.pos += at
			return true
		}
		if r.win.skip(stride) < stride {
			return false
		}
	}
}

// isFileError reports whether the operating system said so, not a decompressor.
func isFileError(err error) bool {
	var pe *fs.PathError
	return errors.As(err, &pe)
}

// truncated ends a file whose header is cut.
func (r *fileReader) truncated(detail string) {
	r.damage(DamageTruncated, int64(r.win.rest()), false, detail)
	r.win.pos = len(r.win.buf)
	r.ended = true
}
