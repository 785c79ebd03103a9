package report

import (
	"bytes"
	"maps"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
	"tcpclose/flows/ladder"
	"tcpclose/flows/report/browsertest"
)

// hostile is what a capture may hold where we print a text: it must stay one.
const hostile = `</title></style></script><script>alert(1)</script><img src=x onerror="alert(2)">'"&{{.}}` + "\x1b]0;x\a\u202e"

// sampleReport returns the report of the samples, with a ladder for one of them.
func sampleReport(name string) *HTMLReport {
	list := samples()
	list[3].Uncertain[0].Text = name
	findings, people := flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0)
	d := NewDigest(findings, people)
	s := &flows.Summary{
		Packets: 400, Segments: 390, Conversations: 4, First: base - 2*ms, Last: base + 120_000*ms, Complete: true,
		Files:      []decode.FileInfo{{Path: name + ".pcap", Format: "pcap", Packets: 400}},
		Interfaces: []decode.Interface{{Name: name, Stats: decode.InterfaceStats{Has: decode.StatsDropped, Dropped: 3}}},
	}
	for i := range list {
		findings.Add(&list[i])
		people.Add(&list[i])
		d.Add(&list[i])
	}
	h := &HTMLReport{Summary: s, Digest: d, Shown: 4, Version: "test", Command: "tcpclose report " + name}
	notable := d.Notable(3)
	for i := range notable {
		t := &notable[i]
		h.Studies = append(h.Studies, Study{T: t, Rows: closeRows(t), Points: closePoints(t)})
	}
	return h
}

// closeSegments are a FIN, its answer, and a RST.
func closeSegments(t *flows.Teardown) []decode.Segment {
	client, server := t.Ends[flows.Client].Addr, t.Ends[flows.Server].Addr
	make := func(frame uint64, from, to netip.AddrPort, after int64, flags decode.Flags, seq, ack decode.Seq, n uint32) decode.Segment {
		return decode.Segment{
			Frame: frame, Time: t.CloseStart + after, Src: decode.AddrFrom(from.Addr()), Dst: decode.AddrFrom(to.Addr()),
			SrcPort: from.Port(), DstPort: to.Port(), Flags: flags, Seq: seq, Ack: ack, Len: n, Window: 500,
		}
	}
	return []decode.Segment{
		make(t.FirstFrame, client, server, -5*ms, decode.ACK|decode.PSH, 1, 12, 100),
		make(t.FirstFrame+1, client, server, 0, decode.ACK|decode.FIN, 101, 12, 0),
		make(t.FirstFrame+2, server, client, 8*ms, decode.ACK, 12, 102, 0),
		make(t.LastFrame, server, client, 9*ms, decode.RST, 12, 0, 0),
	}
}

func closeRows(t *flows.Teardown) []ladder.Row {
	return ladder.Build(t, closeSegments(t), ladder.Options{})
}

func closePoints(t *flows.Teardown) (list []Point) {
	for i, s := range closeSegments(t) {
		side := flows.Client
		if i >= 2 {
			side = flows.Server
		}
		list = append(list, PointOf(side, &s))
	}
	return list
}

func htmlOf(t *testing.T, h *HTMLReport) string {
	t.Helper()
	var b bytes.Buffer
	if err := h.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestThePageIsAccessibleAndStandsAlone(t *testing.T) {
	for name, h := range map[string]*HTMLReport{"samples": sampleReport("trace"), "hostile": sampleReport(hostile), "empty": emptyReport()} {
		page := htmlOf(t, h)
		for _, f := range checkAccessible(page) {
			t.Errorf("%s: %s", name, f)
		}
		if strings.Contains(page, "http://") || strings.Contains(page, "https://") {
			t.Errorf("%s: the page names an address", name)
		}
	}
}

func emptyReport() *HTMLReport {
	return &HTMLReport{
		Summary: &flows.Summary{First: flows.NoTime, Last: flows.NoTime}, Version: "test",
		Digest: NewDigest(flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0)),
	}
}

