package main

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"io"
	"slices"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/report"
)

// A zeekLog writes a conn.log. The history has the order of the packets, which a second pass tells: until then each line is
// kept with a gap in the history's place.
type zeekLog struct {
	x      *export
	header []byte
	encode func(b []byte, t *flows.Teardown, history []byte) []byte
}

func newZeekSink(x *export) sink {
	return (&zeekLog{x: x, header: report.AppendZeekHeader(nil), encode: report.AppendZeek}).sink()
}

func newZeekJSONSink(x *export) sink { return (&zeekLog{x: x, encode: report.AppendZeekJSON}).sink() }

func (z *zeekLog) sink() sink { return &textSink{g: z.x.gatherer(z.keep), flow: z.write} }

// zeekGap is how many octets before a line that is kept say where its gap is.
const zeekGap = 4

// keep appends a line with one letter in the history's place, and before it where that is: what two lines that differ in that
// letter alone have in common ends there.
func (z *zeekLog) keep(b []byte, t *flows.Teardown) []byte {
	var scratch [8]byte
	begin := new(report.ZeekHistory).AppendHistory(scratch[:0], t)
	at := len(b) + zeekGap
	b = z.encode(append(b, make([]byte, zeekGap)...), t, append(begin, 'S'))
	other := z.encode(nil, t, append(begin, 'D'))
	gap := 0
	for b[at+gap] == other[gap] {
		gap++
	}
	binary.LittleEndian.PutUint32(b[at-zeekGap:], uint32(gap))
	return b
}

func (z *zeekLog) write(w io.Writer, g *gatherer) error {
	histories, err := z.x.zeekHistories()
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	_, _ = out.Write(z.header) // bufio keeps the error for Flush
	n := 0
	for text := range g.texts() {
		i, found := slices.BinarySearchFunc(z.x.spans, g.rows[n].id, func(s span, id uint64) int { return cmp.Compare(s.First, id) })
		n++
		line := text[zeekGap:]
		gap := binary.LittleEndian.Uint32(text)
		_, _ = out.Write(line[:gap])
		if found {
			_, _ = out.Write(histories[i].Letters())
		}
		_, _ = out.Write(line[gap+1:])
	}
	return out.Flush()
}

// zeekHistories returns the history of each of the spans.
func (x *export) zeekHistories() ([]report.ZeekHistory, error) {
	if x.histories == nil {
		x.histories = make([]report.ZeekHistory, len(x.spans))
		err := x.again(x.spans, func(_ *decode.Packet, s *decode.Segment, i int) bool {
			x.histories[i].Add(x.spans[i].side(s), s)
			return true
		})
		if err != nil {
			return nil, err
		}
	}
	return x.histories, nil
}
