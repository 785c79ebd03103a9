package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tcpclose/decode/live/vethlab"
)

func TestWhatWasWrittenBeforeAKillIsThere(t *testing.T) {
	a, b := vethlab.New(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "raw.pcapng")
	run := startLive(t, b, nil, "-w", file, "--time-wait", "1s")
	n := closeInManyWays(t, a, b)
	lines := make(chan []byte, 1)
	go func() {
		out, _ := io.ReadAll(run.stdout)
		lines <- out
	}()
	time.Sleep(4 * time.Second) // the second of TIME-WAIT is over, and the pauses have flushed
	_ = run.cmd.Process.Kill()
	out := <-lines
	_ = run.cmd.Wait()
	told := 0
	for line := range bytes.Lines(out) {
		if !json.Valid(line) || line[len(line)-1] != '\n' {
			t.Errorf("half a line: %s", line)
		}
		told++
	}
	if told != n {
		t.Errorf("%d conversations told, want %d", told, n)
	}
	report, _, code := execute(t, "report", "-q", "-T", "ndjson", file)
	if got, _ := endings(t, []byte(report)); len(got) != n || code != exitOK {
		t.Errorf("%d conversations in the file, want %d; exit code %d", len(got), n, code)
	}
}

func TestASecondInterruptEndsAtOnceThoughTheOutputIsBlocked(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "--time-wait", "1s")
	wire := a.Sender(t)
	x := newTraffic(4, 100)
	for range 4 { // a thousand conversations: more than the pipe holds, of which nobody reads
		x.turn()
		if err := wire.Send(x.frames); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(500 * time.Millisecond)
	_ = run.cmd.Process.Signal(os.Interrupt)
	done := make(chan error, 1)
	go func() { done <- run.cmd.Wait() }()
	select {
	case <-done:
		t.Fatal("it ended though its output is blocked: something is lost")
	case <-time.After(1500 * time.Millisecond):
	}
	_ = run.cmd.Process.Signal(os.Interrupt)
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		t.Fatal("the second interrupt does not end it")
	}
	status, ok := run.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || status.Signal() != syscall.SIGINT && status.ExitStatus() != exitInterrupted {
		t.Errorf("it ended with %v", run.cmd.ProcessState)
	}
}

// TestAPipeIsWaitedForUntilSomebodyReadsIt writes to a pipe that has a name: without a reader an interrupt ends it.
func TestAPipeIsWaitedForUntilSomebodyReadsIt(t *testing.T) {
	a, b := vethlab.New(t)
	path := filepath.Join(t.TempDir(), "lines")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	run := startIn(t, b, liveCommand(nil, "-o", path))
	run.wait(t, "waiting for somebody to read "+path)
	if _, code := run.end(t); code != exitInterrupted {
		t.Errorf("exit code %d: %q", code, run.said)
	}
	run = startIn(t, b, liveCommand(nil, "-o", path))
	run.wait(t, "waiting for somebody to read "+path)
	lines := make(chan []byte, 1)
	go func() {
		out, _ := os.ReadFile(path)
		lines <- out
	}()
	run.wait(t, "capturing on")
	n := closeInManyWays(t, a, b)
	_, code := run.end(t)
	if got, summary := endings(t, <-lines); code != exitOK || len(got) != n || summary == nil {
		t.Errorf("exit code %d, %d conversations of %d: %q", code, len(got), n, run.said)
	}
}
