package report

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"strconv"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A ZeekHistory builds Zeek's history of one conversation from its segments in the order of the capture: a letter for
// each kind of event, upper case where the originator (our client) sent it. The zero value is that of none.
// Three of Zeek's letters are never written: c (wrong checksum), g (gap) and x (Zeek gave up).
type ZeekHistory struct {
	letters []byte
	ends    [2]zeekSide
}

// zeekSide is what the history remembers of one side.
type zeekSide struct {
	said             [26]bool
	syn, fin, rst    decode.Seq
	next             decode.Seq
	sent             bool
	resends, noRooms uint32
}

// maxZeekHistory bounds a history: a flood of RSTs with other numbers would let it grow.
const maxZeekHistory = 256

// Add takes the next segment. ICMP errors that quote one are none.
func (h *ZeekHistory) Add(from flows.Side, s *decode.Segment) {
	if s.ICMP != decode.NotICMP {
		return
	}
	e := &h.ends[from]
	single := s.Flags & (decode.SYN | decode.FIN | decode.RST)
	switch {
	case single == 0 && s.Len > 0:
		h.once(from, 'd')
	case single == 0 && s.Flags.Any(decode.ACK):
		h.once(from, 'a')
	case single == decode.SYN && s.Flags.Any(decode.ACK):
		h.repeat(from, 'h', &e.syn, s.Seq)
	case single == decode.SYN:
		h.repeat(from, 's', &e.syn, s.Seq)
	case single == decode.FIN:
		h.repeat(from, 'f', &e.fin, s.Seq+decode.Seq(s.Len))
	case single == decode.RST:
		h.repeat(from, 'r', &e.rst, s.Seq)
	case single == decode.FIN|decode.RST:
		h.once(from, 'i')
	case single != 0:
		h.once(from, 'q')
	}
	if s.Len > 0 && single&(decode.SYN|decode.RST) == 0 {
		end := s.Seq + decode.Seq(s.Len)
		if e.sent && int32(end-e.next) <= 0 {
			h.counted(from, 't', &e.resends)
		} else {
			e.sent, e.next = true, end
		}
	}
	if s.Window == 0 && single == 0 {
		h.counted(from, 'w', &e.noRooms)
	}
}

func (h *ZeekHistory) put(from flows.Side, letter byte) {
	if from == flows.Client {
		letter -= 'a' - 'A'
	}
	if len(h.letters) < maxZeekHistory {
		h.letters = append(h.letters, letter)
	}
}

// once writes a letter the first time.
func (h *ZeekHistory) once(from flows.Side, letter byte) bool {
	said := &h.ends[from].said[letter-'a']
	if *said {
		return false
	}
	*said = true
	h.put(from, letter)
	return true
}

// repeat writes a letter again only for another sequence number than the last of its kind.
func (h *ZeekHistory) repeat(from flows.Side, letter byte, last *decode.Seq, seq decode.Seq) {
	if !h.once(from, letter) {
		if *last == seq {
			return
		}
		h.put(from, letter)
	}
	*last = seq
}

// counted writes a letter at the first, tenth, hundredth … time.
func (h *ZeekHistory) counted(from flows.Side, letter byte, n *uint32) {
	*n++
	for power := uint32(1); power <= *n; power *= 10 {
		if power == *n {
			h.put(from, letter)
		}
		if power == 1e9 {
			break
		}
	}
}

// AppendHistory appends the history; ^ in front says that the roles are not those of the first segment.
func (h *ZeekHistory) AppendHistory(b []byte, t *flows.Teardown) []byte {
	if t.RolesBy == flows.RolesSYNACK {
		b = append(b, '^')
	}
	return append(b, h.letters...)
}

// Letters are the history without what stands in front for the roles. They are not the caller's to change.
func (h *ZeekHistory) Letters() []byte { return h.letters }

// zeekKind is a column's type in the #types line.
type zeekKind uint8

