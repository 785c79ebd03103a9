package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode"
)

// namesCapture is the capture that flows/names writes.
func namesCapture(t *testing.T) string {
	t.Helper()
	return filepath.Join(top(t), "testdata", "captures", "names-in-the-capture.pcap")
}

func TestEveryOutputForPeopleAndProgramsTellsNames(t *testing.T) {
	inFolder(t)
	formats := []string{"table", "ndjson", "json", "csv", "html", "markdown", "zeek", "zeek-json", "parquet"}
	args := []string{"report", namesCapture(t), "-N"}
	for _, f := range formats {
		args = append(args, "-T", f+"=out."+f)
	}
	if _, stderr, code := execute(t, args...); code != exitOK {
		t.Fatal(stderr)
	}
	for _, f := range formats {
		text, err := os.ReadFile("out." + f)
		if err != nil {
			t.Fatal(err)
		}
		if f == "parquet" { // its pages are compressed; flows/report reads one back
			continue
		}
		told := strings.Contains(string(text), "shop.example.com") && strings.Contains(string(text), "api.example.com")
		if !told && f != "markdown" { // which shows notable conversations alone
			t.Errorf("%s tells no names", f)
		}
		if strings.Contains(string(text), "bank.example") {
			t.Errorf("%s calls a proxy what it was asked for", f)
		}
		for _, hostile := range []string{"\"><b>evil", "\u202e"} {
			if strings.Contains(string(text), hostile) {
				t.Errorf("%s holds %q", f, hostile)
			}
		}
	}
	if out, _, _ := execute(t, "report", namesCapture(t), "-T", "csv"); strings.Contains(out, "example") {
		t.Error("names without -N")
	}
}

func TestAFilterThatAsksForNamesLearnsThem(t *testing.T) {
	text, err := os.ReadFile(namesCapture(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		filter string
		want   int
	}{
		{"name shop.example.com", 1},
		{"server.name *.example.com", 2},
		{"client.name *.example.com", 0},
		{"dst name SHOP.example.com or api.example.com", 2},
		{"not name *.example.com", 2},
	} {
		out, stderr, code := execute(t, "report", namesCapture(t), "-q", "-T", "ndjson", "--no-summary", "-Y", row.filter)
		if code != exitOK || strings.Count(out, "\n") != row.want {
			t.Errorf("%s: %d conversations, want %d (%s)", row.filter, strings.Count(out, "\n"), row.want, stderr)
		}
		var piped, errs strings.Builder
		if code := run(t.Context(), []string{"report", "-", "-q", "-T", "ndjson", "--no-summary", "-Y", row.filter}, strings.NewReader(string(text)), &piped, &errs); code != exitOK || piped.String() != out {
			t.Errorf("%s: standard input gives another report: %s", row.filter, errs.String())
		}
	}
	if out, _, code := execute(t, "check", namesCapture(t), "--fail-on", "name api.example.com"); code != exitCheck || !strings.Contains(out, "api.example.com:8080") {
		t.Errorf("check: exit code %d\n%s", code, out)
	}
}

func TestAnonymousOutputsTellNoNamesPathsOrText(t *testing.T) {
	inFolder(t)
	secrets := []string{"example", "evil", "10.0.0.", "192.0.2.", "names-in", "trace.pcap", "hush", "port is closed", "Ubuntu", "eth-lab"}
	mustCopy(t, namesCapture(t), "hush-names-in.pcap")
	var files []string
	for _, f := range []string{"table", "ndjson", "json", "csv", "html", "markdown", "zeek", "zeek-json", "pcapng"} {
		files = append(files, "-T", f+"=out."+f)
	}
	args := slices.Concat([]string{"report", "hush-names-in.pcap", "trace.pcap", "-N", "--anonymize=hush", "-Y", "not name hush.example.com and not host 10.0.0.250"}, files)
	if _, stderr, code := execute(t, args...); code != exitOK {
		t.Fatal(stderr)
	}
	if _, stderr, code := execute(t, "extract", "hush-names-in.pcap", "-o", "out.extract", "--anonymize=hush", "--", "name", "shop.example.com"); code != exitOK {
		t.Fatal(stderr)
	}
	list, err := filepath.Glob("out.*")
	if err != nil || len(list) != 10 {
		t.Fatal(list, err)
	}
	for _, path := range list {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if strings.Contains(string(text), s) {
				t.Errorf("%s holds %q: …%.80q", path, s, text[strings.Index(string(text), s):])
			}
		}
	}
	src, err := decode.Open([]string{"out.extract"}, decode.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var p decode.Packet
	n := 0
	for src.Next(&p) == nil {
		n++
	}
	if n != 8 || len(src.Names()) > 0 {
		t.Errorf("%d packets, names %v", n, src.Names())
	}
}

func mustCopy(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// -N names the addresses of groups too, in every format; what has no address has no name.
func TestGroupsAreNamed(t *testing.T) {
	for line, want := range map[string]string{
		"--by service":           "192.0.2.5:8080  api.example.com  ",
		"--by service -T csv":    ",bytes_lost,names\r\n192.0.2.5:443,0.250000,1,1,0,2000000,2000000,0,0,0,shop.example.com\r\n",
		"--by service -T json":   `{"key":"192.0.2.5:443","share":0.250000,"conversations":1,"orderly":1,"reset":0,"close_p50_ns":2000000,"close_p99_ns":2000000,"rsts_client":0,"rsts_server":0,"bytes_lost":0,"names":["shop.example.com"]}`,
		"--by service -T ndjson": `"bytes_lost":0,"names":[]}`,
		"--by client":            "10.0.0.7  -  ",
	} {
		out, errs, code := execute(t, append([]string{"report", "-N", namesCapture(t)}, strings.Fields(line)...)...)
		if squeezed := strings.Join(strings.Fields(out), "  "); code != exitOK || !strings.Contains(out, want) && !strings.Contains(squeezed, want) {
			t.Errorf("%s: exit code %d, no %q in\n%s%s", line, code, want, out, errs)
		}
	}
	for _, line := range []string{"--by class", "--by closer -T json", "--by reset-by -T csv"} {
		if out, _, code := execute(t, append([]string{"report", "-N", namesCapture(t)}, strings.Fields(line)...)...); code != exitOK || strings.Contains(out, "called") || strings.Contains(out, "names") {
			t.Errorf("%s: exit code %d\n%s", line, code, out)
		}
	}
	if out, _, _ := execute(t, "report", namesCapture(t), "--by", "service", "-T", "csv"); strings.Contains(out, "names") {
		t.Errorf("named without -N: %s", out)
	}
}
