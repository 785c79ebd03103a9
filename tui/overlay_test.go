package tui

import (
	"strings"
	"testing"

	"tcpclose/tui/model"
)

// TestTheKeysThatMoveDoSoOverThePanesToo presses every key of the table that moves in the help and in the list of columns: each
// does what the one that names its way does.
func TestTheKeysThatMoveDoSoOverThePanesToo(t *testing.T) {
	ways := map[model.Action]string{
		model.ActionUp: "Up", model.ActionDown: "Down", model.ActionPageUp: "PgUp", model.ActionPageDown: "PgDn",
		model.ActionTop: "Home", model.ActionBottom: "End",
	}
	for page, open := range map[string][]string{"help": {"?"}, "columns": {":", "columns", "Enter"}} {
		for _, b := range bindings {
			way, ok := ways[b.action]
			if !ok {
				continue
			}
			want := ""
			for key := range strings.FieldsSeq(way + " " + b.keys) {
				s := openTen(t, 100, 16)
				s.keys(open...)
				s.keys("PgDn", key)
				if got := s.text() + s.attributes(); want == "" {
					want = got
				} else if got != want {
					t.Errorf("over the panes, in the %s, %s is not %s", page, key, b.help)
				}
			}
		}
	}
}
