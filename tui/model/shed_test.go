package model

import (
	"slices"
	"testing"

	"tcpclose/flows"
	"tcpclose/flows/filter"
	"tcpclose/tui/model/modeltest"
)

// TestOldRowsMakeRoomAndOpenOnesStay lists many more conversations than there is room for: the newest and those that can
// still change are there, the others are counted, and what was published before still reads as it did.
func TestOldRowsMakeRoomAndOpenOnesStay(t *testing.T) {
	const limit, number, open = 8 << 20, 200_000, 50
	s, maker := NewStore(), modeltest.NewMaker()
	s.Limit(limit)
	var early *Snapshot
	var first []flows.Teardown // of the early rows
	pending := map[uint64]flows.Teardown{}
	last := uint64(0)
	for i := range number {
		c := maker.Next()
		c.Final, c.GivenUp = i%2 == 0, i%2 != 0
		if i%(number/open) == 7 {
			c.GivenUp = false
			c.Final = false
			pending[c.ID] = c.Clone()
		}
		s.Put(c)
		last = c.ID
		if i == chunkRows {
			early = s.Publish()
			for row := range early.All() {
				var td flows.Teardown
				early.Teardown(row, &td)
				first = append(first, td.Clone())
			}
		}
	}
	snap := s.Publish()
	if size, rows := s.Bytes(); size > limit+limit/4 || rows != snap.Rows() || rows < 10_000 {
		t.Errorf("%d octets for %d rows, %d published", size, rows, snap.Rows())
	}
	if snap.Left == 0 || snap.Rows()+snap.Left != number {
		t.Errorf("%d rows, %d left out, of %d", snap.Rows(), snap.Left, number)
	}
	if _, ok := snap.Find(last); !ok {
		t.Error("the newest is not there")
	}
	for id, want := range pending {
		row, ok := snap.Find(id)
		if !ok {
			t.Fatalf("%d can still change, and was left out", id)
		}
		var td flows.Teardown
		if snap.Teardown(row, &td); td.Class != want.Class || td.Ends[0].Addr != want.Ends[0].Addr || len(td.Ends[0].States) != len(want.Ends[0].States) {
			t.Errorf("%d reads %+v", id, td)
		}
		want.Final, want.Last = true, want.Last+1
		s.Put(&want)
	}
	after := s.Publish()
	if after.Rows()+after.Left != number {
		t.Errorf("%d rows, %d left out after the last changes", after.Rows(), after.Left)
	}
	for id, want := range pending {
		if row, ok := after.Find(id); !ok || after.Last(row) != want.Last+1 {
			t.Errorf("%d does not end", id)
		}
	}
	for _, text := range []string{"", "class four-way", "last-state ESTABLISHED"} {
		v := Select(t.Context(), after, Query{Filter: filter.MustParse(text)})
		if len(v.Rows) == 0 || text == "" && len(v.Rows) != after.Rows() || int(slices.Min(v.Rows)) < after.floor {
			t.Errorf("%q: %d of %d rows, the first %d of %d", text, len(v.Rows), after.Rows(), slices.Min(v.Rows), after.floor)
		}
	}
	for i, row := range slices.Collect(early.All()) {
		var td flows.Teardown
		if early.Teardown(row, &td); td.ID != first[i].ID || td.Last != first[i].Last || td.Class != first[i].Class {
			t.Fatalf("row %d of an earlier look changed", row)
		}
	}
	var td flows.Teardown
	if after.Teardown(0, &td); td.ID != 0 || td.Ends[0].Packets != 0 {
		t.Errorf("a row that was left out reads %+v", td)
	}
}
