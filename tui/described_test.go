package tui

import (
	"strings"
	"testing"

	"tcpclose/flows"
	"tcpclose/tui/model"
)

func TestTheCaptureIsDescribed(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys(":", "capture", "Enter")
	s.has("10 conversations", "68 packets, 68 segments of TCP", "From 2026-11-20 09:24:50.000000 to 2026-11-20 09:26:10.010000 UTC", "Frames of link type 1.")
	s.hasNot("Frames without a segment") // every one of them has one
}

// TestHowMuchWasReadIsSaidAsFarAsItIsKnown asks while a file, a pipe or a growing file, and an interface are being read.
func TestHowMuchWasReadIsSaidAsFarAsItIsKnown(t *testing.T) {
	for says, load := range map[string]model.Load{
		"Still being read: 400 kB of 1.2 MB.": {Done: 400_000, Total: 1_200_000},
		"Still being read: 400 kB so far.":    {Done: 400_000, Following: true},
		"Still being read.":                   {Following: true},
	} {
		s := openTen(t, 100, 30)
		s.model.Load = load
		s.keys(":", "capture", "Enter")
		s.has(says)
	}
}

func TestEmptyCapturesSayWhatIsTheMatter(t *testing.T) {
	for _, c := range []struct {
		load model.Load
		says string
	}{
		{model.Load{}, "Reading … no conversation yet."},
		{model.Load{Following: true}, "Waiting for packets"},
		{model.Load{Finished: true}, "The capture holds no packets."},
		{model.Load{Finished: true, Packets: 443, OtherText: "412 udp, 31 not-ip", LinkText: "link type 113"}, "The capture holds no TCP: 443 packets of other kinds."},
		{model.Load{Finished: true, Packets: 443, OtherText: "412 udp, 31 not-ip", LinkText: "link type 113"}, "412 udp, 31 not-ip; link type 113"},
		{model.Load{Finished: true, Packets: 1, OtherText: "1 udp", LinkText: "link type 1"}, "The capture holds no TCP: 1 packet of another kind."},
		{model.Load{Finished: true, Error: "disk on fire"}, "Nothing could be read: disk on fire"},
	} {
		s := newTestScreen(t, model.NewStore(), 100, 30, "terminal", "UTF-8", nil)
		s.model.Load = c.load
		s.draw()
		s.has(c.says)
		for _, key := range []string{"2", "3", "4", "5", "6", "7", "j", "Enter", "x", "T", ",", "z", "a", "n", "h", "y", "Y"} {
			s.keys(key)
		}
	}
}

// TestOneSegmentIsOne explains a conversation of a single SYN.
func TestOneSegmentIsOne(t *testing.T) {
	td := flows.Teardown{ID: 1, Class: flows.Unanswered}
	td.Ends[flows.Client].Packets = 1
	said := linesText(model.Explain(&td, func(int64) string { return "0" }, &model.Files{}))
	if !strings.Contains(said, "client: 1 segment, 0 B") || !strings.Contains(said, "server: 0 segments,") {
		t.Errorf("it says %s", said)
	}
}

// TestMarkingMoreThanCanBeMarkedSaysSo marks a long list.
func TestMarkingMoreThanCanBeMarkedSaysSo(t *testing.T) {
	s := newTestScreen(t, storeOf(100_005), 100, 30, "terminal", "UTF-8", nil)
	s.keys("*")
	s.has("only the first 100,000 of 100,005 marked")
	s.keys("*")
	s.has("no conversation is marked")
}

// TestTimesAreToldWithTheirUnitAndTheirZero reads the explanation in every way of writing times.
func TestTimesAreToldWithTheirUnitAndTheirZero(t *testing.T) {
	s := openTen(t, 100, 60)
	s.keys("6", "+")
	for range 5 {
		said := linesText(s.model.Explain.Lines)
		at, zero := map[model.TimeMode]string{
			model.TimeFromStart: "at 0.237s", model.TimeFromClose: "at 0.000s", model.TimeFromCapture: "at 0.237s",
			model.TimeUTC: "at 09:24:50.237000", model.TimeLocal: "at ",
		}[s.model.TimeMode], map[model.TimeMode]string{
			model.TimeFromStart: "from its first segment", model.TimeFromClose: "from the first FIN", model.TimeFromCapture: "from the capture's",
			model.TimeUTC: "UTC", model.TimeLocal: "local",
		}[s.model.TimeMode]
		if !strings.Contains(said, "Times: "+zero) || !strings.Contains(said, "first by the client, "+at) {
			t.Errorf("times %s: %s", s.model.TimeMode, said)
		}
		s.keys("t")
	}
}

// TestTheClockThatIsShownCanBeTyped goes to a time of day.
func TestTheClockThatIsShownCanBeTyped(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("t", "t", ":", "time 09:24:57.5", "Enter")
	s.has("T=09:24:57.500")
	s.keys(":", "time 9 o'clock", "Enter")
	s.has("is no time")
}

// TestThePickedStateIsShownOnASmallScreen walks through the states where not all of them fit.
func TestThePickedStateIsShownOnASmallScreen(t *testing.T) {
	s := openTen(t, 40, 10)
	s.keys("3")
	for _, state := range model.ChartStates {
		name := state.String()
		if len(name) > len("CLOSING") {
			name = state.Short()
		}
		s.has("> " + name)
		s.keys("j")
	}
}

// TestPanesThatTheFilterDoesNotReachSaySo opens them with and without one.
func TestPanesThatTheFilterDoesNotReachSaySo(t *testing.T) {
	s := openTen(t, 100, 30)
	for _, pane := range []string{"3", "4", "5", "7"} {
		s.keys(pane)
		s.hasNot("unfiltered")
	}
	s.keys(":", "filter port 5432", "Enter")
	for pane, title := range map[string]string{
		"3": "3 States ─ all hosts, unfiltered ─", "4": "4 Netstat ─ all hosts at 80.010s, unfiltered ─", "5": "5 Services ─ unfiltered ─",
		"7": "7 Findings ─ unfiltered ─",
	} {
		s.keys(pane)
		s.has(title)
	}
	s.keys("1", "Esc", "Esc", "5")
	s.hasNot("unfiltered")
}

// TestTheChartPartsNamesFromBars looks for the longest name.
func TestTheChartPartsNamesFromBars(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys("3")
	s.has("  SYN-RECEIVED ", "  FIN-WAIT-1   ")
	s.keys(":", "goto #26", "Enter")
	s.has("> ", "4 of 10")
}
