package filter

import (
	"fmt"

	"tcpclose/decode"
)

// Limits lists the bounds of a filter's text.
func Limits() []decode.Limit {
	return []decode.Limit{
		{Of: "length of a filter", Most: fmt.Sprintf("%d KiB", MaxLength>>10), Beyond: "refused"},
		{Of: "parentheses open at once", Most: fmt.Sprint(MaxNesting), Beyond: "refused"},
	}
}
