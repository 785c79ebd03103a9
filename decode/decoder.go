package decode

// Config says how a Decoder looks at packets. Its zero value is useful.
type Config struct {
	Decap     DecapSet     // the tunnels to look into; zero is all of them
	KeyVLAN   bool         // VLAN ids are part of Segment.Scope (bits 32 and up)
	KeyVNI    bool         // the innermost tunnel's id (VNI, VSID, GRE key, TEID) is part of Segment.Scope (low 32 bits); GTP's TEIDs differ by direction
	Checksums ChecksumMode // what to do about a wrong TCP checksum; zero is to ignore it

	FragmentBytes   int64 // bound on the memory that unfinished IP datagrams take; 0 is 4 MiB
	FragmentSeconds int64 // how long, in capture time, the rest of a datagram is waited for; 0 is 30 s

	Seed uint64 // of Segment.Hash; 0 is a fixed seed, so that two runs agree
}

// maxHeaders bounds how many link, tunnel and network headers are walked in one frame.
const maxHeaders = 24

// A Decoder turns frames into segments. It keeps IP fragments from one frame to the next and is not safe for use by
// several goroutines at once.
type Decoder struct {
	cfg  Config
	keys hashKeys

	// The walk over one frame.
	packet   *Packet
	segment  *Segment
	b        []byte // what was captured from the current header on, never beyond what the headers around it promise
	wire     int    // octets that stand there on the wire: less than len(b) never, more where the snap length cut
	promised int    // octets that the length fields promise from here on, even if the frame cannot hold them
	tags     uint64 // the VLAN tags of the innermost tagged header, as Scope holds them
	vni      uint32
	vlan     uint16
	etype    uint16
	link     LinkType // of the frame, or of the frame that its header wraps
	encap    Encap
	src, dst Addr
	ttl      uint8
	proto    uint8 // IP protocol number of what follows
	ipid     uint16
	partial  bool         // the datagram was put together from fragments of which some were cut short
	payload  []byte       // the captured TCP payload of the last segment that was walked to
	around   surroundings // of the last packet with a common stack but not the plainest
	load     int          // how much of that of the last one on the fast path was captured, with what may follow; walkedTo: payload holds it
	single   *Run         // of one packet
	dealt    Packet       // one of a run that is walked
	walked   Segment
	udpSrc   uint16 // ports of the last UDP datagram
	udpDst   uint16

	tracing bool // record where each header begins, for Describe
	trace   []span

	skip     Skip
	skips    [numLayers][numReasons]skipTally
	counters Counters
	frags    defragmenter
}

// Counters says what a Decoder has seen so far.
type Counters struct {
	Frames      uint64 // frames decoded
	Segments    uint64 // TCP segments among them
	ICMPErrors  uint64 // ICMP errors that quote a TCP segment
	Reassembled uint64 // segments that were put together from IP fragments
	Overlaps    uint64 // fragments that overlapped others; the octets that came first were kept
	Aggregates  uint64 // 802.11 frames that hold several packets, of which only the first was read
	Fallbacks   uint64 // frames that the fallback decoder was asked about
}

// NewDecoder returns a Decoder.
func NewDecoder(cfg Config) *Decoder {
	d := &Decoder{cfg: cfg, keys: newHashKeys(cfg.Seed), single: NewRun(1)}
	d.single.Lanes = []Lane{{Segments: make([]Segment, 1)}}
	d.frags.init(cfg.FragmentBytes, cfg.FragmentSeconds)
	return d
}

// Counters returns what was decoded so far.
func (d *Decoder) Counters() Counters { return d.counters }

// Decode reads the headers of one frame. If it returns true, every field of *s is set: s is a TCP segment or, with
// s.ICMP set, an ICMP error that quotes one. If it returns false the frame gave no segment, *s is undefined and
// LastSkip says why. Decode does not keep p.Data, but Payload refers to it.
func (d *Decoder) Decode(p *Packet, s *Segment) bool {
	d.counters.Frames++
	if d.cfg.Checksums == ChecksumsIgnored && d.decodeAlone(p, s) {
		d.counters.Segments++
		return true
	}
	return d.walk(p, s)
}

// decodeAlone reads the common stack of a packet that came alone.
func (d *Decoder) decodeAlone(p *Packet, s *Segment) bool {
	d.single.Hold(p)
	d.single.Lanes[0].N = 0
	if next, _ := d.dealCommon(d.single, 0, 1); next == 0 {
		return false
	}
	*s = d.single.Lanes[0].Segments[0]
	return true
}

