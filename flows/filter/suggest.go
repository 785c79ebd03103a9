package filter

import (
	"strings"

	"tcpclose/flows"
)

// fold brings a word to the form that the tables hold: lower case, "-" for "_".
func fold(text string) string {
	return strings.ReplaceAll(strings.ToLower(text), "_", "-")
}

// suggestLimit is the longest text for which a near word is looked for; nobody mistypes a longer one.
const suggestLimit = 32

// nearest returns the candidate that text was probably meant to be, or "": the nearest by edits (a swap of neighbours
// counts one) if it is near enough for the length, else the only one that text begins.
func nearest(text string, candidates []string) string {
	text = fold(text)
	if text == "" || len(text) > suggestLimit {
		return ""
	}
	best, bestCost := "", 1+min(max(len(text)/3, 1), 3)
	begun, begins := "", 0
	for _, c := range candidates {
		if cost := flows.Edits(text, c); cost < bestCost {
			best, bestCost = c, cost
		}
		if len(text) >= 2 && strings.HasPrefix(c, text) {
			begun = c
			begins++
		}
	}
	if best != "" && bestCost <= 1 || begins != 1 {
		return best
	}
	return begun
}