const (
	zeekText zeekKind = iota
	zeekTime
	zeekInterval
	zeekCount
	zeekPort
	zeekAddr
	zeekBool
	zeekEnum
	zeekSet
)

var zeekKindNames = [...]string{"string", "time", "interval", "count", "port", "addr", "bool", "enum", "set[string]"}

// zeekColumn is one column of conn.log: those of Zeek first, then ours, which begin with tcpclose_.
type zeekColumn struct {
	name string
	kind zeekKind
	text func(b []byte, t *flows.Teardown, history []byte) []byte // nothing appended: unset
}

var zeekColumns = []zeekColumn{
	{"ts", zeekTime, func(b []byte, t *flows.Teardown, _ []byte) []byte { return appendMicroseconds(b, t.Start) }},
	{"uid", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return appendUID(b, t) }},
	{"id.orig_h", zeekAddr, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		return appendIP(b, t.Ends[flows.Client].Addr.Addr())
	}},
	{"id.orig_p", zeekPort, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		return strconv.AppendUint(b, uint64(t.Ends[flows.Client].Addr.Port()), 10)
	}},
	{"id.resp_h", zeekAddr, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		return appendIP(b, t.Ends[flows.Server].Addr.Addr())
	}},
	{"id.resp_p", zeekPort, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		return strconv.AppendUint(b, uint64(t.Ends[flows.Server].Addr.Port()), 10)
	}},
	{"proto", zeekEnum, func(b []byte, _ *flows.Teardown, _ []byte) []byte { return append(b, "tcp"...) }},
	{"service", zeekText, func(b []byte, _ *flows.Teardown, _ []byte) []byte { return b }},
	{"duration", zeekInterval, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		if t.Ends[0].Packets+t.Ends[1].Packets < 2 {
			return b
		}
		return appendMicroseconds(b, t.Duration())
	}},
	{"orig_bytes", zeekCount, zeekNumber(flows.Client, func(e *flows.End) uint64 { return e.DataBytes })},
	{"resp_bytes", zeekCount, zeekNumber(flows.Server, func(e *flows.End) uint64 { return e.DataBytes })},
	{"conn_state", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, flows.ZeekState(t)...) }},
	{"history", zeekText, func(b []byte, _ *flows.Teardown, history []byte) []byte { return append(b, history...) }},
	{"orig_pkts", zeekCount, zeekNumber(flows.Client, func(e *flows.End) uint64 { return e.Packets })},
	{"resp_pkts", zeekCount, zeekNumber(flows.Server, func(e *flows.End) uint64 { return e.Packets })},
	{"tcpclose_class", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, t.Class.String()...) }},
	{"tcpclose_shape", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, t.Shape.String()...) }},
	{"tcpclose_first_closer", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, t.Closer.String()...) }},
	{"tcpclose_reset_by", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, t.ResetBy.String()...) }},
	{"tcpclose_final", zeekBool, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		if t.Final {
			return append(b, 'T')
		}
		return append(b, 'F')
	}},
	{"tcpclose_close_duration", zeekInterval, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		if d := t.CloseDuration(); d != flows.NoTime {
			return appendMicroseconds(b, d)
		}
		return b
	}},
	{"tcpclose_orig_state", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		return append(b, LastState(t, flows.Client).String()...)
	}},
	{"tcpclose_resp_state", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		return append(b, LastState(t, flows.Server).String()...)
	}},
	{"tcpclose_orig_bytes_lost", zeekCount, zeekNumber(flows.Client, func(e *flows.End) uint64 { return e.BytesLost })},
	{"tcpclose_resp_bytes_lost", zeekCount, zeekNumber(flows.Server, func(e *flows.End) uint64 { return e.BytesLost })},
	{"tcpclose_marks", zeekSet, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		start := len(b)
		b = appendMarkIDs(b, t)
		return append(b[:start], bytes.ReplaceAll(b[start:], []byte(" "), []byte(","))...)
	}},
	{"tcpclose_causes", zeekSet, func(b []byte, t *flows.Teardown, _ []byte) []byte {
		for i := range t.Causes {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, t.Causes[i].ID.String()...)
		}
		return b
	}},
	{"tcpclose_frame", zeekCount, func(b []byte, t *flows.Teardown, _ []byte) []byte { return strconv.AppendUint(b, t.FirstFrame, 10) }},
	{"tcpclose_orig_name", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, t.Ends[flows.Client].Name...) }},
	{"tcpclose_resp_name", zeekText, func(b []byte, t *flows.Teardown, _ []byte) []byte { return append(b, t.Ends[flows.Server].Name...) }},
}

