package decode

import "strconv"

// String prints the segment as one line of a segment script, with absolute numbers, its endpoints and no time, so that
// flows/flowtest reads it back:
//
//	10.0.0.1:40000 > 10.0.0.2:80 F. 100:100(0) ack 300 win 257 <ts 1 2> ttl 63 id 7
//
// Frame, position, hash and time are not printed; a field that its flag or option makes meaningless is not either.
func (s Segment) String() string {
	dst := make([]byte, 0, 160)
	dst = s.SrcAddrPort().AppendTo(dst)
	dst = append(dst, " > "...)
	dst = s.DstAddrPort().AppendTo(dst)
	dst = append(dst, ' ')
	return string(s.AppendScript(dst, 0, 0))
}

// AppendScript appends what stands behind the arrow of a script line: flags, sequence numbers, acknowledgement, window,
// options and attributes. Numbers are printed relative to own (the sender's) and peer's base; one that lies before its
// base is printed absolutely, with a leading "=". The end number counts payload only, neither SYN nor FIN.
func (s *Segment) AppendScript(dst []byte, own, peer Seq) []byte {
	dst = append(dst, s.Flags.String()...)
	dst = append(dst, ' ')
	dst, base := appendSeq(dst, s.Seq, own)
	dst = append(dst, ':')
	dst = strconv.AppendUint(dst, uint64(uint32(s.Seq.Add(s.Len))-base), 10)
	dst = append(dst, '(')
	dst = strconv.AppendUint(dst, uint64(s.Len), 10)
	dst = append(dst, ')')
	if s.Flags.Has(ACK) || s.Ack != 0 {
		dst = append(dst, " ack "...)
		dst, _ = appendSeq(dst, s.Ack, peer)
	}
	dst = append(dst, " win "...)
	dst = strconv.AppendUint(dst, uint64(s.Window), 10)
	dst = s.appendOptions(dst, peer)
	return s.appendAttributes(dst)
}

// appendSeq appends n relative to base, or "=n" where n lies before it, and returns the base that was used.
func appendSeq(dst []byte, n, base Seq) ([]byte, uint32) {
	if base != 0 && n.Before(base) {
		dst = append(dst, '=')
		base = 0
	}
	return strconv.AppendUint(dst, uint64(uint32(n-base)), 10), uint32(base)
}

// scriptOptions names the options that have no value, as scripts write them.
var scriptOptions = [...]struct {
	bit  Options
	name string
}{
	{OptMPTCP, "mptcp"},
	{OptMPFastclose, "mp_fastclose"},
	{OptMPReset, "mp_reset"},
	{OptMPDataFIN, "data_fin"},
	{OptFastOpen, "fastopen"},
	{OptMD5, "md5"},
	{OptAO, "ao"},
	{OptMalformed, "malformed"},
	{OptTruncated, "truncated"},
}

// ParseOption reads the name of an option that has no value, as Segment.String prints it.
func ParseOption(name string) (Options, bool) {
	if name == "sackOK" {
		return OptSACKPermitted, true
	}
	for _, o := range scriptOptions {
		if o.name == name {
			return o.bit, true
		}
	}
	return 0, false
}

func (s *Segment) appendOptions(dst []byte, peer Seq) []byte {
	if s.Options == 0 {
		return dst
	}
	next := " <"
	word := func(text string) {
		dst = append(append(dst, next...), text...)
		next = ","
	}
	number := func(lead string, n uint64) {
		dst = strconv.AppendUint(append(dst, lead...), n, 10)
	}
	if s.Options.Has(OptMSS) {
		word("mss")
		number(" ", uint64(s.MSS))
	}
	if s.Options.Has(OptSACKPermitted) {
		word("sackOK")
	}
	if s.Options.Has(OptTimestamps) {
		word("ts")
		number(" ", uint64(s.TSVal))
		number(" ", uint64(s.TSEcr))
	}
	if s.Options.Has(OptWindowScale) {
		word("ws")
		number(" ", uint64(s.WindowScale))
	}
	if s.Options.Has(OptSACK) {
		word("sack ")
		var base uint32
		dst, base = appendSeq(dst, s.SACKLeft, peer)
		number(":", uint64(uint32(s.SACKRight)-base))
		if s.SACKMax != s.SACKRight { // of the further blocks only the right-most edge is known: an empty block
			dst = append(dst, ' ')
			dst, base = appendSeq(dst, s.SACKMax, peer)
			number(":", uint64(uint32(s.SACKMax)-base))
		}
	}
	for _, o := range scriptOptions {
		if s.Options.Has(o.bit) {
			word(o.name)
		}
	}
	return append(dst, '>')
}

