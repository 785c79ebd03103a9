package filter

import "strings"

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
		if cost := edits(text, c); cost < bestCost {
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

// edits counts the insertions, deletions, substitutions and swaps of neighbours between two short texts.
func edits(a, b string) int {
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