func zeekNumber(side flows.Side, f func(e *flows.End) uint64) func(b []byte, t *flows.Teardown, history []byte) []byte {
	return func(b []byte, t *flows.Teardown, _ []byte) []byte { return strconv.AppendUint(b, f(&t.Ends[side]), 10) }
}

// appendMicroseconds appends nanoseconds as seconds with the six decimals that Zeek writes.
func appendMicroseconds(b []byte, ns int64) []byte {
	if ns < 0 {
		b, ns = append(b, '-'), -ns
	}
	b = strconv.AppendInt(b, ns/1e9, 10)
	return fmt.Appendf(b, ".%06d", ns%1e9/1000)
}

// appendUID appends what names the conversation in other logs: the same for the same conversation in every run, and
// unlike Zeek's own, which are random.
func appendUID(b []byte, t *flows.Teardown) []byte {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	h := fnv.New64a()
	for side := range t.Ends {
		text, _ := t.Ends[side].Addr.MarshalBinary()
		h.Write(text)
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(t.Start)))
	h.Write(binary.BigEndian.AppendUint64(nil, t.ID))
	b = append(b, 'C')
	for v := h.Sum64(); v > 0; v /= uint64(len(digits)) {
		b = append(b, digits[v%uint64(len(digits))])
	}
	return b
}

// AppendZeekHeader appends the lines above a conn.log of tab-separated values.
func AppendZeekHeader(b []byte) []byte {
	b = append(b, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#fields"...)
	for i := range zeekColumns {
		b = append(append(b, '\t'), zeekColumns[i].name...)
	}
	b = append(b, "\n#types"...)
	for i := range zeekColumns {
		b = append(append(b, '\t'), zeekKindNames[zeekColumns[i].kind]...)
	}
	return append(b, '\n')
}

// AppendZeek appends a conversation as a line of tab-separated values. The history is what AppendHistory made.
func AppendZeek(b []byte, t *flows.Teardown, history []byte) []byte {
	for i := range zeekColumns {
		if i > 0 {
			b = append(b, '\t')
		}
		start := len(b)
		b = zeekColumns[i].text(b, t, history)
		switch {
		case len(b) > start:
		case zeekColumns[i].kind == zeekSet:
			b = append(b, "(empty)"...)
		default:
			b = append(b, '-')
		}
	}
	return append(b, '\n')
}

// AppendZeekJSON appends a conversation as Zeek's JSON writer does: one object a line, what is unset left out.
func AppendZeekJSON(b []byte, t *flows.Teardown, history []byte) []byte {
	b = append(b, '{')
	var scratch [64]byte
	first := true
	for i := range zeekColumns {
		c := &zeekColumns[i]
		text := c.text(scratch[:0], t, history)
		if len(text) == 0 && c.kind != zeekSet {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), c.name...), `":`...)
		switch c.kind {
		case zeekTime, zeekInterval, zeekCount, zeekPort:
			b = append(b, text...)
		case zeekBool:
			b = strconv.AppendBool(b, text[0] == 'T')
		case zeekSet:
			b = append(b, '[')
			for n, word := range bytes.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
				if n > 0 {
					b = append(b, ',')
				}
				b = appendString(b, string(word))
			}
			b = append(b, ']')
		default:
			b = appendString(b, string(text))
		}
	}
	return append(b, "}\n"...)
}
