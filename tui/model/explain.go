package model

import (
	"fmt"
	"strings"

	"tcpclose/flows"
	"tcpclose/flows/report"
)

// Role is what a piece of text is, for the theme to choose a style.
type Role uint8

// The roles.
const (
	Plain Role = iota
	Dim
	Heading
	Good
	Warning
	Bad
	Info
)

// A Line is one paragraph of a text pane. The screen wraps it, its further rows indented like its text.
type Line struct {
	Role  Role
	Label string // stands before the text, in its own column
	Text  string
	Frame uint64 // where Enter leads; 0 for nowhere
	Flow  uint64 // the conversation that Enter leads to; 0 for none
}

// Leads says where Enter leads from a line, empty for nowhere.
func (l *Line) Leads() string {
	switch {
	case l.Frame != 0:
		return "to the frame"
	case l.Flow != 0:
		return "to that conversation"
	}
	return ""
}

// classRole says how worrying a class is.
func ClassRole(c flows.Class) Role {
	switch c {
	case flows.FourWay, flows.ThreeWay, flows.Simultaneous:
		return Good
	case flows.RetransmittedFIN, flows.HalfClosedStall, flows.ClosingClass, flows.RSTAfterFIN:
		return Warning
	case flows.RSTAbort, flows.Refused, flows.Unanswered, flows.Vanished:
		return Bad
	case flows.Open, flows.Partial, flows.NumClasses:
	}
	return Plain
}

// Problem reports whether a class is one that somebody should look at.
func Problem(c flows.Class) bool { r := ClassRole(c); return r == Warning || r == Bad }

// Explain writes what is known of one conversation and why. Times are written with the function, frames as files says; held is
// what its host knows of its sockets.
func Explain(t *flows.Teardown, clock func(at int64) string, files *Files, held ...Line) []Line {
	e := explainer{t: t, clock: clock, files: files}
	e.verdict()
	e.names()
	e.lines = append(e.lines, held...)
	e.legs()
	e.causes()
	e.remedies()
	e.uncertain()
	e.marks()
	e.states(flows.Client)
	e.states(flows.Server)
	e.facts()
	e.elsewhere()
	return e.lines
}

type explainer struct {
	t     *flows.Teardown
	clock func(at int64) string
	files *Files
	lines []Line
}

func (e *explainer) add(role Role, label, format string, args ...any) {
	e.lines = append(e.lines, Line{Role: role, Label: label, Text: fmt.Sprintf(format, args...)})
}

func (e *explainer) at(role Role, frame uint64, label, format string, args ...any) {
	e.add(role, label, format, args...)
	e.lines[len(e.lines)-1].Frame = frame
}

func (e *explainer) blank() { e.lines = append(e.lines, Line{}) }

func (e *explainer) verdict() {
	t := e.t
	e.add(ClassRole(t.Class), "Verdict", "%s", ClassText(t.Class, 40))
	if term := flows.Explain(flows.KindClass, t.Class.String()); term != nil {
		e.add(Plain, "", "%s", term.What)
	}
	if s := e.closers(); s != "" {
		e.add(Plain, "Closed", "%s", s)
	}
	if t.Shape != flows.ShapeNone && t.Shape.String() != t.Class.String() {
		e.add(Plain, "Shape", "%s", t.Shape)
	}
	switch {
	case t.GivenUp:
		e.add(Warning, "Watched", "until %s; given up then, to make room for others (--mem)", e.clock(t.WatchedUntil))
	case !t.Final:
		e.add(Warning, "Watched", "until %s; what follows can change the verdict", e.clock(t.WatchedUntil))
	}
	if c, s := t.Ends[0].BytesLost, t.Ends[1].BytesLost; c+s > 0 {
		e.add(Bad, "Lost", "%s of the client and %s of the server were never acknowledged", Size(c), Size(s))
	}
}

