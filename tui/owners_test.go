package tui

import (
	"testing"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

// TestWhoHoldsTheSocketsStandsInEveryPane opens a leak as the host sees it on which it happens: java holds what its clients
// have closed, and of one socket the kernel says something else than the wire.
func TestWhoHoldsTheSocketsStandsInEveryPane(t *testing.T) {
	store, source, sum := openCapture(t, "close-wait-leak-beside-healthy-closes.pcapng")
	s := newTestScreen(t, store, 160, 50, "terminal", "UTF-8", source)
	s.loaded(sum)
	s.hasNot("held by", "kernel differs")
	h := &flows.Holders{At: s.model.Snapshot.Latest + 60e9, Of: map[flows.SocketName]flows.Holder{}}
	java := flows.Holder{State: flows.CloseWait, Process: "java", PID: 4213, User: "app", Container: "0123456789ab"}
	var td flows.Teardown
	var leaks []uint64
	for row := range int32(s.model.Snapshot.Rows()) {
		s.model.Snapshot.Teardown(row, &td)
		if td.Class != flows.HalfClosedStall {
			continue
		}
		of := java
		if leaks = append(leaks, td.ID); len(leaks) == 4 {
			of.State = flows.Established
		}
		h.Of[td.Name(flows.Server)] = of
	}
	if len(leaks) != 4 {
		t.Fatalf("%d connections leak, want 4", len(leaks))
	}
	s.model.SetHolders(h)
	s.keys("/", "class half-closed-stall", "Enter")
	s.has("held by", "java[4213]", "java[4213]!", "kernel differs on 1 of 4")
	s.keys("5", "+")
	s.has("CLOSE-WAIT ×3 held by java[4213]")
	s.keys("-", "4", "+")
	s.has("held by", "java[4213]", "kernel ESTAB java[4213]")
	s.keys("-", "1", "g", "6", "+")
	s.has("the server's is held by java[4213], user app, in container 0123456789ab; the kernel has it in CLOSE-WAIT too")
	s.keys("-", "1", "G", "6", "+")
	s.has("the kernel has it in ESTABLISHED where the wire shows CLOSE-WAIT")
	s.keys("-", "2", "+")
	s.has("Socket: the server's is held by java[4213]")

	s.resize(80, 24) // no room for the column: the other panes tell
	s.keys("-", "1")
	s.hasNot("java[4213]!")
	s.keys("5", "+")
	s.has("CLOSE-WAIT ×3 held by java[4213]")

	gone := &flows.Holders{At: h.At + 1e9, Of: map[flows.SocketName]flows.Holder{}}
	for name, of := range h.Of {
		of.Gone = true
		gone.Of[name] = of
	}
	s.model.SetHolders(gone)
	s.draw()
	s.has("no process of this host holds a socket of it that waits")
	s.keys("-", "6", "+")
	s.has("last held by", "no more")
	var none *model.KernelCheck
	if s.model.Kernel.Check == none || s.model.Kernel.Check.Compared != 0 {
		t.Errorf("%+v", s.model.Kernel.Check)
	}
}
