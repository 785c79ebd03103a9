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
