package model

import (
	"cmp"
	"encoding/binary"
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
)

// How much a Keeper keeps of a conversation: its opening and its end, which is what a ladder of a close needs.
const (
	keptFirst  = 16
	keptLast   = 48
	keptOctets = 640  // of each packet: headers and the start of the payload
	keptRead   = 2048 // that Read returns: no honest conversation has more, but SYNs of ever new numbers can make as many lives
)

// KeepMemory is how much memory a Keeper's packets take at the most, in octets.
const KeepMemory = 256 << 20

// A Keeper keeps packets of a source that cannot be read again, standard input or a network interface: of each
// conversation the first 16 and the last 48 segments. Where all of them together grow too large, those conversations
// that were silent longest lose theirs.
//
// It does not know what a tracker makes of the packets: a new SYN begins a new life of its pair of endpoints, and the
// frames of a conversation say which of its lives' packets belong to it. Add belongs to one goroutine, Read to all.
type Keeper struct {
	mu      sync.Mutex
	limit   int
	size    int
	lives   []life
	free    []int32
	newest  map[keepKey]int32 // the latest life of a pair of endpoints
	hand    int
	dropped uint64 // lives that were given up

	decoder *decode.Decoder // Add's
	segment decode.Segment
}

// A keepKey names a pair of endpoints, the lower one first.
type keepKey struct {
	a, b         decode.Addr
	aPort, bPort uint16
	scope        uint64
}

// A life is the packets of one conversation: records one after the other, first those of the opening, then the last ones,
// of which the oldest make room for new ones.
type life struct {
	key          keepKey
	buf          []byte
	opening      int // where the records of the opening end
	at           int // where the oldest of the last ones begins
	first, last  int // how many records there are of each
	skipped      uint64
	begun        bool // with a SYN, of this number
	isn          decode.Seq
	used         bool  // since the hand came by
	older, newer int32 // other lives of its endpoints, plus one; 0 for none
}

// NewKeeper returns a Keeper that takes at most limit octets, and looks at packets as cfg says.
func NewKeeper(cfg decode.Config, limit int) *Keeper {
	return &Keeper{limit: limit, newest: map[keepKey]int32{}, decoder: decode.NewDecoder(cfg)}
}

// Add takes the next packet.
func (k *Keeper) Add(p *decode.Packet) {
	s := &k.segment
	if !k.decoder.Decode(p, s) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	l := k.find(s)
	before := cap(l.buf)
	l.add(p)
	l.used = true
	k.size += cap(l.buf) - before
	if k.size > k.limit {
		k.makeRoom()
	}
}

// find returns the life that a segment belongs to.
func (k *Keeper) find(s *decode.Segment) *life {
	key := keyOf(s.Src, s.SrcPort, s.Dst, s.DstPort, s.Scope)
	i, known := k.newest[key]
	opens := s.Flags.Has(decode.SYN) && !s.Flags.Any(decode.ACK) && s.ICMP == decode.NotICMP
	if known {
		l := &k.lives[i]
		if !opens || l.begun && l.isn == s.Seq {
			return l
		}
	}
	var n int32
	if last := len(k.free) - 1; last >= 0 {
		n, k.free = k.free[last], k.free[:last]
	} else {
		n = int32(len(k.lives))
		k.lives = append(k.lives, life{})
	}
	k.lives[n] = life{key: key, begun: opens, isn: s.Seq}
	if known {
		k.lives[n].older, k.lives[i].newer = i+1, n+1
	}
	k.newest[key] = n
	k.size += lifeOverhead
	return &k.lives[n]
}

// lifeOverhead is about what a life takes besides its packets.
const lifeOverhead = 250

// makeRoom gives up the packets of conversations that have been silent since the hand last came by.
func (k *Keeper) makeRoom() {
	for range 2 * len(k.lives) {
		if k.size <= k.limit-k.limit/16 {
			return
		}
		k.hand = (k.hand + 1) % len(k.lives)
		switch l := &k.lives[k.hand]; {
		case l.buf == nil:
		case l.used:
			l.used = false
		default:
			k.drop(int32(k.hand))
		}
	}
}

func (k *Keeper) drop(i int32) {
	l := &k.lives[i]
	switch {
	case l.newer != 0:
		k.lives[l.newer-1].older = l.older
	case l.older != 0:
		k.newest[l.key] = l.older - 1
	default:
		delete(k.newest, l.key)
	}
	if l.older != 0 {
		k.lives[l.older-1].newer = l.newer
	}
	k.size -= cap(l.buf) + lifeOverhead
	k.dropped++
	*l = life{}
	k.free = append(k.free, i)
}

