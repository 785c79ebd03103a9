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
	rising    bool // no packet has a time before that of an earlier one

	// Places says where the next segment of each share of the hashes goes: see Decoder.Deal.
	Places []*Segment
}

// A record is what a Run keeps of one packet: half a cache line and no pointer, which the collector would want to hear of.
type record struct {
	time     int64
	at, kept uint32 // where the packet's octets lie in the piece
	from     uint32 // where its record or block begins there
	wire     uint32
	link     LinkType
	iface    uint16
	fcs      uint8
	noTime   bool
}

// NewRun returns a Run that has room for so many packets.
func NewRun(room int) *Run { return &Run{records: make([]record, room)} }

// Len returns how many packets the run holds.
func (r *Run) Len() int { return r.n }

// Within reports whether all packets have times from one on and before another one, in order, and returns the first and
// the last of them.
func (r *Run) Within(from, before int64) (first, last int64, ok bool) {
	if !r.rising {
		return 0, 0, false
	}
	first, last = r.records[0].time, r.records[r.n-1].time
	return first, last, from <= first && last < before
}

// Time returns the time of a packet; ok is false where its file holds none.
func (r *Run) Time(i int) (t int64, ok bool) { return r.records[i].time, !r.records[i].noTime }

// Frame returns Packet.Frame of a packet.
func (r *Run) Frame(i int) uint64 { return r.frame + uint64(i) + 1 }

// Packet fills p with a packet of the run.
func (r *Run) Packet(i int, p *Packet) {
	c := &r.records[i]
	end := c.at + c.kept
	*p = Packet{
		Frame: r.Frame(i), FileFrame: r.fileFrame + uint64(i) + 1, Time: c.time, Pos: r.pos + Position(c.from), Data: r.data[c.at:end:end],
		WireLen: c.wire, LinkType: c.link, FCSLen: c.fcs, Iface: c.iface, NoTime: c.noTime,
	}
}

// Hold makes p all that the run holds.
func (r *Run) Hold(p *Packet) {
	r.data, r.pos, r.frame, r.fileFrame, r.n, r.rising = p.Data, p.Pos, p.Frame-1, p.FileFrame-1, 1, !p.NoTime
	r.records[0] = record{
		time: p.Time, kept: uint32(len(p.Data)), wire: p.WireLen, link: p.LinkType, iface: p.Iface, fcs: p.FCSLen, noTime: p.NoTime,
	}
}

// place gives a segment its hash and the place of its share.
func (r *Run) place(hash uint32) *Segment {
	s := r.Places[Share(hash, len(r.Places))]
	s.Hash = hash
	return s
}
