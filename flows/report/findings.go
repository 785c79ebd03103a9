package report

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"tcpclose/flows"
)

var (
	findingJSON = pieces(flows.NumFindings, `{"id":"`, flows.FindingID.String, `"`)
	stampSince  = stampOf("since")
	stampUntil  = stampOf("until")
)

// AppendFinding appends a finding as a JSON object.
func AppendFinding(b []byte, f *flows.Finding) []byte {
	var c clock
	b = append(b, findingJSON[f.ID]...)
	b = appendUint(append(b, `,"rank":`...), uint64(f.Rank))
	b = append(append(append(b, `,"confidence":"`...), f.Confidence.String()...), '"')
	b = appendString(append(b, `,"sentence":`...), f.Sentence)
	b = appendStrings(append(b, `,"evidence":`...), f.Evidence)
	b = append(b, `,"service":`...)
	if f.Service.IsValid() {
		b = appendAddr(append(b, `{"ip":`...), f.Service.Addr())
		b = append(appendUint(append(b, `,"port":`...), uint64(f.Service.Port())), '}')
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"client":`...)
	if f.Client.IsValid() {
		b = appendAddr(b, f.Client)
	} else {
		b = append(b, "null"...)
	}
	b = append(append(b, `,"side":`...), whoJSON[f.Side]...)
	b = append(b, `,"conversations":[`...)
	for i, id := range f.Conversations {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendUint(b, id)
	}
	b = appendUint(append(b, `],"count":`...), f.Count)
	b = appendFrame(append(b, `,"of":`...), f.Of)
	b = appendInt(append(b, `,"time_ns":`...), f.Time)
	b = appendInt(append(b, `,"longest_ns":`...), f.Longest)
	b = appendFrame(append(b, `,"longest_id":`...), f.LongestID)
	b = appendUint(append(b, `,"bytes_lost":`...), f.BytesLost)
	b = c.append(b, &stampSince, f.Since)
	b = c.append(b, &stampUntil, f.Until)
	b = append(b, `,"numbers":{`...)
	for i, n := range f.Numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, n.Name), ':')
		b = appendNullableInt(b, n.Value)
	}
	b = appendStrings(append(b, `},"remedies":`...), f.Remedies)
	return append(appendString(append(b, `,"filter":`...), f.Filter), '}')
}

// appendFindings appends a list of findings.
func appendFindings(b []byte, list []flows.Finding) []byte {
	parts := make([][]byte, len(list)) // by the first finding of each
	flows.SideBySide(context.Background(), len(list), findingsAtOnce, func(_, from, to int) {
		part := make([]byte, 0, findingRoom*(to-from))
		for i := from; i < to; i++ {
			if i > 0 {
				part = append(part, ',')
			}
			part = AppendFinding(part, &list[i])
		}
		parts[from] = part
	})
	size := 2
	for _, part := range parts {
		size += len(part)
	}
	b = append(room(b, size), '[')
	for _, part := range parts {
		b = append(b, part...)
	}
	return append(b, ']')
}

const (
	findingRoom    = 1280 // what most findings take as JSON
	findingsAtOnce = 64   // how many a processor writes at once
)

// maxFindings is how many findings are printed for people; the JSON has all.
const maxFindings = 12

// maxLine is how long a line of text is at most, so that it can be read.
const maxLine = 120

// readable returns how wide lines of text are at a terminal's width, or where that is endless.
func readable(width int) int {
	if width <= 0 {
		return maxLine
	}
	return min(width, maxLine)
}

// WriteFindings writes findings for people, the most important first: a sentence, what else speaks for it, how sure it is
// and which conversations it is about. width is the terminal's; 0 is endless. Nothing where there are none.
func WriteFindings(w io.Writer, list []flows.Finding, width int) error {
	if len(list) == 0 {
		return nil
	}
	width = readable(width)
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, "Findings:")
	for i := range list {
		if i == maxFindings {
			fmt.Fprintf(out, "and %s more; -T json has all\n", grouped(uint64(len(list)-i)))
			break
		}
		f := &list[i]
		head := strconv.Itoa(f.Rank) + ". "
		indent := strings.Repeat(" ", len(head))
		wrapText(out, f.Sentence, head, indent, width)
		for _, text := range f.Evidence {
			wrapText(out, text, indent, indent, width)
		}
		wrapText(out, findingNote(f), indent, indent, width)
		if f.Filter != "" {
			fmt.Fprintf(out, "%s-Y '%s'\n", indent, appendPrintable(nil, f.Filter)) // in one piece, to be copied
		}
	}
	return out.Flush()
}

// findingNote says how sure a finding is, and which conversations it is about.
func findingNote(f *flows.Finding) string {
	const most = 6
	var b strings.Builder
	fmt.Fprintf(&b, "[%s, %s]", f.ID, f.Confidence)
	if len(f.Conversations) == 0 {
		return b.String()
	}
	b.WriteString(" conversation")
	if f.Count != 1 {
		b.WriteByte('s')
	}
	for i, id := range f.Conversations[:min(len(f.Conversations), most)] {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %d", id)
	}
	if rest := f.Count - min(f.Count, uint64(len(f.Conversations)), most); rest > 0 {
		fmt.Fprintf(&b, " and %s more", grouped(rest))
	}
	return b.String()
}

// wrapText prints a text in lines of at most width columns; the first line begins with first, the others with next.
func wrapText(w io.Writer, text, first, next string, width int) {
	line, n, begun := first, utf8.RuneCountInString(first), false
	for word := range strings.FieldsSeq(string(appendPrintable(nil, text))) {
		size := utf8.RuneCountInString(word)
		if begun && n+1+size > width {
			fmt.Fprintln(w, line)
			line, n, begun = next, utf8.RuneCountInString(next), false
		}
		if begun {
			line, n = line+" ", n+1
		}
		line, n, begun = line+word, n+size, true
	}
	fmt.Fprintln(w, line)
}
