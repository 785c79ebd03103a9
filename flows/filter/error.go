package filter

import (
	"fmt"
	"unicode/utf8"
)

// An Error says what is wrong with a filter, and where.
type Error struct {
	Column     int    // 1-based, in runes
	Text       string // the offending text; empty at the filter's end
	Message    string // one clause, lower case
	Suggestion string // what can stand there instead; may be empty
}

// Error returns the whole in one line.
func (e *Error) Error() string {
	if e.Suggestion == "" {
		return fmt.Sprintf("column %d: %s", e.Column, e.Message)
	}
	return fmt.Sprintf("column %d: %s; did you mean %s?", e.Column, e.Message, e.Suggestion)
}

// errorAt makes the error of a stretch of text; positions are byte offsets.
func errorAt(text string, pos, end int, suggestion, format string, args ...any) *Error {
	return &Error{
		Column:     utf8.RuneCountInString(text[:pos]) + 1,
		Text:       text[pos:end],
		Message:    fmt.Sprintf(format, args...),
		Suggestion: suggestion,
	}
}

// quoteLimit keeps a long offending word from filling the screen.
const quoteLimit = 40

// quoted returns text for a message, cut to a bearable length.
func quoted(text string) string {
	if utf8.RuneCountInString(text) > quoteLimit {
		runes := []rune(text)
		text = string(runes[:quoteLimit]) + "…"
	}
	return fmt.Sprintf("%q", text)
}
