package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestStatesAndChecksDoNotDependOnWorkers(t *testing.T) {
	inFolder(t)
	for _, line := range []string{
		"states trace.pcap", "states trace.pcap --by host", "states trace.pcap --by pair -T json", "states trace.pcap --by service -T csv",
		"states trace.pcap --at 9s", "states trace.pcap --at 9s -T csv", "check trace.pcap --fail-on bytes-lost>0", "check trace.pcap -T json --fail-on rst",
	} {
		want := ""
		for _, workers := range []string{"1", "2", "7"} {
			got, errs, _ := execute(t, append(strings.Fields(line), "--workers", workers)...)
			if got == "" || errs != "" {
				t.Fatalf("%s: %q, says %q", line, got, errs)
			}
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%s with %s workers differs", line, workers)
			}
		}
	}
}

// TestHostsServicesAndPairsAddUpToTheCapture adds the CSV of each up by moment, side and state.
func TestHostsServicesAndPairsAddUpToTheCapture(t *testing.T) {
	inFolder(t)
	sums := func(by string) map[string]int {
		out, errs, code := execute(t, "states", "trace.pcap", "-T", "csv", "--by", by, "--top", "0")
		rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
		if code != exitOK || err != nil || len(rows) < 100 {
			t.Fatalf("exit code %d, %v, %d lines %s", code, err, len(rows), errs)
		}
		sum := map[string]int{}
		for _, row := range rows[1:] {
			certain, _ := strconv.Atoi(row[7])
			maybe, _ := strconv.Atoi(row[8])
			sum[row[1]+row[5]+row[6]] += certain + 1000*maybe
		}
		return sum
	}
	want := sums("capture")
	for _, by := range []string{"host", "service", "pair"} {
		got := sums(by)
		for k, n := range want {
			if got[k] != n {
				t.Errorf("%s of all %ss is %d, of the capture %d", k, by, got[k], n)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%ss have %d figures, the capture %d", by, len(got), len(want))
		}
	}
}

func TestStatesFilterLimitAndMistakes(t *testing.T) {
	inFolder(t)
	for _, c := range []struct {
		line string
		code int
		want string // in what is said
	}{
		{"states trace.pcap --at 9s --host 10.0.0.10", exitOK, "0 sockets at"},
		{"states trace.pcap --at 9s --host 10.0.0.8", exitOK, "10.0.0.10:443"},
		{"states trace.pcap --host 10.0.0.8 -- port 8081", exitOK, "CLOSE-WAIT"},
		{"states trace.pcap -- port 9999", exitOK, "No socket"},
		{"states trace.pcap --step 1us", exitUsage, "--step"},
		{"states trace.pcap --top -1", exitUsage, "--top"},
		{"states trace.pcap --host ten", exitUsage, "no address"},
		{"states trace.pcap --at 9s --by host", exitUsage, "cannot be used"},
		{"states trace.pcap --at 9", exitUsage, "12.9s since the first packet"},
		{"states trace.pcap -T xml", exitUsage, "one of: table, json, csv"},
		{"states", exitUsage, "no capture to read"},
		{"states missing.pcap", exitFailure, "no such file"},
		{"states missing.pcap --at 9s", exitFailure, "no such file"},
		{"check trace.pcap --fail-on class=open -T csv", exitUsage, "one of: table, json"},
		{"check trace.pcap --fail-on class=open --fail-on=", exitUsage, "--fail-on: the filter is empty"},
	} {
		out, errs, code := execute(t, strings.Fields(c.line)...)
		if code != c.code || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: exit code %d, want %d; no %q in\n%s%s", c.line, code, c.code, c.want, out, errs)
		}
	}
}

