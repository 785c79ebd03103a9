package tui

import (
	"fmt"
	"strings"

	"github.com/gdamore/tcell/v2"

	"tcpclose/tui/model"
)

// A binding ties keys to an action. The help screen and the README's list are printed from this table, so neither can
// say anything else than what the keys do.
type binding struct {
	action model.Action
	keys   string // separated by blanks
	help   string
	group  string // the heading that the help screen puts it under; empty for that of the row above
}

// bindings is the key map. Ctrl-A and Ctrl-B are missing because they are the prefixes of screen and tmux; keys with
// Shift or Ctrl and an arrow, because terminals disagree on them.
var bindings = []binding{
	{model.ActionUp, "k Up", "up", "Move"},
	{model.ActionDown, "j Down", "down", ""},
	{model.ActionPageUp, "PgUp Ctrl-U", "a page up", ""},
	{model.ActionPageDown, "PgDn Ctrl-D", "a page down", ""},
	{model.ActionTop, "g Home", "to the first", ""},
	{model.ActionBottom, "G End", "to the last", ""},
	{model.ActionEnter, "Enter", "open: conversation, packet, group, socket, finding", ""},
	{model.ActionBack, "Esc Backspace", "back: close what is open, then clear the filter", ""},
	{model.ActionPrevFlow, "[", "previous conversation, from any pane", ""},
	{model.ActionNextFlow, "]", "next conversation", ""},
	{model.ActionPrevProblem, "{", "previous conversation with a problem", ""},
	{model.ActionNextProblem, "}", "next conversation with a problem", ""},

	{model.ActionNextPane, "Tab", "next pane", "Panes"},
	{model.ActionPrevPane, "Backtab", "previous pane", ""},
	{model.ActionFlows, "1", "conversations", ""},
	{model.ActionLadder, "2", "ladder of the conversation", ""},
	{model.ActionStates, "3", "sockets in each state over time", ""},
	{model.ActionNetstat, "4", "socket table at the chosen time, as ss -tan shows it", ""},
	{model.ActionServices, "5", "how the conversations of each service ended", ""},
	{model.ActionExplain, "6 e", "explanation: verdict, causes, evidence, what to do", ""},
	{model.ActionFindings, "7", "findings", ""},
	{model.ActionZoom, "+ =", "the pane alone on the screen", ""},
	{model.ActionUnzoom, "_ -", "all panes again", ""},

	{model.ActionFilter, "/", "filter while you type; Tab completes, Enter keeps it, Up brings older ones back", "Find and sort"},
	{model.ActionNextMatch, "n", "next match of the filter", ""},
	{model.ActionPrevMatch, "N", "previous match", ""},
	{model.ActionSort, "s", "sort by the next column", ""},
	{model.ActionReverse, "S", "turn the order round", ""},
	{model.ActionColumns, "c", "choose columns", ""},
	{model.ActionGroup, "a", "sum up by service, server, client, class, closer", ""},
	{model.ActionCommand, ":", "command; Tab completes, Up brings older ones back", ""},

	{model.ActionEarlier, ",", "the time of all panes a step earlier", "Time"},
	{model.ActionLater, ".", "a step later", ""},
	{model.ActionPrevEvent, "<", "to the conversation's previous change of state", ""},
	{model.ActionNextEvent, ">", "to the next one", ""},
	{model.ActionTimeHere, "T", "to the time of the row under the cursor", ""},
	{model.ActionTimeEnd, "0", "to the end of the capture", ""},
	{model.ActionTimeZoomIn, "z", "draw a shorter stretch of time", ""},
	{model.ActionTimeZoomOut, "Z", "draw a longer one", ""},
	{model.ActionTimeMode, "t", "count times from the start, the first FIN, the capture; UTC; local", ""},
	{model.ActionScope, "h", "whose sockets: all, service, server, client; in the socket table, a host", ""},

	{model.ActionExpand, "x", "show or hide single data segments", "Ladder"},
	{model.ActionAbsolute, "#", "sequence numbers relative or as on the wire", ""},

	{model.ActionMark, "Space", "mark the conversation", "Take away"},
	{model.ActionMarkAll, "*", "mark all listed, or none", ""},
	{model.ActionCopy, "y", "copy the line (OSC 52)", ""},
	{model.ActionCopyAll, "Y", "copy the conversation with its explanation, or the socket table", ""},
	{model.ActionWrite, "w", "write the marked conversations: .pcapng, .json, .txt", ""},

	{model.ActionHelp, "? F1", "this help", "Program"},
	{model.ActionGlossary, "E", "glossary: states, classes, marks, causes", ""},
	{model.ActionFollow, "f", "follow the newest conversation (with -F)", ""},
	{model.ActionMouse, "m", "mouse on or off", ""},
	{model.ActionRedraw, "Ctrl-L", "draw the screen anew", ""},
	{model.ActionSuspend, "Ctrl-Z", "suspend", ""},
	{model.ActionStop, "Ctrl-C", "stop loading and keep what is there; then quit", ""},
	{model.ActionQuit, "q", "back, from the first level quit", ""},
}

// keyNames names the keys that are no characters.
var keyNames = map[tcell.Key]string{
	tcell.KeyUp: "Up", tcell.KeyDown: "Down", tcell.KeyPgUp: "PgUp", tcell.KeyPgDn: "PgDn", tcell.KeyHome: "Home", tcell.KeyEnd: "End",
	tcell.KeyEnter: "Enter", tcell.KeyEsc: "Esc", tcell.KeyTab: "Tab", tcell.KeyBacktab: "Backtab", tcell.KeyBackspace: "Backspace",
	tcell.KeyBackspace2: "Backspace", tcell.KeyF1: "F1", tcell.KeyCtrlC: "Ctrl-C", tcell.KeyCtrlD: "Ctrl-D", tcell.KeyCtrlL: "Ctrl-L",
	tcell.KeyCtrlU: "Ctrl-U", tcell.KeyCtrlZ: "Ctrl-Z",
}

// keyName names a key as the table does; empty for one that it cannot hold.
func keyName(e *tcell.EventKey) string {
	if e.Key() == tcell.KeyRune {
		if e.Modifiers()&(tcell.ModAlt|tcell.ModMeta) != 0 {
			return ""
		}
		if e.Rune() == ' ' {
			return "Space"
		}
		return string(e.Rune())
	}
	return keyNames[e.Key()]
}

// keyText names any key for people.
func keyText(e *tcell.EventKey) string {
	if e.Key() == tcell.KeyRune && e.Modifiers()&(tcell.ModAlt|tcell.ModMeta) == 0 {
		return string(e.Rune())
	}
	return e.Name()
}

// keyMap is the table turned round.
var keyMap = func() map[string]model.Action {
	m := map[string]model.Action{}
	for _, b := range bindings {
		for k := range strings.FieldsSeq(b.keys) {
			m[k] = b.action
		}
	}
	return m
}()

// HelpText prints the key table; the help screen shows it, and the README holds it.
func HelpText() string {
	var b strings.Builder
	for i, k := range bindings {
		if k.group != "" {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(k.group + "\n")
		}
		fmt.Fprintf(&b, "  %-14s %s\n", k.keys, k.help)
	}
	b.WriteString("\nCommands, after a colon\n")
	for _, c := range model.Commands() {
		fmt.Fprintf(&b, "  %-30s %s\n", strings.TrimSpace(c.Name+" "+c.Args), c.Help)
	}
	b.WriteString("\nMarks, as the column flag shows them\n")
	for _, l := range model.MarkLegend() {
		b.WriteString("  " + l + "\n")
	}
	return b.String()
}
