package model

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"tcpclose/flows"
)

// A Command is what can be typed after a colon.
type Command struct {
	Name, Args, Help string
	run              func(m *Model, arg string)
	complete         func(m *Model) []string
}

// commands is the table of commands; a name may be shortened while it stays the only one.
var commands []Command

func init() {
	commands = []Command{
		{"capture", "", "what was read, what was left out and what is damaged", func(m *Model, _ string) { m.effect(EffectCapture, m.captureText()) }, nil},
		{"columns", "NAME…", "hide or show columns: columns bytes lost", (*Model).commandColumns, columnNames},
		{"explain", "[WORD]", "the glossary, or one word of it", func(m *Model, arg string) { m.effect(EffectGlossary, arg) }, termNames},
		{"filter", "[FILTER]", "list only what matches; nothing clears it", (*Model).commandFilter, nil},
		{"goto", "FLOW", "go to a conversation by its number", (*Model).commandGoto, nil},
		{"group", "[BY]", "sum up by service, server, client, class or closer", (*Model).commandGroup, groupingNames},
		{"help", "", "the keys", func(m *Model, _ string) { m.effect(EffectHelp, "") }, nil},
		{"host", "[ADDRESS[:PORT]]", "whose sockets are counted; nothing is all", (*Model).commandHost, nil},
		{"quit", "", "leave", func(m *Model, _ string) { m.effect(EffectQuit, "") }, nil},
		{"sort", "COLUMN", "sort; a minus before the column turns the order round", (*Model).commandSort, columnNames},
		{"stop", "", "stop loading, keep what is there", (*Model).commandStop, nil},
		{"theme", "[NAME]", "terminal, dark, light or mono", func(m *Model, arg string) { m.effect(EffectTheme, arg) }, func(*Model) []string { return []string{"terminal", "dark", "light", "mono"} }},
		{"time", "[T]", "show states at T: 12.9 s from the start, +1s, -500ms, 09:24:01; nothing is the end", (*Model).commandTime, nil},
		{"write", "FILE", "write the marked conversations: .pcapng, .json or .txt (ladders)", func(m *Model, arg string) { m.effect(EffectWrite, arg) }, nil},
	}
}

// Commands returns the table, for the help screen.
func Commands() []Command { return commands }

// Command does what was typed after the colon.
func (m *Model) Command(text string) {
	m.Message = ""
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	m.Commands.remember(text)
	name, arg, _ := strings.Cut(text, " ")
	c, err := findCommand(name)
	if err != nil {
		m.say(Bad, "%v", err)
		return
	}
	c.run(m, strings.TrimSpace(arg))
	m.lookPanes(false)
}

