package flows

// EachStay calls fn for each state that one end of a conversation was in, CLOSED aside: from a time on, for sure until
// another, and at the most until a third. Whoever counts sockets otherwise than a Population does counts these, so that all
// agree on when a socket was where.
func EachStay(t *Teardown, side Side, cfg *Config, fn func(state State, from, sure, to int64)) {
	for i := range t.Ends[side].States {
		if s, ok := stayOf(t, side, i); ok {
			fn(s.state, s.from, sureUntil(t, &s, i, cfg), s.to)
		}
	}
}
