package decode

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"

	"github.com/google/gopacket/layers"
)

// fieldRow is one field of a header: where it stands, and how it is shown.
type fieldRow struct {
	name  string
	at, n int
	show  func(b []byte) string
}

func showDecimal(b []byte) string {
	v := uint64(0)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return fmt.Sprint(v)
}

func showHex(b []byte) string       { return fmt.Sprintf("0x%x", b) }
func showMAC(b []byte) string       { return net.HardwareAddr(b).String() }
func showIP4(b []byte) string       { return mapped4(b).String() }
func showIP6(b []byte) string       { return Addr(b).String() }
func showProtocol(b []byte) string  { return fmt.Sprintf("%v (%d)", layers.IPProtocol(b[0]), b[0]) }
func showEtherType(b []byte) string { return etherTypeText(binary.BigEndian.Uint16(b)) }
func showVLAN(b []byte) string      { return fmt.Sprint(binary.BigEndian.Uint16(b) & 0xfff) }
func showPriority(b []byte) string  { return fmt.Sprint(b[0] >> 5) }
func showWords(b []byte) string     { return fmt.Sprintf("%d octets", b[0]&15*4) }
func showOffset(b []byte) string    { return fmt.Sprintf("%d octets", b[0]>>4*4) }
func showFlags(b []byte) string     { return Flags(b[0]).String() }

func showFragment(b []byte) string {
	word := binary.BigEndian.Uint16(b)
	var parts []string
	for _, f := range []struct {
		bit  uint16
		name string
	}{{0x4000, "don't fragment"}, {0x2000, "more fragments"}} {
		if word&f.bit != 0 {
			parts = append(parts, f.name)
		}
	}
	return strings.Join(append(parts, fmt.Sprintf("offset %d", word&0x1fff*8)), ", ")
}

func showFamily(b []byte) string {
	v := binary.LittleEndian.Uint32(b)
	if v > 0xffff {
		v = binary.BigEndian.Uint32(b)
	}
	return fmt.Sprint(v)
}

func etherTypeText(etype uint16) string {
	if etype < etherMinimum {
		return fmt.Sprintf("length %d", etype)
	}
	return fmt.Sprintf("%v (0x%04x)", layers.EthernetType(etype), etype)
}

var (
	ipv4Fields = []fieldRow{
		{"Header length", 0, 1, showWords},
		{"DSCP and ECN", 1, 1, showHex},
		{"Total length", 2, 2, showDecimal},
		{"Identification", 4, 2, showHex},
		{"Fragment", 6, 2, showFragment},
		{"Time to live", 8, 1, showDecimal},
		{"Protocol", 9, 1, showProtocol},
		{"Header checksum", 10, 2, showHex},
		{"Source", 12, 4, showIP4},
		{"Destination", 16, 4, showIP4},
	}
	ipv6Fields = []fieldRow{
		{"Class and flow", 0, 4, showHex},
		{"Payload length", 4, 2, showDecimal},
		{"Next header", 6, 1, showProtocol},
		{"Hop limit", 7, 1, showDecimal},
		{"Source", 8, 16, showIP6},
		{"Destination", 24, 16, showIP6},
	}
	icmpFields = []fieldRow{
		{"Type", 0, 1, showDecimal},
		{"Code", 1, 1, showDecimal},
		{"Checksum", 2, 2, showHex},
	}
)

