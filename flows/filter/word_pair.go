package filter

import "tcpclose/flows"

var pairKind = enumerated("a kind of pair", ids(flows.PairProxy+1), nil, func(i int64) string {
	return [...]string{"the same connection beyond an address translator", "the other connection of a proxy"}[i]
})

var originKind = enumerated("an origin of a RST", ids(flows.OriginBeyond+1), nil, func(i int64) string {
	return [...]string{
		"an end of this leg", "from beyond the translator, which passed it", "the box between the two legs", "the far end of the other leg",
	}[i]
})

var pairWords = [...]word{
	{
		name: "pair", takes: takesOptional, values: pairKind,
		has: func(t *flows.Teardown, _ reach, v *value) bool {
			for i := range t.Pairs {
				if v == nil || t.Pairs[i].Kind == flows.PairKind(v.low) {
					return true
				}
			}
			return false
		},
		example: "pair proxy", help: "its other leg is in the capture too: nat, proxy; alone: either",
	},
	{
		name: "reset-origin", values: originKind,
		has: func(t *flows.Teardown, _ reach, v *value) bool {
			for i := range t.Pairs {
				if f, ok := t.Follow(&t.Pairs[i]); ok && f.Origin == flows.Origin(v.low) {
					return true
				}
			}
			return false
		},
		example: "reset-origin beyond", help: "where the RST that ended it comes from, followed to its other leg",
	},
}

// Pairs reports whether the filter asks for other legs, which conversations have only once somebody paired them.
func (f *Filter) Pairs() bool {
	return !f.All() && (f.root.asks(wordIndex["pair"]) || f.root.asks(wordIndex["reset-origin"]))
}
