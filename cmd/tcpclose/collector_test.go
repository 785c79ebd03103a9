package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func gcPercent() uint64 {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func TestTheCollectorRunsAsUsualOnceItHasRun(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(usualGCPercent))
	deferCollector()
	deferCollector() // by another report in the same process
	if got := gcPercent(); got <= usualGCPercent {
		t.Errorf("GOGC is %d before the first collection", got)
	}
	for end := time.Now().Add(time.Minute); gcPercent() != usualGCPercent; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("GOGC stays %d", gcPercent())
		}
		runtime.GC()
	}
}

func TestAnOwnGOGCStays(t *testing.T) {
	const own = 30
	defer debug.SetGCPercent(debug.SetGCPercent(own))
	deferCollector()
	if got := gcPercent(); got != own {
		t.Errorf("GOGC is %d", got)
	}
}
