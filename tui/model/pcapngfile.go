package model

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/flows/report"
)

// A savedPacket is one packet to be written.
type savedPacket struct {
	frame uint64
	time  int64
	pos   decode.Position
	link  link
	wire  uint32
	data  []byte
}

// A link is what an interface of the written file says of its packets.
type link struct {
	kind decode.LinkType
	fcs  uint8
}

// maxSaved bounds what is held to bring the packets of several conversations into the order of their capture.
const maxSaved = 512 << 20

// writePackets writes the packets of the conversations as a pcapng file, in the order of the capture, with the comments
// that report -T pcapng gives them.
func writePackets(ctx context.Context, w io.Writer, s *Source, files *Files, list []*flows.Teardown) error {
	var saved []savedPacket
	comments := map[decode.Position]string{}
	note := func(at decode.Position, text string) {
		if before := comments[at]; before != "" {
			text = before + "\n" + text
		}
		comments[at] = text
	}
	size := 0
	for _, t := range list {
		notes := report.NewPacketNotes(t, ladder.Options{}, note)
		last := t.FirstPos
		err := s.Conversation(ctx, t, nil, func(_ *decode.Decoder, p *decode.Packet, seg *decode.Segment) bool {
			size += len(p.Data)
			saved = append(saved, savedPacket{p.Frame, p.Time, p.Pos, link{p.LinkType, p.FCSLen}, p.WireLen, slices.Clone(p.Data)})
			notes.Add(seg)
			last = p.Pos
			return size <= maxSaved
		})
		if err != nil {
			return err
		}
		if size > maxSaved {
			return fmt.Errorf("they hold more than %s; any amount is written by: %s", Size(maxSaved), extraction(s, files, list))
		}
		notes.Finish(last)
	}
	slices.SortStableFunc(saved, func(a, b savedPacket) int { return cmp.Compare(a.frame, b.frame) })
	return writeSaved(report.NewPcapng(w), saved, comments)
}

// writeSaved writes one section with an interface for each kind of link.
func writeSaved(out *report.Pcapng, packets []savedPacket, comments map[decode.Position]string) error {
	out.Section("tcpclose")
	var links []link
	for i := range packets {
		p := &packets[i]
		iface := slices.Index(links, p.link)
		if iface < 0 {
			iface = len(links)
			links = append(links, p.link)
			out.Interface(&decode.Interface{LinkType: p.link.kind, FCSLen: p.link.fcs})
		}
		out.Packet(uint32(iface), p.time, p.data, p.wire, comments[p.pos])
	}
	return out.Flush()
}

// maxNamed bounds the files and the conversations that a command names.
const maxNamed = 8

// extraction is the command that writes the packets of conversations outside of the screen.
func extraction(s *Source, files *Files, list []*flows.Teardown) string {
	paths := files.Paths
	if len(paths) == 0 && s.Files != nil {
		paths = slices.DeleteFunc(slices.Clone(s.Files()), func(path string) bool { return path == "" || path == "-" })
	}
	words := []string{"tcpclose extract"}
	for _, path := range paths[:min(len(paths), maxNamed)] {
		words = append(words, "'"+strings.ReplaceAll(path, "'", `'\''`)+"'")
	}
	if len(paths) == 0 || len(paths) > maxNamed {
		words = append(words, "FILE…")
	}
	words = append(words, "-o FILE.pcapng -- ")
	command := strings.Join(words, " ")
	if len(list) > maxNamed {
		return command + "FILTER"
	}
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = strconv.FormatUint(t.ID, 10)
	}
	return command + "id " + strings.Join(ids, ",")
}
