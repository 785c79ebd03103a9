package main

import (
	"os"
	"strings"
	"testing"

	"tcpclose/flows/report"
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

// Where the capture has several files, the file of a conversation's first and last segment can be asked for; of one file there
// is nothing to tell.
func TestFilesOfAConversationAreFields(t *testing.T) {
	inFolder(t)
	whole := tenKinds(t)
	if err := os.WriteFile("other.pcap", whole, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"json", "ndjson"} {
		for files, want := range map[string]string{
			"trace.pcap":            `{"id":1,"first_file":null,"last_file":null}`,
			"other.pcap trace.pcap": `{"id":1,"first_file":"other.pcap","last_file":"trace.pcap"}`,
		} {
			args := append([]string{"report", "-q", "--no-summary", "-T", format, "--fields", "id,first_file,last_file"}, strings.Fields(files)...)
			if out, errs, code := execute(t, args...); code != exitOK || !strings.Contains(out, want) {
				t.Errorf("%q: exit code %d, no %s in\n%.300s%s", args, code, want, out, errs)
			}
		}
	}
}

// A script's author learns from --fields help what every column and member means.
func TestTheListOfFieldsTellsWhatEachMeans(t *testing.T) {
	out, _, code := execute(t, "report", "--fields", "help", "x")
	listed := map[string]bool{}
	for line := range strings.Lines(out) {
		name, meaning, _ := strings.Cut(strings.TrimSpace(line), " ")
		if meaning = strings.TrimSpace(meaning); len(meaning) < 12 || strings.HasPrefix(meaning, "(") || listed[name] {
			t.Errorf("%q", line)
		}
		listed[name] = true
	}
	completed, _, _ := execute(t, "__complete", "report", "--fields", "id,")
	for _, name := range append(report.MemberNames(), report.ColumnNames()...) {
		if !listed[name] || !strings.Contains(completed, "id,"+name+"\n") {
			t.Errorf("%s is not listed and completed", name)
		}
	}
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// --fields holds for each format that is written, wherever that is; what a format cannot do is refused, not passed over.
func TestFieldsAreThoseOfEveryFormatThatIsWritten(t *testing.T) {
	inFolder(t)
	for _, row := range []struct {
		line string
		code int
		want string
	}{
		{"-T json=new.json --force --fields id,states", exitOK, ""},
		{"-T ndjson=new.ndjson -T json=new.json --force --fields id,mss", exitOK, ""},
		{"-T csv=new.csv -T html=new.html --force --fields id,duration", exitOK, ""},
		{"-T json -T csv=new.csv --force --fields id,mss", exitUsage, "--fields mss: -T csv has no such column; -T json and ndjson have it"},
		{"--fields states", exitUsage, "--fields states: -T table has no such column"},
		{"-T json --fields window_scal", exitUsage, "did you mean: window_scale"},
		{"-T parquet=new.parquet --fields id", exitUsage, "--fields cannot be used with -T parquet"},
		{"-T zeek --fields id", exitUsage, "--fields cannot be used with -T zeek"},
		{"-T csv -T json", exitUsage, "csv is written there already; FORMAT=FILE writes one more"},
		{"-T csv -T csv", exitOK, "id,client_ip"},
	} {
		out, errs, code := execute(t, append([]string{"report", "trace.pcap"}, strings.Fields(row.line)...)...)
		if code != row.code || !strings.Contains(out+errs, row.want) {
			t.Errorf("%s: exit code %d, want %d; no %q in\n%.300s%s", row.line, code, row.code, row.want, out, errs)
		}
	}
	for name, want := range map[string]string{"new.json": `{"id":1,"mss":{`, "new.csv": "id,duration_ns\r\n1,"} {
		if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, no %s in %.300s", name, err, want, text)
		}
	}
}
