package decode

import "sync"

// An Interface is one that a capture file describes: a pcapng interface description block, or what a pcap file's header
// says of all its packets.
type Interface struct {
	File        int   // index in the capture's files
	Section     int   // 0-based section of that file
	ID          int   // 0-based number within the section
	Offset      int64 // of the block that describes it
	LinkType    LinkType
	SnapLen     uint32 // 0: none
	FCSLen      uint8  // octets of frame check sequence that the file promises on every frame
	Resolution  uint8  // if_tsresol as the file spells it: 10^-n, or 2^-n with the highest bit set
	TimeOffset  int64  // if_tsoffset: seconds that are added to every time
	Name        string
	Description string
	Filter      string
	OS          string
	Hardware    string
	Comments    []string
	Packets     uint64 // read so far
	Stats       InterfaceStats
}

// InterfaceStats are the counters that an interface statistics block, or the packets' own drop counts, hold. A counter
// is valid iff its bit in Has is set.
type InterfaceStats struct {
	Has           StatsSet
	Received      uint64 // isb_ifrecv: by the interface
	Dropped       uint64 // isb_ifdrop: by the interface, for want of resources
	FilterAccept  uint64 // isb_filteraccept
	OSDropped     uint64 // isb_osdrop: by the operating system
	UserDelivered uint64 // isb_usrdeliv
	PacketDrops   uint64 // the sum of the packets' own drop counts (epb_dropcount); no bit in Has
	Start, End    int64  // isb_starttime, isb_endtime: nanoseconds since 1970-01-01 UTC
}

// StatsSet says which counters a file gave.
type StatsSet uint8

// The counters.
const (
	StatsReceived StatsSet = 1 << iota
	StatsDropped
	StatsFilterAccept
	StatsOSDropped
	StatsUserDelivered
	StatsStart
	StatsEnd
)

// Lost returns how many packets the capture lost on this interface, by the best account the file gives. The drop counts
// of the packets and those of the statistics tell of the same losses: the greater counts.
func (s *InterfaceStats) Lost() uint64 { return max(s.Dropped+s.OSDropped, s.PacketDrops) }

// maxInterfaces is what a Packet's Iface can number. Interfaces beyond it share the last number.
const maxInterfaces = 1<<16 - 1

// An interfaceTable numbers the interfaces of all files. It is locked because second passes look interfaces up while
// the first one may still add some.
type interfaceTable struct {
	mu   sync.Mutex
	list []*Interface
	text int // octets of all texts
}

// add numbers i and returns where its counters are kept; whole is false if it, or its texts, had to be left out.
func (t *interfaceTable) add(i Interface) (id uint16, kept *Interface, whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) >= maxInterfaces {
		return maxInterfaces - 1, t.list[maxInterfaces-1], false
	}
	p := &i
	n := p.textLen()
	whole = t.text+n <= maxInterfaceText
	if whole {
		t.text += n
	} else {
		p.Name, p.Description, p.Filter, p.OS, p.Hardware, p.Comments = "", "", "", "", "", nil
	}
	t.list = append(t.list, p)
	return uint16(len(t.list) - 1), p, whole
}

// textLen is how many octets the interface's texts take.
func (i *Interface) textLen() int {
	n := len(i.Name) + len(i.Description) + len(i.Filter) + len(i.OS) + len(i.Hardware)
	for _, c := range i.Comments {
		n += len(c)
	}
	return n
}

func (t *interfaceTable) snapshot() []Interface {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Interface, len(t.list))
	for i, p := range t.list {
		out[i] = *p
	}
	return out
}
