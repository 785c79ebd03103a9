package main

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"sync"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/report"
)

// A zeekSink writes a conn.log. The history has the order of the packets, which a second pass tells.
type zeekSink struct {
	x      *export
	header []byte
	encode func(b []byte, t *flows.Teardown, history []byte) []byte
	mu     sync.Mutex
	list   []flows.Teardown
}

func newZeekSink(x *export) sink {
	return &zeekSink{x: x, header: report.AppendZeekHeader(nil), encode: report.AppendZeek}
}

func newZeekJSONSink(x *export) sink { return &zeekSink{x: x, encode: report.AppendZeekJSON} }

func (s *zeekSink) add(t *flows.Teardown) {
	c := t.Clone()
	s.mu.Lock()
	s.list = append(s.list, c)
	s.mu.Unlock()
}

func (s *zeekSink) close() error { return nil }

func (s *zeekSink) write(w io.Writer) error {
	slices.SortFunc(s.list, func(a, b flows.Teardown) int { return cmp.Compare(a.ID, b.ID) })
	histories, err := s.x.zeekHistories()
	if err != nil {
		return err
	}
	at := make(map[uint64]int, len(s.x.spans))
	for i := range s.x.spans {
		at[s.x.spans[i].First] = i
	}
	r := reporter{o: s.x.o}
	out := bufio.NewWriter(w)
	_, _ = out.Write(s.header) // bufio keeps the error for Flush
	var b, history []byte
	list := r.arrange(s.list)
	for i := range list {
		t := &list[i]
		history = histories[at[t.ID]].AppendHistory(history[:0], t)
		b = s.encode(b[:0], t, history)
		_, _ = out.Write(b)
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
