package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// historyDifferences are the rows of Zeek's baselines (counted from 1, the heading left out) whose history is another
// than ours of the same five-tuple, and why. Rows whose conversation is none of ours at all are not compared.
var historyDifferences = map[int]string{
	1:  "the baseline is of a run without checksums; dropped, the client's off-loaded segments are all gone",
	2:  "the same",
	5:  "Zeek's timer splits one connection in three records, each with a history of its own",
	6:  "the same",
	8:  "Zeek splits one connection in two records",
	10: "T, a segment sent again, is counted by Zeek's reassembler, by us from the highest number sent",
	15: "g, a gap, is not told: from the packets alone it is known only in the end",
	32: "the same",
	67: "X, analysis given up, is Zeek's own",
	72: "Zeek stops following a GridFTP data channel",
	76: "T as in row 10",
	92: "Zeek ends its record at the first of two RSTs",
	93: "what follows that RST is a record of its own to Zeek",
}

func TestZeekWritesTheHistoriesThatWeWrite(t *testing.T) {
	folder := filepath.Join(top(t), "..", "shared", "captures")
	table, err := os.ReadFile(filepath.Join(folder, "zeek_conn.tsv"))
	if err != nil {
		t.Skip("no captures to read: ", err)
	}
	type record struct {
		OrigH   string `json:"id.orig_h"`
		OrigP   int    `json:"id.orig_p"`
		RespH   string `json:"id.resp_h"`
		RespP   int    `json:"id.resp_p"`
		History string `json:"history"`
	}
	logs := map[string][]record{}
	row, same := 0, 0
	for line := range strings.Lines(string(table)) {
		col := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if col[0] == "trace" {
			continue
		}
		row++
		key := col[0] + " " + col[11]
		if _, ok := logs[key]; !ok {
			args := []string{"report", filepath.Join(folder, "zeek", col[0]), "-T", "zeek-json", "-q"}
			if col[11] == "csum" {
				args = append(args, "--verify-checksums=drop")
			}
			out, _, _ := execute(t, args...)
			logs[key] = []record{}
			for text := range strings.Lines(out) {
				var r record
				if err := json.Unmarshal([]byte(text), &r); err != nil {
					t.Fatalf("%v in %s", err, text)
				}
				logs[key] = append(logs[key], r)
			}
		}
		var ours []string
		for _, r := range logs[key] {
			if fmt.Sprintf("%s %d %s %d", r.OrigH, r.OrigP, r.RespH, r.RespP) == strings.Join(col[1:5], " ") {
				ours = append(ours, r.History)
			}
		}
		why, known := historyDifferences[row]
		switch agree := slices.Contains(ours, col[6]); {
		case len(ours) == 0:
		case agree && known:
			t.Errorf("row %d agrees, and is listed as a difference: %s", row, why)
		case !agree && !known:
			t.Errorf("row %d, %s: Zeek writes %s, we %v", row, col[0], col[6], ours)
		case agree:
			same++
		}
	}
	if same < 80 {
		t.Errorf("only %d histories agree", same)
	}
}

// The lines of a conn.log wait for their order and for their histories, whatever the order.
func TestZeekLinesHaveTheirHistoriesInAnyOrder(t *testing.T) {
	inFolder(t)
	type line struct {
		Frame   uint64 `json:"tcpclose_frame"`
		History string `json:"history"`
	}
	histories := map[uint64]string{}
	read := func(flags ...string) (ids []string) {
		out, errs, code := execute(t, append([]string{"report", "trace.pcap", "-T", "zeek-json"}, flags...)...)
		if code != exitOK {
			t.Fatal(code, errs)
		}
		for text := range strings.Lines(out) {
			var l line
			if err := json.Unmarshal([]byte(text), &l); err != nil {
				t.Fatal(err)
			}
			if before, ok := histories[l.Frame]; l.History == "" || ok && before != l.History {
				t.Errorf("%q: the history of %d is %q, and was %q", flags, l.Frame, l.History, before)
			}
			histories[l.Frame] = l.History
			ids = append(ids, strconv.FormatUint(l.Frame, 10))
		}
		return ids
	}
	if all := read(); len(all) != 10 {
		t.Fatal(all)
	}
	for _, flags := range [][]string{{"--sort", "close_duration", "--top", "3"}, {"--sort", "id:desc"}, {"--sort", "class", "-Y", "not port 443"}} {
		out, _, _ := execute(t, append([]string{"report", "trace.pcap", "-T", "csv", "--fields", "id"}, flags...)...)
		if want := strings.Fields(out)[1:]; !slices.Equal(read(flags...), want) {
			t.Errorf("%q: %q, want %q", flags, read(flags...), want)
		}
	}
}
