package model

import (
	"strings"
	"testing"
	"time"

	"tcpclose/tui/model/modeltest"
)

// TestASpanKeepsItsUnitInSevenCells writes durations from nanoseconds to decades, as the column of closes shows those that are
// under way.
func TestASpanKeepsItsUnitInSevenCells(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 999: "999ns", 99 * time.Millisecond: "99ms", 59*time.Minute + 59*time.Second: "59m59s", 23*time.Hour + 59*time.Minute: "23h59m",
		99*24*time.Hour + 23*time.Hour: "99d23h", 444*24*time.Hour + 23*time.Hour: "444d", 19968*24*time.Hour + 12*time.Hour: "19968d",
	} {
		if got := Span(int64(d)); got != want || len(">"+got) > 7 {
			t.Errorf("%v is written as %q, not as %q", d, got, want)
		}
	}
}

// TestAStartIsNeverCutToAnotherNumber lists a conversation that begins ever later in its capture.
func TestAStartIsNeverCutToAnotherNumber(t *testing.T) {
	for after, want := range map[time.Duration]string{
		12345 * time.Millisecond:                     "12.345",
		12345*time.Second + 678*time.Millisecond:     "12345.67",
		1234567*time.Second + 891*time.Millisecond:   "1234567",
		94375512 * time.Second:                       "94375512",
		1718291233*time.Second + 100*time.Nanosecond: "19887d",
	} {
		store, maker := NewStore(), modeltest.NewMaker()
		first := maker.Next()
		store.Put(first)
		late := first.Clone()
		late.ID, late.Start, late.Last = first.ID+1, first.Start+int64(after), first.Start+int64(after)
		store.Put(&late)
		snap := store.Publish()
		row, _ := snap.Find(late.ID)
		var r RowReader
		r.Read(snap, row)
		for _, cell := range Cells(200, [NumColumns]bool{}, 0) {
			if got := r.Text(cell); cell.Column == ColumnStart && (got != want || len(got) > cell.Width || strings.HasSuffix(got, ".")) {
				t.Errorf("a conversation that begins after %v has the start %q, not %q", after, got, want)
			}
		}
	}
}