// A record is the numbers of a packet, in so many octets, and then its data.
const recordHeader = 40

func recordSize(b []byte) int { return recordHeader + int(binary.LittleEndian.Uint16(b[28:])) }

// add appends a packet.
func (l *life) add(p *decode.Packet) {
	data := p.Data[:min(len(p.Data), keptOctets)]
	if l.last == keptLast {
		l.at += recordSize(l.buf[l.at:])
		l.last--
		l.skipped++
	}
	if gone := l.at - l.opening; gone > 0 && len(l.buf)+recordHeader+len(data) > cap(l.buf) && gone >= (len(l.buf)-l.opening)/4 {
		l.buf = l.buf[:l.opening+copy(l.buf[l.opening:], l.buf[l.at:])]
		l.at = l.opening
	}
	b := l.buf
	b = binary.LittleEndian.AppendUint64(b, p.Frame)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Time))
	b = binary.LittleEndian.AppendUint64(b, uint64(p.Pos))
	b = binary.LittleEndian.AppendUint32(b, p.WireLen)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)))
	b = binary.LittleEndian.AppendUint16(b, uint16(p.LinkType))
	b = binary.LittleEndian.AppendUint16(b, p.Iface)
	b = append(b, p.FCSLen, bit(p.NoTime, 0), 0, 0, 0, 0)
	l.buf = append(b, data...)
	if l.first < keptFirst {
		l.first++
		l.opening = len(l.buf)
		l.at = l.opening
	} else {
		l.last++
	}
}

// packet reads a record.
func packet(b []byte) decode.Packet {
	n := int(binary.LittleEndian.Uint16(b[28:]))
	return decode.Packet{
		Frame: binary.LittleEndian.Uint64(b), Time: int64(binary.LittleEndian.Uint64(b[8:])),
		Pos: decode.Position(binary.LittleEndian.Uint64(b[16:])), WireLen: binary.LittleEndian.Uint32(b[24:]),
		LinkType: decode.LinkType(binary.LittleEndian.Uint16(b[30:])), Iface: binary.LittleEndian.Uint16(b[32:]),
		FCSLen: b[34], NoTime: b[35] != 0, Data: b[recordHeader : recordHeader+n : recordHeader+n],
	}
}

// A keptPacket is one that was kept, and how many of the same endpoints that came before it were not.
type keptPacket struct {
	decode.Packet
	missing uint64
}

// Read returns copies of the packets that were kept between two endpoints from one frame to another, in their order, and
// whether none before them was given up.
func (k *Keeper) Read(t *flows.Teardown, from, to uint64) (list []keptPacket, whole bool) {
	a, b := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	key := keyOf(decode.AddrFrom(a.Addr()), a.Port(), decode.AddrFrom(b.Addr()), b.Port(), t.Scope)
	k.mu.Lock()
	defer k.mu.Unlock()
	newest, ok := k.newest[key]
	if !ok {
		return nil, false
	}
	// The lives follow each other: go back to the one that holds the first frame, then forth.
	i := newest + 1
	for k.lives[i-1].older != 0 && binary.LittleEndian.Uint64(k.lives[i-1].buf) > from {
		i = k.lives[i-1].older
	}
	for ; i != 0 && len(list) < keptRead; i = k.lives[i-1].newer {
		l := &k.lives[i-1]
		missing := uint64(0)
		for at := 0; at < len(l.buf); {
			if at == l.opening && l.at > at {
				at, missing = l.at, l.skipped
				if at == len(l.buf) {
					break
				}
			} else if at == l.opening {
				missing = l.skipped
			}
			p := packet(l.buf[at:])
			at += recordSize(l.buf[at:])
			if p.Frame >= from && p.Frame <= to {
				p.Data = append([]byte(nil), p.Data...)
				list = append(list, keptPacket{p, missing})
			}
			missing = 0
		}
	}
	return list, len(list) > 0 && list[0].Frame == from
}

func keyOf(a decode.Addr, aPort uint16, b decode.Addr, bPort uint16, scope uint64) keepKey {
	if c := cmp.Or(compareAddr(&a, &b), cmp.Compare(aPort, bPort)); c > 0 {
		a, b, aPort, bPort = b, a, bPort, aPort
	}
	return keepKey{a, b, aPort, bPort, scope}
}

func compareAddr(a, b *decode.Addr) int {
	return cmp.Or(cmp.Compare(binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])),
		cmp.Compare(binary.BigEndian.Uint64(a[8:]), binary.BigEndian.Uint64(b[8:])))
}
