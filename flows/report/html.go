package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

var (
	//go:embed html.css
	htmlStyle string
	//go:embed html.js
	htmlScript string
	//go:embed html.gohtml
	htmlPage string
)

var htmlTemplate = template.Must(template.New("report").Parse(htmlPage))

// A Study is a conversation that the HTML report shows closely: its ladder, and the segments around its close.
type Study struct {
	T      *flows.Teardown
	Rows   []ladder.Row
	Points []Point
	Cut    bool // there are more rows
}

// An HTMLReport is what the HTML report is made of, beside the digest.
type HTMLReport struct {
	Summary *flows.Summary
	Digest  *Digest
	Shown   uint64
	Studies []Study
	Config  flows.Config
	Version string
	Command string
	Hashes  map[string]string // SHA-256 of files, by path; may be nil
	Hidden  bool              // addresses were replaced
}

// htmlFact is a term with what is said of it.
type htmlFact struct {
	Name  string
	Texts []string
}

type htmlCell struct {
	Text   string
	Number bool
}

type htmlChart struct {
	ID, Title, Caption string
	Picture            template.HTML
	Heads              []htmlCell
	Rows               [][]htmlCell
}

type htmlLink struct {
	ID   uint64
	Href string
}

type htmlFinding struct {
	Rank               int
	ID, Confidence     string
	Sentence, Numbers  string
	Count              uint64
	Evidence, Remedies []string
	Links              []htmlLink
	More               uint64
	Filter             string
}

type htmlRow struct {
	Frame, Time, From, Text, Client, Server string
}

type htmlCard struct {
	ID                                        uint64
	Client, Server, Class, Meaning, Wireshark string
	Facts                                     []htmlFact
	Ladder, Sequence                          template.HTML
	Cut, Zero                                 string
	Rows                                      []htmlRow
}

type htmlFlow struct {
	ID                                           uint64
	Card                                         bool
	Client, Server, Class, Closer, ResetBy       string
	Start, StartValue, Close, CloseValue, States string
	Lost, LostValue, Causes, Marks               string
}

// htmlOther is how many findings of a kind are not spelled out.
type htmlOther struct {
	ID, Number, Conversations string
}

// htmlData is what the template gets.
type htmlData struct {
	CSP                     string
	Style, Script, Hatches  template.HTML
	Title, Sentence, Read   string
	Doubts                  []string
	Findings                []htmlFinding
	Others                  []htmlOther
	Charts                  []htmlChart
	Cards                   []htmlCard
	TableNote, TableCaption string
	FlowHeads               []htmlCell
	Flows                   []htmlFlow
	Method                  []htmlFact
}

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// hatches are the patterns of the bars, so that colour is never alone.
const hatches = `<svg width="0" height="0" aria-hidden="true" focusable="false"><defs>` +
	`<pattern id="hatch1" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0" class="hatch"/></pattern>` +
	`<pattern id="hatch2" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M3 0V6" class="hatch"/></pattern>` +
	`<pattern id="hatch3" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 0L6 6M0 6L6 0" class="hatch"/></pattern>` +
	`<pattern id="hatch4" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 3H6" class="hatch"/></pattern></defs></svg>`

