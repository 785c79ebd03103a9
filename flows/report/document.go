package report

import (
	"bufio"
	"io"
	"iter"

	"tcpclose/flows"
)

// WriteDocument writes all as one JSON document, a conversation a line. The conversations come as AppendObject wrote them.
func WriteDocument(w io.Writer, s *flows.Summary, conversations iter.Seq[[]byte]) error {
	out := bufio.NewWriterSize(w, 1<<16)
	b := append(append([]byte(`{"schema":"`), Schema...), "\",\n\"capture\":"...)
	b = append(appendCapture(b, s), ",\n\"conversations\":["...)
	before := "\n"
	for object := range conversations {
		b = append(append(b, before...), object...)
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

// AppendObject appends a conversation as a JSON object. fields chooses members as AppendFields does; nil for all, or for
// those of a line of NDJSON where Terse is set.
func (e *Encoder) AppendObject(b []byte, t *flows.Teardown, fields []string) []byte {
	switch {
	case fields != nil:
		return e.AppendFields(b, t, fields)
	case e.Terse:
		return e.appendLine(b, t)
	}
	return e.AppendConversation(b, t)
}
