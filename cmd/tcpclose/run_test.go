package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tcpclose/decode"
)

// tenKinds is the capture that most tests read.
func tenKinds(t *testing.T) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top(t), "testdata", "captures", "ten-kinds-of-close.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inFolder makes a folder with trace.pcap in it the working directory.
func inFolder(t *testing.T) {
	t.Helper()
	b := tenKinds(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("trace.pcap", b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// execute runs a command line and returns all that comes of it.
func execute(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

func TestExitCodes(t *testing.T) {
	inFolder(t)
	whole := tenKinds(t)
	for name, content := range map[string][]byte{
		"cut.pcap": whole[:len(whole)-30], "empty.pcap": nil, "text.pcap": []byte("this is no capture\n"), "old.json": []byte("{}"),
	} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		want int
		line string
		says string // on standard error
	}{
		{exitOK, "report trace.pcap", ""},
		{exitOK, "report -nr trace.pcap", ""},
		{exitOK, "report -nqr trace.pcap", ""},
		{exitOK, "report -nrtrace.pcap -Tjson", ""},
		{exitOK, "report trace.pcap -- host 10.99.0.1", ""},
		{exitOK, "--help", ""},
		{exitOK, "report -h", ""},
		{exitOK, "help report", ""},
		{exitFailure, "report missing.pcap", "missing.pcap"},
		{exitFailure, "report text.pcap", "not a capture"},
		{exitFailure, "report trace.pcap -o old.json", "--force"},
		{exitFailure, "report trace.pcap -o missing/x", "cannot write: open missing/x: "},
		{exitFailure, "report trace.pcap -o trace.pcap --force", "is being read"},
		{exitUsage, "report", "no capture"},
		{exitUsage, "reprot trace.pcap", "tcpclose report"},
		{exitUsage, "trace.pcap", "tcpclose report trace.pcap"},
		{exitUsage, "-r trace.pcap", "tcpclose report -r"},
		{exitUsage, "report --formt json trace.pcap", "--format"},
		{exitUsage, "report -T xml trace.pcap", "table, json"},
		{exitUsage, "report -T jso trace.pcap", "did you mean: json"},
		{exitUsage, "diff - -", "given twice"},
		{exitUsage, "report trace.pcap --expand", "there is none without --ladder"},
		{exitUsage, "report trace.pcap --times start", "there is none without --ladder"},
		{exitUsage, "report trace.pcap --sha256", "--sha256 is for -T html"},
		{exitOK, "report trace.pcap --ascii --times fin", ""},
		{exitUsage, "report -c many trace.pcap", `--count "many" is not a whole number of 0 or more`},
		{exitUsage, "report -c -1 trace.pcap", `--count "-1" is not a whole number of 0 or more`},
		{exitUsage, "report --stall 30 trace.pcap", `--stall "30" is not a duration such as 500ms`},
		{exitUsage, "report --top few trace.pcap", `--top "few" is not a whole number`},
		{exitUsage, "report --names=maybe trace.pcap", `--names "maybe" is not true or false`},
		{exitUsage, "report trace.pcap -Y port", "filter"},
		{exitUsage, "report trace.pcap -- clas rst-abort", "did you mean class"},
		{exitUsage, "report trace.pcap --by servce", "did you mean: service"},
		{exitUsage, "report trace.pcap --by class --fields id", "--fields"},
		{exitUsage, "report trace.pcap --by class --anonymize", "--by cannot be used with --anonymize"},
		{exitUsage, "report trace.pcap --by class -T csv -T json=new.json", "--by cannot be used with -T json=new.json"},
		{exitUsage, "report trace.pcap --by class -T html", "--by cannot be used with -T html"},
		{exitUsage, "report trace.pcap --ladder --anonymize", "--ladder cannot be used with --anonymize"},
		{exitUsage, "report trace.pcap --ladder -T csv --fields id --by class", "--by cannot be used with --ladder"},
		{exitUsage, "report trace.pcap -T csv=new -T json=./new", "./new is written twice"},
		{exitUsage, "report trace.pcap -T csv=folder/new -T json=folder/../folder/new", "is written twice"},
		{exitUsage, "report trace.pcap -o new -T json=./new", "is written twice"},
		{exitUsage, "report trace.pcap -T csv -T json=-", "standard output is written twice"},
		{exitUsage, "report trace.pcap --by class --sort colour", "one of: conversations"},
		{exitUsage, "report trace.pcap --fields id,clas", "did you mean: class"},
		{exitUsage, "report trace.pcap --fields zzzzz", "--fields help"},
		{exitUsage, "report trace.pcap --sort duratoin_ns", "did you mean: duration_ns"},
		{exitUsage, "report trace.pcap --sort id:up", "asc"},
		{exitUsage, "report trace.pcap --top -1", "negative"},
		{exitUsage, "report trace.pcap --since yesterday", "no time"},
		{exitUsage, "report trace.pcap --until 12:00", "no time"},
		{exitUsage, "report trace.pcap --decap gree", "decap"},
		{exitUsage, "report trace.pcap --key vlna", "did you mean: vlan"},
		{exitUsage, "report trace.pcap --verify-checksums=maybe", "--verify-checksums"},
		{exitUsage, "report trace.pcap --profile linus", "did you mean: linux"},
		{exitUsage, "report trace.pcap --stall -3s", "negative"},
		{exitUsage, "report trace.pcap --msl 30s --time-wait 30s", "contradict"},
		{exitUsage, "report trace.pcap --mem lots", "no size"},
		{exitUsage, "report trace.pcap --workers 9999", "--workers"},
		{exitUsage, "report trace.pcap --color blue", "--color"},
		{exitUsage, "explain no-such-word-at-all", "nothing is called"},
		{exitUsage, "explain clos-wait", "CLOSE-WAIT"},
		{exitUsage, "explain --markdown clas", "did you mean: class"},
		{exitUsage, "version please", "no arguments"},
		{exitUsage, "open -F trace.pcap old.pcap", "-F follows one file"},
		{exitUsage, "open -F -", "-F follows one file"},
		{exitUsage, "open --spool . - trace.pcap", "--spool keeps standard input alone"},
		{exitUsage, "help reprot", "tcpclose report"},
		{exitUsage, "help report trace", `unknown command "report trace"`},
		{exitUsage, "help completion bsh", "did you mean: tcpclose completion bash"},
		{exitUsage, "completion bsh", "did you mean: tcpclose completion bash"},
		{exitUsage, "completion bash please", "no arguments"},
		{exitUsage, "interfaces please", "no arguments"},
		{exitDamaged, "report cut.pcap -T ndjson", "cut.pcap: at byte"},
		{exitDamaged, "report cut.pcap", ""},
		{exitDamaged, "report cut.pcap -qT csv", ""},
		{exitDamaged, "report cut.pcap --fail-empty -- port 9", ""},
		{exitDamaged, "report empty.pcap", "0 bytes"},
		{exitNoMatch, "report trace.pcap --fail-empty -- port 9", ""},
		{exitNoMatch, "check trace.pcap --fail-on rst --fail-empty -- port 9", ""},
		{exitOK, "check trace.pcap --fail-on rst -- port 9", ""},
		{exitOK, "check trace.pcap --fail-on rst --fail-empty -- port 443", ""},
		{exitNoMatch, "report trace.pcap --fail-empty -T ndjson -- port 9", ""},
		{exitNoMatch, "report trace.pcap --fail-empty --by class -- port 9", ""},
	} {
		stdout, stderr, code := execute(t, strings.Fields(c.line)...)
		if code != c.want {
			t.Errorf("%s: exit code %d, want %d\n%s", c.line, code, c.want, stderr)
		}
		if !strings.Contains(stderr, c.says) || c.says == "" && stderr != "" {
			t.Errorf("%s: says %q, want %q in it", c.line, stderr, c.says)
		}
		if (code == exitUsage || code == exitFailure) && stdout != "" {
			t.Errorf("%s: failed, and still wrote %q", c.line, stdout)
		}
	}
}

func TestTheFirstCodeThatFitsCounts(t *testing.T) {
	for _, c := range []struct {
		codes []int
		want  int
	}{
		{nil, exitOK},
		{[]int{exitNoMatch, exitDamaged}, exitDamaged},
		{[]int{exitNoMatch, exitCheck}, exitCheck},
		{[]int{exitCheck, exitDamaged, exitInterrupted}, exitInterrupted},
		{[]int{exitFailure, exitPermission}, exitPermission},
	} {
		if got := exitCode(worst(c.codes...)); got != c.want {
			t.Errorf("%v gives %d, want %d", c.codes, got, c.want)
		}
	}
	for err, want := range map[error]int{
		&decode.FileError{Path: "x", Err: fs.ErrPermission}: exitPermission,
		fmt.Errorf("cannot write: %w", syscall.EPERM):       exitPermission,
		syscall.ENOSPC:               exitFailure,
		usagef("no"):                 exitUsage,
		fmt.Errorf("x: %w", io.EOF):  exitFailure,
		errors.Join(verdict(10)):     exitCheck,
		fmt.Errorf("%w", verdict(3)): exitDamaged,
	} {
		if got := exitCode(err); got != want {
			t.Errorf("%v gives %d, want %d", err, got, want)
		}
	}
}

func TestAnInterruptedReportSaysSo(t *testing.T) {
	inFolder(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, format := range reportFormats {
		var out, errs bytes.Buffer
		if code := run(ctx, []string{"report", "trace.pcap", "-T", format}, nil, &out, &errs); code != exitInterrupted {
			t.Errorf("%s: exit code %d\n%s", format, code, &errs)
		}
		all := out.String() + errs.String()
		if !strings.Contains(all, "ncomplete") && !strings.Contains(all, `"complete":false`) {
			t.Errorf("%s: does not say that it is incomplete:\n%s", format, all)
		}
	}
}

// A brokenPipe is an output whose reader went away.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Err: syscall.EPIPE}
}

func TestAClosedPipeIsNoError(t *testing.T) {
	inFolder(t)
	for _, args := range [][]string{{"report", "trace.pcap"}, {"report", "trace.pcap", "-Tndjson"}, {"report", "-Tjson", "trace.pcap"}, {"explain"}, {"--help"}} {
		var errs bytes.Buffer
		if code := run(t.Context(), args, nil, brokenPipe{}, &errs); code != exitOK || errs.Len() > 0 {
			t.Errorf("%v: exit code %d, says %q", args, code, &errs)
		}
	}
}

// A fullDisk is an output that takes nothing.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

func TestAFullDiskIsAFailure(t *testing.T) {
	inFolder(t)
	for _, format := range reportFormats {
		var errs bytes.Buffer
		if code := run(t.Context(), []string{"report", "trace.pcap", "-T", format}, nil, fullDisk{}, &errs); code != exitFailure || errs.Len() == 0 {
			t.Errorf("%s: exit code %d, says %q", format, code, &errs)
		}
	}
	var errs bytes.Buffer
	if code := run(t.Context(), []string{"extract", "trace.pcap"}, nil, fullDisk{}, &errs); code != exitFailure || !strings.HasPrefix(errs.String(), "tcpclose: no space") {
		t.Errorf("extract: exit code %d, says %q", code, &errs)
	}
	for _, line := range []string{"", "--help", "help", "report --help", "help report", "completion", "completion bash", "man", "version", "explain", "interfaces"} {
		var errs bytes.Buffer
		if code := run(t.Context(), strings.Fields(line), nil, fullDisk{}, &errs); code != exitFailure || !strings.Contains(errs.String(), "no space") {
			t.Errorf("%s: exit code %d, says %q", line, code, &errs)
		}
	}
}

// screens are the commands whose examples need a terminal or an interface; their own tests run them.
var screens = map[string]bool{"open": true, "live": true}

func TestEveryHelpExampleRuns(t *testing.T) {
	inFolder(t)
	for _, name := range []string{"before.pcap", "after.pcap"} {
		if err := os.WriteFile(name, tenKinds(t), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Name() == "completion" || c.Name() == "help" {
			return
		}
		if c.Example == "" && c.IsAvailableCommand() {
			t.Errorf("%s has no examples", c.CommandPath())
		}
		if screens[c.Name()] {
			return
		}
		for line := range strings.Lines(c.Example) {
			words, err := shellWords(strings.TrimSpace(line))
			if err != nil || len(words) == 0 || words[0] != "tcpclose" {
				t.Errorf("%s: no command: %q (%v)", c.CommandPath(), line, err)
				continue
			}
			stdin := bytes.NewReader(nil)
			for _, sign := range []string{"<", ">"} {
				i := slices.Index(words, sign)
				if i < 0 {
					continue
				}
				if sign == "<" {
					stdin = bytes.NewReader(tenKinds(t))
				}
				words = slices.Delete(words, i, i+2)
			}
			var out, errs bytes.Buffer
			code := run(t.Context(), words[1:], stdin, &out, &errs)
			failed := code != exitOK && (c.Name() != "check" || code != exitCheck) // a check may fail
			if failed || errs.Len() > 0 || out.Len() == 0 && !slices.Contains(words, "-o") {
				t.Errorf("%s: exit code %d, %d bytes, says %q", strings.TrimSpace(line), code, out.Len(), &errs)
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(newRoot(&stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard}))
	if b, err := os.ReadFile("closes.ndjson"); err != nil || !json.Valid(b[:bytes.IndexByte(b, '\n')]) {
		t.Errorf("the example with -o wrote no NDJSON (%v)", err)
	}
}

func TestEveryFlagIsExplainedInManualAndHelp(t *testing.T) {
	manual, _, code := execute(t, "man")
	if code != exitOK {
		t.Fatal(code)
	}
	help, _, _ := execute(t, "report", "--help")
	report, _, _ := newRoot(&stdio{out: io.Discard, err: io.Discard}).Find([]string{"report"})
	report.Flags().VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(manual, roff("--"+f.Name)) || !strings.Contains(help, "--"+f.Name) {
			t.Errorf("--%s is not in both", f.Name)
		}
	})
	for _, column := range []string{" --anonymize KEY[=a random key] ", ` --verify-checksums MODE[="note"] `} {
		if !strings.Contains(help, column) {
			t.Errorf("the help does not say %q\n%s", column, help)
		}
	}
	// A value that may be left out belongs to the flag's own word: the word behind it would be a file.
	for _, flag := range []string{"--anonymize[=\\fIKEY\\fR]\n", "--verify-checksums[=\\fIMODE\\fR]\n"} {
		if !strings.Contains(manual, strings.ReplaceAll(flag, "-", `\-`)) {
			t.Errorf("the manual does not say %q", flag)
		}
	}
	for line := range strings.Lines(manual) {
		if strings.HasPrefix(line, ".") && !slices.Contains([]string{".TH", ".SH", ".SS", ".TP", ".B", ".PP", ".br", ".nf", ".fi"}, strings.Fields(line)[0]) {
			t.Errorf("troff does not know %q", line)
		}
	}
	for _, e := range exitCodes {
		if !strings.Contains(manual, fmt.Sprintf(".B %d\n", e.code)) {
			t.Errorf("the manual does not tell exit code %d", e.code)
		}
	}
}

func TestShellsCompleteWhatCanFollow(t *testing.T) {
	for line, want := range map[string]string{
		"__complete report --by s":           "service",
		"__complete report -T n":             "ndjson",
		"__complete report --fields id,clos": "id,close_start",
		"__complete explain rst-a":           "rst-abort",
		"__complete report -Y clas":          "class",
		"__complete rep":                     "report",
		"__complete states --by p":           "pair",
		"__complete states -T c":             "csv",
		"__complete diff -T j":               "json",
		"__complete diff -Y clas":            "class",
		"__complete extract -Y clas":         "class",
		"__complete extract --profile w":     "windows",
		"__complete check --key v":           "vlan",
		"__complete check --decap gre,v":     "gre,vxlan",
		"__complete open -Y clas":            "class",
		"__complete open --theme m":          "mono",
		"__complete live -i l":               "lo",
		"__complete live an":                 "any",
		"__complete live lo --keep clas":     "class",
	} {
		out, _, code := execute(t, strings.Fields(line)...)
		if code != exitOK || !strings.Contains(out, want) {
			t.Errorf("%s: exit code %d, %q has no %s", line, code, out, want)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out, _, code := execute(t, "completion", shell); code != exitOK || !strings.Contains(out, "tcpclose") {
			t.Errorf("completion %s: exit code %d, %d bytes", shell, code, len(out))
		}
	}
}

func TestVersionNamesTheSchema(t *testing.T) {
	for _, word := range []string{"version", "--version"} {
		out, _, code := execute(t, word)
		if code != exitOK || !strings.HasPrefix(out, "tcpclose ") || !strings.Contains(out, "tcpclose/1") {
			t.Errorf("%s: exit code %d: %q", word, code, out)
		}
	}
}