// names says what the capture calls the two ends, and where it says so.
func (e *explainer) names() {
	for side := range e.t.Ends {
		if o := &e.t.Ends[side]; o.Name != "" {
			e.add(Plain, "Name", "the %s %s is %s, by %s", flows.Side(side), o.Addr.Addr(), o.Name, o.NameBy.Text())
		}
	}
}

// legs says which conversations are the other legs of this one, and follows its RST to them. The first line of each leads there.
func (e *explainer) legs() {
	label, next := "Leg", e.t.Pairs
	for _, text := range report.PairTexts(e.t) {
		e.add(Info, label, "%s", text)
		label = ""
		if len(next) > 0 && strings.HasPrefix(text, fmt.Sprintf("#%d,", next[0].ID)) {
			e.lines[len(e.lines)-1].Flow = next[0].ID
			next = next[1:]
		}
	}
}

// closers says who closed, when, and how long it took.
func (e *explainer) closers() string {
	t := e.t
	if t.Closer == flows.NoOne {
		return ""
	}
	who := map[flows.Who]string{flows.ByClient: "by the client", flows.ByServer: "by the server", flows.ByBoth: "by both", flows.ByNetwork: "by a box in the network"}
	var said []string
	if t.FirstFIN != flows.NoOne {
		said = append(said, "first "+who[t.FirstFIN])
	}
	if t.ResetBy != flows.NoOne {
		said = append(said, "reset "+who[t.ResetBy])
	}
	s := strings.Join(said, ", ")
	if t.CloseStart != flows.NoTime {
		s += ", at " + e.clock(t.CloseStart)
	}
	if d := t.CloseDuration(); d != flows.NoTime {
		s += ", done after " + Span(d)
	} else if t.CloseStart != flows.NoTime {
		s += ", not done after " + Span(t.WatchedUntil-t.CloseStart)
	}
	if t.IdleBeforeClose >= 30e9 {
		s += ", idle for " + Span(t.IdleBeforeClose) + " before"
	}
	return s
}

func (e *explainer) causes() {
	for i := range e.t.Causes {
		c := &e.t.Causes[i]
		e.blank()
		who := ""
		if c.Who != flows.NoOne {
			who = ", " + c.Who.String()
		}
		label := "Cause"
		if i > 0 {
			label = "or"
		}
		e.add(Heading, label, "%s (%s%s)", c.ID, c.Confidence, who)
		if term := flows.Explain(flows.KindCause, c.ID.String()); term != nil {
			e.add(Plain, "", "%s", term.What)
		}
		for _, f := range c.Evidence() {
			e.at(Info, f, "", "evidence: %s", e.files.frame(f))
		}
	}
}

func (e *explainer) remedies() {
	list := []string(nil)
	if len(e.t.Causes) > 0 {
		if term := flows.Explain(flows.KindCause, e.t.Causes[0].ID.String()); term != nil {
			list = term.Remedies
		}
	}
	if len(list) == 0 {
		if term := flows.Explain(flows.KindClass, e.t.Class.String()); term != nil {
			list = term.Remedies
		}
	}
	if len(list) == 0 {
		return
	}
	e.blank()
	for i, r := range list {
		label := ""
		if i == 0 {
			label = "Do"
		}
		e.add(Plain, label, "- %s", r)
	}
}

func (e *explainer) uncertain() {
	for i, d := range e.t.Uncertain {
		if i == 0 {
			e.blank()
		}
		alternatives := ""
		if len(d.Alternatives) > 0 {
			alternatives = " Or: " + strings.Join(d.Alternatives, ", ") + "."
		}
		e.add(Warning, "Unsure", "%s: %s%s", d.What, d.Text, alternatives)
	}
}

func (e *explainer) marks() {
	for i, m := range e.t.Marks {
		if i == 0 {
			e.blank()
		}
		label := ""
		if i == 0 {
			label = "Marks"
		}
		who := ""
		if m.Who != flows.NoOne {
			who = " (" + m.Who.String() + ")"
		}
		e.at(Info, m.Frame, label, "%s%s at %s, %s", m.ID, who, e.clock(m.Time), e.files.frame(m.Frame))
	}
}

