package main

import (
	"strings"
	"testing"
)

// A column may be named without its unit, in other letters and more than once; an object has each of its keys once, with the
// unit, whatever the format.
func TestColumnsInJSONHaveTheirFullNamesOnce(t *testing.T) {
	inFolder(t)
	fields := []string{"--fields", "ID,duration,id,Close-Duration,duration_ns,rtt_client", "--top", "1", "--no-summary", "-q"}
	csv, _, code := execute(t, append([]string{"report", "trace.pcap", "-T", "csv"}, fields...)...)
	if head, _, _ := strings.Cut(csv, "\r\n"); code != exitOK || head != "id,duration_ns,id,close_duration_ns,duration_ns,rtt_ns_client" {
		t.Errorf("exit code %d, %q", code, head)
	}
	for _, args := range [][]string{
		{"report", "trace.pcap", "-T", "ndjson"},
		{"report", "trace.pcap", "-T", "json"},
		{"report", "trace.pcap", "trace.pcap", "-T", "json"}, // which waits for the files
		{"report", "trace.pcap", "-T", "json", "-T", "csv=new.csv", "--force"},
	} {
		out, stderr, code := execute(t, append(args, fields...)...)
		var keys []string
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, `{"id":1,`) {
				for member := range strings.SplitSeq(strings.Trim(line, "{}\n"), ",") {
					keys = append(keys, strings.Split(member, `"`)[1])
				}
			}
		}
		if got := strings.Join(keys, " "); code != exitOK || got != "id duration_ns close_duration_ns rtt_ns_client" {
			t.Errorf("%q: exit code %d, keys %q\n%s%s", args, code, got, out, stderr)
		}
	}
	if _, stderr, code := execute(t, "report", "trace.pcap", "-T", "json", "--fields", "FIN,Window-Scale"); code != exitOK {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