func TestTheAccessibilityCheckFindsFaults(t *testing.T) {
	for fault, page := range map[string]string{
		"language": `<html><h1>x</h1></html>`, "h3 follows h1": `<html lang="en"><h1>x</h1><h3>y</h3>`,
		"leads nowhere": `<html lang="en"><h1>x</h1><a href="#no">y</a>`, "scope": `<html lang="en"><h1>x</h1><th>y</th>`, "say nothing": `<html lang="en"><h1>x</h1><th scope="row" class="n"></th>`,
		"is there 2 times": `<html lang="en"><h1 id="a">x</h1><p id="a">`, "which is not there": `<html lang="en"><h1>x</h1><svg role="img" aria-labelledby="b">`,
		"policy forbids": `<html lang="en"><h1>x</h1><p onclick="x()">`,
	} {
		if got := strings.Join(checkAccessible(page), "\n"); !strings.Contains(got, fault) {
			t.Errorf("%s: found %q, not %q", page, got, fault)
		}
	}
}

func TestHostileStringsOfACaptureStayText(t *testing.T) {
	page := htmlOf(t, sampleReport(hostile))
	if n := strings.Count(page, "<script>"); n != 1 {
		t.Errorf("%d scripts, only ours is wanted", n)
	}
	if strings.Contains(page, "<img") || strings.Contains(page, "\x1b") || strings.Contains(page, "\u202e") {
		t.Error("a capture's text has become markup or a control character")
	}
	if !strings.Contains(page, "&lt;img src=x onerror=") {
		t.Error("the text is not there at all: nothing was tested")
	}
	if !strings.Contains(page, `content="default-src &#39;none&#39;; style-src`) {
		t.Error("no policy")
	}
	var b bytes.Buffer
	if err := sampleReport(hostile).WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Contains(text, "<img") || strings.Contains(text, "<script") {
		t.Error("a capture's text has become markup in Markdown")
	}
}

// luminance is WCAG 2's relative luminance of #rrggbb.
func luminance(t *testing.T, color string) float64 {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(color, "#"), 16, 32)
	if err != nil || len(color) != 7 {
		t.Fatalf("%q is no colour", color)
	}
	channel := func(c uint64) float64 {
		f := float64(c&0xff) / 255
		if f <= 0.03928 {
			return f / 12.92
		}
		return math.Pow((f+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(v>>16) + 0.7152*channel(v>>8) + 0.0722*channel(v)
}

func TestContrastIsEnoughInLightAndDarkAndPrint(t *testing.T) {
	var themes []map[string]string
	for _, block := range regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(htmlStyle, -1) {
		colors := map[string]string{}
		if len(themes) > 0 {
			colors = maps.Clone(themes[0])
		}
		for _, m := range regexp.MustCompile(`--([a-z0-9-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(block[1], -1) {
			colors[m[1]] = m[2]
		}
		themes = append(themes, colors)
	}
	if len(themes) != 3 {
		t.Fatalf("%d themes, light, dark and print are wanted", len(themes))
	}
	// Text needs 4.5:1, lines and areas that mean something 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
	for _, pair := range []struct {
		front, back string
		least       float64
	}{
		{"fg", "bg", 4.5},
		{"soft", "bg", 4.5},
		{"link", "bg", 4.5},
		{"fg", "panel", 4.5},
		{"soft", "panel", 4.5},
		{"fg", "area", 4.5},
		{"fg", "plate", 4.5},
		{"curve", "bg", 3},
		{"again", "bg", 3},
		{"wire", "bg", 3},
		{"edge", "bg", 3},
		{"curve", "area", 3},
		{"warn-fg", "warn-bg", 4.5},
	} {
		for i, colors := range themes {
			a, b := luminance(t, colors[pair.front]), luminance(t, colors[pair.back])
			if got := (max(a, b) + 0.05) / (min(a, b) + 0.05); got < pair.least {
				t.Errorf("theme %d: %s on %s has a contrast of %.2f, %v is wanted", i, pair.front, pair.back, got, pair.least)
			}
		}
	}
}

func TestEveryFindingLeadsToItsConversations(t *testing.T) {
	page := htmlOf(t, sampleReport("trace"))
	for _, id := range []string{"3", "9", "57301", "60001"} {
		if !strings.Contains(page, `<tr id="c`+id+`">`) {
			t.Errorf("conversation %s is not in the table", id)
		}
	}
	if !strings.Contains(page, `href="#card-`) {
		t.Error("no link to a notable conversation")
	}
}

func TestTheTableHasItsLimitAndThePageStaysSmall(t *testing.T) {
	d := NewDigest(flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0))
	for i := range 20_000 {
		c := troubled()
		c.ID = uint64(i + 1)
		c.Ends[0].Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), uint16(i))
		c.Ends[1].Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 9, 9, byte(i)}), 443)
		d.findings.Add(&c)
		d.people.Add(&c)
		d.Add(&c)
	}
	h := &HTMLReport{Summary: &flows.Summary{First: base, Last: base + 9_000*ms, Conversations: 20_000}, Digest: d, Shown: 20_000}
	page := htmlOf(t, h)
	if n := strings.Count(page, `<tr id="c`); n != 1000 {
		t.Errorf("%d rows, 1000 are wanted", n)
	}
	if len(page) > 5<<20 {
		t.Errorf("%d octets", len(page))
	}
	if !strings.Contains(page, "-T ndjson=FILE") {
		t.Error("the page does not say where the others are")
	}
}

