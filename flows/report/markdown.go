package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"tcpclose/flows"
	"tcpclose/flows/ladder"
)

// What the Markdown report shows: it is for an issue or a pull request, which people read to its end.
const (
	markdownFindings = 10
	markdownServices = 10
	markdownNotable  = 10
	markdownWidth    = 96
	markdownRows     = 60
)

// MarkdownStudies is how many conversations the Markdown report lists; the first of them gets its ladder.
const MarkdownStudies = markdownNotable

// markdownEscaper keeps a text from being read as Markdown or HTML.
var markdownEscaper = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "#", `\#`, "~", `\~`,
	"@", "@\u200b", "!", `\!`, "\n", " ", "\r", " ", "$", `\$`,
)

// markdownText makes any text fit to stand in Markdown: nothing in it is markup, a mention or a reference.
func markdownText(text string) string { return markdownEscaper.Replace(plainText(text)) }

// WriteMarkdown writes the report for an issue or a pull request.
func (h *HTMLReport) WriteMarkdown(w io.Writer) error {
	out := bufio.NewWriter(w)
	d, s := h.Digest, h.Summary
	findings := d.Findings(s)
	fmt.Fprintf(out, "## How the TCP connections in %s ended\n\n%s\n\n%s\n", markdownText(h.title()), markdownText(d.sentence(len(findings))), markdownText(h.read()))
	if doubts := d.qualityDoubts(s); len(doubts) > 0 {
		fmt.Fprint(out, "\n### Data quality\n\n")
		for _, text := range doubts[:min(len(doubts), maxRemarks)] {
			fmt.Fprintf(out, "- %s\n", markdownText(text))
		}
	}
	if len(findings) > 0 {
		fmt.Fprint(out, "\n### Findings\n\n")
		for i := range findings[:min(len(findings), markdownFindings)] {
			writeMarkdownFinding(out, &findings[i])
		}
		if n := len(findings) - markdownFindings; n > 0 {
			fmt.Fprintf(out, "\nand %d more.\n", n)
		}
	}
	writeMarkdownMix(out, d)
	h.writeMarkdownNotable(out)
	h.writeMarkdownLadder(out)
	fmt.Fprintf(out, "\n<sub>tcpclose %s, profile %s: <code>%s</code></sub>\n", markdownText(h.Version), h.Config.Profile, markdownText(h.Command))
	return out.Flush()
}

func writeMarkdownFinding(out *bufio.Writer, f *flows.Finding) {
	fmt.Fprintf(out, "%d. **%s** (%s, %s)", f.Rank, markdownText(f.Sentence), f.ID, f.Confidence)
	if len(f.Conversations) > 0 {
		fmt.Fprint(out, " Conversations")
		for i, id := range f.Conversations[:min(len(f.Conversations), 5)] {
			if i > 0 {
				fmt.Fprint(out, ",")
			}
			fmt.Fprintf(out, " %d", id)
		}
		if f.Count > 5 {
			fmt.Fprint(out, " …")
		}
	}
	fmt.Fprintln(out)
	for _, e := range f.Evidence {
		fmt.Fprintf(out, "   - %s\n", markdownText(e))
	}
	if f.Filter != "" {
		fmt.Fprintf(out, "   - filter: `%s`\n", strings.ReplaceAll(f.Filter, "`", "'"))
	}
}

// writeMarkdownMix writes which service's conversations ended in which way.
func writeMarkdownMix(out *bufio.Writer, d *Digest) {
	list := d.servicesByNumber()
	if len(list) == 0 {
		return
	}
	var used []flows.Class
	for _, k := range classesInOrder() {
		if d.mix.groups[k].conversations > 0 {
			used = append(used, k)
		}
	}
	fmt.Fprint(out, "\n### Services\n\n| service | number |")
	for _, k := range used {
		fmt.Fprintf(out, " %s |", k)
	}
	fmt.Fprint(out, " close p50 | p99 |\n| --- | ---: |"+strings.Repeat(" ---: |", len(used)+2)+"\n")
	for _, m := range list[:min(len(list), markdownServices)] {
		fmt.Fprintf(out, "| %s | %s |", m.addr, grouped(m.conversations))
		for _, k := range used {
			text := "·"
			if n := m.classes[k]; n > 0 {
				text = grouped(n)
			}
			fmt.Fprintf(out, " %s |", text)
		}
		fmt.Fprintf(out, " %s | %s |\n", duration(m.quantile(50)), duration(m.quantile(99)))
	}
	if n := len(list) - markdownServices; n > 0 {
		fmt.Fprintf(out, "\nand %s more.\n", count(uint64(n), "service"))
	}
}

// writeMarkdownNotable lists the conversations to look at.
func (h *HTMLReport) writeMarkdownNotable(out *bufio.Writer) {
	if len(h.Studies) == 0 {
		return
	}
	fmt.Fprint(out, "\n### Notable conversations\n\n| frame | client | server | class | close took | bytes lost | why |\n| ---: | --- | --- | --- | ---: | ---: | --- |\n")
	for i := range h.Studies[:min(len(h.Studies), markdownNotable)] {
		t := h.Studies[i].T
		fmt.Fprintf(out, "| %d | %s | %s | %s | %s | %d | %s |\n", t.ID, markdownText(t.Ends[flows.Client].Label()), markdownText(t.Ends[flows.Server].Label()), t.Class,
			duration(t.CloseDuration()), t.Ends[0].BytesLost+t.Ends[1].BytesLost, causeList(t))
	}
}

// writeMarkdownLadder writes the ladder of the most notable conversation.
func (h *HTMLReport) writeMarkdownLadder(out *bufio.Writer) {
	if len(h.Studies) == 0 || len(h.Studies[0].Rows) == 0 {
		return
	}
	s := &h.Studies[0]
	rows := s.Rows[:min(len(s.Rows), markdownRows)]
	fmt.Fprintf(out, "\n### Conversation %s\n\n", strconv.FormatUint(s.T.ID, 10))
	fmt.Fprintf(out, "%s > %s, %s\n\n```text\n", markdownText(s.T.Ends[flows.Client].Label()), markdownText(s.T.Ends[flows.Server].Label()), s.T.Class)
	_ = ladder.Text(out, s.T, rows, markdownWidth, ladder.Options{}) // bufio keeps the error for Flush
	fmt.Fprint(out, "```\n")
	if len(rows) < len(s.Rows) || s.Cut {
		fmt.Fprint(out, "\nand more.\n")
	}
	for _, f := range facts(s.T) {
		for _, text := range f.Texts {
			fmt.Fprintf(out, "- %s: %s\n", strings.ToLower(strings.TrimSuffix(f.Name, "s")), markdownText(text))
		}
	}
}