// Deal is Decode for a run's packets from one on up to another, without it, but that each segment is written into the lane of
// its share of the hashes (Share). It returns early behind a RST with a payload, which Payload knows until the next call;
// next is the packet behind the last one that was taken.
func (d *Decoder) Deal(run *Run, i, end int) (next int, spoken *Segment) {
	for i < end {
		if d.cfg.Checksums == ChecksumsIgnored {
			next, spoken = d.dealCommon(run, i, end)
			d.counters.Frames += uint64(next - i)
			d.counters.Segments += uint64(next - i)
			if i = next; spoken != nil || i == end {
				break
			}
		}
		d.counters.Frames++
		s := d.dealWalked(run, i)
		i++
		if s != nil && s.Flags&RST != 0 && s.Len > 0 {
			return i, s
		}
	}
	return i, spoken
}

// dealWalked deals a packet that is no common one.
func (d *Decoder) dealWalked(run *Run, i int) *Segment {
	run.Packet(i, &d.dealt)
	if !d.walk(&d.dealt, &d.walked) {
		return nil
	}
	s := run.place(d.walked.Hash)
	*s = d.walked
	return s
}

// walk decodes any frame, header by header.
func (d *Decoder) walk(p *Packet, s *Segment) bool {
	data := p.Data
	wire := max(int(p.WireLen), len(data))
	if p.FCSLen > 0 {
		wire = max(wire-int(p.FCSLen), 0)
		data = unchecked(data, p.WireLen, p.FCSLen)
	}
	d.packet, d.segment = p, s
	d.b, d.wire, d.promised = data, wire, unlimited
	d.tags, d.vni, d.vlan, d.etype, d.encap, d.partial, d.payload, d.load = 0, 0, 0, 0, 0, false, nil, walkedTo
	h := d.beginLink(p.LinkType)
	for range maxHeaders {
		if d.tracing {
			d.trace = append(d.trace, span{h, cap(p.Data) - cap(d.b)})
		}
		next := headers[h].read(d)
		switch next {
		case headerSegment:
			d.packet, d.segment = nil, nil
			return true
		case headerNone:
			d.packet, d.segment = nil, nil
			return false
		}
		h = next
	}
	d.fail(headers[h].layer, ReasonTooDeep, 0, 0)
	d.packet, d.segment = nil, nil
	return false
}

// Payload returns the octets of the last segment's TCP payload that were captured: at most s.Len, fewer where the snap
// length cut them or where the segment came in fragments. It is valid right after Decode returned true for p and s, as
// long as p.Data is; an ICMP error has none.
func (d *Decoder) Payload(p *Packet, s *Segment) []byte {
	load := d.payload
	if d.load != walkedTo {
		load = unchecked(p.Data, p.WireLen, p.FCSLen)
		load = load[len(load)-min(max(d.load, 0), len(load)):]
		load = load[:min(uint64(len(load)), uint64(s.Len))]
	}
	if s.ICMP != NotICMP || uint64(len(load)) > uint64(s.Len) {
		return nil
	}
	return load
}

// need reports whether n octets of the current header were captured; if not, the frame is skipped for it.
func (d *Decoder) need(layer Layer, n int) bool {
	if len(d.b) >= n {
		return true
	}
	reason := ReasonShort
	if d.wire >= n {
		reason = ReasonCut
	}
	d.fail(layer, reason, n, len(d.b))
	return false
}

// advance steps over n octets that need has shown to be there.
func (d *Decoder) advance(n int) {
	d.b = d.b[n:]
	d.wire -= n
	d.promised -= n
}

// limit says that the current header and all it holds end after n octets, as a length field says; what follows is
// padding. The smallest of all such fields counts, whatever the frame itself held: segments get their length from here.
func (d *Decoder) limit(n int) {
	d.promised = min(d.promised, n)
	d.wire = min(d.wire, n)
	d.b = d.b[:min(len(d.b), n)]
}

// unlimited is the value of promised before any length field was read.
const unlimited = 1<<31 - 1

// limitToFrame takes what is left of the frame as the length, where a length field is 0: segmentation offload captures
// packets before they are cut, and their length may not fit.
func (d *Decoder) limitToFrame() { d.promised = min(d.promised, d.wire) }

// walkedTo is the value of load for a segment that was walked to.
const walkedTo = -1 << 31