// WriteHTML writes the report as one page that needs nothing but itself.
func (h *HTMLReport) WriteHTML(w io.Writer) error {
	findings := h.Digest.Findings(h.Summary)
	style, script := "\n"+htmlStyle, "\n"+htmlScript
	d := htmlData{
		CSP: "default-src 'none'; style-src " + sourceHash(style) + "; script-src " + sourceHash(script) +
			"; base-uri 'none'; form-action 'none'",
		Style:    template.HTML("<style>" + style + "</style>"),    //nolint:gosec // our own files
		Script:   template.HTML("<script>" + script + "</script>"), //nolint:gosec // our own files
		Hatches:  hatches,
		Title:    h.title(),
		Sentence: h.Digest.sentence(len(findings)),
		Read:     h.read(),
		Doubts:   h.Digest.qualityDoubts(h.Summary),
		Method:   h.method(),
	}
	most := len(h.Digest.Rows())
	rows := append(slices.Clone(h.Digest.Rows()), h.Digest.extra...)
	shown := map[uint64]string{}
	for i := range rows {
		shown[rows[i].ID] = "#c" + strconv.FormatUint(rows[i].ID, 10)
	}
	studied := map[uint64]bool{}
	for i := range h.Studies {
		s := &h.Studies[i]
		studied[s.T.ID] = true
		shown[s.T.ID] = "#card-" + strconv.FormatUint(s.T.ID, 10)
		d.Cards = append(d.Cards, s.card())
	}
	told, others := spelledOut(findings)
	for i := range told {
		d.Findings = append(d.Findings, htmlFindingOf(&told[i], shown))
	}
	d.Others = otherFindings(others)
	d.Charts = h.charts()
	d.FlowHeads = []htmlCell{
		{"frame", true},
		{"client", false},
		{"server", false},
		{"class", false},
		{"closed first", false},
		{"reset by", false},
		{"start", true},
		{"close took", true},
		{"last states", false},
		{"bytes lost", true},
		{"causes", false},
		{"marks", false},
	}
	for i := range rows {
		d.Flows = append(d.Flows, h.flow(&rows[i], studied[rows[i].ID]))
	}
	d.TableCaption = "Times count from " + momentText(h.Summary.First) + "; frame is the number of a conversation's first packet. With scripts allowed, the heads sort the table."
	d.TableNote = count(uint64(len(rows)), "conversation") + " of " + grouped(h.Shown) + "."
	if uint64(len(rows)) < h.Shown {
		which := "the most notable ones"
		if h.Digest.Less != nil {
			which = "in the order asked for"
		}
		d.TableNote = fmt.Sprintf("The first %s of %s, %s", grouped(uint64(most)), grouped(h.Shown), which)
		if n := len(rows) - most; n > 0 {
			d.TableNote += fmt.Sprintf(", and %d more that findings name", n)
		}
		d.TableNote += ". All of them: tcpclose report FILE -T ndjson=FILE."
	}
	var page bytes.Buffer
	if err := htmlTemplate.Execute(&page, &d); err != nil {
		return fmt.Errorf("html: %w", err)
	}
	_, err := page.WriteTo(w)
	return err
}

// Findings returns what was found in all conversations.
func (d *Digest) Findings(s *flows.Summary) []flows.Finding { return d.findings.List(s, d.people) }

// title names the capture.
func (h *HTMLReport) title() string {
	switch n := len(h.Summary.Files); {
	case n == 1:
		return plainText(filepath.Base(h.Summary.Files[0].Path))
	case n > 1:
		return plainText(filepath.Base(h.Summary.Files[0].Path)) + " and " + count(uint64(n-1), "other file")
	}
	return "a capture"
}

// plainText makes a text from a capture or a file's name fit to be shown.
func plainText(text string) string { return string(appendPrintable(nil, text)) }

func momentText(ns int64) string {
	if ns == flows.NoTime {
		return "an unknown time"
	}
	return time.Unix(0, ns).UTC().Format("2006-01-02 15:04:05.000000 UTC")
}

// read says what was read.
func (h *HTMLReport) read() string {
	s := h.Summary
	text := fmt.Sprintf("%s, %s of TCP", count(s.Packets, "packet"), count(s.Segments, "segment"))
	if s.First != flows.NoTime {
		text += " in " + duration(s.Last-s.First) + ", from " + momentText(s.First)
	}
	return text + "."
}

// captureMarks are the marks that tell of the capture rather than of the conversation.
var captureMarks = []struct {
	id   flows.MarkID
	says string
}{
	{flows.MarkMidStream, "began before the capture, so that the handshake is not in it"},
	{flows.MarkOneSided, "with one direction only: what the other side did is inferred"},
	{flows.MarkCaptureGap, "with octets or a FIN that were acknowledged but never captured"},
	{flows.MarkTruncated, "with TCP options that the snap length cut"},
	{flows.MarkDuplicateCapture, "with segments that were captured twice"},
	{flows.MarkClockJump, "with times that jump"},
	{flows.MarkBadChecksum, "with wrong checksums (offload at the sender, or damage)"},
}

// qualityDoubts lists what speaks against the capture.
func (d *Digest) qualityDoubts(s *flows.Summary) (list []string) {
	var b bytes.Buffer
	WriteDamages(&b, s)
	for line := range strings.Lines(b.String()) {
		list = append(list, strings.TrimSpace(line))
	}
	for i := range s.Interfaces {
		if n := s.Interfaces[i].Stats.Lost(); n > 0 {
			name := plainText(s.Interfaces[i].Name)
			if name == "" {
				name = strconv.Itoa(i)
			}
			list = append(list, fmt.Sprintf("The capture dropped %s on interface %s: what is missing may be its gap, not the network's.", count(n, "packet"), name))
		}
	}
	if n := s.Faulty(); n > 0 {
		list = append(list, fmt.Sprintf("%s could not be read as TCP, by a fault of the frame or the capture.", count(n, "frame")))
	}
	if s.ClockJumps > 0 {
		list = append(list, "The packets' times jump "+times(s.ClockJumps)+": durations across a jump mean little.")
	}
	if s.Evicted > 0 {
		list = append(list, count(s.Evicted, "conversation")+" given up early for want of memory (--mem).")
	}
	if s.Late > 0 {
		list = append(list, count(s.Late, "segment")+" came after their conversation had been given up.")
	}
	if s.Outside > 0 {
		list = append(list, count(s.Outside, "packet")+" outside of --since and --until left out.")
	}
	for _, m := range captureMarks {
		if n := d.marks[m.id]; n > 0 {
			list = append(list, fmt.Sprintf("%s (%s) %s.", count(n, "conversation"), percent(n, d.mix.total), m.says))
		}
	}
	for i := range s.Files {
		if s.Files[i].Skipped != "" {
			list = append(list, "Not read: "+plainText(s.Files[i].Path)+": "+plainText(s.Files[i].Skipped))
		}
	}
	return list
}

