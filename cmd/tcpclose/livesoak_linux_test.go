package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"tcpclose/decode/live/vethlab"
)

// TestMemoryStaysFlatInTheSoakOfALiveCapture is the soak: connections come at 50,000 a minute, and neither the program's
// memory nor the number of its descriptors may grow once it has warmed up; every connection must be told, and no packet
// dropped. It takes some seconds, with a TIME-WAIT of one; TCPCLOSE_SOAK=10m makes it that long, with the TIME-WAIT of
// Linux.
func TestMemoryStaysFlatInTheSoakOfALiveCapture(t *testing.T) {
	const perMinute = 50_000
	lasts, timeWait := 6*time.Second, "1s"
	if text := os.Getenv("TCPCLOSE_SOAK"); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
		timeWait = "60s"
	}
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "--time-wait", timeWait)
	told := make(chan map[string]int, 1)
	var drops float64
	go func() {
		classes := map[string]int{}
		lines := bufio.NewScanner(run.stdout)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var v struct {
				Class   string
				Summary *struct{ Capture struct{ Drops float64 } }
			}
			switch err := json.Unmarshal(lines.Bytes(), &v); {
			case err != nil:
				classes[err.Error()]++
			case v.Summary != nil:
				drops = v.Summary.Capture.Drops
			default:
				classes[v.Class]++
			}
		}
		told <- classes
	}()
	x := newTraffic(4, 200)
	rate := float64(len(x.frames)) / waveConversations * perMinute / 60
	type sample struct{ kib, descriptors int }
	samples := make(chan []sample, 1)
	done := make(chan struct{})
	go func() {
		var list []sample
		for tick := time.NewTicker(lasts / 40); ; {
			select {
			case <-done:
				tick.Stop()
				samples <- list
				return
			case <-tick.C:
				pid := run.cmd.Process.Pid
				list = append(list, sample{memoryKiB(pid, "VmRSS:"), descriptors(pid)})
			}
		}
	}()
	begun := time.Now()
	sent := x.send(t, a.Sender(t), rate, lasts)
	took := time.Since(begun)
	close(done)
	held := <-samples
	_ = run.cmd.Process.Signal(syscall.SIGUSR1)
	line := run.wait(t, "conversations ended")
	_ = run.cmd.Process.Signal(os.Interrupt)
	var classes map[string]int
	select {
	case classes = <-told:
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
	_ = run.cmd.Wait()
	conversations := x.wave * waveConversations
	t.Logf("%d conversations, %d frames in %v; resident KiB and descriptors %v; %s", conversations, sent, took.Round(time.Millisecond), held, line)
	for class, n := range x.classes {
		if classes[class] != n*x.wave {
			t.Errorf("%d of %s, want %d", classes[class], class, n*x.wave)
		}
	}
	if len(classes) != len(x.classes) || drops != 0 {
		t.Errorf("classes %v, %v drops", classes, drops)
	}
	if float64(conversations) < .8*perMinute/60*took.Seconds() {
		t.Errorf("only %d conversations in %v: this machine was too busy", conversations, took)
	}
	// After half the time everything that is kept has been there once: the rest may take a tenth more, and the collector's
	// own swing.
	half := len(held) / 2
	var early, late sample
	for i, s := range held {
		part := &early
		if i >= half {
			part = &late
		}
		part.kib, part.descriptors = max(part.kib, s.kib), max(part.descriptors, s.descriptors)
	}
	slack := 8 << 10
	if lasts < time.Minute {
		slack = 32 << 10 // the heap is still finding its size
	}
	if early.kib == 0 || late.kib > early.kib+early.kib/10+slack {
		t.Errorf("memory grows from %d KiB to %d KiB: %v", early.kib, late.kib, held)
	}
	if early.descriptors == 0 || late.descriptors > early.descriptors {
		t.Errorf("descriptors grow from %d to %d: %v", early.descriptors, late.descriptors, held)
	}
}

// descriptors returns how many files a process has open.
func descriptors(pid int) int {
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return 0
	}
	return len(list)
}
