package metrics

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestHealthIsDegradedWhileTheCaptureCannotBeReliedOn(t *testing.T) {
	var c Capture
	var waits time.Duration
	now := time.Unix(1_700_000_000, 0)
	h := NewHealth(func() Capture { return c }, func() time.Duration { return waits })
	h.now = func() time.Time { return now }
	for _, step := range []struct {
		name   string
		change func()
		code   int
		says   string
	}{
		{"at the start", func() {}, 200, `"ok"`},
		{"after a drop", func() { c.Dropped = 7 }, 503, "drops packets: 7 in all"},
		{"half a minute later", func() { now = now.Add(30 * time.Second) }, 503, "drops packets"},
		{"a minute later", func() { now = now.Add(30 * time.Second) }, 200, `"ok"`},
		{"the interface goes down", func() { c.Down = true }, 503, "interface is down"},
		{"and comes back", func() { c.Down = false }, 200, `"ok"`},
		{"the output waits a little", func() { waits = 9 * time.Second }, 200, `"ok"`},
		{"the output waits long", func() { waits = 12 * time.Second }, 503, "blocked for 12 s"},
		{"and goes on", func() { waits = 0 }, 200, `"ok"`},
		{"the capture ends", func() { c.Stopped = true }, 503, "has stopped"},
	} {
		step.change()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", http.NoBody))
		if body := w.Body.String(); w.Code != step.code || !strings.Contains(body, step.says) {
			t.Errorf("%s: %d %s, want %d and %s", step.name, w.Code, body, step.code, step.says)
		}
	}
}
