package legs

import (
	"fmt"

	"tcpclose/decode"
)

// Limits lists the bounds of pairing.
func Limits() []decode.Limit {
	return []decode.Limit{
		{Of: "connections that --pairs looks at", Most: fmt.Sprint(maxLegs), Beyond: "none is paired; said"},
		{Of: "connections that --pairs reads again", Most: fmt.Sprint(maxLooks), Beyond: "what they may fit stays alone; counted, said"},
		{Of: "connections that --pairs compares with one", Most: fmt.Sprintf("%d, found among %d", maxCandidates, maxSeen), Beyond: "those that began later are not compared"},
	}
}
