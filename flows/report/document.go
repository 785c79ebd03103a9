package report

import (
	"bufio"
	"io"
	"iter"

	"tcpclose/flows"
)

// WriteDocument writes all as one JSON document, a conversation a line. It holds one conversation's text at a time. fields
// chooses members of the conversations as AppendFields does; nil for all.
func (e *Encoder) WriteDocument(w io.Writer, s *flows.Summary, conversations iter.Seq[*flows.Teardown], fields []string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	b := append(append([]byte(`{"schema":"`), Schema...), "\",\n\"capture\":"...)
	b = append(appendCapture(b, s), ",\n\"conversations\":["...)
	before := "\n"
	for t := range conversations {
		b = append(b, before...)
		b = e.appendChosen(b, t, fields)
		if _, err := out.Write(b); err != nil {
			return err
		}
		b, before = b[:0], ",\n"
	}
	b = append(b, "\n],\n"...)
	b = append(appendOutcome(b, s), "}\n"...)
	_, _ = out.Write(b) // bufio keeps the error for Flush
	return out.Flush()
}

// AppendLine appends a conversation as one line of NDJSON. fields chooses members as AppendFields does; nil for all.
func (e *Encoder) AppendLine(b []byte, t *flows.Teardown, fields []string) []byte {
	return append(e.appendChosen(b, t, fields), '\n')
}

func (e *Encoder) appendChosen(b []byte, t *flows.Teardown, fields []string) []byte {
	if fields == nil {
		return e.AppendConversation(b, t)
	}
	return e.AppendFields(b, t, fields)
}
