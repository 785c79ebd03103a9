package model

import (
	"encoding/binary"

	"tcpclose/decode"
	"tcpclose/flows"
)

// Column names a column of the flow table, which is also an order of its rows.
type Column uint8

// The columns, in the order in which they stand.
const (
	ColumnFlow Column = iota
	ColumnStart
	ColumnClient
	ColumnServer
	ColumnService
	ColumnClass
	ColumnCloser
	ColumnDuration
	ColumnClose
	ColumnClientState
	ColumnServerState
	ColumnBytes
	ColumnLost
	ColumnMarks
	ColumnCause
	NumColumns
)

// A column orders rows by one number: hot takes it from the columns, key from as much of the row as want says. Where equal
// numbers can belong to different values (the 16 octets of an IPv6 address), those are then compared by less.
var columnTable = [NumColumns]struct {
	id, title string
	help      string
	want      parts
	hot       func(c *columns, k *chunk, i int) uint64
	key       func(t *flows.Teardown) uint64
	less      func(s *Snapshot, a, b int32) int
}{
	ColumnFlow:        {id: "flow", title: "flow", help: "number of its first frame", hot: func(c *columns, _ *chunk, i int) uint64 { return c.id[i] }},
	ColumnStart:       {id: "start", title: "start", help: "first segment", hot: func(c *columns, _ *chunk, i int) uint64 { return signedKey(c.start[i]) }},
	ColumnClient:      {id: "client", title: "client", help: "who sent the first SYN", less: compareEnds(flows.Client), hot: func(c *columns, k *chunk, i int) uint64 { return addrKey(&k.addrs[c.client[i]], c.clientPort[i]) }},
	ColumnServer:      {id: "server", title: "server", help: "who answered", less: compareEnds(flows.Server), hot: func(c *columns, k *chunk, i int) uint64 { return addrKey(&k.addrs[c.server[i]], c.serverPort[i]) }},
	ColumnService:     {id: "svc", title: "svc", help: "the server's port", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(c.serverPort[i]) }},
	ColumnClass:       {id: "class", title: "class", help: "how it ended", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(c.class[i]) }},
	ColumnCloser:      {id: "by", title: "by", help: "who closed first", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(c.closer[i]) }},
	ColumnDuration:    {id: "dur", title: "dur", help: "first to last segment", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(max(0, c.last[i]-c.start[i])) }},
	ColumnClose:       {id: "close", title: "close", help: "how long the close took, or has taken so far", want: timeParts, key: func(t *flows.Teardown) uint64 { return signedKey(closeTime(t)) }},
	ColumnClientState: {id: "client-state", title: "client st.", help: "the client's state", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(c.clientState[i]) }},
	ColumnServerState: {id: "server-state", title: "server st.", help: "the server's state", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(c.serverState[i]) }},
	ColumnBytes:       {id: "bytes", title: "bytes", help: "payload of both ends", want: countParts, key: func(t *flows.Teardown) uint64 { return t.Ends[0].DataBytes + t.Ends[1].DataBytes }},
	ColumnLost:        {id: "lost", title: "lost", help: "bytes never acknowledged", want: countParts, key: func(t *flows.Teardown) uint64 { return t.Ends[0].BytesLost + t.Ends[1].BytesLost }},
	ColumnMarks:       {id: "flag", title: "flag", help: "how many marks it has", want: symbolParts, key: func(t *flows.Teardown) uint64 { return uint64(len(t.Marks)) }},
	ColumnCause:       {id: "cause", title: "cause", help: "the likeliest cause", hot: func(c *columns, _ *chunk, i int) uint64 { return uint64(c.topCause[i]) }},
}

// ID returns the column's name in commands; Title stands above it; Help says what it holds.
func (c Column) ID() string { return columnTable[c].id }

// Title returns the heading.
func (c Column) Title() string { return columnTable[c].title }

// Help says what the column holds.
func (c Column) Help() string { return columnTable[c].help }

// ParseColumn reads a column's name.
func ParseColumn(id string) (Column, bool) {
	for c := range columnTable {
		if columnTable[c].id == id {
			return Column(c), true
		}
	}
	return 0, false
}

func signedKey(n int64) uint64 { return uint64(n) ^ 1<<63 }

// addrKey orders endpoints: IPv4 before IPv6, then by address, then by port. Of an IPv6 address it holds the first 63
// bits only.
func addrKey(a *decode.Addr, port uint16) uint64 {
	if a.Is4() {
		return uint64(binary.BigEndian.Uint32(a[12:]))<<16 | uint64(port)
	}
	return 1<<63 | binary.BigEndian.Uint64(a[:8])>>1
}

func compareEnds(side flows.Side) func(s *Snapshot, a, b int32) int {
	return func(s *Snapshot, a, b int32) int { return s.End(a, side).Compare(s.End(b, side)) }
}
