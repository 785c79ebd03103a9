package metrics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// dropsMatter is how long drops keep the health degraded after the last of them.
const dropsMatter = time.Minute

// stuckAfter is how long a write of the output may wait before the health is degraded.
const stuckAfter = 10 * time.Second

// A Health says whether the capture can be relied on now.
type Health struct {
	capture func() Capture
	stuck   func() time.Duration // for how long the output has been waiting
	now     func() time.Time

	mu      sync.Mutex
	dropped uint64
	since   time.Time // when drops were last seen to grow
}

// NewHealth watches a capture; stuck says for how long the output has been waiting for its reader, and may be nil. It
// must be looked at (Look, or a request) at least once a minute for drops to be seen in time.
func NewHealth(capture func() Capture, stuck func() time.Duration) *Health {
	return &Health{capture: capture, stuck: stuck, now: time.Now}
}

// Look returns what is wrong; nothing where all is well.
func (h *Health) Look() (reasons []string) {
	c, now := h.capture(), h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.Dropped > h.dropped {
		h.dropped, h.since = c.Dropped, now
	}
	if c.Stopped {
		reasons = append(reasons, "the capture has stopped")
	}
	if c.Down {
		reasons = append(reasons, "the interface is down")
	}
	if !h.since.IsZero() && now.Sub(h.since) < dropsMatter {
		reasons = append(reasons, fmt.Sprintf("the kernel drops packets: %d in all, the last in the past minute", c.Dropped))
	}
	if h.stuck != nil {
		if d := h.stuck(); d >= stuckAfter {
			reasons = append(reasons, fmt.Sprintf("the output has been blocked for %d s", int(d.Seconds())))
		}
	}
	return reasons
}

// ServeHTTP answers 200 with {"status":"ok"}, or 503 with {"status":"degraded"} and the reasons.
func (h *Health) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	answer := struct {
		Status  string   `json:"status"`
		Reasons []string `json:"reasons,omitempty"`
	}{"ok", h.Look()}
	code := http.StatusOK
	if len(answer.Reasons) > 0 {
		answer.Status, code = "degraded", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer) // whoever asked went away
}
