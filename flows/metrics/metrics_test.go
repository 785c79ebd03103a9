package metrics

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
)

// ended makes a verdict on a connection to a service.
func ended(class flows.Class, server string, causes ...flows.CauseID) *flows.Teardown {
	t := &flows.Teardown{Class: class, Final: true, CloseStart: flows.NoTime, CloseEnd: flows.NoTime}
	t.Ends[flows.Client].Addr = netip.MustParseAddrPort("10.0.0.1:40000")
	t.Ends[flows.Server].Addr = netip.MustParseAddrPort(server)
	t.Ends[flows.Server].Packets = 1
	for _, c := range causes {
		t.Causes = append(t.Causes, flows.Cause{ID: c})
	}
	return t
}

// sources are of a capture that stands still.
func sources() Sources {
	return Sources{
		Capture: func() Capture { return Capture{Packets: 10, Dropped: 2, Octets: 1000} },
		Pulse:   &flows.Pulse{}, Memory: 1 << 20, Version: "v0",
		Owners: func() Owners { return Owners{Found: 3, Disagreed: 1} },
	}
}

// scrape returns what the metrics serve.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	b, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d, %v: %s", w.Code, err, b)
	}
	return string(b)
}

// TestEveryHelpStandsByItself looks for words that point at another metric, which is served elsewhere.
func TestEveryHelpStandsByItself(t *testing.T) {
	points := regexp.MustCompile(`(?i)\b(those|they|that (bound|memory)|these)\b`)
	helps := 0
	for line := range strings.Lines(scrape(t, New(sources(), 0))) {
		if !strings.HasPrefix(line, "# HELP tcpclose_") {
			continue
		}
		helps++
		if points.MatchString(line) {
			t.Error(line)
		}
	}
	if helps < len(readings) {
		t.Errorf("%d metrics have a help, of %d", helps, len(readings))
	}
}

func TestVerdictsAreCountedByClassCauseAndService(t *testing.T) {
	m := New(sources(), 0)
	closed := ended(flows.FourWay, "10.0.0.9:443", flows.CauseClose)
	closed.CloseStart, closed.CloseEnd = 1e9, 1e9+20e6
	m.Tell(closed, flows.Ended)
	m.Tell(closed, flows.Ended)
	m.Tell(ended(flows.RSTAbort, "10.0.0.9:443", flows.CauseNoSocket, flows.CauseLingerZero), flows.Ended)
	m.Tell(ended(flows.HalfClosedStall, "[2001:db8::1]:80"), flows.Stalled)
	m.Tell(ended(flows.Open, "10.0.0.9:443"), flows.Evicted)
	text := scrape(t, m)
	for _, want := range []string{
		`tcpclose_teardowns_total{cause="close",class="four-way",service="10.0.0.9:443"} 2`,
		`tcpclose_teardowns_total{cause="no-socket",class="rst-abort",service="10.0.0.9:443"} 1`,
		`tcpclose_stalls_total{class="half-closed-stall",service="[2001:db8::1]:80"} 1`,
		`tcpclose_close_duration_seconds_bucket{class="four-way",le="0.01"} 0`,
		`tcpclose_close_duration_seconds_bucket{class="four-way",le="0.05"} 2`,
		`tcpclose_close_duration_seconds_sum{class="four-way"} 0.04`,
		`tcpclose_capture_packets_total 10`, `tcpclose_capture_dropped_packets_total 2`, `tcpclose_capture_octets_total 1000`,
		`tcpclose_capture_running 1`, `tcpclose_sockets{role="server",service="other",state="CLOSE-WAIT"} 0`, `tcpclose_build_info{version="v0"} 1`,
		`tcpclose_conversations_memory_limit_bytes 1.048576e+06`, `tcpclose_owner_lookups_total 3`, `tcpclose_owner_disagreements_total 1`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, `class="open"`) || strings.Contains(text, `state="CLOSED"`) {
		t.Errorf("what was given up, or is no socket, is counted:\n%s", text)
	}
}

// A paused capture stands still at its end, as a quiet interface does, long enough to be looked at.
type paused struct {
	*decode.Capture
	at     func()
	pauses int
	last   int64
}

func (c *paused) Next(p *decode.Packet) error {
	err := c.Capture.Next(p)
	if err != io.EOF || c.pauses == 0 {
		c.last = p.Time
		return err
	}
	if c.pauses--; c.pauses == 0 {
		time.Sleep(100 * time.Millisecond)
		c.at()
	}
	p.Time = c.last
	return decode.ErrPause
}

func TestSocketsAreCountedByStateAndService(t *testing.T) {
	c, err := decode.Open([]string{"../../testdata/captures/close-wait-leak-beside-healthy-closes.pcapng"}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := sources()
	m, text := New(s, 0), ""
	src := &paused{Capture: c, pauses: 3, at: func() { text = scrape(t, m) }}
	if _, err := flows.Stream(t.Context(), src, decode.Config{}, flows.Config{Pulse: s.Pulse}, io.Discard,
		func(b []byte, _ *flows.Teardown) []byte { return b }); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`tcpclose_sockets{role="server",service="10.0.1.20:8080",state="CLOSE-WAIT"} 4`,
		`tcpclose_sockets{role="client",service="10.0.1.20:8080",state="FIN-WAIT-2"} 4`,
		`tcpclose_sockets{role="server",service="10.0.1.20:8080",state="ESTABLISHED"} 0`,
		`tcpclose_sockets{role="server",service="other",state="CLOSE-WAIT"} 0`,
	} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestTheNumberOfServicesIsBounded(t *testing.T) {
	boundedServices(t, 5, 5)
	boundedServices(t, 0, MaxServices)
}

func boundedServices(t *testing.T, asked, most int) {
	t.Helper()
	m := New(sources(), asked)
	for i := range 300 {
		// A scan knocks everywhere first.
		m.Tell(ended(flows.Refused, fmt.Sprintf("10.1.%d.%d:22", i/256, i%256), flows.CauseListenRefused), flows.Ended)
	}
	for i := range 300 {
		m.Tell(ended(flows.FourWay, fmt.Sprintf("10.2.%d.%d:443", i/256, i%256), flows.CauseClose), flows.Ended)
	}
	text := scrape(t, m)
	for want, n := range map[string]int{
		`tcpclose_teardowns_total{cause="listen-refused",class="refused",service="other"} 300`:                    1,
		`tcpclose_teardowns_total{cause="close",class="four-way",service="other"} ` + fmt.Sprint(300-most) + "\n": 1,
		"\ntcpclose_teardowns_total{": most + 2,
	} {
		if got := strings.Count(text, want); got != n {
			t.Errorf("%s: %d times, want %d", want, got, n)
		}
	}
}
