package tui

import (
	"strings"
	"testing"
)

// TestACopyIsNotSaidToBeOneWhereThereIsNoClipboard copies on terminals with and without.
func TestACopyIsNotSaidToBeOneWhereThereIsNoClipboard(t *testing.T) {
	for _, c := range []struct {
		term, tmux string
		own, none  bool
	}{
		{term: "xterm-256color"},
		{term: "tmux-256color", tmux: "/tmp/tmux"},
		{term: "screen-256color", tmux: "/tmp/tmux", own: true},
		{term: "screen-256color", none: true},
		{term: "linux", none: true},
		{term: "vt100", none: true},
		{term: "", none: true},
	} {
		own, why := clipboardOf(func(name string) string { return map[string]string{"TERM": c.term, "TMUX": c.tmux}[name] }, false)
		if own != c.own || (why != "") != c.none || c.none && !strings.Contains(why, c.term) {
			t.Errorf("on %s in %q: %v, %q", c.term, c.tmux, own, why)
		}
		s := openTen(t, 120, 30)
		s.app.noCopy = why
		s.keys("y")
		if c.none {
			s.has("not copied, for ", " has no clipboard: flow 1 10.0.0.7:40001")
		} else {
			s.has("copied: flow 1 10.0.0.7:40001")
		}
		if copied := len(s.screen.GetClipboardData()) > 0; copied == c.none {
			t.Errorf("on %s the clipboard holds %q", c.term, s.screen.GetClipboardData())
		}
	}
}
