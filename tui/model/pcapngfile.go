package model

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
)

// A savedPacket is one packet to be written, with what is to be said of it.
type savedPacket struct {
	time    int64
	pos     decode.Position
	link    decode.LinkType
	wire    uint32
	data    []byte
	comment string
}

// maxSaved bounds what is held to bring the packets of several conversations into the order of their capture.
const maxSaved = 512 << 20

// writePackets writes the packets of the conversations as a pcapng file, in the order of the capture. The first packet of
// each conversation, and each that shows a change of state, carries a comment.
func writePackets(ctx context.Context, w io.Writer, s *Source, list []*flows.Teardown) error {
	var saved []savedPacket
	size := 0
	for _, t := range list {
		comments := commentsOf(t)
		err := s.Conversation(ctx, t, func(_ *decode.Decoder, p *decode.Packet, seg *decode.Segment) bool {
			size += len(p.Data)
			saved = append(saved, savedPacket{p.Time, p.Pos, p.LinkType, p.WireLen, slices.Clone(p.Data), comments[seg.Frame]})
			return size <= maxSaved
		})
		if err != nil {
			return err
		}
		if size > maxSaved {
			return fmt.Errorf("they hold more than %s; tcpclose extract writes any amount", Size(maxSaved))
		}
	}
	slices.SortStableFunc(saved, func(a, b savedPacket) int {
		return cmp.Or(cmp.Compare(a.pos.File(), b.pos.File()), cmp.Compare(a.pos, b.pos))
	})
	return writePcapng(w, saved)
}

// commentsOf says what the frames of a conversation show.
func commentsOf(t *flows.Teardown) map[uint64]string {
	lines := map[uint64][]string{t.FirstFrame: {fmt.Sprintf("flow %d: %s", t.ID, t.Class)}}
	if t.Closer != flows.NoOne {
		lines[t.FirstFrame][0] += ", closed first by " + t.Closer.String()
	}
	for side := range flows.Server + 1 {
		for _, tr := range t.Ends[side].States {
			if tr.Frame != 0 {
				lines[tr.Frame] = append(lines[tr.Frame], fmt.Sprintf("%s %s (%s)", side, tr.State, tr.Grade))
			}
		}
	}
	for _, m := range t.Marks {
		if m.Frame != 0 {
			lines[m.Frame] = append(lines[m.Frame], m.ID.String())
		}
	}
	comments := make(map[uint64]string, len(lines))
	for frame, l := range lines {
		comments[frame] = strings.Join(l, ", ")
	}
	return comments
}

// The types of pcapng's blocks and options.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacket     = 6
	optionComment   = 1
	optionTimeUnits = 9 // of an interface: 10^-9 s
)

// writePcapng writes one section with an interface for each link type.
func writePcapng(w io.Writer, packets []savedPacket) error {
	section := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d)
	section = binary.LittleEndian.AppendUint16(section, 1)
	section = binary.LittleEndian.AppendUint16(section, 0)
	section = binary.LittleEndian.AppendUint64(section, 1<<64-1) // its length is not told
	if err := writeBlock(w, blockSection, section); err != nil {
		return err
	}
	var links []decode.LinkType
	for i := range packets {
		p := &packets[i]
		iface := slices.Index(links, p.link)
		if iface < 0 {
			iface = len(links)
			links = append(links, p.link)
			b := binary.LittleEndian.AppendUint16(nil, uint16(p.link))
			b = binary.LittleEndian.AppendUint16(b, 0)
			b = binary.LittleEndian.AppendUint32(b, 0) // no limit
			b = appendOption(b, optionTimeUnits, []byte{9})
			if err := writeBlock(w, blockInterface, append(b, 0, 0, 0, 0)); err != nil {
				return err
			}
		}
		b := binary.LittleEndian.AppendUint32(nil, uint32(iface))
		b = binary.LittleEndian.AppendUint32(b, uint32(uint64(p.time)>>32))
		b = binary.LittleEndian.AppendUint32(b, uint32(p.time))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(p.data)))
		b = binary.LittleEndian.AppendUint32(b, p.wire)
		b = pad(append(b, p.data...))
		if p.comment != "" {
			b = append(appendOption(b, optionComment, []byte(p.comment)), 0, 0, 0, 0)
		}
		if err := writeBlock(w, blockPacket, b); err != nil {
			return err
		}
	}
	return nil
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	value = value[:min(len(value), 1<<15)]
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...))
}

// pad fills up to a multiple of four octets; what comes before the data is one already.
func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func writeBlock(w io.Writer, kind uint32, body []byte) error {
	size := uint32(len(body) + 12)
	b := binary.LittleEndian.AppendUint32(nil, kind)
	b = binary.LittleEndian.AppendUint32(b, size)
	b = append(b, body...)
	_, err := w.Write(binary.LittleEndian.AppendUint32(b, size))
	return err
}