func htmlFindingOf(f *flows.Finding, shown map[uint64]string) htmlFinding {
	out := htmlFinding{
		Rank: f.Rank, ID: f.ID.String(), Confidence: f.Confidence.String(), Sentence: plainText(f.Sentence), Count: f.Count,
		Remedies: f.Remedies, Filter: f.Filter, Numbers: findingNumbers(f),
	}
	for _, e := range f.Evidence {
		out.Evidence = append(out.Evidence, plainText(e))
	}
	for _, id := range f.Conversations {
		out.Links = append(out.Links, htmlLink{id, shown[id]})
	}
	if n := uint64(len(f.Conversations)); f.Count > n {
		out.More = f.Count - n
	}
	return out
}

// otherFindings counts findings by their kinds.
func otherFindings(list []flows.Finding) (others []htmlOther) {
	var kinds [flows.NumFindings]struct{ number, conversations uint64 }
	for i := range list {
		k := &kinds[list[i].ID]
		k.number++
		k.conversations += list[i].Count
	}
	for id, k := range kinds {
		if k.number > 0 {
			others = append(others, htmlOther{flows.FindingID(id).String(), grouped(k.number), grouped(k.conversations)})
		}
	}
	return others
}

// findingNumbers says how much a finding touches.
func findingNumbers(f *flows.Finding) string {
	text := count(f.Count, "conversation")
	if f.Of > 0 {
		text += " of " + grouped(f.Of)
	}
	if f.Longest > 0 {
		text += ", the longest " + duration(f.Longest)
	}
	if f.BytesLost > 0 {
		text += ", " + count(f.BytesLost, "octet") + " lost"
	}
	return text
}

// method says by what the report was made.
func (h *HTMLReport) method() []htmlFact {
	wait := h.Config.TimeWait
	by := "--time-wait"
	if wait == 0 {
		wait, by = h.Config.Profile.TimeWait(), "that profile's 2 MSL"
	}
	stall := h.Config.Stall
	if stall == 0 {
		stall = flows.DefaultStall
	}
	facts := []htmlFact{
		{"Program", []string{"tcpclose " + h.Version}},
		{"Command", []string{plainText(h.Command)}},
		{"Timers assumed", []string{fmt.Sprintf("%s; TIME-WAIT lasts %v (%s)", h.Config.Profile, wait, by), fmt.Sprintf("half-closed for %v without new data counts as stalled", stall)}},
		{"How states are known", []string{
			"seen: the endpoint itself did it on the wire", "inferred (?): the peer's segment passed the capture point, so it probably arrived",
			"assumed: only a timer can have done it",
		}},
		{"Classes", []string{"Exactly one for each conversation; tcpclose explain CLASS says how each is told."}},
	}
	var files []string
	for i := range h.Summary.Files {
		f := &h.Summary.Files[i]
		if i == maxRemarks {
			files = append(files, fmt.Sprintf("and %d more", len(h.Summary.Files)-i))
			break
		}
		text := fmt.Sprintf("%s: %s, %s", plainText(f.Path), f.Format, count(f.Packets, "packet"))
		if sum := h.Hashes[f.Path]; sum != "" {
			text += ", SHA-256 " + sum
		}
		files = append(files, text)
	}
	facts = append(facts, htmlFact{"Files", files})
	if h.Hidden {
		facts = append(facts, htmlFact{"Addresses", []string{"replaced by others; those with a common prefix have one still"}})
	}
	return facts
}

