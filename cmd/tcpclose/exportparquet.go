package main

import (
	"cmp"
	"io"
	"slices"
	"sync"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// A parquetSink keeps the conversations: their rows are written in order, column by column.
type parquetSink struct {
	x    *export
	mu   sync.Mutex
	list []flows.Teardown
}

func newParquetSink(x *export) sink { return &parquetSink{x: x} }

func (s *parquetSink) add(t *flows.Teardown) {
	c := t.Clone()
	s.mu.Lock()
	s.list = append(s.list, c)
	s.mu.Unlock()
}

func (s *parquetSink) close() error { return nil }

func (s *parquetSink) write(w io.Writer) error {
	slices.SortFunc(s.list, func(a, b flows.Teardown) int { return cmp.Compare(a.ID, b.ID) })
	r := reporter{o: s.x.o}
	list := r.arrange(s.list)
	return report.WriteParquet(w, version(), func(yield func(*flows.Teardown) bool) {
		for i := range list {
			if !yield(&list[i]) {
				return
			}
		}
	})
}
