package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be the program itself, for the tests that need a process: other users, full disks, few
// descriptors, no home.
func TestMain(m *testing.M) {
	if os.Getenv("TCPCLOSE_TEST_PROGRAM") != "" {
		if n := os.Getenv("TCPCLOSE_TEST_FILES"); n != "" {
			limit := unix.Rlimit{Cur: uint64(len(n)), Max: uint64(len(n))}
			if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
				panic(err)
			}
		}
		if path := os.Getenv("TCPCLOSE_TEST_PEAK"); path != "" {
			code := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
			if err := os.WriteFile(path, []byte(strconv.Itoa(memoryKiB(os.Getpid(), "VmHWM:"))), 0o600); err != nil {
				panic(err)
			}
			os.Exit(code)
		}
		main()
	}
	os.Exit(m.Run())
}

// memoryKiB returns what a process's status says of its memory; 0 where it says nothing.
func memoryKiB(pid int, field string) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), field)
	var n int
	if _, err := fmt.Sscan(rest, &n); err != nil {
		return 0
	}
	return n
}

// A process is the program as a process of its own.
type process struct {
	dir     string
	program string // "": the test binary
	env     []string
	uid     int // 0: as it is
	files   int // descriptors; 0: as many as usual
	stdout  *os.File
	used    *usage // nil: nobody asks

	patience time.Duration // after so long it hangs; 0 is a minute
}

// usage is what a process took.
type usage struct {
	cpu     time.Duration
	peakKiB int
}

func (u usage) String() string {
	return fmt.Sprintf("%v, %d MiB", u.cpu.Round(time.Millisecond), u.peakKiB>>10)
}

// run runs a command line.
func (p process) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), cmp.Or(p.patience, time.Minute))
	defer cancel()
	self, err := os.Executable()
	if p.program != "" {
		self = p.program
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, &errs, p.dir
	if p.stdout != nil {
		cmd.Stdout = p.stdout
	}
	cmd.Env = append(slices.Clone(p.env), "TCPCLOSE_TEST_PROGRAM=1", "GOCOVERDIR="+os.Getenv("GOCOVERDIR"))
	if p.files > 0 {
		cmd.Env = append(cmd.Env, "TCPCLOSE_TEST_FILES="+strings.Repeat("x", p.files))
	}
	if p.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(p.uid), Gid: uint32(p.uid)}}
	}
	peak := filepath.Join(t.TempDir(), "peak")
	if p.used != nil { // what the system says of the peak counts what the test held when it began the process
		cmd.Env = append(cmd.Env, "TCPCLOSE_TEST_PEAK="+peak)
	}
	err = cmd.Run()
	if p.used != nil && cmd.ProcessState != nil {
		text, _ := os.ReadFile(peak)
		p.used.peakKiB, _ = strconv.Atoi(string(text))
		p.used.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		t.Fatalf("%v hangs: %s", args, &errs)
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		t.Fatal(err)
	}
	if strings.Contains(errs.String(), "goroutine ") {
		t.Errorf("%v panics: %s", args, &errs)
	}
	return out.String(), errs.String(), code
}

// openFolder is a folder that everybody may enter, with trace.pcap in it; tests as root give programs to other users.
func openFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "trace.pcap"), tenKinds(t), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// publicProgram copies the test binary to where everybody may run it.
func publicProgram(t *testing.T) string {
	t.Helper()
	dir := openFolder(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "tcpclose")
	if err := os.WriteFile(path, b, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func asRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
}