// flow is a row of the table.
func (h *HTMLReport) flow(t *flows.Teardown, card bool) htmlFlow {
	lost := t.Ends[0].BytesLost + t.Ends[1].BytesLost
	f := htmlFlow{
		ID: t.ID, Card: card, Client: t.Ends[flows.Client].Addr.String(), Server: t.Ends[flows.Server].Addr.String(),
		Class: t.Class.String(), Closer: t.Closer.String(), ResetBy: t.ResetBy.String(),
		Start: sinceZero(t.Start, h.Summary.First), StartValue: strconv.FormatInt(t.Start-h.Summary.First, 10),
		States: LastState(t, flows.Client).String() + " / " + LastState(t, flows.Server).String(),
		Marks:  string(appendMarkIDs(nil, t)), Causes: causeList(t), LostValue: strconv.FormatUint(lost, 10),
	}
	if lost > 0 {
		f.Lost = grouped(lost)
	}
	if c := t.CloseDuration(); c != flows.NoTime {
		f.Close, f.CloseValue = duration(c), strconv.FormatInt(c, 10)
	}
	return f
}

// causeList writes the causes, best first.
func causeList(t *flows.Teardown) string {
	var words []string
	for i := range t.Causes {
		words = append(words, t.Causes[i].ID.String()+" ("+t.Causes[i].Confidence.String()+")")
	}
	return strings.Join(words, ", ")
}

// card is what the report shows of one conversation.
func (s *Study) card() htmlCard {
	t := s.T
	c := htmlCard{
		ID: t.ID, Client: t.Ends[flows.Client].Addr.String(), Server: t.Ends[flows.Server].Addr.String(), Class: t.Class.String(),
		Wireshark: string(AppendWiresharkFilter(nil, t)), Facts: facts(t), Zero: ladderZero(t),
	}
	if term := flows.Explain(flows.KindClass, t.Class.String()); term != nil {
		c.Meaning = term.What
	}
	id := strconv.FormatUint(t.ID, 10)
	if len(s.Rows) > 0 {
		c.Ladder = drawLadder("ladder-"+id, t, s.Rows)
		c.Sequence = drawSequence("sequence-"+id, t, s.Points)
		if s.Cut {
			c.Cut = "There is more than is drawn here: tcpclose report FILE --ladder -- id " + id
		}
	}
	zero := ladder.FromFIN.Zero(t)
	for i := range s.Rows {
		r := &s.Rows[i]
		row := htmlRow{Time: sinceZero(r.Time, zero), Text: rowText(r, 200), Client: stateText(r.Margins[0]), Server: stateText(r.Margins[1])}
		if r.Frame() != 0 {
			row.Frame = strconv.FormatUint(r.Frame(), 10)
		}
		if !arrowless(r.Kind) {
			row.From = r.From.String()
			if r.Lost {
				row.Text += "; lost beyond the capture point"
			}
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// ladderZero says what the times of a ladder count from.
func ladderZero(t *flows.Teardown) string {
	zero := ladder.FromFIN.Zero(t)
	what := "the first segment"
	switch {
	case t.Ends[0].FIN.Frame != 0 && t.Ends[0].FIN.Time == zero, t.Ends[1].FIN.Frame != 0 && t.Ends[1].FIN.Time == zero:
		what = "the first FIN"
	case t.CloseStart == zero:
		what = "the close began"
	}
	return what + ", " + momentText(zero)
}

// facts says of a conversation why it ended so.
func facts(t *flows.Teardown) (list []htmlFact) {
	var causes, marks, doubts []string
	for i := range t.Causes {
		c := &t.Causes[i]
		text := c.ID.String() + " (" + c.Confidence.String()
		for _, frame := range c.Evidence() {
			text += ", #" + strconv.FormatUint(frame, 10)
		}
		text += ")"
		if term := flows.Explain(flows.KindCause, c.ID.String()); term != nil {
			text += ": " + term.Title
		}
		causes = append(causes, text)
	}
	for i := range t.Marks {
		m := &t.Marks[i]
		text := m.ID.String()
		if m.Who != flows.NoOne {
			text += " of the " + m.Who.String()
		}
		if m.Frame != 0 {
			text += ", #" + strconv.FormatUint(m.Frame, 10)
		}
		marks = append(marks, text)
	}
	for i := range t.Uncertain {
		doubts = append(doubts, plainText(t.Uncertain[i].What+": "+t.Uncertain[i].Text))
	}
	for _, f := range []htmlFact{{"Causes", causes}, {"Marks", marks}, {"Uncertain", doubts}} {
		if len(f.Texts) > 0 {
			list = append(list, f)
		}
	}
	return list
}

// InWindow reports whether a segment belongs into a conversation's time–sequence graph.
func InWindow(t *flows.Teardown, s *decode.Segment) bool {
	from, until := closeWindow(t)
	return s.Time >= from && s.Time <= until && s.ICMP == decode.NotICMP
}

// charts returns the pictures with their tables.
func (h *HTMLReport) charts() []htmlChart {
	return slices.Concat(h.stateChart(), h.mixChart(), h.closeChart(), h.portChart())
}
