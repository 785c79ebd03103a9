package model

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// openPacket reads one frame again and takes it apart.
func (l *Ladder) openPacket(m *Model, row *ladder.Row) {
	source, t, seg, files := m.source, l.Teardown, row.Seg, m.Files
	there := "captured"
	if source != nil && source.Kept != nil {
		there = "kept"
	}
	l.Packet = &PacketView{Frame: seg.Frame, Lines: []Line{{Role: Dim, Text: "reading …"}}}
	m.jobs.start(taskSegment, 0, func(ctx context.Context) func() {
		lines := segmentLines(&seg, &files)
		err := source.one(ctx, t, &seg, func(d *decode.Decoder, p *decode.Packet, s *decode.Segment) bool {
			lines = append(lines, packetLines(d, p, s, there)...)
			return false
		})
		if err != nil {
			lines = append(lines, Line{Role: Warning, Text: err.Error()})
		}
		return func() {
			if l := &m.Ladder; l.Packet != nil && l.Packet.Frame == seg.Frame {
				l.Packet.Lines = lines
			}
		}
	})
}

// segmentLines writes what the first pass knew of a segment.
func segmentLines(s *decode.Segment, files *Files) []Line {
	add := func(label, format string, args ...any) Line {
		return Line{Label: label, Text: fmt.Sprintf(format, args...)}
	}
	lines := []Line{
		add("Frame", "%d, %s UTC", s.Frame, time.Unix(0, s.Time).UTC().Format("2006-01-02 15:04:05.000000000")),
		add("From", "%s to %s", s.SrcAddrPort(), s.DstAddrPort()),
		add("Segment", "%s, %d octets of data", FlagNames(s.Flags), s.Len),
		add("Script", "%s", s.String()),
	}
	if name := files.name(s.Pos.File()); name != "" {
		text := name
		if files.Locate != nil {
			if _, own, ok := files.Locate(s.Frame); ok {
				text = fmt.Sprintf("%s, frame %d there", name, own)
			}
		}
		lines = slices.Insert(lines, 1, add("File", "%s", text))
	}
	return lines
}

// packetLines writes the payload and the octets of a frame; there says in a word why there are fewer than on the wire.
func packetLines(d *decode.Decoder, p *decode.Packet, s *decode.Segment, there string) []Line {
	var lines []Line
	if payload := d.Payload(p, s); len(payload) > 0 {
		lines = append(lines, Line{}, Line{Role: Heading, Text: "Payload"})
		lines = append(lines, TailLines(payload)...)
	}
	for _, layer := range decode.Describe(p) {
		lines = append(lines, Line{}, Line{Role: Heading, Label: "Layer", Text: layer.Name})
		if len(layer.Fields) == 0 {
			lines = append(lines, Line{Text: layer.Summary})
		}
		for _, f := range layer.Fields {
			lines = append(lines, Line{Text: f.Name + ": " + f.Value})
		}
	}
	lines = append(lines, Line{}, Line{Role: Heading, Text: fmt.Sprintf("%d octets %s of %d", len(p.Data), there, p.WireLen)})
	return append(lines, HexLines(p.Data)...)
}

// HexLines writes octets as hex and text, sixteen in a line.
func HexLines(data []byte) []Line {
	var lines []Line
	for at := 0; at < len(data); at += 16 {
		row := data[at:min(at+16, len(data))]
		var b strings.Builder
		for i := range 16 {
			if i == 8 {
				b.WriteByte(' ')
			}
			if i < len(row) {
				fmt.Fprintf(&b, "%02x ", row[i])
			} else {
				b.WriteString("   ")
			}
		}
		b.WriteString(" " + printable(row))
		lines = append(lines, Line{Label: fmt.Sprintf("%04x", at), Text: b.String()})
	}
	return lines
}

// printable writes octets as ASCII, a dot for each that is not.
func printable(data []byte) string {
	text := make([]byte, len(data))
	for i, c := range data {
		text[i] = '.'
		if c >= 0x20 && c < 0x7f {
			text[i] = c
		}
	}
	return string(text)
}

// flagNames are the control bits as words, in the order in which a reader expects them.
var flagNames = []struct {
	bit  decode.Flags
	name string
}{
	{decode.SYN, "SYN"},
	{decode.FIN, "FIN"},
	{decode.RST, "RST"},
	{decode.PSH, "PSH"},
	{decode.URG, "URG"},
	{decode.ECE, "ECE"},
	{decode.CWR, "CWR"},
	{decode.ACK, "ACK"},
}

// FlagNames writes control bits as words.
func FlagNames(f decode.Flags) string {
	var names []string
	for _, n := range flagNames {
		if f.Has(n.bit) {
			names = append(names, n.name)
		}
	}
	if names == nil {
		return "no flags"
	}
	return strings.Join(names, ",")
}

// clone copies a Teardown with its lists.
func clone(t *flows.Teardown) *flows.Teardown {
	c := *t
	c.Marks, c.Causes, c.Uncertain = slices.Clone(t.Marks), slices.Clone(t.Causes), slices.Clone(t.Uncertain)
	for side := range c.Ends {
		c.Ends[side].States = slices.Clone(t.Ends[side].States)
	}
	return &c
}
