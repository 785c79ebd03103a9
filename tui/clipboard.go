package tui

import (
	"encoding/base64"
	"fmt"

	"github.com/gdamore/tcell/v2"
)

// clipboardOf says whether copies have to be sent to a terminal by the program itself, or why there can be none. tcell sends them
// where the terminal's description is like xterm's, and says nothing elsewhere. tmux takes them also where it calls itself screen.
func clipboardOf(env func(string) string, xterm bool) (own bool, why string) {
	name := env("TERM")
	known, err := tcell.LookupTerminfo(name)
	switch {
	case xterm || err == nil && known.XTermLike:
		return false, ""
	case env("TMUX") != "":
		return true, ""
	case name == "": // the console of Windows
		return false, "not copied, for this terminal has no clipboard"
	}
	return false, fmt.Sprintf("not copied, for a terminal named %s has no clipboard", name)
}

// SetClipboard copies to the clipboard of whoever looks at the terminal, by OSC 52.
func (s *onceScreen) SetClipboard(data []byte) {
	if !s.clipboard {
		s.Screen.SetClipboard(data)
		return
	}
	if tty, ok := s.Tty(); ok {
		_, _ = fmt.Fprintf(tty, "\x1b]52;c;%s\x1b\\", base64.StdEncoding.EncodeToString(data))
	}
}
