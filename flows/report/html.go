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
	"sync"
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

// htmlTemplate is parsed once it is asked for: most runs never write HTML.
var htmlTemplate = sync.OnceValue(func() *template.Template { return template.Must(template.New("report").Parse(htmlPage)) })

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
	Lost, LostValue, Causes, Marks, Legs         string
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
	Legs                    bool // the table says which conversations belong together
	Flows                   []htmlFlow
	Method                  []htmlFact
}

func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// hatches are the patterns of the bars, so that colour is never alone.
const hatches = `<svg class="hatches" width="0" height="0" aria-hidden="true" focusable="false"><defs>` +
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
	if slices.ContainsFunc(rows, func(t flows.Teardown) bool { return len(t.Pairs) > 0 }) {
		d.Legs = true
		d.FlowHeads = append(d.FlowHeads, htmlCell{"other leg", false})
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
	if err := htmlTemplate().Execute(&page, &d); err != nil {
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

// flow is a row of the table.
func (h *HTMLReport) flow(t *flows.Teardown, card bool) htmlFlow {
	lost := t.Ends[0].BytesLost + t.Ends[1].BytesLost
	f := htmlFlow{
		ID: t.ID, Card: card, Client: t.Ends[flows.Client].Label(), Server: t.Ends[flows.Server].Label(),
		Class: t.Class.String(), Closer: t.Closer.String(), ResetBy: t.ResetBy.String(),
		Start: sinceZero(t.Start, h.Summary.First), StartValue: strconv.FormatInt(t.Start-h.Summary.First, 10),
		States: LastState(t, flows.Client).String() + " / " + LastState(t, flows.Server).String(),
		Marks:  string(appendMarkIDs(nil, t)), Legs: string(appendLegs(nil, t)), Causes: causeList(t), LostValue: strconv.FormatUint(lost, 10),
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

// InWindow reports whether a segment belongs into a conversation's time–sequence graph.
func InWindow(t *flows.Teardown, s *decode.Segment) bool {
	from, until := closeWindow(t)
	return s.Time >= from && s.Time <= until && s.ICMP == decode.NotICMP
}

// charts returns the pictures with their tables.
func (h *HTMLReport) charts() []htmlChart {
	return slices.Concat(h.stateChart(), h.mixChart(), h.closeChart(), h.portChart())
}