func TestCheckTellsByItsExitCode(t *testing.T) {
	inFolder(t)
	whole := tenKinds(t)
	if err := os.WriteFile("cut.pcap", whole[:len(whole)-30], 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		ids  map[string][]uint64
	}{
		{[]string{"trace.pcap", "--fail-on", "class rst-abort"}, exitCheck, map[string][]uint64{"class rst-abort": {36}}},
		{[]string{"trace.pcap", "--fail-on", "class partial"}, exitOK, map[string][]uint64{"class partial": {}}},
		{
			[]string{"trace.pcap", "--fail-on", "class partial", "--fail-on", "bytes-lost > 0"},
			exitCheck,
			map[string][]uint64{"class partial": {}, "bytes-lost > 0": {36, 41, 62}},
		},
		{[]string{"trace.pcap", "--fail-on", "bytes-lost > 0", "--", "port", "443"}, exitCheck, map[string][]uint64{"bytes-lost > 0": {62}}},
		{[]string{"trace.pcap", "--fail-on", "bytes-lost > 0", "-Y", "port 8080"}, exitOK, map[string][]uint64{"bytes-lost > 0": {}}},
		{[]string{"cut.pcap", "-q", "--fail-on", "class rst-abort"}, exitDamaged, map[string][]uint64{"class rst-abort": {36}}},
	} {
		out, errs, code := execute(t, append([]string{"check", "-T", "json"}, c.args...)...)
		var d struct {
			OK     bool
			Checks []struct {
				FailOn        string `json:"fail_on"`
				Count         uint64
				Conversations []struct{ ID uint64 }
			}
		}
		if err := json.Unmarshal([]byte(out), &d); err != nil {
			t.Fatalf("%v: %v in %s%s", c.args, err, out, errs)
		}
		if code != c.code || len(d.Checks) != len(c.ids) {
			t.Errorf("%v: exit code %d, want %d", c.args, code, c.code)
		}
		for _, check := range d.Checks {
			got := []uint64{}
			for _, one := range check.Conversations {
				got = append(got, one.ID)
			}
			if !slices.Equal(got, c.ids[check.FailOn]) || check.Count != uint64(len(got)) {
				t.Errorf("%v: %s is met by %d, want %d", c.args, check.FailOn, got, c.ids[check.FailOn])
			}
			if d.OK != (c.code == exitOK) && c.code != exitDamaged {
				t.Errorf("%v: ok is %t", c.args, d.OK)
			}
		}
	}
}

// Tables are read on terminals of any locale: there is no letter in them but ASCII's.
func TestTablesAreOfASCIIAlone(t *testing.T) {
	inFolder(t)
	for _, line := range []string{
		"report trace.pcap", "report trace.pcap --by service", "states trace.pcap", "states trace.pcap --by pair", "states trace.pcap --at 9s",
		"check trace.pcap --fail-on rst", "diff trace.pcap trace.pcap",
	} {
		out, _, _ := execute(t, strings.Fields(line)...)
		if i := strings.IndexFunc(out, func(r rune) bool { return r > '~' }); i >= 0 || out == "" {
			t.Errorf("%s: %.40q", line, out[max(i, 0):])
		}
	}
}

// A check of several files says in which of them a connection begins and its frames are, as a report does.
func TestCheckTellsConversationsAsReportDoes(t *testing.T) {
	inFolder(t)
	if err := os.Mkdir("many", 0o755); err != nil {
		t.Fatal(err)
	}
	whole := tenKinds(t)
	for _, name := range []string{"many/a.pcap", "many/b.pcap"} {
		if err := os.WriteFile(name, whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, files := range []string{"trace.pcap", "many"} {
		check, _, _ := execute(t, "check", files, "-T", "json", "--fail-on", "class rst-abort", "-q")
		report, _, _ := execute(t, "report", files, "-T", "json", "-Y", "class rst-abort", "-q")
		var told struct {
			Checks []struct{ Conversations []json.RawMessage }
		}
		var want struct{ Conversations []json.RawMessage }
		if err := errors.Join(json.Unmarshal([]byte(check), &told), json.Unmarshal([]byte(report), &want)); err != nil {
			t.Fatal(err)
		}
		if len(told.Checks) != 1 || len(want.Conversations) == 0 || !reflect.DeepEqual(told.Checks[0].Conversations, want.Conversations) {
			t.Errorf("of %s:\ngot  %s\nwant %s", files, told.Checks, want.Conversations)
		}
	}
}

// TestFindingsOfTheLab reads what real kernels did: each capture holds one story, most of them too little for a finding.
func TestFindingsOfTheLab(t *testing.T) {
	want := map[string]string{
		"blind-reset-challenged":                "forged-rst",
		"close-wait-leak-beside-healthy-closes": "close-wait-leak",
		"data-after-close":                      "answer-after-close",
		"middlebox-reset":                       "forged-rst",
		"server-rebooted":                       "forgotten-connections",
		"ten-kinds-of-close":                    "answer-after-close",
	}
	paths, err := filepath.Glob(filepath.Join(top(t), "testdata", "captures", "*.pcapng"))
	if err != nil || len(paths) < len(want) {
		t.Fatal(len(paths), err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".pcapng")
		out, errs, _ := execute(t, "report", path, "-T", "ndjson", "--top", "1")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		var d struct {
			Summary struct {
				Findings []struct{ ID string }
			}
		}
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &d); err != nil {
			t.Fatalf("%s: %v %s", name, err, errs)
		}
		var ids []string
		for _, f := range d.Summary.Findings {
			ids = append(ids, f.ID)
		}
		if got := strings.Join(ids, " "); got != want[name] {
			t.Errorf("%s: found %q, want %q", name, got, want[name])
		}
	}
}
