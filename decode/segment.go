package decode

import "net/netip"

// Addr is an IP address of either family; IPv4 is written as an IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2), so
// that the two families share one key. It is comparable and holds no pointer.
type Addr [16]byte

// AddrFrom returns the Addr of a netip.Addr, without its zone.
func AddrFrom(a netip.Addr) Addr { return a.As16() }

// Is4 reports whether a is an IPv4 address.
func (a Addr) Is4() bool {
	return [12]byte(a[:12]) == [12]byte{10: 0xff, 11: 0xff}
}

// Netip returns a as a netip.Addr; an IPv4 address comes back as IPv4.
func (a Addr) Netip() netip.Addr { return netip.AddrFrom16(a).Unmap() }

// String prints the address as netip does.
func (a Addr) String() string { return a.Netip().String() }

// Position says where a packet's record begins: the file's index in the capture, and the byte offset in that file (in
// the decompressed stream where the file is compressed).
type Position uint64

const positionOffsetBits = 48

// MakePosition packs a file index (below 65,536) and a byte offset (below 2^48).
func MakePosition(file int, offset int64) Position {
	return Position(uint64(file)<<positionOffsetBits | uint64(offset)&(1<<positionOffsetBits-1))
}

// File returns the index of the file in the capture.
func (p Position) File() int { return int(p >> positionOffsetBits) }

// Offset returns the byte offset of the packet's record or block in its file.
func (p Position) Offset() int64 { return int64(p & (1<<positionOffsetBits - 1)) }

// Options says which TCP options a segment carries, and what is wrong with them.
type Options uint16

// The options that matter to a close (kinds 2, 3, 4, 5, 8, 30, 34 or 254, 19, 29), and two faults.
const (
	OptMSS Options = 1 << iota
	OptWindowScale
	OptSACKPermitted
	OptSACK
	OptTimestamps
	OptMPTCP
	OptFastOpen
	OptMD5
	OptAO
	OptMalformed // an option's length is 0, 1 or runs beyond the header
	OptTruncated // the snap length cut the options
	OptMPFastclose
	OptMPReset
	OptMPDataFIN
)

// Has reports whether all options of p are present.
func (o Options) Has(p Options) bool { return o&p == p }

// ICMPKind says what an ICMP or ICMPv6 error told about the segment that it quotes.
type ICMPKind uint8

// What an ICMP error can say of a conversation. NotICMP is the value of every TCP segment.
const (
	NotICMP          ICMPKind = iota
	ICMPUnreachable           // net, host, port or protocol unreachable, and everything of type 3 (v6: 1) not listed below
	ICMPProhibited            // communication administratively prohibited (v4 3/9, 3/10, 3/13; v6 1/1, 1/5, 1/6)
	ICMPFragNeeded            // fragmentation needed (v4 3/4), packet too big (v6 2)
	ICMPTimeExceeded          // time to live exceeded (v4 11, v6 3)
	ICMPOther                 // source quench, parameter problem
)

// Encap is a set of the encapsulations that stood around a segment's IP header.
type Encap uint8

// The encapsulations.
const (
	EncapVLAN Encap = 1 << iota
	EncapMPLS
	EncapPPPoE
	EncapIP    // IP in IP, 6in4, 4in6
	EncapGRE   // GRE, NVGRE, ERSPAN
	EncapVXLAN // VXLAN, Geneve
	EncapGTP
	EncapFragment // the segment was put together from IP fragments
)

// A Segment is one TCP segment as it passed the capture point, or (ICMP set) an ICMP error that quotes one. It is a
// plain value of 128 bytes, holds no pointer and keeps no payload. Fields of the IP and TCP headers are in host order.
type Segment struct {
	Time  int64    // nanoseconds since 1970-01-01 UTC
	Frame uint64   // 1-based, in the merged order of all files
	Pos   Position // where the frame's record begins
	Src   Addr
	Dst   Addr
	Scope uint64 // VLAN and VNI where the key was asked to hold them (Config.KeyVLAN, KeyVNI), else 0

	// The neighbours here are neighbours in the headers too, the other way round: so they are read and written as one word.
	DstPort, SrcPort uint16
	Ack, Seq         Seq    // Ack is valid iff Flags has ACK
	TSEcr, TSVal     uint32 // valid iff Options has OptTimestamps
	Checksum, Window uint16 // the checksum unverified, the window unscaled, as they are on the wire
	Flags            Flags
	TTL              uint8  // time to live or hop limit
	IPID             uint16 // IPv4 identification; 0 for IPv6
	Len              uint32 // payload octets that the IP header promises, whatever the snap length kept
	Hash             uint32

	// Nearly every segment has nothing of what follows.
	Note        Note
	Encap       Encap
	ICMP        ICMPKind
	WindowScale uint8  // shift count; valid iff Options has OptWindowScale
	Iface       uint16 // index into Capture's interfaces
	VLAN        uint16 // outermost VLAN id | VLANPresent; 0 if untagged
	Options     Options
	MSS         uint16 // valid iff Options has OptMSS
	SACKLeft    Seq    // the first SACK block; valid iff Options has OptSACK
	SACKRight   Seq
	SACKMax     Seq // the right-most edge of all its SACK blocks; valid iff Options has OptSACK
	_           [4]byte
}

// VLANPresent marks a Segment's VLAN field as set, so that VLAN 0 (priority tag) differs from no tag.
const VLANPresent uint16 = 0x8000

// Note is a set of remarks that the decoder makes on one segment.
type Note uint8

// The remarks.
const (
	NoteNoTime      Note = 1 << iota // the file holds no time for this packet (simple packet block)
	NoteBadChecksum                  // TCP checksum wrong; only with Config.VerifyChecksums
	NoteSnapped                      // the snap length cut payload or options
	NoteDuplicate                    // reserved for the tracker's duplicate-capture filter
)

// End returns the sequence number after the segment's last: Seq + Len, SYN and FIN counting one each.
func (s *Segment) End() Seq { return s.Seq.Add(s.SpaceLen()) }

// SpaceLen returns how many sequence numbers the segment takes: payload, SYN and FIN (RFC 9293 SEG.LEN).
func (s *Segment) SpaceLen() uint32 {
	n := s.Len
	if s.Flags.Has(SYN) {
		n++
	}
	if s.Flags.Has(FIN) {
		n++
	}
	return n
}

// SrcAddrPort and DstAddrPort return the segment's endpoints.
func (s *Segment) SrcAddrPort() netip.AddrPort { return netip.AddrPortFrom(s.Src.Netip(), s.SrcPort) }

// DstAddrPort returns where the segment was sent to.
func (s *Segment) DstAddrPort() netip.AddrPort { return netip.AddrPortFrom(s.Dst.Netip(), s.DstPort) }
