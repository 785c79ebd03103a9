package report

import (
	"strconv"
	"strings"

	"tcpclose/flows"
)

// appendPairs appends the member of a conversation's other legs; nothing where there are none.
func (e *Encoder) appendPairs(b []byte, t *flows.Teardown) []byte {
	if len(t.Pairs) == 0 {
		return b
	}
	b = append(b, `,"pairs":[`...)
	for i := range t.Pairs {
		p := &t.Pairs[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = appendUint(append(b, `{"id":`...), p.ID)
		b = append(append(append(b, `,"kind":"`...), p.Kind.String()...), '"')
		b = append(append(append(b, `,"confidence":"`...), p.Confidence.String()...), '"')
		b = append(append(append(b, `,"beyond":"`...), p.Beyond.String()...), '"')
		client, server := flows.End{Addr: p.Client}, flows.End{Addr: p.Server}
		b = appendEndpoint(append(b, `,"client":`...), &client)
		b = appendEndpoint(append(b, `,"server":`...), &server)
		b = append(b, classJSON[p.Class]...)
		b = appendStrings(append(b, `,"evidence":`...), p.Evidence)
		b = append(e.appendFollowed(append(b, `,"reset":`...), t, p), '}')
	}
	return append(b, ']')
}

// appendFollowed appends where the RST comes from that ended a conversation; null where none did.
func (e *Encoder) appendFollowed(b []byte, t *flows.Teardown, p *flows.Pair) []byte {
	f, ok := t.Follow(p)
	if !ok {
		return append(b, "null"...)
	}
	b = append(append(append(b, `{"origin":"`...), f.Origin.String()...), '"')
	b = appendFrame(append(b, `,"after_frame":`...), f.Frame)
	b = e.appendPlace(b, f.Frame)
	b = append(b, `,"after":`...)
	switch {
	case f.Frame == 0:
		b = append(b, "null"...)
	case f.FIN:
		b = append(b, `"fin"`...)
	default:
		b = append(b, `"rst"`...)
	}
	if f.Frame == 0 {
		b = append(b, `,"gap_ns":null`...)
	} else {
		b = appendInt(append(b, `,"gap_ns":`...), f.Gap)
	}
	return append(appendString(append(b, `,"text":`...), f.Text), '}')
}

// appendPairIDs appends the other legs: the kind, the conversation, and how sure that is.
func appendPairIDs(b []byte, t *flows.Teardown) []byte {
	for i := range t.Pairs {
		p := &t.Pairs[i]
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(b, p.Kind.String()...), ':')
		b = append(append(appendUint(b, p.ID), ':'), p.Confidence.String()...)
	}
	return b
}

// appendLegs appends the other legs for the table: nat 57, or proxy 57? where it is not certain.
func appendLegs(b []byte, t *flows.Teardown) []byte {
	for i := range t.Pairs {
		p := &t.Pairs[i]
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(b, p.Kind.String()...), ' ')
		b = appendUint(b, p.ID)
		if p.Confidence != flows.Certain {
			b = append(b, '?')
		}
	}
	return b
}

// PairTexts says for people which other legs a conversation has, what proves it, and where the RST comes from that ended it.
func PairTexts(t *flows.Teardown) (list []string) {
	for i := range t.Pairs {
		p := &t.Pairs[i]
		what := "the same connection, beyond an address translator"
		if p.Kind == flows.PairProxy {
			what = "the proxy's other connection"
		}
		text := "#" + strconv.FormatUint(p.ID, 10) + ", " + p.Client.String() + " > " + p.Server.String() + ", beyond the " + p.Beyond.String() + ": " +
			what + " (" + p.Confidence.String() + ")"
		list = append(list, text)
		if len(p.Evidence) > 0 {
			list = append(list, "proof: "+strings.Join(p.Evidence, "; "))
		}
		if f, ok := t.Follow(p); ok {
			list = append(list, f.Text)
		}
	}
	return list
}
