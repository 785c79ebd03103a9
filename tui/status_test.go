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
