package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tcpclose/decode/live/vethlab"
)

// TestLiveProcess is no test: the others run it as the program itself.
func TestLiveProcess(t *testing.T) {
	line := os.Getenv("TCPCLOSE_TEST_LINE")
	if line == "" {
		t.Skip("it is the program that other tests run")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, strings.Split(line, "\x1f"), os.Stdin, os.Stdout, os.Stderr))
}

// A liveRun is a running tcpclose live.
type liveRun struct {
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr chan string
	said   []string
}

// startLive runs tcpclose live inside a namespace and waits until it captures.
func startLive(t *testing.T, s *vethlab.Space, env []string, args ...string) *liveRun {
	t.Helper()
	l := startIn(t, s, liveCommand(env, args...))
	l.wait(t, "capturing on")
	return l
}

// liveCommand is the command that startLive starts.
func liveCommand(env []string, args ...string) *exec.Cmd {
	args = append([]string{"live", vethlab.Device}, args...)
	cmd := exec.Command(os.Args[0], "-test.run=^TestLiveProcess$")
	cmd.Env = append(os.Environ(), "TCPCLOSE_TEST_LINE="+strings.Join(args, "\x1f"))
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// startIn starts a program inside a namespace.
func startIn(t *testing.T, s *vethlab.Space, cmd *exec.Cmd) *liveRun {
	t.Helper()
	l := &liveRun{cmd: cmd, stderr: make(chan string, 1000)}
	var err error
	if l.stdout, err = cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Do(cmd.Start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	go func() {
		defer close(l.stderr)
		for lines := bufio.NewScanner(errs); lines.Scan(); {
			l.stderr <- lines.Text()
		}
	}()
	return l
}

// wait waits for a line on standard error.
func (l *liveRun) wait(t *testing.T, part string) string {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		select {
		case line, ok := <-l.stderr:
			if !ok {
				t.Fatalf("it ended without saying %q: %q", part, l.said)
			}
			l.said = append(l.said, line)
			if strings.Contains(line, part) {
				return line
			}
		case <-limit:
			t.Fatalf("it does not say %q: %q", part, l.said)
		}
	}
}

// end interrupts the program and returns what it wrote, and its exit code.
func (l *liveRun) end(t *testing.T) ([]byte, int) {
	t.Helper()
	if err := l.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	return l.finish(t)
}

func (l *liveRun) finish(t *testing.T) ([]byte, int) {
	t.Helper()
	kill := time.AfterFunc(20*time.Second, func() { _ = l.cmd.Process.Kill() })
	defer kill.Stop()
	out, err := io.ReadAll(l.stdout)
	if err != nil {
		t.Fatal(err)
	}
	for line := range l.stderr {
		l.said = append(l.said, line)
	}
	_ = l.cmd.Wait()
	return out, l.cmd.ProcessState.ExitCode()
}

// An ending is what is compared of a conversation.
type ending struct {
	port  uint16
	text  string
	final bool
}

// endings reads NDJSON; the summary comes apart.
func endings(t *testing.T, out []byte) (list []ending, summary map[string]any) {
	t.Helper()
	for line := range bytes.Lines(out) {
		var v struct {
			Client       struct{ Port uint16 }
			Class, Shape string
			FirstCloser  *string `json:"first_closer"`
			ResetBy      *string `json:"reset_by"`
			Final        bool
			Marks        []struct{ ID string }
			Causes       []struct{ ID, Confidence string }
			Summary      map[string]any
		}
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if v.Summary != nil {
			summary = v.Summary
			continue
		}
		or := func(s *string) string {
			if s == nil {
				return "-"
			}
			return *s
		}
		text := fmt.Sprint(v.Class, " ", v.Shape, " ", or(v.FirstCloser), " ", or(v.ResetBy), " ", v.Marks, v.Causes)
		list = append(list, ending{v.Client.Port, text, v.Final})
	}
	slices.SortFunc(list, func(a, b ending) int { return int(a.port) - int(b.port) })
	return list, summary
}

// stall opens a connection from a to a port of b that a closes, and b never does while the test runs.
func stall(t *testing.T, a, b *vethlab.Space, port int) {
	t.Helper()
	c, s := connect(t, a, b, port)
	t.Cleanup(func() { s.Close() })
	c.Close()
}

// ownersOfStall reads the line that tells of a stall, and returns whose the two sockets are; the process is killed after ten
// seconds.
func ownersOfStall(t *testing.T, run *liveRun) (client, server *socketOwner, line []byte) {
	t.Helper()
	kill := time.AfterFunc(10*time.Second, func() { _ = run.cmd.Process.Kill() })
	t.Cleanup(func() { kill.Stop() })
	scan := bufio.NewScanner(run.stdout)
	if !scan.Scan() {
		t.Fatal("nothing was told of the stall")
	}
	var v struct {
		Sockets struct{ Client, Server *socketOwner }
	}
	if err := json.Unmarshal(scan.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	return v.Sockets.Client, v.Sockets.Server, scan.Bytes()
}

// connect opens a connection from a to a port of b.
func connect(t *testing.T, a, b *vethlab.Space, port int) (client, server *net.TCPConn) {
	t.Helper()
	l := b.Listen(t, port)
	client, err := a.Dial(netip.AddrPortFrom(b.Addr, uint16(port)))
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.AcceptTCP(); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// closeInManyWays makes conversations from a to b: orderly ones closed by either end, a half-close in use, resets by
// either end, and a refusal.
func closeInManyWays(t *testing.T, a, b *vethlab.Space) (n int) {
	t.Helper()
	l := b.Listen(t, 9000)
	ways := []func(client, server *net.TCPConn) error{
		func(c, s *net.TCPConn) error { _ = c.Close(); _, _ = io.ReadAll(s); return s.Close() },
		func(c, s *net.TCPConn) error { _ = s.Close(); _, _ = io.ReadAll(c); return c.Close() },
		func(c, s *net.TCPConn) error {
			_ = c.CloseWrite()
			_, _ = io.ReadAll(s)
			_, _ = s.Write(make([]byte, 5000))
			_ = s.Close()
			_, _ = io.ReadAll(c)
			return c.Close()
		},
		func(c, s *net.TCPConn) error {
			_ = c.SetLinger(0)
			_ = c.Close()
			_, _ = io.ReadAll(s)
			return s.Close()
		},
		func(c, s *net.TCPConn) error {
			_ = s.SetLinger(0)
			_ = s.Close()
			_, _ = io.ReadAll(c)
			return c.Close()
		},
	}
	for _, way := range ways {
		c, err := a.Dial(netip.AddrPortFrom(b.Addr, 9000))
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.AcceptTCP()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("request")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
		if err := way(c, s); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if c, err := a.Dial(netip.AddrPortFrom(b.Addr, 9)); err == nil {
		c.Close()
		t.Error("port 9 is open")
	}
	time.Sleep(100 * time.Millisecond)
	return len(ways) + 1
}

func TestLiveGivesTheVerdictsOfAFileRecordedBesideIt(t *testing.T) {
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump, which records the file, is not here")
	}
	a, b := vethlab.New(t)
	dir := t.TempDir()
	beside, own := filepath.Join(dir, "beside.pcap"), filepath.Join(dir, "own.pcapng")
	other := startIn(t, b, exec.Command(tcpdump, "-i", vethlab.Device, "-U", "--immediate-mode", "-Z", "root", "-w", beside))
	other.wait(t, "listening on")
	l := startLive(t, b, nil, "-w", own)
	n := closeInManyWays(t, a, b)
	out, code := l.end(t)
	if code != exitOK {
		t.Errorf("exit code %d: %q", code, l.said)
	}
	if _, code := other.end(t); code != 0 {
		t.Errorf("tcpdump: %d", code)
	}
	got, summary := endings(t, out)
	if len(got) != n || summary["complete"] != true {
		t.Errorf("%d conversations, want %d; %v", len(got), n, summary["complete"])
	}
	for _, file := range []string{beside, own} {
		report, _, code := execute(t, "report", "-T", "ndjson", file)
		want, _ := endings(t, []byte(report))
		if code != exitOK || !slices.Equal(got, want) {
			t.Errorf("live:\n%v\n%s (exit code %d):\n%v", got, filepath.Base(file), code, want)
		}
	}
	for _, reader := range [][]string{{"tcpdump", "-nr", own}, {"tshark", "-nr", own}, {"capinfos", own}} {
		if path, err := exec.LookPath(reader[0]); err == nil {
			text, err := exec.Command(path, reader[1:]...).CombinedOutput()
			if lines := bytes.Count(text, []byte("\n")); err != nil || lines < 20 && reader[0] != "capinfos" {
				t.Errorf("%s: %v, %d lines\n%s", reader, err, lines, text)
			}
		}
	}
}

func TestAStallIsToldWhileTheCaptureRuns(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "--stall", "1s")
	stall(t, a, b, 9001)
	lines := make(chan string, 10)
	go func() {
		for scan := bufio.NewScanner(run.stdout); scan.Scan(); {
			lines <- scan.Text()
		}
		close(lines)
	}()
	select {
	case line := <-lines:
		if got, _ := endings(t, []byte(line)); len(got) != 1 || got[0].final || !strings.HasPrefix(got[0].text, "half-closed-stall") {
			t.Errorf("%+v", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing was told of the stall")
	}
	if err := run.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if line := run.wait(t, "stalls told"); !strings.Contains(line, " 1 stalls told") || !strings.Contains(line, " 0 dropped") {
		t.Error(line)
	}
	_ = run.cmd.Process.Signal(os.Interrupt)
	rest := 0
	for range lines {
		rest++
	}
	if rest != 2 {
		t.Errorf("%d lines after the stall, want the conversation and the summary", rest)
	}
}

func TestNothingIsLostWhileStandardOutputIsBlocked(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "--time-wait", "1s")
	l := b.Listen(t, 9002)
	const n = 120
	for range n {
		c, err := a.Dial(netip.AddrPortFrom(b.Addr, 9002))
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.AcceptTCP()
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		s.Close()
	}
	time.Sleep(3 * time.Second) // every line is due, and the pipe holds a part of them
	out, code := run.end(t)
	got, summary := endings(t, out)
	if len(got) != n || code != exitOK || summary == nil {
		t.Errorf("%d conversations, exit code %d", len(got), code)
	}
}

func TestLiveEndsWhereTheInterfaceIsRemoved(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil)
	n := closeInManyWays(t, a, b)
	b.Run(t, "ip", "link", "del", vethlab.Device)
	out, code := run.finish(t)
	got, summary := endings(t, out)
	if len(got) != n || summary["complete"] != false || code != exitFailure {
		t.Errorf("%d conversations, complete %v, exit code %d", len(got), summary["complete"], code)
	}
	if last := run.said[len(run.said)-1]; !strings.Contains(last, "the interface was removed") {
		t.Errorf("%q", run.said)
	}
}

func TestPrivilegesAreGoneOnceTheCaptureRuns(t *testing.T) {
	_, b := vethlab.New(t)
	run := startLive(t, b, []string{"SUDO_UID=65534", "SUDO_GID=65534"})
	if said := run.said[len(run.said)-1]; !strings.Contains(said, "dropped to uid 65534") {
		t.Error(said)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", run.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000"} {
		if !bytes.Contains(status, []byte(want)) {
			t.Errorf("no %q in\n%s", want, status)
		}
	}
	if _, code := run.end(t); code != exitOK {
		t.Errorf("exit code %d: %q", code, run.said)
	}
}

func TestWithoutTheCapabilityTheWaysOutAreSaid(t *testing.T) {
	setpriv, err := exec.LookPath("setpriv")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("it takes root and util-linux's setpriv to lack the capability")
	}
	cmd := exec.Command(setpriv, "--bounding-set=-net_raw", "--inh-caps=-net_raw", os.Args[0], "-test.run=^TestLiveProcess$")
	cmd.Env = append(os.Environ(), "TCPCLOSE_TEST_LINE=live\x1flo")
	text, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitPermission {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"tcpclose: cannot capture on lo: operation not permitted (needs CAP_NET_RAW; uid 0)\n",
		"\n  once:      sudo setcap cap_net_raw=ep /", "      (lost when the file is replaced; not on nosuid/NFS)\n",
		"\n  per run:   sudo tcpclose live lo (drops to uid 0 after opening), or: sudo tcpdump -i lo -U -w - tcp | tcpclose open -\n",
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestFilesRotateAndTheCaptureEndsByItself(t *testing.T) {
	a, b := vethlab.New(t)
	dir := t.TempDir()
	run := startLive(t, b, nil, "-w", filepath.Join(dir, "raw.pcapng"), "-b", "packets:10", "-b", "files:2", "-a", "packets:35")
	closeInManyWays(t, a, b)
	out, code := run.finish(t)
	if _, summary := endings(t, out); code != exitOK || summary["complete"] != true {
		t.Errorf("exit code %d, %v, %q", code, summary["complete"], run.said)
	}
	names, err := filepath.Glob(filepath.Join(dir, "raw_0000[34]_*.pcapng"))
	if all, _ := os.ReadDir(dir); err != nil || len(names) != 2 || len(all) != 2 {
		t.Fatalf("%v of %v", names, all)
	}
	for i, name := range names {
		text, _, code := execute(t, "report", "-T", "json", name)
		if want := fmt.Sprintf(`"packets":%d,`, []int{10, 5}[i]); code != exitOK || !strings.Contains(text, want) {
			t.Errorf("%s: exit code %d, no %s in %.300s", name, code, want, text)
		}
	}
}

func TestTheFilterWorksInTheKernelAndOnTheVerdict(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "not port 9 and class rst-abort")
	closeInManyWays(t, a, b)
	out, code := run.end(t)
	got, summary := endings(t, out)
	if len(got) != 2 || code != exitOK || !strings.HasPrefix(got[0].text, "rst-abort") {
		t.Errorf("exit code %d, %v", code, got)
	}
	capture, _ := summary["capture"].(map[string]any)
	if n := capture["conversations"]; n != 5.0 {
		t.Errorf("%v conversations tracked; the kernel should have kept the one to port 9 away", n)
	}
}

func TestAStallNamesTheProcessThatHoldsTheSocket(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, []string{"SUDO_UID=65534", "SUDO_GID=65534"}, "--stall", "1s", "--owners")
	if said := run.said[len(run.said)-1]; !withCgo(run) && !strings.Contains(said, "dropped to uid 65534, with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH") {
		t.Error(said)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", run.cmd.Process.Pid))
	if want := fmt.Sprintf("CapEff:\t%016x", 1<<unix.CAP_SYS_PTRACE|1<<unix.CAP_DAC_READ_SEARCH); err != nil || !withCgo(run) && (!bytes.Contains(status, []byte(want)) || !bytes.Contains(status, []byte("Uid:\t65534\t65534\t65534\t65534"))) {
		t.Errorf("no %s in\n%s", want, status)
	}
	stall(t, a, b, 9003)
	client, x, line := ownersOfStall(t, run)
	if client != nil || x == nil || x.PID != os.Getpid() || x.State != "CLOSE-WAIT" || !x.Agrees || x.User != "root" || x.Process == "" {
		t.Errorf("%s", line)
	}
	_ = run.cmd.Process.Signal(syscall.SIGUSR1)
	held := fmt.Sprintf("tcpclose: CLOSE-WAIT ×1 held by %s[%d]", x.Process, os.Getpid())
	if line := run.wait(t, "CLOSE-WAIT"); !strings.HasPrefix(line, held) {
		t.Errorf("%s, want %s", line, held)
	}
	_ = run.cmd.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, run.stdout)
	if line := run.wait(t, "looked up"); !strings.Contains(line, "2 sockets") || !strings.Contains(line, "of 0 the kernel") {
		t.Error(line)
	}
}

// withCgo reports whether a program said that it keeps its capabilities, as one built with cgo must.
func withCgo(l *liveRun) bool {
	return strings.Contains(l.said[len(l.said)-1], "a build with cgo cannot give them up")
}

func TestAHangUpOpensTheOutputAgain(t *testing.T) {
	a, b := vethlab.New(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "closes.ndjson")
	run := startLive(t, b, nil, "-o", path)
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := run.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	n := closeInManyWays(t, a, b)
	if out, code := run.end(t); code != exitOK || len(out) > 0 {
		t.Errorf("exit code %d, %d octets", code, len(out))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := endings(t, text); len(got) != n {
		t.Errorf("%d conversations in the new file", len(got))
	}
}

func TestAFullDiskEndsTheCaptureAndIsSaid(t *testing.T) {
	a, b := vethlab.New(t)
	run := startLive(t, b, nil, "-w", "/dev/full", "--force")
	closeInManyWays(t, a, b)
	out, code := run.finish(t)
	_, summary := endings(t, out)
	if last := run.said[len(run.said)-1]; code != exitFailure || summary == nil || !strings.Contains(last, "no space left on device") {
		t.Errorf("exit code %d, %q", code, run.said)
	}
}

func TestLiveRefusesWhatMakesNoSense(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"live", "no interface to capture on"},
		{"live nosuch0", "there is no interface"},
		{"live lo -w -", "standard output is for the connections"},
		{"live lo -b packets:3", "-b needs -w"},
		{"live lo -w x.pcapng -b files:3", "when a file is full"},
		{"live lo -a minutes:3", "is no limit"},
		{"live lo -w x.pcapng -o ./x.pcapng --force", "would both write to x.pcapng"},
		{"live lo -a files:3", "needs -b"},
		{"live lo clas open", "clas"},
	} {
		_, stderr, code := execute(t, strings.Fields(c.line)...)
		if code != exitUsage || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit code %d, %q", c.line, code, stderr)
		}
	}
}

func TestInterfacesAreListed(t *testing.T) {
	out, _, code := execute(t, "interfaces")
	if code != exitOK || !strings.Contains(out, "\nlo ") || !strings.Contains(out, "\nany ") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
