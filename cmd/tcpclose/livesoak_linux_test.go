package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpclose/decode/live/vethlab"
)

// TestMemoryStaysFlatInTheSoakOfALiveCapture is the soak: connections come at 50,000 a minute, and the program's memory
// must not grow once it has warmed up; every connection must be told, and no packet dropped. It takes some seconds, with a
// TIME-WAIT of one; TCPCLOSE_SOAK=10m makes it that long, with the TIME-WAIT of Linux.
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
	samples := make(chan []int, 1)
	done := make(chan struct{})
	go func() {
		var list []int
		for tick := time.NewTicker(lasts / 40); ; {
			select {
			case <-done:
				tick.Stop()
				samples <- list
				return
			case <-tick.C:
				list = append(list, residentKiB(run.cmd.Process.Pid))
			}
		}
	}()
	begun := time.Now()
	sent := x.send(t, a.Sender(t), rate, lasts)
	took := time.Since(begun)
	close(done)
	memory := <-samples
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
	t.Logf("%d conversations, %d frames in %v; resident KiB %v; %s", conversations, sent, took.Round(time.Millisecond), memory, line)
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
	half := len(memory) / 2
	early, late := 0, 0
	for i, kib := range memory {
		if i < half {
			early = max(early, kib)
		} else {
			late = max(late, kib)
		}
	}
	slack := 8 << 10
	if lasts < time.Minute {
		slack = 32 << 10 // the heap is still finding its size
	}
	if early == 0 || late > early+early/10+slack {
		t.Errorf("memory grows from %d KiB to %d KiB: %v", early, late, memory)
	}
}

// residentKiB returns how much memory a process has in use.
func residentKiB(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil {
		return 0
	}
	return n
}
