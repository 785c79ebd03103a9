package tui

import (
	"reflect"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// TestNoTerminalIsWaitedFor looks for pauses in the descriptions of old terminals.
func TestNoTerminalIsWaitedFor(t *testing.T) {
	for _, name := range []string{"vt100", "vt220", "xterm-256color", "linux", "screen"} {
		before, err := tcell.LookupTerminfo(name)
		if err != nil {
			t.Fatal(err)
		}
		hurry(name)
		after, err := tcell.LookupTerminfo(name)
		if err != nil {
			t.Fatal(err)
		}
		a, b := reflect.ValueOf(*before), reflect.ValueOf(*after)
		for i := range a.NumField() {
			if a.Field(i).Kind() != reflect.String {
				continue
			}
			was, is := a.Field(i).String(), b.Field(i).String()
			if strings.Contains(is, "$<") || !strings.Contains(was, "$<") && was != is {
				t.Errorf("%s: %s was %q, is %q", name, a.Type().Field(i).Name, was, is)
			}
		}
	}
	if known, _ := tcell.LookupTerminfo("vt100"); known.SetCursor != "\x1b[%i%p1%d;%p2%dH" {
		t.Errorf("a vt100 places its cursor by %q", known.SetCursor)
	}
	hurry("no-such-terminal")
}
