package tui

import (
	"fmt"
	"os"
	"strings"

	"github.com/gdamore/tcell/v2"
	"golang.org/x/term"
)

// A NoTerminalError says why there can be no screen, and what works without one.
type NoTerminalError struct{ Reason string }

// Error is one sentence.
func (e *NoTerminalError) Error() string {
	return e.Reason + "; tcpclose report FILE prints the same without a screen"
}

// checkTerminal refuses what no screen can be drawn on, before anything is written to it.
func checkTerminal(out *os.File, env func(string) string) error {
	switch {
	case out == nil || !term.IsTerminal(int(out.Fd())):
		return &NoTerminalError{"standard output is not a terminal"}
	case env("TERM") == "dumb":
		return &NoTerminalError{"this terminal (TERM=dumb) cannot place text"}
	}
	return nil
}

// fallbackTerm is what nearly every terminal of today understands.
const fallbackTerm = "xterm-256color"

// openScreen opens the terminal. Where tcell does not know it, it is taken for an xterm, and note says so.
func openScreen() (s *onceScreen, note string, err error) {
	name := os.Getenv("TERM")
	hurry(name)
	screen, err := tcell.NewScreen()
	if err != nil && name != fallbackTerm {
		if screen, err = withTerm(fallbackTerm); err == nil {
			if name == "" {
				note = "TERM is not set: taken for " + fallbackTerm
			} else {
				note = fmt.Sprintf("TERM=%s is not known: taken for %s", name, fallbackTerm)
			}
		}
	}
	if err != nil {
		return nil, "", &NoTerminalError{fmt.Sprintf("the terminal cannot be used (%v)", err)}
	}
	s = &onceScreen{Screen: &frugalScreen{Screen: screen}}
	s.clipboard, s.noCopy = clipboardOf(os.Getenv, note != "")
	if err := s.Init(); err != nil {
		if strings.Contains(err.Error(), "/dev/tty") {
			return nil, "", &NoTerminalError{"there is no terminal to read keys from (/dev/tty)"}
		}
		return nil, "", &NoTerminalError{fmt.Sprintf("the terminal cannot be used (%v)", err)}
	}
	return s, note, nil
}

// withTerm makes a screen as if TERM had another value.
func withTerm(name string) (tcell.Screen, error) {
	old, was := os.LookupEnv("TERM")
	if err := os.Setenv("TERM", name); err != nil {
		return nil, err
	}
	defer func() {
		if was {
			_ = os.Setenv("TERM", old)
		} else {
			_ = os.Unsetenv("TERM")
		}
	}()
	return tcell.NewScreen()
}

// A onceScreen is initialized once, and says what came of it: tview initializes each screen again and does not look at
// the error.
type onceScreen struct {
	tcell.Screen
	begun bool
	err   error

	clipboard bool   // copies are sent by the program itself: tcell does not for this terminal
	noCopy    string // why nothing can be copied
}

// Init initializes the screen the first time.
func (s *onceScreen) Init() error {
	if !s.begun {
		s.begun = true
		s.err = s.Screen.Init()
	}
	return s.err
}
