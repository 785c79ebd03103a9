package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpclose/decode/live/vethlab"
)

// A listener is one of those that are compared: it captures until it is interrupted, and says what was dropped.
type listener struct {
	name  string
	start func() *liveRun
	drops func(said string) (captured, dropped int)
}

// TestTheDropPointIsAtLeastThatOfTcpdump sends frames over veth at rising rates, two senders at once for the last, and asks
// what tcpclose live with its reports on (and a short TIME-WAIT, so that they come at once), and tcpdump -w /dev/null -s 128, say that the kernel dropped. Then tcpclose runs
// at half the rate below which it dropped nothing. It takes minutes and the whole machine, so it is run only where
// TCPCLOSE_LOAD says how long that last part is (60s), on an otherwise idle machine.
func TestTheDropPointIsAtLeastThatOfTcpdump(t *testing.T) {
	text := os.Getenv("TCPCLOSE_LOAD")
	if text == "" {
		t.Skip("it takes minutes and the whole machine; TCPCLOSE_LOAD=60s runs it")
	}
	steady, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump, which it is compared with, is not here")
	}
	a, b := vethlab.New(t)
	figures := regexp.MustCompile(`(\d+) packets(?: captured|, )|(\d+) (?:packets )?dropped by (?:the )?kernel`)
	count := func(said string) (captured, dropped int) {
		for _, m := range figures.FindAllStringSubmatch(said, -1) {
			if m[1] != "" {
				captured, _ = strconv.Atoi(m[1])
			} else {
				dropped, _ = strconv.Atoi(m[2])
			}
		}
		return captured, dropped
	}
	both := []listener{
		{"tcpdump", func() *liveRun {
			l := startIn(t, b, exec.Command(tcpdump, "-i", vethlab.Device, "-s", "128", "-Z", "root", "-w", "/dev/null"))
			l.wait(t, "listening on")
			return l
		}, count},
		{"tcpclose", func() *liveRun {
			l := startLive(t, b, nil, "-o", "/dev/null", "--metrics", "0", "--time-wait", "2s")
			return l
		}, count},
	}
	// measure runs one listener at a rate and returns what was sent, and of it dropped.
	measure := func(l *listener, size int, rate float64, senders int, lasts time.Duration) (sent, dropped int) {
		run := l.start()
		go func() { _, _ = io.Copy(io.Discard, run.stdout) }()
		done := make(chan int, senders)
		for i := range senders {
			x := newTraffic(12, size)
			x.wave = i << 19
			to := a.Sender(t)
			go func() { done <- x.send(t, to, rate/float64(senders), lasts) }()
		}
		for range senders {
			sent += <-done
		}
		if l.name == "tcpclose" {
			time.Sleep(300 * time.Millisecond)
			_ = run.cmd.Process.Signal(syscall.SIGUSR1)
			run.wait(t, "conversations ended")
		}
		_ = run.cmd.Process.Signal(os.Interrupt)
		for line := range run.stderr {
			run.said = append(run.said, line)
		}
		_ = run.cmd.Wait()
		_, dropped = l.drops(strings.Join(run.said, "\n"))
		return sent, dropped
	}
	for _, size := range []int{64, 1500} {
		clean := map[string]float64{} // the highest rate at which nothing was dropped
		point := map[string]int{}     // the first step at which something was; 0 for none
		lost, all := map[string]int{}, map[string]int{}
		var table strings.Builder
		fmt.Fprintf(&table, "%d-octet frames\n%12s %12s %10s %10s\n", size, "asked pps", "listener", "sent pps", "dropped")
		const lasts = 3 * time.Second
		for n, step := range []struct {
			rate    float64
			senders int
		}{{100e3, 1}, {200e3, 1}, {300e3, 1}, {400e3, 1}, {500e3, 1}, {0, 1}, {0, 2}} {
			for i := range both {
				l := &both[i]
				sent, dropped := measure(l, size, step.rate, step.senders, lasts)
				pps := float64(sent) / lasts.Seconds()
				fmt.Fprintf(&table, "%9.0f ×%d %12s %10.0f %10d\n", step.rate, step.senders, l.name, pps, dropped)
				lost[l.name] += dropped
				all[l.name] += sent
				switch {
				case dropped == 0:
					clean[l.name] = max(clean[l.name], pps)
				case point[l.name] == 0:
					point[l.name] = n + 1
				}
			}
		}
		t.Log(table.String())
		// What a sender reaches differs from run to run, since it shares the processors with the listener: the steps count.
		for name, n := range lost {
			t.Logf("%d octets: %s lost %d of %d, first at step %d", size, name, n, all[name], point[name])
		}
		if p := point["tcpclose"]; p != 0 && (point["tcpdump"] == 0 || p < point["tcpdump"]) {
			t.Errorf("%d octets: tcpclose drops at step %d, tcpdump at %d", size, p, point["tcpdump"])
		}
		half := clean["tcpclose"] / 2
		sent, dropped := measure(&both[1], size, half, 1, steady)
		t.Logf("%d octets at %.0f pps for %v: %d sent, %d dropped", size, half, steady, sent, dropped)
		if dropped > 0 {
			t.Errorf("%d octets: %d dropped at half the rate", size, dropped)
		}
	}
}
