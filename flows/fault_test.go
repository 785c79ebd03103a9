package flows

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
)

// TestAPanicOfAWorkerReachesWhoeverWaitsForIt has a verdict's receiver fail in one of several workers, while packets still come.
func TestAPanicOfAWorkerReachesWhoeverWaitsForIt(t *testing.T) {
	var w wire
	for port := range uint16(20_000) {
		w.open(time.Duration(port)*time.Millisecond, 1000+port)
		w.send(time.Duration(port)*time.Millisecond+time.Microsecond, 1000+port, true, decode.RST|decode.ACK, 1, 1)
	}
	w.quiet(21*time.Second, 200*time.Second)
	caught := make(chan any, 1)
	go func() {
		defer func() { caught <- recover() }()
		_, _ = Watch(t.Context(), &w, decode.Config{}, Config{Workers: 4}, nil, func(td *Teardown) {
			if td.Ends[0].Addr.Port() == 5000 || td.Ends[1].Addr.Port() == 5000 {
				panic("a fault")
			}
		})
	}()
	select {
	case got := <-caught:
		err, _ := got.(error)
		p, ok := errors.AsType[*Panic](err)
		if !ok || p.Value != "a fault" || !strings.Contains(p.Error(), "fault_test.go") {
			t.Errorf("%v", got)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it waits for the worker that failed")
	}
}
