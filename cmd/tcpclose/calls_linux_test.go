package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// callsWatched are the system calls that write to a file system or reach a network.
const callsWatched = "trace=%network,open,openat,creat,truncate,unlink,unlinkat,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,symlink,symlinkat,chmod,fchmodat"

// unasked returns the calls that use the network, or write anything but the file asked for and the part of it that
// becomes the file in the end.
func unasked(calls, asked string) (list []string) {
	for _, line := range wholeCalls(calls) {
		_, call, _ := strings.Cut(line, " ")
		name, rest, ok := strings.Cut(strings.TrimSpace(call), "(")
		switch {
		case !ok || name == "???" || strings.ContainsAny(name, " <"): // a signal, an end, or a call that this left unknown
		case name == "open" || name == "openat":
			writes := strings.Contains(rest, "O_WRONLY") || strings.Contains(rest, "O_RDWR") || strings.Contains(rest, "O_CREAT")
			if writes && !strings.Contains(rest, `"/dev/tty"`) && (asked == "" || !strings.Contains(rest, `".`+asked+".part")) {
				list = append(list, line)
			}
		case asked == "" || !strings.Contains(rest, asked):
			list = append(list, line)
		}
	}
	return list
}

// wholeCalls returns the lines of a log, those put together that stand in two parts because another thread came between.
func wholeCalls(calls string) (list []string) {
	begun := map[string]string{} // by thread
	for line := range strings.Lines(calls) {
		thread, call, _ := strings.Cut(line, " ")
		call = strings.TrimSpace(call)
		if head, ok := strings.CutSuffix(call, "<unfinished ...>"); ok {
			begun[thread] = head
			continue
		}
		if strings.HasPrefix(call, "<... ") {
			_, tail, _ := strings.Cut(call, "resumed>")
			call = begun[thread] + tail
			delete(begun, thread)
		}
		list = append(list, thread+" "+call)
	}
	for thread, head := range begun {
		list = append(list, thread+" "+head)
	}
	return list
}

// straced runs a command line of the program under strace, on a terminal that keys are typed into if there are any. It
// returns the calls that were watched.
func straced(t *testing.T, dir, keys string, args ...string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "calls")
	line := append([]string{strace, "-f", "-qq", "-o", log, "-e", callsWatched, self}, args...)
	if keys != "" {
		script, err := exec.LookPath("script")
		if err != nil {
			t.Skip("script is not installed")
		}
		line = []string{script, "-qec", strings.Join(line, " "), "/dev/null"}
	}
	cmd := exec.CommandContext(t.Context(), line[0], line[1:]...)
	cmd.Dir, cmd.Env = dir, []string{"TCPCLOSE_TEST_PROGRAM=1", "TERM=xterm", "SHELL=/bin/sh", "HOME=" + dir}
	cmd.Stdin = strings.NewReader(keys)
	out, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); err != nil && !failed { //nolint:errorlint // as Run returns it
		t.Fatal(err)
	}
	calls, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(calls), "open") {
		t.Skipf("strace does not run here: %v, %s", err, out)
	}
	if slices.Contains(args, "trace.pcap") && !strings.Contains(string(calls), "trace.pcap") {
		t.Errorf("%v reads no file: %s", args, out)
	}
	return string(calls)
}

// TestNoCommandWritesOrSendsAnythingUnasked watches the system calls of every command that reads files, in every format,
// where strace is installed.
func TestNoCommandWritesOrSendsAnythingUnasked(t *testing.T) {
	dir := openFolder(t)
	named, err := os.ReadFile(filepath.Join(top(t), "testdata", "captures", "names-in-the-capture.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "named.pcap"), named, 0o644); err != nil {
		t.Fatal(err)
	}
	type run struct{ line, keys, asked string }
	runs := []run{
		{line: "report named.pcap -N -- name *.example"},
		{line: "report named.pcap -N --pairs -T json"},
		{line: "open named.pcap -N --pairs", keys: "q"},
		{line: "extract named.pcap -o named-cut.pcapng -- name *.example", asked: "named-cut.pcapng"},
		{line: "report trace.pcap --ladder"},
		{line: "report trace.pcap -v"},
		{line: "report trace.pcap --anonymize"},
		{line: "states trace.pcap"},
		{line: "check trace.pcap --fail-on class=vanished"},
		{line: "diff trace.pcap trace.pcap"},
		{line: "explain four-way"},
		{line: "man"},
		{line: "version"},
		{line: "help"},
		{line: "report no-such-file"},
		{line: "extract trace.pcap -o -"},
		{line: "extract trace.pcap -o cut.pcapng", asked: "cut.pcapng"},
		{line: "open trace.pcap", keys: "q"},
	}
	for _, format := range reportFormats {
		runs = append(runs, run{line: "report trace.pcap -T " + format}, run{line: "report trace.pcap -T " + format + " -o out." + format, asked: "out." + format})
	}
	for i, r := range runs {
		if testing.Short() && i%6 != 1 {
			continue
		}
		for _, call := range unasked(straced(t, dir, r.keys, strings.Fields(r.line)...), r.asked) {
			t.Errorf("%s: %s", r.line, call)
		}
		if _, err := os.Stat(filepath.Join(dir, r.asked)); err != nil {
			t.Errorf("%s wrote no %s: %v", r.line, r.asked, err)
		}
	}
}

// TestTheWatchSeesWhatIsUnasked holds the watch itself to calls of each kind.
func TestTheWatchSeesWhatIsUnasked(t *testing.T) {
	for call, want := range map[string]int{
		`7 openat(AT_FDCWD, "trace.pcap", O_RDONLY|O_CLOEXEC) = 3`:          0,
		`7 openat(AT_FDCWD, ".out.part1", O_RDWR|O_CREAT|O_EXCL, 0600) = 3`: 0,
		`7 renameat(AT_FDCWD, ".out.part1", AT_FDCWD, "out") = 0`:           0,
		`7 <... openat resumed>) = 3`:                                       0,
		`7 ???( <detached ...>`:                                             0,
		"7 openat(AT_FDCWD, \"x\", O_WRONLY <unfinished ...>\n8 renameat(AT_FDCWD, \".out.part1\", AT_FDCWD <unfinished ...>\n" +
			"8 <... renameat resumed>, \"out\") = 0\n7 <... openat resumed>|O_CREAT, 0644) = 3": 1,
		"7 unlinkat(AT_FDCWD, \"x\" <unfinished ...>":                      1,
		`7 openat(AT_FDCWD, "/tmp/x", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3`: 1,
		`7 socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_TCP) = 3`:     1,
		`7 mkdirat(AT_FDCWD, "/root/.cache", 0700) = 0`:                    1,
		`7 unlinkat(AT_FDCWD, "trace.pcap", 0) = 0`:                        1,
	} {
		if got := unasked(call+"\n", "out"); len(got) != want {
			t.Errorf("%s: %d calls, want %d", call, len(got), want)
		}
	}
}
