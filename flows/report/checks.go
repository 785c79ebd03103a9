package report

import (
	"bufio"
	"fmt"
	"io"

	"tcpclose/flows"
)

// A Check is one condition that no conversation may meet, with those that do.
type Check struct {
	FailOn        string // the filter
	Count         uint64 // of conversations that match it
	Conversations []flows.Teardown
}

// listedChecks is how many conversations of one condition are listed for people; the JSON has more.
const listedChecks = 20

// WriteChecks writes for people which conditions were met, and by which conversations. looked is how many were looked at.
func WriteChecks(w io.Writer, checks []Check, looked uint64, s *flows.Summary, width int) error {
	out := bufio.NewWriter(w)
	for i := range checks {
		c := &checks[i]
		if c.Count == 0 {
			fmt.Fprintf(out, "ok    %s: 0 of %s\n", appendPrintable(nil, c.FailOn), count(looked, "conversation"))
			continue
		}
		fmt.Fprintf(out, "FAIL  %s: %s of %s\n", appendPrintable(nil, c.FailOn), grouped(c.Count), count(looked, "conversation"))
		o := TableOptions{Width: width, Origin: s.First}
		shown := c.Conversations[:min(len(c.Conversations), listedChecks)]
		err := WriteTable(out, func(yield func([]byte) bool) {
			for i := range shown {
				if !yield(o.AppendCells(nil, &shown[i])) {
					return
				}
			}
		}, o)
		if err != nil {
			return err
		}
		if rest := c.Count - uint64(len(shown)); rest > 0 {
			fmt.Fprintf(out, "and %s more\n", grouped(rest))
		}
	}
	return out.Flush()
}

// WriteChecksJSON writes the same as one JSON document, with whole conversations.
func WriteChecksJSON(w io.Writer, checks []Check, looked uint64, s *flows.Summary) error {
	out := bufio.NewWriter(w)
	ok := true
	for i := range checks {
		ok = ok && checks[i].Count == 0
	}
	e := Encoder{Locate: Locator(s.Files)}
	for i := range s.Files {
		e.Files = append(e.Files, s.Files[i].Path)
	}
	b := fmt.Appendf(nil, `{"schema":"%s","ok":%t,"conversations":%d,"checks":[`, Schema, ok, looked)
	for i := range checks {
		c := &checks[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, "\n{\"fail_on\":"...), c.FailOn)
		b = fmt.Appendf(b, `,"count":%d,"conversations":[`, c.Count)
		for j := range c.Conversations {
			if j > 0 {
				b = append(b, ',')
			}
			b = e.AppendConversation(append(b, '\n'), &c.Conversations[j])
			_, _ = out.Write(b) // bufio keeps the error for Flush
			b = b[:0]
		}
		b = append(b, "]}"...)
	}
	b = fmt.Appendf(b, "\n],\"complete\":%t}\n", s.Complete)
	_, _ = out.Write(b)
	return out.Flush()
}
