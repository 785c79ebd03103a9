package tui

import (
	"testing"

	"tcpclose/tui/model"
)

// TestBackBringsTheFilterBackThatTheWayReplaced looks at one service after the other, at a group, at a finding and at a
// socket's conversation.
func TestBackBringsTheFilterBackThatTheWayReplaced(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("/", "port 443,5432", "Enter", "5", "Enter")
	s.has("/ (port 443,5432) and server.host 10.0.0.9 and server.port 443")
	s.keys("Esc", "j", "Enter")
	s.has("/ (port 443,5432) and server.host 10.0.0.9 and server.port 5432", "2 of 10")
	s.keys("Esc")
	s.has("/ port 443,5432 ", "── 5 Services", "the filter from before is back")
	s.keys(":", "group class", "Enter", "j", "j", "Enter", "Esc")
	s.has("/ port 443,5432 ", "by class", "> F retransmitted-fin")
	s.keys("Esc", "7", "Enter")
	s.hasNot("/ port 443,5432 ")
	s.keys("Esc")
	s.has("/ port 443,5432 ", "── 7 Findings")
	s.keys(":", "filter port 443", "Enter", "4", "Enter")
	s.hasNot("/ port 443 ")
	s.keys("Esc")
	s.has("/ port 443 ", "── 4 Netstat")
}

// TestBackKeepsAFilterOfTheUsersOwn types one on the way.
func TestBackKeepsAFilterOfTheUsersOwn(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("5", "Enter", ":", "filter port 5432", "Enter", "Esc")
	s.has("/ port 5432 ", "[5 Services]")
}

// TestQDoesNotGoBackToWhereTheUserIs goes back by another key before.
func TestQDoesNotGoBackToWhereTheUserIs(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("Enter", "1")
	if s.model.Focus != model.PaneFlows {
		t.Fatalf("the focus is on %s", s.model.Focus)
	}
	s.keys("q")
	select {
	case <-s.app.quit:
	default:
		t.Error("q does not leave")
	}
}
