package tui

import (
	"strings"
	"testing"

	"tcpclose/tui/model"
)

// TestTheHintOfFiltersMakesRoomForTheCounts lists more and more conversations on a narrow screen, marked and not.
func TestTheHintOfFiltersMakesRoomForTheCounts(t *testing.T) {
	for _, rows := range []int{9, 99, 999, 9999} {
		s := newTestScreen(t, storeOf(rows), 80, 24, "terminal", "UTF-8", nil)
		for _, key := range []string{"g", "*"} {
			s.keys(key)
			line := strings.Split(s.text(), "\n")[1]
			hint, counts := line[:strings.Index(line, "such as")+len("such as")], " "+model.Count(rows)
			if key == "*" {
				counts += " marked"
			}
			if hint != "/ such as" && hint != "/ filters, such as" || !strings.Contains(line, counts) || strings.Contains(line, "port 4 ") {
				t.Errorf("with %d conversations the line is %q", rows, line)
			}
		}
	}
}

func TestTheTitleCountsFurtherFiles(t *testing.T) {
	for want, paths := range map[string][]string{
		"": nil, "a.pcap": {"x/a.pcap"}, "stdin": {"-"}, "a.pcap (+1 file)": {"x/a.pcap", "b.pcap"}, "a.pcap (+2 files)": {"x/a.pcap", "b.pcap", "c.pcap"},
	} {
		if got := titleOf(paths); got != want {
			t.Errorf("%v are called %q, not %q", paths, got, want)
		}
	}
}

func TestThemesAreListedAsWords(t *testing.T) {
	s := openTen(t, 100, 30)
	s.keys(":", "theme pink", "Enter")
	s.has(`no theme "pink"; there are terminal, dark, light, mono`)
}

// TestTimesCountFromTheFirstPacketOfAnyKind ends a capture whose conversations begin after other packets, and stop before some.
func TestTimesCountFromTheFirstPacketOfAnyKind(t *testing.T) {
	store, source, sum := openCapture(t, "ten-kinds-of-close.pcapng")
	s := newTestScreen(t, store, 120, 30, "terminal", "UTF-8", source)
	s.has("   1    0.000 ", "T=80.010s")
	sum.First, sum.Last = sum.First-36e9, sum.Last+5e9
	s.loaded(sum)
	s.has("   1   36.000 ", "T=121.010s", "2m01s from 2026-11-20 09:24:14Z")
	s.keys(":", "time 36", "Enter")
	if got := s.model.Netstat.Table.Total; got != 2 {
		t.Errorf("36 s after the first packet there are %d sockets, want those of the first SYN", got)
	}
}
