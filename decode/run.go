package decode

// A Run is packets that follow each other in one piece of a file's octets: what is read at once. It is the short way from
// files to segments (Decoder.Deal); every other packet goes alone. What it holds is borrowed, as a Packet's Data is.
type Run struct {
	data      []byte   // the piece
	pos       Position // where it begins
	frame     uint64   // Packet.Frame of the packet before the first
	fileFrame uint64
	records   []record
	n         int
	rising    bool            // no packet has a time before that of an earlier one
	short     [commonLen]byte // a short packet that came alone: see Hold

	// Lanes say where the segments of each share of the hashes go: see Decoder.Deal.
	Lanes []Lane
}

// A Lane is where the segments of one share of the hashes are written, one behind the other. Whoever empties it sees to it
// that there is room for all packets of a run.
type Lane struct {
	Segments []Segment
	N        int // how many of them are there
}

// A record is what a Run keeps of one packet: half a cache line and no pointer, which the collector would want to hear of.
type record struct {
	time       int64
	wire, kept uint32 // octets of the packet, on the wire and in the piece
	from, at   uint32 // where its record or block begins in the piece, and where those octets do
	origin     origin
}

// An origin is what the packets of one interface have in common, in one word: interface, link type and length of the frame
// check sequence, from the lowest bits up, and a NoteNoTime where they have no time.
type origin uint64

const (
	originLink = 16
	originFCS  = 32
	originNote = 40
)

func newOrigin(link LinkType, iface uint16, fcs uint8) origin {
	return origin(iface) | origin(link)<<originLink | origin(fcs)<<originFCS
}

func (o origin) iface() uint16  { return uint16(o) }
func (o origin) link() LinkType { return LinkType(o >> originLink) }
func (o origin) fcs() uint8     { return uint8(o >> originFCS) }
func (o origin) note() Note     { return Note(o >> originNote) }

// ordinary reports whether the packets are Ethernet frames without check sequences, and have times.
func (o origin) ordinary() bool { return o>>originLink == origin(linkEthernet) }

// headersEnd is how far into a record the headers of a common stack reach that are decoded soon. Whoever finds a record
// reads the octet there: so the memory's answer is on its way together with that for the next record, which has to be
// waited for anyway.
const headersEnd = 80

// NewRun returns a Run that has room for so many packets.
func NewRun(room int) *Run { return &Run{records: make([]record, room)} }

// Len returns how many packets the run holds.
func (r *Run) Len() int { return r.n }

// Until returns which packet of the run, from one on, is the first that has no time before so late a one: Len if all have.
// It returns i where the packets are not in the order of time, or have none.
func (r *Run) Until(i int, before int64) int {
	if !r.rising {
		return i
	}
	if r.records[r.n-1].time < before {
		return r.n
	}
	for r.records[i].time < before {
		i++
	}
	return i
}

// Time returns the time of a packet; ok is false where its file holds none.
func (r *Run) Time(i int) (t int64, ok bool) {
	return r.records[i].time, r.records[i].origin.note()&NoteNoTime == 0
}

// Frame returns Packet.Frame of a packet.
func (r *Run) Frame(i int) uint64 { return r.frame + uint64(i) + 1 }

// Packet fills p with a packet of the run.
func (r *Run) Packet(i int, p *Packet) {
	c := &r.records[i]
	end := c.at + c.kept
	*p = Packet{
		Frame: r.Frame(i), FileFrame: r.fileFrame + uint64(i) + 1, Time: c.time, Pos: r.pos + Position(c.from), Data: r.data[c.at:end:end],
		WireLen: c.wire, LinkType: c.origin.link(), FCSLen: c.origin.fcs(), Iface: c.origin.iface(),
		NoTime: c.origin.note()&NoteNoTime != 0,
	}
}

// Hold makes p all that the run holds. A short packet is copied, so that the short way may read past its end.
func (r *Run) Hold(p *Packet) {
	r.data, r.pos, r.frame, r.fileFrame, r.n, r.rising = p.Data, p.Pos, p.Frame-1, p.FileFrame-1, 1, !p.NoTime
	if len(p.Data) < commonLen {
		copy(r.short[:], p.Data)
		r.data = r.short[:]
	}
	c := record{time: p.Time, kept: uint32(len(p.Data)), wire: p.WireLen, origin: newOrigin(p.LinkType, p.Iface, p.FCSLen)}
	if p.NoTime {
		c.origin |= origin(NoteNoTime) << originNote
	}
	r.records[0] = c
}

// place gives a segment its hash and a place in the lane of its share.
func (r *Run) place(hash uint32) *Segment {
	l := &r.Lanes[Share(hash, len(r.Lanes))]
	s := &l.Segments[l.N]
	l.N++
	s.Hash = hash
	return s
}
