package filter

import (
	"math"

	"tcpclose/flows"
)

var endingWords = [...]word{
	{
		name: "class", values: classKind,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return int64(t.Class) },
		example: "class rst-abort or vanished", help: "how it ended",
	},
	{
		name: "shape", values: shapeKind,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return int64(t.Shape) },
		example: "shape three-way", help: "the geometry of the FINs, also where the class hides it",
	},
	{
		name: "closer", aliases: []string{"first-closer"}, values: closerKind,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return int64(t.Closer) },
		example: "closer server", help: "who closed first: client, server, both, none",
	},
	{
		name: "reset-by", values: resetByKind,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return int64(t.ResetBy) },
		example: "reset-by network", help: "who sent the RST that counts: client, server, both, network, none",
	},
	{
		name: "mark", values: markKind, sided: true, has: hasMark,
		example: "mark rst-ignored", help: "something that happened to it; with a side: by that side",
	},
	{
		name: "cause", values: causeKind, sided: true, has: hasCause,
		example: "cause likely:linger-zero", help: "one of the causes, at least that sure (possible, likely, certain)",
	},
	{
		name: "first-cause", values: causeKind, sided: true, has: hasFirstCause,
		example: "first-cause no-socket", help: "the best of the causes",
	},
	{
		name: "state", values: stateKind, scope: perEnd, sided: true,
		has: func(t *flows.Teardown, r reach, v *value) bool {
			return wasIn(&t.Ends[r.side()], flows.State(v.low))
		},
		example: "server.state time-wait", help: "a state that an end was ever in",
	},
	{
		name: "last-state", values: stateKind, scope: perEnd, sided: true,
		has: func(t *flows.Teardown, r reach, v *value) bool {
			states := t.Ends[r.side()].States
			return len(states) > 0 && states[len(states)-1].State == flows.State(v.low)
		},
		example: "server.last-state close-wait", help: "the state that an end is left in",
	},
	{
		name: "fin", takes: takesNothing, scope: perEnd, sided: true,
		has:     func(t *flows.Teardown, r reach, _ *value) bool { return t.Ends[r.side()].FIN.Sent() },
		example: "not server.fin", help: "an end sent a FIN",
	},
	{
		name: "rst", takes: takesNothing, scope: perEnd, sided: true,
		has:     func(t *flows.Teardown, r reach, _ *value) bool { return t.Ends[r.side()].RST.Frame != 0 },
		example: "client.rst", help: "an end sent a RST, whether it counts or not",
	},
	{
		name: "final", takes: takesOptional, values: truthKind, has: isFinal,
		example: "final", help: "nothing that follows can change the verdict",
	},
	{
		name: "roles-by", values: rolesKind,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return int64(t.RolesBy) },
		example: "roles-by syn", help: "how client and server were told apart",
	},
	{
		name: "id", values: ranged("a frame number", 0, math.MaxInt64, "a frame number: 57301, 1-1000"), ordered: true,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return clamp(t.ID) },
		example: "id 5,12,100-199", help: "the number of its first frame",
	},
}

func isFinal(t *flows.Teardown, _ reach, v *value) bool {
	return t.Final == (v == nil || v.low == 1)
}

// did reports whether something done by who was done by the end that is asked for.
func (r reach) did(who flows.Who) bool {
	return r == eitherEnd || who == flows.ByBoth || who == flows.By(r.side())
}

func hasMark(t *flows.Teardown, r reach, v *value) bool {
	some := false
	for i := range t.Marks {
		if m := &t.Marks[i]; r.did(m.Who) {
			if int64(m.ID) == v.low {
				return true
			}
			some = true
		}
	}
	return v.low == none && !some
}

func hasCause(t *flows.Teardown, r reach, v *value) bool {
	some := false
	for i := range t.Causes {
		if c := &t.Causes[i]; r.did(c.Who) {
			if causeFits(c, v) {
				return true
			}
			some = true
		}
	}
	return v.low == none && !some
}

func hasFirstCause(t *flows.Teardown, r reach, v *value) bool {
	if len(t.Causes) == 0 || !r.did(t.Causes[0].Who) {
		return v.low == none
	}
	return causeFits(&t.Causes[0], v)
}

func causeFits(c *flows.Cause, v *value) bool {
	return int64(c.ID) == v.low && int64(c.Confidence) >= v.high
}

func wasIn(e *flows.End, s flows.State) bool {
	for i := range e.States {
		if e.States[i].State == s {
			return true
		}
	}
	return false
}

// clamp turns a count into the signed number that comparisons use.
func clamp(n uint64) int64 { return int64(min(n, math.MaxInt64)) }
