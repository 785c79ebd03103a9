package model

import (
	"context"
	"strings"
	"testing"

	"tcpclose/flows"
	"tcpclose/tui/model/modeltest"
)

// TestASocketTableKeepsWhatHintsAtTrouble counts more sockets than it can list: those in CLOSE-WAIT, which were met last, are
// listed all the same, and the rest is counted.
func TestASocketTableKeepsWhatHintsAtTrouble(t *testing.T) {
	var open, leak *flows.Teardown
	for m := modeltest.NewMaker(); open == nil || leak == nil; {
		td := *m.Next()
		for side := range td.Ends {
			td.Ends[side].States = append([]flows.Transition(nil), td.Ends[side].States...)
		}
		switch td.Class {
		case flows.Open:
			open = &td
		case flows.HalfClosedStall:
			leak = &td
		default:
		}
	}
	store := NewStore()
	const many = 130_000
	for i := range uint64(many) {
		open.ID = 1000 + i
		store.Put(open)
	}
	leak.ID = 1000 + many
	store.Put(leak)
	snap := store.Publish()
	table := Sockets(context.Background(), snap, flows.Config{}, Scope{}, snap.Latest)
	if table.Total != 2*many+2 {
		t.Fatalf("%d sockets are counted", table.Total)
	}
	if s := table.Sockets[0]; s.State != flows.CloseWait || table.Sockets[1].State != flows.FinWait2 {
		t.Errorf("the first of %d sockets are in %s and %s", len(table.Sockets), s.State, table.Sockets[1].State)
	}
	if text := SocketText(table); !strings.HasSuffix(text, "\n"+Count(table.Total-len(table.Sockets))+" more are not listed\n") {
		t.Error("the copied table does not say that it was cut")
	}
}
