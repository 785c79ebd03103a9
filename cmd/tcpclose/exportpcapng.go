package main

import (
	"cmp"
	"io"
	"slices"
	"strings"
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/flows/report"
)

// A pcapngSink writes the packets of the selected conversations, every block as it stood in its file, with comments that
// say what they mean, or without.
type pcapngSink struct {
	x         *export
	commented bool
	mu        sync.Mutex
	list      []flows.Teardown // for the comments
	notes     map[decode.Position]string
	packets   [][]chosen // of each file, in its order
}

// A chosen packet is one to be written. The rest is for those of pcap files, which get blocks of ours.
type chosen struct {
	offset    int64
	time      int64
	cap, wire uint32
}

func newPcapngSink(x *export) sink {
	return &pcapngSink{x: x, commented: true, notes: map[decode.Position]string{}}
}

func newExtractSink(x *export) sink { return &pcapngSink{x: x} }

func (s *pcapngSink) add(t *flows.Teardown) {
	if !s.commented {
		return
	}
	c := t.Clone()
	s.mu.Lock()
	s.list = append(s.list, c)
	s.mu.Unlock()
}

func (s *pcapngSink) close() error { return nil }

func (s *pcapngSink) write(w io.Writer) error {
	slices.SortFunc(s.list, func(a, b flows.Teardown) int { return cmp.Compare(a.ID, b.ID) })
	spans := s.x.spans
	if s.x.o.sort != "" || s.x.o.top > 0 {
		spans = s.top(spans)
	}
	if err := s.choose(spans); err != nil {
		return err
	}
	out := report.NewPcapng(w)
	var err error
	if s.x.anon != nil {
		err = s.writeAnonymous(out, spans)
	} else {
		err = s.writeCopies(out)
	}
	return cmp.Or(err, out.Flush())
}

// top leaves those of --sort and --top.
func (s *pcapngSink) top(spans []span) []span {
	if !s.commented {
		return spans[:min(len(spans), max(s.x.o.top, 0))]
	}
	r := reporter{o: s.x.o}
	s.list = r.arrange(s.list)
	slices.SortFunc(s.list, func(a, b flows.Teardown) int { return cmp.Compare(a.ID, b.ID) })
	keep := make(map[uint64]bool, len(s.list))
	for i := range s.list {
		keep[s.list[i].ID] = true
	}
	return slices.DeleteFunc(slices.Clone(spans), func(sp span) bool { return !keep[sp.First] })
}

// choose reads the packets a second time: which of them are written, and what is said of them.
func (s *pcapngSink) choose(spans []span) error {
	s.packets = make([][]chosen, len(s.x.src.Files()))
	notes := make([]*report.PacketNotes, len(spans))
	opt := ladder.Options{DupWindow: s.x.config().DupWindow}
	return s.x.again(spans, func(p *decode.Packet, seg *decode.Segment, i int) bool {
		file := p.Pos.File()
		s.packets[file] = append(s.packets[file], chosen{p.Pos.Offset(), p.Time, uint32(len(p.Data)), p.WireLen})
		if !s.commented {
			return true
		}
		t := &s.list[i]
		if notes[i] == nil {
			notes[i] = report.NewPacketNotes(t, opt, s.note)
		}
		if s.x.anon != nil {
			s.x.anon.segment(seg)
		}
		notes[i].Add(seg)
		if p.Frame == spans[i].Last {
			notes[i].Finish(p.Pos)
			notes[i] = nil
		}
		return true
	})
}

func (s *pcapngSink) note(at decode.Position, text string) {
	if before := s.notes[at]; before != "" {
		text = before + "\n" + text
	}
	s.notes[at] = text
}

// writeCopies writes the files one after the other: their blocks as they are, but for packets that were not chosen.
func (s *pcapngSink) writeCopies(out *report.Pcapng) error {
	for file, info := range s.x.src.Files() {
		if len(s.packets[file]) == 0 {
			continue
		}
		if !strings.HasPrefix(info.Format, "pcapng") {
			out.Section("tcpclose " + version())
			for _, i := range s.x.src.Interfaces() {
				if i.File == file {
					out.Interface(&i)
				}
			}
		}
		out.File()
		next := s.packets[file]
		err := s.x.src.Blocks(file, func(b decode.RawBlock) bool {
			switch {
			case b.Type == decode.RawPcapHeader:
			case b.Type == decode.RawPcapRecord:
				if len(next) > 0 && b.Offset == next[0].offset {
					c := next[0]
					out.Packet(0, c.time, b.Raw[len(b.Raw)-int(c.cap):], c.wire, s.notes[decode.MakePosition(file, c.offset)])
					next = next[1:]
				}
			case !isPacketBlock(b.Type):
				out.Copy(&b)
			case len(next) > 0 && b.Offset == next[0].offset:
				out.CopyCommented(&b, s.notes[decode.MakePosition(file, b.Offset)])
				next = next[1:]
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(s.packets, func(list []chosen) bool { return len(list) > 0 }) {
		out.Section("tcpclose " + version()) // a capture without packets is still one
	}
	return nil
}

// isPacketBlock tells the three blocks that hold a packet.
func isPacketBlock(kind uint32) bool { return kind == 2 || kind == 3 || kind == 6 }

// writeAnonymous writes all packets anew, into one section, without payload and with other addresses. What else the
// files hold (names, comments, secrets) stays away.
func (s *pcapngSink) writeAnonymous(out *report.Pcapng, spans []span) error {
	out.Section("tcpclose " + version())
	out.Interface(&decode.Interface{LinkType: linkEthernet})
	var b []byte
	var last int64
	return s.x.again(spans, func(p *decode.Packet, seg *decode.Segment, _ int) bool {
		if !p.NoTime {
			last = p.Time
		}
		var wire uint32
		b, wire = s.x.anon.packet(b[:0], p, seg)
		out.Packet(0, last, b, wire, s.notes[p.Pos])
		return true
	})
}

// linkEthernet is LINKTYPE_ETHERNET.
const linkEthernet = 1
