package filter

import (
	"math"

	"tcpclose/flows"
)

var measureWords = [...]word{
	{
		name: "duration", values: durationKind, ordered: true, measure: true,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return t.Duration() },
		example: "duration > 1m", help: "from the first to the last segment",
	},
	{
		name: "close-duration", values: durationKind, ordered: true, measure: true,
		get:     func(t *flows.Teardown, _ flows.Side) int64 { return t.CloseDuration() },
		example: "close-duration > 500ms", help: "from the first FIN or RST to the close's end; unknown where one is missing",
	},
	{
		name: "idle", aliases: []string{"idle-before-close"}, values: durationKind, ordered: true, measure: true,
		get: func(t *flows.Teardown, _ flows.Side) int64 {
			if t.CloseStart == flows.NoTime {
				return flows.NoTime
			}
			return t.IdleBeforeClose
		},
		example: "idle >= 5m", help: "silence before the close; unknown where nobody closed",
	},
	{
		name: "rtt", values: durationKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return t.Ends[s].RTT },
		example: "rtt > 50ms", help: "round trip by the handshake; with a side: from the capture point to that end and back",
	},
	{
		name: "bytes", values: sizeKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return count(t.Ends[s].Bytes) },
		example: "server.bytes > 1M", help: "payload octets sent, retransmissions included",
	},
	{
		name: "data-bytes", values: sizeKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return count(t.Ends[s].DataBytes) },
		example: "client.data-bytes = 0", help: "payload octets sent, each counted once",
	},
	{
		name: "bytes-lost", values: sizeKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return count(t.Ends[s].BytesLost) },
		example: "bytes-lost > 0", help: "payload octets sent and never acknowledged",
	},
	{
		name: "packets", values: countKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return count(t.Ends[s].Packets) },
		example: "packets <= 3", help: "segments sent",
	},
	{
		name: "retrans", aliases: []string{"retransmissions"}, values: countKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return int64(t.Ends[s].Retrans) },
		example: "retrans > 10", help: "segments with payload sent again",
	},
	{
		name: "fin-resends", values: countKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return int64(t.Ends[s].FIN.Resends) },
		example: "fin-resends >= 2", help: "how often a FIN was sent again",
	},
	{
		name: "rsts", values: countKind, ordered: true, measure: true, sided: true, scope: summed,
		get:     func(t *flows.Teardown, s flows.Side) int64 { return int64(t.Ends[s].RST.Number) },
		example: "rsts > 1", help: "RSTs sent",
	},
}

// countLimit keeps the sum of two ends within an int64.
const countLimit = math.MaxInt64 / 2

func count(n uint64) int64 { return int64(min(n, countLimit)) }
