package tui

import (
	"testing"

	"tcpclose/tui/model"
)

// TestWhatLeadsToConversationsShowsThemBehindTheirSums goes to conversations in every way there is while the list is summed up.
func TestWhatLeadsToConversationsShowsThemBehindTheirSums(t *testing.T) {
	for name, keys := range map[string][]string{
		"a socket":  {"4", "Enter"},
		"a service": {"5", "Enter"},
		"a finding": {"7", "Enter"},
		"goto":      {":", "goto 26", "Enter"},
	} {
		s := openTen(t, 100, 30)
		s.keys(":", "group class", "Enter")
		s.has("by class")
		s.keys(keys...)
		if s.model.Focus != model.PaneFlows {
			t.Errorf("%s leads to %s", name, s.model.Focus)
		}
		s.has("client                server", " of ")
		s.hasNot("by class")
	}
}
