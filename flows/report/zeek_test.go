package report

import (
	"encoding/json"
	"strings"
	"testing"

	"tcpclose/decode"
	"tcpclose/flows"
)

func TestZeekLogIsAsTheGoldenShowsIt(t *testing.T) {
	b := AppendZeekHeader(nil)
	list := samples()
	for i := range list {
		b = AppendZeek(b, &list[i], []byte("ShADadFf"))
	}
	for i := range list {
		b = AppendZeekJSON(b, &list[i], []byte("ShADadFf"))
	}
	golden(t, "zeek.golden", string(b))
}

func TestZeekColumnsAreAsManyAsTheHeaderNames(t *testing.T) {
	list := samples()
	header := strings.Split(strings.TrimSpace(string(AppendZeekHeader(nil))), "\n")
	fields := len(strings.Split(header[len(header)-2], "\t"))
	if types := len(strings.Split(header[len(header)-1], "\t")); types != fields {
		t.Errorf("%d types of %d fields", types, fields)
	}
	for i := range list {
		line := strings.TrimSuffix(string(AppendZeek(nil, &list[i], nil)), "\n")
		if n := len(strings.Split(line, "\t")); n != fields-1 {
			t.Errorf("%d values of %d fields: %s", n, fields-1, line)
		}
		var object map[string]any
		if err := json.Unmarshal(AppendZeekJSON(nil, &list[i], nil), &object); err != nil {
			t.Error(err)
		}
	}
}

// TestHistoriesFollowZeeksRules gives each rule of Zeek's history its segments: side, flags, sequence number, length.
func TestHistoriesFollowZeeksRules(t *testing.T) {
	const c, s = flows.Client, flows.Server
	type seg struct {
		from  flows.Side
		flags decode.Flags
		seq   decode.Seq
		n     uint32
	}
	for _, row := range []struct {
		what, want string
		segments   []seg
	}{
		{"an ordinary conversation", "ShADadFf", []seg{
			{c, decode.SYN, 1, 0},
			{s, decode.SYN | decode.ACK, 9, 0},
			{c, decode.ACK, 2, 0},
			{c, decode.ACK, 2, 10},
			{s, decode.ACK, 10, 0},
			{s, decode.ACK, 10, 5},
			{c, decode.ACK, 12, 0},
			{c, decode.FIN | decode.ACK, 12, 0},
			{s, decode.FIN | decode.ACK, 15, 0},
			{c, decode.ACK, 13, 0},
		}},
		{"a FIN sent again is one letter, a FIN elsewhere another", "FF", []seg{{c, decode.FIN, 5, 0}, {c, decode.FIN, 5, 0}, {c, decode.FIN, 6, 0}}},
		{"a FIN's number is that behind its data", "F", []seg{{c, decode.FIN, 5, 3}, {c, decode.FIN, 8, 0}}},
		{"RSTs with other numbers", "rr", []seg{{s, decode.RST, 5, 0}, {s, decode.RST, 5, 0}, {s, decode.RST, 7, 0}}},
		{"FIN with RST, SYN with FIN", "Iq", []seg{{c, decode.FIN | decode.RST, 5, 0}, {s, decode.SYN | decode.FIN, 5, 0}}},
		{"data sent again, at the first and the tenth time", "DTT", func() []seg {
			list := []seg{{c, decode.ACK, 5, 3}}
			for range 12 {
				list = append(list, seg{c, decode.ACK, 5, 3})
			}
			return list
		}()},
	} {
		var h ZeekHistory
		for _, g := range row.segments {
			h.Add(g.from, &decode.Segment{Flags: g.flags, Seq: g.seq, Len: g.n, Window: 100})
		}
		if got := string(h.AppendHistory(nil, &flows.Teardown{})); got != row.want {
			t.Errorf("%s: %s, want %s", row.what, got, row.want)
		}
	}
}

func TestAHistoryStaysBounded(t *testing.T) {
	var h ZeekHistory
	for i := range 100_000 {
		h.Add(flows.Client, &decode.Segment{Flags: decode.RST, Seq: decode.Seq(i), Window: 1})
	}
	if n := len(h.letters); n > maxZeekHistory {
		t.Errorf("%d letters", n)
	}
}