func findCommand(name string) (*Command, error) {
	var found []string
	var command *Command
	for i := range commands {
		if commands[i].Name == name {
			return &commands[i], nil
		}
		if strings.HasPrefix(commands[i].Name, name) {
			found = append(found, commands[i].Name)
			command = &commands[i]
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no command %q; ? lists them", name)
	case 1:
		return command, nil
	}
	return nil, fmt.Errorf("%q can be %s", name, strings.Join(found, " or "))
}

// CompleteCommand returns what can stand after the colon, for what has been typed.
func (m *Model) CompleteCommand(text string) []string {
	name, arg, spaced := strings.Cut(text, " ")
	var list []string
	if !spaced {
		for _, c := range commands {
			if strings.HasPrefix(c.Name, name) {
				list = append(list, c.Name)
			}
		}
		return list
	}
	c, err := findCommand(name)
	if err != nil || c.complete == nil {
		return nil
	}
	head, last := "", arg
	if i := strings.LastIndexByte(arg, ' '); i >= 0 {
		head, last = arg[:i+1], arg[i+1:]
	}
	minus := ""
	if strings.HasPrefix(last, "-") {
		minus, last = "-", last[1:]
	}
	for _, w := range c.complete(m) {
		if strings.HasPrefix(w, last) {
			list = append(list, c.Name+" "+head+minus+w)
		}
	}
	return list
}

func columnNames(*Model) []string {
	var names []string
	for c := range NumColumns {
		names = append(names, c.ID())
	}
	return names
}

func groupingNames(*Model) []string { return groupNames[1:] }

func termNames(*Model) []string {
	var names []string
	for _, t := range flows.Glossary() {
		names = append(names, t.ID)
	}
	return names
}

// captureText says what is known of the capture.
func (m *Model) captureText() string {
	l := &m.Load
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", m.Title)
	if m.Snapshot.First != flows.NoTime {
		fmt.Fprintf(&b, "From %s to %s UTC, %s.\n", Moment(m.Snapshot.First), Moment(m.Snapshot.Latest), Span(m.Snapshot.Latest-m.Snapshot.First))
	}
	fmt.Fprintf(&b, "%s.\n", Number(m.Snapshot.Rows(), "conversation"))
	if l.Finished {
		fmt.Fprintf(&b, "%s, %s of TCP among them.\n", Number(l.Packets, "packet"), Number(l.Segments, "segment"))
	} else {
		fmt.Fprintf(&b, "Still being read%s.\n", l.soFar())
	}
	if l.OtherText != "" {
		fmt.Fprintf(&b, "Frames without a segment: %s.\n", l.OtherText)
	}
	if l.LinkText != "" {
		fmt.Fprintf(&b, "Frames of %s.\n", l.LinkText)
	}
	switch {
	case l.Error != "":
		fmt.Fprintf(&b, "\nReading ended early: %s\n", l.Error)
	case l.Stopped:
		b.WriteString("\nReading was stopped: this is a part of the capture.\n")
	}
	if files := m.Files.list(); files != "" {
		fmt.Fprintf(&b, "\nFiles:\n%s\n", files)
	}
	for _, w := range l.Warnings {
		fmt.Fprintf(&b, "\n%s\n", w)
	}
	if l.Damaged > len(l.Warnings) {
		fmt.Fprintf(&b, "\n%s more.\n", Number(l.Damaged-len(l.Warnings), "damage"))
	}
	return b.String()
}

// soFar says how much has been read. How much there is, only a file that does not grow can tell; of an interface not even that.
func (l *Load) soFar() string {
	switch {
	case l.Total > 0:
		return ": " + Size(uint64(l.Done)) + " of " + Size(uint64(l.Total))
	case l.Done > 0:
		return ": " + Size(uint64(l.Done)) + " so far"
	}
	return ""
}

func (m *Model) commandColumns(arg string) {
	if arg == "" {
		m.effect(EffectColumns, "")
		return
	}
	for name := range strings.FieldsSeq(arg) {
		c, ok := ParseColumn(name)
		if !ok {
			m.say(Bad, "no column %q; there are %s", name, strings.Join(columnNames(m), ", "))
			return
		}
		m.ToggleColumn(c)
	}
}

// ToggleColumn hides a column or shows it again.
func (m *Model) ToggleColumn(c Column) {
	m.List.Hidden[c] = !m.List.Hidden[c]
	if len(Cells(1<<10, m.List.Hidden, 0)) == 0 {
		m.List.Hidden[c] = false
		m.say(Info, "one column has to stay")
	}
}

func (m *Model) commandFilter(arg string) {
	if !m.SetFilter(arg) {
		m.say(Bad, "column %d: %s", m.Filter.Error.Column, m.Filter.Error.Message)
		m.Filter.Error = nil
	}
}

func (m *Model) commandGoto(arg string) {
	id, err := strconv.ParseUint(strings.ReplaceAll(strings.TrimPrefix(arg, "#"), ",", ""), 10, 64) // as the ladder writes it, or the list
	if err != nil {
		m.say(Bad, "goto needs the number of a conversation, its first frame")
		return
	}
	if !m.Goto(id) {
		m.say(Bad, "no conversation begins with frame %d", id)
		return
	}
	m.toFlows()
}

func (m *Model) commandGroup(arg string) {
	for by, name := range groupNames {
		if name == arg || arg == "" && GroupBy(by) == GroupNone {
			m.groupBy(GroupBy(by))
			return
		}
	}
	m.say(Bad, "no grouping %q; there are %s", arg, strings.Join(groupNames[:], ", "))
}

func (m *Model) commandHost(arg string) {
	s, ok := parseScope(arg)
	if !ok {
		m.say(Bad, "%q is no address", arg)
		return
	}
	m.setScope(s)
}

func (m *Model) commandSort(arg string) {
	name, down := strings.CutPrefix(arg, "-")
	c, ok := ParseColumn(name)
	if !ok {
		m.say(Bad, "no column %q; there are %s", name, strings.Join(columnNames(m), ", "))
		return
	}
	m.sortBy(c, down)
}

func (m *Model) commandStop(string) {
	if m.Load.Finished {
		m.say(Info, "loading has ended already")
		return
	}
	m.stop()
}

func (m *Model) commandTime(arg string) {
	switch {
	case arg == "" || arg == "end":
		m.setTime(flows.NoTime)
		return
	case m.Snapshot.First == flows.NoTime:
		m.say(Info, "no conversation yet")
		return
	}
	base, text := m.Snapshot.First, arg
	if arg[0] == '+' || arg[0] == '-' {
		base = m.Now()
	}
	if s, err := strconv.ParseFloat(text, 64); err == nil && s > -1e9 && s < 1e9 {
		m.setTime(base + int64(s*1e9))
		return
	}
	if d, err := time.ParseDuration(text); err == nil {
		m.setTime(base + int64(d))
		return
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		m.setTime(at.UnixNano())
		return
	}
	if at, ok := parseClock(arg, m.Snapshot.First, m.TimeMode); ok {
		m.setTime(at)
		return
	}
	m.say(Bad, "%q is no time: 12.9, +1s, -500ms, 09:24:01 or 2026-11-20T09:24:01Z", arg)
}