// scriptICMP names the ICMP errors as script lines spell them.
var scriptICMP = [...]string{
	ICMPUnreachable:  "unreachable",
	ICMPProhibited:   "prohibited",
	ICMPFragNeeded:   "frag-needed",
	ICMPTimeExceeded: "time-exceeded",
	ICMPOther:        "other",
}

// String returns the name that scripts use; "" for NotICMP.
func (k ICMPKind) String() string {
	if int(k) >= len(scriptICMP) {
		return "other"
	}
	return scriptICMP[k]
}

// ParseICMPKind reads the name of an ICMP error.
func ParseICMPKind(name string) (ICMPKind, bool) {
	for k, n := range scriptICMP {
		if n == name && n != "" {
			return ICMPKind(k), true
		}
	}
	return NotICMP, false
}

// scriptEncaps names the encapsulations as script lines spell them.
var scriptEncaps = [...]struct {
	bit  Encap
	name string
}{
	{EncapVLAN, "vlan"},
	{EncapMPLS, "mpls"},
	{EncapPPPoE, "pppoe"},
	{EncapIP, "ip"},
	{EncapGRE, "gre"},
	{EncapVXLAN, "vxlan"},
	{EncapGTP, "gtp"},
	{EncapFragment, "fragment"},
}

// ParseEncap reads the name of one encapsulation.
func ParseEncap(name string) (Encap, bool) {
	for _, e := range scriptEncaps {
		if e.name == name {
			return e.bit, true
		}
	}
	return 0, false
}

// scriptNotes names the remarks as script lines spell them.
var scriptNotes = [...]struct {
	bit  Note
	name string
}{
	{NoteNoTime, "notime"},
	{NoteBadChecksum, "badsum"},
	{NoteSnapped, "snap"},
	{NoteDuplicate, "duplicate"},
}

// ParseNote reads the name of one remark.
func ParseNote(name string) (Note, bool) {
	for _, n := range scriptNotes {
		if n.name == name {
			return n.bit, true
		}
	}
	return 0, false
}

// DefaultTTL is the time to live that script lines leave out.
const DefaultTTL = 64

func (s *Segment) appendAttributes(dst []byte) []byte {
	number := func(name string, n uint64) {
		dst = strconv.AppendUint(append(dst, name...), n, 10)
	}
	if s.TTL != DefaultTTL {
		number(" ttl ", uint64(s.TTL))
	}
	if s.IPID != 0 {
		number(" id ", uint64(s.IPID))
	}
	if s.Checksum != 0 {
		dst = strconv.AppendUint(append(dst, " sum 0x"...), uint64(s.Checksum), 16)
	}
	if s.VLAN != 0 {
		number(" vlan ", uint64(s.VLAN&^VLANPresent))
	}
	if s.Iface != 0 {
		number(" iface ", uint64(s.Iface))
	}
	if s.Scope != 0 {
		number(" scope ", s.Scope)
	}
	next := " encap "
	for _, e := range scriptEncaps {
		if s.Encap&e.bit != 0 && (e.bit != EncapVLAN || s.VLAN == 0) { // a vlan attribute says it already
			dst = append(append(dst, next...), e.name...)
			next = ","
		}
	}
	if s.ICMP != NotICMP {
		dst = append(append(dst, " icmp "...), s.ICMP.String()...)
	}
	for _, n := range scriptNotes {
		if s.Note&n.bit != 0 {
			dst = append(append(dst, ' '), n.name...)
		}
	}
	return dst
}
