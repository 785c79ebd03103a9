package main

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tcpclose/decode/live/vethlab"
)

func TestOnlyTheConversationsThatEndedBadlyAreKept(t *testing.T) {
	a, b := vethlab.New(t)
	file := filepath.Join(t.TempDir(), "bad.pcapng")
	run := startLive(t, b, nil, "-w", file, "--keep", "class rst-abort or refused")
	closeInManyWays(t, a, b)
	sendMuchAndReset(t, a, b)
	out, code := run.end(t)
	live, _ := endings(t, out)
	want := slices.DeleteFunc(live, func(e ending) bool {
		return !strings.HasPrefix(e.text, "rst-abort") && !strings.HasPrefix(e.text, "refused")
	})
	if code != exitOK || len(want) != 4 {
		t.Fatalf("exit code %d, %d of them ended badly: %q", code, len(want), run.said)
	}
	report, _, code := execute(t, "report", "-T", "ndjson", "-q", file)
	got, _ := endings(t, []byte(report))
	if code != exitOK || len(got) != len(want) {
		t.Errorf("exit code %d, in the file:\n%v\nwant:\n%v", code, got, want)
	}
	for i := range min(len(got), len(want)) {
		// A gap between the first and the last packets is marked; the class does not change by it.
		class := func(e ending) string { name, _, _ := strings.Cut(e.text, " "); return name }
		if got[i].port != want[i].port || class(got[i]) != class(want[i]) {
			t.Errorf("in the file %v, live %v", got[i], want[i])
		}
	}
	said := strings.Join(run.said, "\n")
	if !strings.Contains(said, "of 4 conversations; of those, ") || strings.Contains(said, ", 0 were cut") {
		t.Error(said)
	}
	if tshark, err := exec.LookPath("tshark"); err == nil {
		text, err := exec.Command(tshark, "-nr", file, "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment").CombinedOutput()
		if err != nil || !bytes.Contains(text, []byte("packets of this conversation before this one were not kept")) ||
			bytes.Count(text, []byte("tcpclose live: rst-abort, watched until 20")) != 3 || bytes.Count(text, []byte("tcpclose live: refused, ")) != 1 {
			t.Errorf("tshark: %v\n%s", err, text)
		}
	}
}

// sendMuchAndReset makes a conversation of some hundred packets that its client resets.
func sendMuchAndReset(t *testing.T, a, b *vethlab.Space) {
	t.Helper()
	l := b.Listen(t, 9004)
	c, err := a.Dial(netip.AddrPortFrom(b.Addr, 9004))
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf := make([]byte, 10)
	for range 100 {
		if _, err := c.Write(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(s, buf); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write(buf); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf); err != nil {
			t.Fatal(err)
		}
	}
	_ = c.SetLinger(0)
	c.Close()
	time.Sleep(50 * time.Millisecond)
}

func TestMetricsAndHealthAreServedWhileTheCaptureRuns(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "--metrics", "0", "--time-wait", "1s", "--stall", "1s", "-f", "not dst port 9006")
	_, base, _ := strings.Cut(run.said[slices.IndexFunc(run.said, func(s string) bool { return strings.Contains(s, "metrics at ") })], "metrics at ")
	base = strings.TrimSuffix(base, "/metrics")
	if !strings.HasPrefix(base, "http://127.0.0.1:") {
		t.Fatalf("it is bound to %s", base)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: b.DialContext}, Timeout: 5 * time.Second}
	get := func(path string) (int, string) {
		t.Helper()
		answer, err := client.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	if code, text := get("/healthz"); code != http.StatusOK || text != "{\"status\":\"ok\"}\n" {
		t.Errorf("%d %s", code, text)
	}
	stall(t, a, b, 9005)
	stall(t, a, b, 9006) // captured, since the kernel cannot tell who serves, and not wanted
	closeInManyWays(t, a, b)
	wanted := []string{
		`tcpclose_teardowns_total{cause="listen-refused",class="refused",service="other"} 1`,
		`tcpclose_stalls_total{class="half-closed-stall",service="10.77.0.2:9005"} 1`,
		`tcpclose_sockets{role="server",service="10.77.0.2:9005",state="CLOSE-WAIT"} 1`,
		`tcpclose_sockets{role="client",service="10.77.0.2:9005",state="FIN-WAIT-2"} 1`,
		`tcpclose_capture_dropped_packets_total 0`,
		`tcpclose_capture_running 1`,
	}
	text := ""
	for limit := time.Now().Add(15 * time.Second); time.Now().Before(limit); time.Sleep(100 * time.Millisecond) {
		_, text = get("/metrics")
		if rest := slices.DeleteFunc(slices.Clone(wanted), func(w string) bool { return strings.Contains(text, "\n"+w+"\n") }); len(rest) == 0 {
			break
		} else if time.Until(limit) < 200*time.Millisecond {
			t.Errorf("no %q in\n%s", rest, text)
		}
	}
	if strings.Contains(text, ":9006") {
		t.Errorf("the filter leaves port 9006 out:\n%s", text)
	}
	b.Run(t, "ip", "link", "set", vethlab.Device, "down")
	run.wait(t, "went down")
	if code, text := get("/healthz"); code != http.StatusServiceUnavailable || !strings.Contains(text, "the interface is down") {
		t.Errorf("%d %s", code, text)
	}
	b.Run(t, "ip", "link", "set", vethlab.Device, "up")
	run.wait(t, "is up again")
	if code, text := get("/healthz"); code != http.StatusOK {
		t.Errorf("%d %s", code, text)
	}
	if _, code := run.end(t); code != exitOK {
		t.Errorf("exit code %d: %q", code, run.said)
	}
}

func TestTheMetricsAddressIsOfThisHostUnlessToldOtherwise(t *testing.T) {
	for address, want := range map[string]string{"0": "127.0.0.1", ":0": "127.0.0.1", "0.0.0.0:0": "0.0.0.0", "[::1]:0": "::1", "localhost:0": "127.0.0.1"} {
		l, err := listenMetrics(address)
		if err != nil {
			if strings.Contains(address, "::1") {
				continue // a host without IPv6
			}
			t.Errorf("%s: %v", address, err)
			continue
		}
		if got := l.Addr().(*net.TCPAddr).IP.String(); got != want && !(want == "0.0.0.0" && got == "::") {
			t.Errorf("%s: bound to %s", address, got)
		}
		l.Close()
	}
	for _, address := range []string{"1.2.3.4.5:x:1", "[::1", "host:port:1"} {
		if _, err := listenMetrics(address); exitCode(err) != exitUsage {
			t.Errorf("%s: %v", address, err)
		}
	}
}