// headerFields lists the fields of the headers that are shown one by one. Others are shown as a whole.
var headerFields = map[header][]fieldRow{
	headerEthernet: {{"Destination", 0, 6, showMAC}, {"Source", 6, 6, showMAC}, {"Type", 12, 2, showEtherType}},
	headerVLAN:     {{"Priority", 0, 1, showPriority}, {"VLAN", 0, 2, showVLAN}, {"Type", 2, 2, showEtherType}},
	headerLLC:      {{"DSAP", 0, 1, showHex}, {"SSAP", 1, 1, showHex}, {"Control", 2, 1, showHex}},
	headerPPPoE:    {{"Code", 1, 1, showHex}, {"Session", 2, 2, showHex}, {"Length", 4, 2, showDecimal}},
	headerPPP:      {{"Header", 0, 2, showHex}},
	headerCHDLC:    {{"Address", 0, 1, showHex}, {"Type", 2, 2, showEtherType}},
	headerSLL: {
		{"Packet type", 0, 2, showDecimal},
		{"Hardware type", 2, 2, showDecimal},
		{"Address", 6, 8, showHex},
		{"Protocol", 14, 2, showEtherType},
	},
	headerSLL2: {
		{"Protocol", 0, 2, showEtherType},
		{"Interface", 4, 4, showDecimal},
		{"Hardware type", 8, 2, showDecimal},
		{"Packet type", 10, 1, showDecimal},
		{"Address", 12, 8, showHex},
	},
	headerNull: {{"Address family", 0, 4, showFamily}},
	headerTCP: {
		{"Source port", 0, 2, showDecimal},
		{"Destination port", 2, 2, showDecimal},
		{"Sequence number", 4, 4, showDecimal},
		{"Acknowledgement", 8, 4, showDecimal},
		{"Header length", 12, 1, showOffset},
		{"Flags", 13, 1, showFlags},
		{"Window", 14, 2, showDecimal},
		{"Checksum", 16, 2, showHex},
		{"Urgent pointer", 18, 2, showDecimal},
	},
	headerUDP: {
		{"Source port", 0, 2, showDecimal},
		{"Destination port", 2, 2, showDecimal},
		{"Length", 4, 2, showDecimal},
		{"Checksum", 6, 2, showHex},
	},
	headerICMP:   icmpFields,
	headerICMP6:  icmpFields,
	headerGRE:    {{"Flags and version", 0, 2, showHex}, {"Protocol", 2, 2, showEtherType}},
	headerVXLAN:  {{"Flags", 0, 1, showHex}, {"VNI", 4, 3, showDecimal}},
	headerGeneve: {{"Protocol", 2, 2, showEtherType}, {"VNI", 4, 3, showDecimal}},
	headerGTPU:   {{"Flags", 0, 1, showHex}, {"Message", 1, 1, showDecimal}, {"Length", 2, 2, showDecimal}, {"TEID", 4, 4, showHex}},
}

// fieldsOf shows the rows of a header that begins at offset at of data and was captured as far as data reaches.
func fieldsOf(rows []fieldRow, data []byte, at int) (fields []FieldText) {
	for _, r := range rows {
		if from, to := at+r.at, at+r.at+r.n; to <= len(data) {
			fields = append(fields, FieldText{Name: r.name, Value: r.show(data[from:to]), Offset: from, Length: r.n})
		}
	}
	return fields
}

// describeHeader describes the header that fills data from offset at on. Headers that only lead from one to the next
// have no octets of their own and are not called for.
func describeHeader(h header, data []byte, at int) []LayerText {
	text := LayerText{Name: headers[h].name, Offset: at, Length: len(data) - at, Fields: fieldsOf(headerFields[h], data, at)}
	switch h {
	case headerEtherType, headerIPProto, headerUnknownLink:
		return nil
	case headerIP:
		return describeIP(data, at)
	case headerTCP:
		return []LayerText{describeTCP(text, data, at)}
	case headerMPLS:
		for from := at; from+4 <= len(data); from += 4 {
			word := binary.BigEndian.Uint32(data[from:])
			text.Fields = append(text.Fields, FieldText{Name: "Label", Value: fmt.Sprint(word >> 12), Offset: from, Length: 4})
			if word&0x100 != 0 {
				break
			}
		}
	}
	text.Summary = summaryOf(text.Fields)
	return []LayerText{text}
}

