package filter

import "tcpclose/flows"

var timeWords = [...]word{
	{
		name: "since", values: momentKind,
		has:     func(t *flows.Teardown, _ reach, v *value) bool { return t.Last >= v.low },
		example: "since 2026-11-20T09:24", help: "its last segment passed then or later",
	},
	{
		name: "until", values: momentKind,
		has:     func(t *flows.Teardown, _ reach, v *value) bool { return t.Start <= v.low },
		example: "until \"2026-11-20 10:00\"", help: "its first segment passed then or earlier",
	},
	{
		name: "start", values: momentKind, ordered: true, measure: true,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return t.Start },
		example: "start >= 2026-11-20", help: "time of the first segment",
	},
	{
		name: "end", values: momentKind, ordered: true, measure: true,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return t.Last },
		example: "end < 1795166692.5", help: "time of the last segment",
	},
	{
		name: "close-start", values: momentKind, ordered: true, measure: true,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return t.CloseStart },
		example: "close-start > 2026-11-20T09:30", help: "time of the first FIN or RST that counts",
	},
}
