package tui

import (
	"fmt"
	"strings"
	"testing"

	"tcpclose/flows"
	"tcpclose/tui/model"
	"tcpclose/tui/model/modeltest"
)

// TestTitlesKeepThePorts looks at an IPv6 conversation on screens of every width.
func TestTitlesKeepThePorts(t *testing.T) {
	store := model.NewStore()
	maker := modeltest.NewMaker()
	var td *flows.Teardown
	for td = maker.Next(); td.Ends[0].Addr.Addr().Is4(); td = maker.Next() {
	}
	store.Put(td)
	client, server := fmt.Sprint(":", td.Ends[0].Addr.Port()), fmt.Sprint(":", td.Ends[1].Addr.Port())
	for w := leastWidth; w <= 160; w++ {
		s := newTestScreen(t, store, w, 30, "terminal", "UTF-8", nil)
		for _, key := range []string{"2", "6"} {
			s.keys(key, "+")
			title := strings.Split(s.text(), "\n")[2]
			if w < 60 && !strings.Contains(title, " > ") {
				continue // no room for the ends, and none for a part of a port
			}
			if !strings.Contains(title, client+" > ") || !strings.Contains(title, server+" ") {
				t.Fatalf("at %d columns the title is %q", w, title)
			}
		}
	}
}
