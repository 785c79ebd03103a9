package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tcpclose/decode/live/vethlab"
)

// captureCalls are the marks of network calls that a capture needs: packet sockets; netlink, which lists interfaces and,
// for --owners, sockets; a socket to ask for an interface's settings through, which is never given an address; and where
// it is built with cgo the C library, which asks this host's nscd for the names of users.
var captureCalls = []string{"AF_PACKET", "AF_NETLINK", "AF_UNIX", "SOL_PACKET", "SOL_SOCKET", "SOL_NETLINK", "socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP)"}

// metricsCalls are the marks of what --metrics needs beside: it listens, and nobody is called.
var metricsCalls = []string{"SOCK_STREAM", "bind(", "listen(", "accept4(", "SOL_IPV6", "getsockname("}

// loopback are the addresses that it may listen on; which of them there are is tried first.
var loopback = []string{`127.0.0.1"`, `"::1"`}

// unaskedLive is unasked, but for the calls of a capture. Receiving takes nothing from this host to another.
func unaskedLive(calls, asked string) (list []string) {
	part := filepath.Join(filepath.Dir(asked), "."+filepath.Base(asked)+".part") // what becomes the file in the end
	for _, line := range unasked(calls, asked) {
		_, call, _ := strings.Cut(line, " ")
		name, _, _ := strings.Cut(strings.TrimSpace(call), "(")
		ok := strings.HasPrefix(name, "recv") || name == "getsockname" || asked != "" && (strings.Contains(call, `"`+asked) || strings.Contains(call, `"`+part))
		for _, mark := range captureCalls {
			ok = ok || strings.Contains(call, mark)
		}
		if !ok {
			list = append(list, line)
		}
	}
	return list
}

// TestLiveWritesAndSendsNothingUnasked watches the system calls of live captures: they open packet sockets and netlink,
// speak to nobody, and write what -w and -o ask for alone.
func TestLiveWritesAndSendsNothingUnasked(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	a, b := vethlab.New(t)
	dir := openFolder(t)
	for _, c := range []struct {
		args  []string
		asked string
	}{
		{nil, ""},
		{[]string{"--owners", "--stall", "1s"}, ""},
		{[]string{"-w", filepath.Join(dir, "raw.pcapng")}, filepath.Join(dir, "raw.pcapng")},
		{[]string{"-w", filepath.Join(dir, "ring.pcapng"), "-b", "packets:10", "-b", "files:2"}, filepath.Join(dir, "ring_0000")},
		{[]string{"-o", filepath.Join(dir, "lines.ndjson")}, filepath.Join(dir, "lines.ndjson")},
		{[]string{"-N", "--owners"}, ""},
		{[]string{"-w", filepath.Join(dir, "kept.pcapng"), "--keep", "class rst-abort", "-N"}, filepath.Join(dir, "kept.pcapng")},
		{[]string{"--metrics", "9475"}, ""},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			log := filepath.Join(t.TempDir(), "calls")
			args := append([]string{"live", vethlab.Device, "-a", "packets:30"}, c.args...)
			cmd := exec.Command(strace, "-f", "-qq", "-o", log, "-e", callsWatched, os.Args[0], "-test.run=^TestLiveProcess$")
			cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir, "TCPCLOSE_TEST_LINE="+strings.Join(args, "\x1f"))
			run := startIn(t, b, cmd)
			run.wait(t, "capturing on")
			closeInManyWays(t, a, b)
			if _, code := run.finish(t); code != exitOK {
				t.Errorf("%q: exit code %d, %q", args, code, run.said)
			}
			calls, err := os.ReadFile(log)
			if err != nil || !strings.Contains(string(calls), "AF_PACKET") {
				t.Skipf("strace does not run here: %v, %q", err, run.said)
			}
			for _, call := range unaskedLive(string(calls), c.asked) {
				holds := func(mark string) bool { return strings.Contains(call, mark) }
				listens := slices.Contains(c.args, "--metrics") && slices.ContainsFunc(metricsCalls, holds)
				if !listens || holds("bind(") && !slices.ContainsFunc(loopback, holds) {
					t.Errorf("%q: %s", args, call)
				}
			}
		})
	}
}

// TestTheWatchOfALiveCaptureSeesWhatIsUnasked holds the watch itself to calls of each kind.
func TestTheWatchOfALiveCaptureSeesWhatIsUnasked(t *testing.T) {
	for call, want := range map[string]int{
		`7 socket(AF_PACKET, SOCK_RAW|SOCK_CLOEXEC, htons(0 /* ETH_P_??? */)) = 5`:                      0,
		`7 bind(5, {sa_family=AF_PACKET, sll_protocol=htons(ETH_P_ALL), sll_ifindex=2}, 20) = 0`:        0,
		`7 openat(AT_FDCWD, "/t/raw_00001_2026.pcapng", O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0666) = 6`:   0,
		`7 socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_UDP) = 5`:                                   1,
		`7 connect(5, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.1")}, 16) = 0`: 1,
		`7 sendto(5, "x", 1, 0, {sa_family=AF_INET6, sin6_port=htons(53)}, 28) = 1`:                     1,
		`7 openat(AT_FDCWD, "/root/.cache/x", O_WRONLY|O_CREAT|O_CLOEXEC, 0666) = 6`:                    1,
	} {
		if got := unaskedLive(call+"\n", "/t/raw_0000"); len(got) != want {
			t.Errorf("%s: %d calls, want %d", call, len(got), want)
		}
	}
}
