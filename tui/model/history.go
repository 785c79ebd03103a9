package model

import "slices"

// A History is what was typed, the newest last, each text once.
type History []string

// maxHistory bounds what is remembered.
const maxHistory = 100

func (h *History) remember(text string) {
	*h = append(slices.DeleteFunc(*h, func(s string) bool { return s == text }), text)
	if len(*h) > maxHistory {
		*h = (*h)[1:]
	}
}

// RememberFilter keeps a filter that was wanted, for the prompt to bring it back.
func (m *Model) RememberFilter(text string) {
	if text != "" {
		m.Filters.remember(text)
	}
}