func (e *explainer) states(side flows.Side) {
	end := &e.t.Ends[side]
	e.blank()
	e.add(Heading, strings.ToUpper(side.String()[:1])+side.String()[1:], "%s", end.Addr)
	for i := range end.States {
		tr := &end.States[i]
		when := "at " + e.clock(reached(tr))
		if tr.Latest == flows.NoTime {
			when = "not before " + e.clock(tr.Earliest)
		}
		frame := ""
		if tr.Frame != 0 {
			frame = fmt.Sprintf(", frame %d", tr.Frame)
		}
		role := Plain
		if tr.Grade != flows.Seen {
			role = Dim
		}
		e.at(role, tr.Frame, "", "%-12s %s, %s%s", tr.State, tr.Grade, when, frame)
	}
	if len(end.States) == 0 {
		e.add(Dim, "", "nothing is known of its states")
	}
}

func (e *explainer) facts() {
	e.blank()
	for side := range flows.Server + 1 {
		end := &e.t.Ends[side]
		s := fmt.Sprintf("%s: %s, %s of data", side, Number(end.Packets, "segment"), Size(end.DataBytes))
		if end.Retrans > 0 {
			s += fmt.Sprintf(", %s sent again", Count(end.Retrans))
		}
		if end.RTT != flows.NoTime {
			s += ", " + Span(end.RTT) + " from the capture point and back"
		}
		if side == flows.Client {
			e.add(Plain, "Facts", "%s", s)
		} else {
			e.add(Plain, "", "%s", s)
		}
	}
	if files := e.files.span(e.t.FirstPos, e.t.LastPos); files != "" {
		e.add(Plain, "", "its packets are in %s", files)
	}
	roles := map[flows.RolesBy]string{
		flows.RolesSYN: "the SYN tells who is the client", flows.RolesSYNACK: "the SYN-ACK tells who is the server",
		flows.RolesPort: "the ports tell who is the server", flows.RolesFirstSeen: "nothing tells who is the client: it is the side seen first",
	}
	e.add(Dim, "", "%s", roles[e.t.RolesBy])
}

func (e *explainer) elsewhere() {
	if term := flows.Explain(flows.KindClass, e.t.Class.String()); term != nil && term.Zeek != "" {
		e.blank()
		e.add(Dim, "Others", "Zeek: %s. Suricata: %s. Wireshark: %s.", term.Zeek, term.Suricata, term.Wireshark)
	}
}

// Glossary writes the explanation of a word.
func Glossary(text string) []Line {
	var lines []Line
	terms := flows.Lookup(text)
	if len(terms) == 0 {
		return []Line{{Role: Warning, Text: fmt.Sprintf("There is no word %q in the glossary.", text)}}
	}
	for i, t := range terms {
		if i > 0 {
			lines = append(lines, Line{})
		}
		lines = append(lines, Line{Role: Heading, Text: fmt.Sprintf("%s (%s): %s", t.ID, t.Kind, t.Title)}, Line{Text: t.What})
		if t.Why != "" {
			lines = append(lines, Line{Text: t.Why})
		}
		for _, r := range t.Remedies {
			lines = append(lines, Line{Label: "Do", Text: r})
		}
		if t.Source != "" {
			lines = append(lines, Line{Role: Dim, Label: "Source", Text: t.Source})
		}
		if len(t.See) > 0 {
			lines = append(lines, Line{Role: Dim, Label: "See", Text: strings.Join(t.See, ", ")})
		}
	}
	return lines
}

// GlossaryIndex lists all words, kind by kind.
func GlossaryIndex() []Line {
	var lines []Line
	kind := ""
	for _, t := range flows.Glossary() {
		if t.Kind != kind {
			kind = t.Kind
			if lines != nil {
				lines = append(lines, Line{})
			}
			lines = append(lines, Line{Role: Heading, Text: strings.ToUpper(kind)})
		}
		lines = append(lines, Line{Label: t.ID, Text: t.What})
	}
	return lines
}
