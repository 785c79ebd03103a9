package report

import (
	"bytes"
	"encoding/json"

	"tcpclose/flows"
)

// AppendFields appends a conversation as a JSON object of the named fields alone: members of the full object as they are
// there, columns of the CSV for every other name, null where they are empty.
func (e *Encoder) AppendFields(b []byte, t *flows.Teardown, fields []string) []byte {
	full := e.AppendConversation(nil, t)
	found := map[string][]byte{}
	for name, value := range members(full) {
		found[string(name)] = value
	}
	b = append(b, '{')
	for i, name := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		if value, ok := found[name]; ok {
			b = append(b, value...)
			continue
		}
		b = appendColumn(b, t, name)
	}
	return append(b, '}')
}

// appendColumn appends a column as a JSON value.
func appendColumn(b []byte, t *flows.Teardown, name string) []byte {
	col, ok := ColumnNamed(name)
	if !ok {
		return append(b, "null"...)
	}
	value := col.Text(nil, t)
	switch {
	case len(value) == 0:
		return append(b, "null"...)
	case col.Number != nil:
		return append(b, value...)
	}
	return appendString(b, string(value))
}

// MemberNames lists the members of a conversation's JSON object in their order, those of a capture of several files included.
func MemberNames() []string {
	t := flows.Teardown{CloseStart: flows.NoTime, CloseEnd: flows.NoTime, Pairs: make([]flows.Pair, 1)}
	var names []string
	e := Encoder{Files: make([]string, 2)}
	for name := range members(e.AppendConversation(nil, &t)) {
		names = append(names, string(name))
	}
	return names
}

// MemberDoc says what a member of a conversation's JSON object means, as the schema does; empty for one that it does not know.
func MemberDoc(name string) string {
	var schema struct {
		Defs struct {
			Conversation struct {
				Properties map[string]struct{ Description string }
			}
		} `json:"$defs"`
	}
	if json.Unmarshal(SchemaJSON, &schema) != nil {
		return "" // a test reads it
	}
	return schema.Defs.Conversation.Properties[name].Description
}

// members goes through the members of a JSON object that this package wrote: no blanks between its tokens.
func members(object []byte) func(yield func(name, value []byte) bool) {
	return func(yield func(name, value []byte) bool) {
		rest := object[1:]
		for len(rest) > 1 && rest[0] == '"' {
			end := 1 + bytes.IndexByte(rest[1:], '"')
			name := rest[1:end]
			rest = rest[end+2:]
			n := valueLen(rest)
			if !yield(name, rest[:n]) {
				return
			}
			rest = rest[min(n+1, len(rest)):]
		}
	}
}

// valueLen returns how long the JSON value at the beginning of b is.
func valueLen(b []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i
			}
			depth--
		case c == ',' && depth == 0:
			return i
		}
	}
	return len(b)
}