func TestABrowserShowsThePageAndItsScriptRunsUnderThePolicy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(htmlOf(t, sampleReport(hostile))), 0o600); err != nil {
		t.Fatal(err)
	}
	dom := browsertest.DumpDOM(t, path)
	// The script turns every head of the table into a button; without leave of the policy it could not.
	if n := strings.Count(dom, `<button type="button">`); n != 12 {
		t.Errorf("%d heads can be sorted, 12 are wanted", n)
	}
	if strings.Contains(dom, "<img") {
		t.Error("a capture's text has become an element")
	}
	if n := len(regexp.MustCompile(`<svg role="img"`).FindAllString(dom, -1)); n < 6 {
		t.Errorf("%d pictures", n)
	}
	if !slices.Contains(strings.Fields(dom), "</html>") && !strings.Contains(dom, "</html>") {
		t.Error("the page does not end")
	}
}

// Addresses sort as numbers on the page too.
func TestTheTableSortsAddressesAsNumbers(t *testing.T) {
	d := NewDigest(flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0))
	for i, ip := range []string{"10.0.0.100", "10.0.0.9", "10.0.0.10"} {
		c := ordinary()
		c.ID = uint64(i + 1)
		c.Ends[flows.Client].Addr = netip.AddrPortFrom(netip.MustParseAddr(ip), 40000)
		d.Add(&c)
	}
	page := htmlOf(t, &HTMLReport{Summary: &flows.Summary{First: base, Last: base + 9_000*ms, Conversations: 3}, Digest: d, Shown: 3})
	page = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>`).ReplaceAllString(page, "") // or no click could be made
	page += `<script>document.querySelectorAll("table.sortable th button")[1].click()</script>`
	path := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	got := regexp.MustCompile(`<tr id="c(\d+)"`).FindAllStringSubmatch(browsertest.DumpDOM(t, path), -1)
	if len(got) != 3 || got[0][1] != "2" || got[1][1] != "3" || got[2][1] != "1" {
		t.Errorf("%q", got)
	}
}

func TestManyFindingsAreCountedAndThoseSpelledOutLeadToTheirConversations(t *testing.T) {
	d := NewDigest(flows.NewFindings(), flows.NewPopulation(flows.Config{}, 0))
	d.Top = 5
	var all []flows.Teardown
	for service := range 20 {
		for i := range 6 {
			c := stalled()
			c.ID = uint64(100*service + i + 1)
			c.Ends[flows.Server].Addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(service)}), 8080)
			all = append(all, c)
			d.findings.Add(&c)
			d.people.Add(&c)
			d.Add(&c)
		}
	}
	h := &HTMLReport{Summary: &flows.Summary{First: base, Last: base + 90_000*ms}, Digest: d, Shown: uint64(len(all))}
	if n := len(d.Findings(h.Summary)); n < 20 {
		t.Fatalf("only %d findings: nothing is tested", n)
	}
	missing := d.Missing(h.Summary)
	if len(missing) == 0 || !slices.IsSorted(missing) {
		t.Fatalf("missing: %v", missing)
	}
	for i := range all {
		if slices.Contains(missing, all[i].ID) {
			d.AddRows(all[i : i+1])
		}
	}
	if again := d.Missing(h.Summary); len(again) > 0 {
		t.Errorf("still missing: %v", again)
	}
	page := htmlOf(t, h)
	if n := strings.Count(page, `class="finding"`); n != shownOfKind {
		t.Errorf("%d findings are spelled out", n)
	}
	if n := strings.Count(page, `<a href="#c`); n < 6*shownOfKind {
		t.Errorf("%d links to conversations", n)
	}
	if !strings.Contains(page, "<td class=\"n\">17</td>") {
		t.Error("the others are not counted")
	}
	for _, f := range checkAccessible(page) {
		t.Error(f)
	}
}