// describeIP describes an IPv4 or IPv6 header; data may hold IPv6 extension headers behind it.
func describeIP(data []byte, at int) []LayerText {
	text := LayerText{Name: "IPv4", Offset: at, Length: len(data) - at}
	if data[at]>>4 != 6 {
		text.Fields = fieldsOf(ipv4Fields, data, at)
		if len(text.Fields) == len(ipv4Fields) {
			text.Summary = fmt.Sprintf("%s > %s, %s", showIP4(data[at+12:]), showIP4(data[at+16:]), showProtocol(data[at+9:]))
			if head := int(data[at]&15) * 4; head > 20 && at+head <= len(data) {
				text.Fields = append(text.Fields, FieldText{Name: "Options", Value: showHex(data[at+20 : at+head]), Offset: at + 20, Length: head - 20})
				text.Length = head
			}
		}
		return []LayerText{text}
	}
	text.Name, text.Fields = "IPv6", fieldsOf(ipv6Fields, data, at)
	if len(text.Fields) < len(ipv6Fields) {
		return []LayerText{text}
	}
	text.Summary = fmt.Sprintf("%s > %s, %s", showIP6(data[at+8:at+24]), showIP6(data[at+24:at+40]), showProtocol(data[at+6:]))
	text.Length = 40
	list := []LayerText{text}
	for next, from := data[at+6], at+40; from+8 <= len(data); {
		n := 8
		if e := extensionHeaders[next]; e.unit != 0 {
			n = (int(data[from+1]) + e.extra) * e.unit
		} else if next != protoFragment {
			break
		}
		list = append(list, LayerText{
			Name: showProtocol([]byte{next}), Summary: "extension header", Offset: from, Length: min(n, len(data)-from),
			Fields: fieldsOf([]fieldRow{{"Next header", 0, 1, showProtocol}}, data, from),
		})
		next, from = data[from], from+n
	}
	return list
}

// describeTCP adds options and a summary to the text of a TCP header, and its true length.
func describeTCP(text LayerText, data []byte, at int) LayerText {
	if len(data)-at < 20 {
		return text
	}
	var s Segment
	head := s.readHeader((*[20]byte)(data[at:]))
	text.Summary = fmt.Sprintf("%d > %d %s seq %d", s.SrcPort, s.DstPort, s.Flags, s.Seq)
	if s.Flags.Has(ACK) {
		text.Summary += fmt.Sprintf(" ack %d", s.Ack)
	}
	text.Summary += fmt.Sprintf(" win %d", s.Window)
	if head < 20 {
		return text
	}
	text.Length = min(head, len(data)-at)
	for o, from := data[at+20:at+text.Length], at+20; len(o) > 0 && o[0] != tcpOptEnd; {
		n := 1
		if o[0] != tcpOptNop {
			if len(o) < 2 || o[1] < 2 || int(o[1]) > len(o) {
				break
			}
			n = int(o[1])
			text.Fields = append(text.Fields, FieldText{
				Name: "Option " + layers.TCPOptionKind(o[0]).String(), Value: optionText(o[:n]), Offset: from, Length: n,
			})
		}
		o, from = o[n:], from+n
	}
	return text
}

// optionText puts a TCP option's value into words.
func optionText(o []byte) string {
	var s Segment
	s.readOptions(o, false)
	switch {
	case s.Options.Has(OptMalformed):
	case s.Options.Has(OptMSS):
		return fmt.Sprint(s.MSS)
	case s.Options.Has(OptWindowScale):
		return fmt.Sprintf("shift %d", s.WindowScale)
	case s.Options.Has(OptTimestamps):
		return fmt.Sprintf("value %d, echo %d", s.TSVal, s.TSEcr)
	case s.Options.Has(OptSACK):
		var blocks []string
		for v := o[2:]; len(v) >= 8; v = v[8:] {
			blocks = append(blocks, fmt.Sprintf("%d to %d", binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])))
		}
		return strings.Join(blocks, ", ")
	}
	if len(o) == 2 {
		return "present"
	}
	return showHex(o[2:])
}
