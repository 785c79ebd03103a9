package filter

import (
	"strings"

	"tcpclose/flows"
)

// heldWords makes a word of each state in which time can be spent.
func heldWords() []word {
	var list []word
	for s := flows.SynSent; s < flows.Closed; s++ {
		w := word{
			name: stateNames[s], values: durationKind, scope: perEnd, sided: true, ordered: true, measure: true,
			get: func(t *flows.Teardown, side flows.Side) int64 {
				e := &t.Ends[side]
				if e.Held[s] == 0 && !wasIn(e, s) {
					return flows.NoTime
				}
				return e.Held[s]
			},
			example: stateNames[s] + " > 30s", help: "time that an end spent in " + strings.ToUpper(stateNames[s]),
		}
		for _, a := range stateAliases {
			if a.state == s {
				w.aliases = append(w.aliases, a.name)
			}
		}
		list = append(list, w)
	}
	return list
}
