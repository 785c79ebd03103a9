package flows

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
)

// noConversation is what a row finds that is not one more conversation to us.
const noConversation = "no conversation"

// zeekDifferences are the rows of Zeek's baselines (counted from 1, the heading left out) to which the packets say
// something else: our conn_state of that conversation, and why.
var zeekDifferences = map[int]struct{ ours, why string }{
	1:   {"SHR", "the baseline is of a run without checksums; dropped, the client's off-loaded segments are all gone"},
	2:   {noConversation, "a segment with a wrong checksum makes a record of its own"},
	3:   {noConversation, "the same as row 1: a SYN-ACK makes its sender the server, also where the SYN was dropped"},
	5:   {noConversation, "Zeek's inactivity timer splits one connection of three segments, 300 s apart, in three"},
	6:   {noConversation, "the same"},
	17:  {noConversation, "the same connection as row 8: Zeek splits it when it has seen one segment"},
	30:  {"OTH, roles exchanged", "one segment from port 443: that port is the server's"},
	33:  {noConversation, "Teredo to another port than 3544 is not looked into"},
	43:  {noConversation, "the same connection as row 9, from another baseline"},
	48:  {noConversation, "the same as row 46: a lone SYN-ACK makes its sender the server"},
	72:  {"SF", "Zeek stops following a GridFTP data channel; frames 54 to 57 are FIN, FIN+ACK, ACK"},
	92:  {"RSTR", "frame 64 is a RST of the client, frame 66 one of the server: Zeek ends its record at the first"},
	93:  {noConversation, "what follows that RST is the same connection, and a record of its own to Zeek"},
	98:  {noConversation, "a SYN with the same number, sent again after the RST: a retransmission, and a record of its own to Zeek"},
	100: {noConversation, "the same"},
	101: {noConversation, "the same"},
	102: {noConversation, "the same"},
}

func TestZeekSaysOfItsOwnTracesWhatWeWouldExport(t *testing.T) {
	table, err := os.ReadFile(filepath.Join(corpusFolder, "zeek_conn.tsv"))
	if err != nil {
		t.Skip("no captures to read: ", err)
	}
	type run struct{ trace, csum string }
	conversations, unmatched := map[run][]Teardown{}, map[run][]Teardown{}
	row := 0
	for line := range strings.Lines(string(table)) {
		col := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if col[0] == "trace" {
			continue
		}
		row++
		r := run{col[0], col[11]}
		if _, ok := conversations[r]; !ok {
			cfg := decode.Config{}
			if r.csum == "csum" {
				cfg.Checksums = decode.ChecksumsDropped
			}
			all, _, ok := collectFile(t, filepath.Join(corpusFolder, "zeek", r.trace), cfg, Config{Workers: 1})
			if !ok {
				t.Errorf("%s cannot be read", r.trace)
			}
			conversations[r], unmatched[r] = all, all
		}
		zeek, _, _ := strings.Cut(col[5], "(")
		want := zeek
		if d, ok := zeekDifferences[row]; ok {
			want = d.ours
		}
		var got string
		if col[1] == "-" {
			got = zeekAnyOf(conversations[r], zeek)
		} else {
			got, unmatched[r] = zeekMatch(unmatched[r], col)
		}
		if got != want {
			t.Errorf("row %d: Zeek says %s, we %s, want %s: %s", row, zeek, got, want, line)
		}
	}
	if row < 100 {
		t.Errorf("only %d rows", row)
	}
}

// zeekAnyOf answers a row without addresses: by any conversation of its state.
func zeekAnyOf(all []Teardown, want string) string {
	for i := range all {
		if ZeekState(&all[i]) == want {
			return want
		}
	}
	return noConversation
}

// zeekMatch takes the conversation of a row out of those that no row matched yet and returns our conn_state of it.
func zeekMatch(all []Teardown, col []string) (state string, rest []Teardown) {
	orig, resp := netip.MustParseAddrPort(joinPort(col[1], col[2])), netip.MustParseAddrPort(joinPort(col[3], col[4]))
	for i := range all {
		state := ZeekState(&all[i])
		switch ends := [2]netip.AddrPort{all[i].Ends[Client].Addr, all[i].Ends[Server].Addr}; ends {
		case [2]netip.AddrPort{orig, resp}:
		case [2]netip.AddrPort{resp, orig}:
			state += ", roles exchanged"
		default:
			continue
		}
		return state, slices.Delete(slices.Clone(all), i, i+1)
	}
	return noConversation, all
}

func joinPort(addr, port string) string {
	if strings.Contains(addr, ":") {
		return "[" + addr + "]:" + port
	}
	return addr + ":" + port
}
