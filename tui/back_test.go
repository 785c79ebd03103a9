package tui

import (
	"fmt"
	"strconv"
	"testing"

	"tcpclose/flows"
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

// TestEnterOnALegLeadsToItAndBack follows a reset to the connection on the other side of a proxy, which the filter hides.
func TestEnterOnALegLeadsToItAndBack(t *testing.T) {
	all, source, sum := judgeCapture(t, "ten-kinds-of-close.pcapng")
	of, leg := &all[4], &all[1]
	of.Pairs = []flows.Pair{{
		ID: leg.ID, Kind: flows.PairProxy, Confidence: flows.Certain, Evidence: []string{"the same octets pass on both"},
		Client: leg.Ends[0].Addr, Server: leg.Ends[1].Addr, Class: leg.Class,
	}}
	s := newTestScreen(t, storeWith(all), 100, 40, "terminal", "UTF-8", source)
	s.loaded(sum)
	filtered := fmt.Sprintf("id %d", of.ID)
	s.keys(":", "filter "+filtered, "Enter", "6", "+")
	for range 60 {
		if l := s.model.Explain.Lines[s.model.Explain.Cursor]; l.Flow != 0 {
			break
		}
		s.keys("j")
	}
	s.has("Leg       #"+strconv.FormatUint(leg.ID, 10)+", 10.0.0.7", "Enter: to that conversation")
	s.keys("Enter")
	if got := s.model.Current().ID; got != leg.ID || s.model.Focus != model.PaneExplain {
		t.Errorf("it leads to %d, in %s", got, s.model.Focus)
	}
	s.keys("Esc")
	if got := s.model.Current().ID; got != of.ID || s.model.Filter.Text != filtered || s.model.Focus != model.PaneExplain {
		t.Errorf("back is %d, in %s, filtered by %q", got, s.model.Focus, s.model.Filter.Text)
	}
}
