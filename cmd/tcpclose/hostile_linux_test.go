package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// nobody is the user id that owns nothing.
const nobody = 65534

func TestADiskThatIsFullIsSaidAndLeavesNoFile(t *testing.T) {
	dir := openFolder(t)
	for _, format := range reportFormats {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Skip(err)
		}
		_, errs, code := process{dir: dir, stdout: full}.run(t, "report", "trace.pcap", "-T", format)
		full.Close()
		if code != exitFailure || !strings.Contains(errs, "no space left") {
			t.Errorf("%s to /dev/full: exit code %d, %q", format, code, errs)
		}
	}
	asRoot(t)
	small := filepath.Join(dir, "small")
	if err := os.Mkdir(small, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=4k"); err != nil {
		t.Skip("cannot mount: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	for _, format := range reportFormats {
		_, errs, code := process{dir: dir}.run(t, "report", "trace.pcap", "-T", format, "-o", "small/out")
		left, _ := os.ReadDir(small)
		if code == exitOK && len(left) == 1 {
			_ = os.Remove(filepath.Join(small, "out")) // short enough
			continue
		}
		if code != exitFailure || !strings.Contains(errs, "no space left") || len(left) > 0 {
			t.Errorf("%s to a full disk: exit code %d, %q, left %v", format, code, errs, left)
		}
	}
}

// TestReadingNeedsNoPrivilegesAndWritesNothingUnasked runs the commands that read files as a user who owns nothing, in
// folders that may not be written to, without a home.
func TestReadingNeedsNoPrivilegesAndWritesNothingUnasked(t *testing.T) {
	asRoot(t)
	dir := openFolder(t)
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(home, 0o777); err != nil { // may be written to, and must not be
		t.Fatal(err)
	}
	p := process{dir: dir, uid: nobody, program: publicProgram(t), env: []string{"HOME=" + home, "TMPDIR=" + home, "XDG_CACHE_HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home}}
	for _, line := range []string{
		"report trace.pcap", "report trace.pcap -T html", "report trace.pcap -T pcapng", "report trace.pcap --ladder", "states trace.pcap",
		"check trace.pcap --fail-on class=vanished", "diff trace.pcap trace.pcap", "explain four-way", "extract trace.pcap -o -", "man", "version",
	} {
		want, _, wantCode := process{dir: dir}.run(t, strings.Fields(line)...)
		got, errs, code := p.run(t, strings.Fields(line)...)
		if code != wantCode || got != want {
			t.Errorf("%s as nobody: exit code %d, as root %d: %s", line, code, wantCode, errs)
		}
	}
	_, errs, code := p.run(t, "report", "trace.pcap", "-o", "out")
	if code != exitPermission || !strings.Contains(errs, "permission denied") {
		t.Errorf("a folder that may not be written to: exit code %d, %q", code, errs)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("something was written unasked: %v, %v", left, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("something was written unasked: %v, %v", left, err)
	}
}

// TestOpenNeedsNoPrivileges opens a capture on a terminal as a user who owns nothing: the screen comes, q ends it, and
// nothing is written.
func TestOpenNeedsNoPrivileges(t *testing.T) {
	asRoot(t)
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("script, which makes a terminal, is not installed")
	}
	dir, home := openFolder(t), openFolder(t)
	if err := os.Chmod(home, 0o777); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, script, "-qec", "stty cols 120 rows 40; "+publicProgram(t)+" open trace.pcap", "/dev/null")
	cmd.Dir = dir
	cmd.Env = []string{"TCPCLOSE_TEST_PROGRAM=1", "TERM=xterm", "SHELL=/bin/sh", "PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	keys, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	screen := &seen{}
	cmd.Stdout, cmd.Stderr = screen, screen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for !screen.has("10 flows") && ctx.Err() == nil {
		time.Sleep(20 * time.Millisecond)
	}
	_, err = io.WriteString(keys, "q")
	if err2 := cmd.Wait(); err != nil || err2 != nil {
		t.Errorf("%v, %v: %q", err, err2, screen.text())
	}
	for _, folder := range []string{dir, home} {
		if left := listing(t, folder); len(left) != 1 {
			t.Errorf("something was written unasked: %q", left)
		}
	}
}

// seen keeps what a program wrote, for another goroutine to look at.
type seen struct {
	mu sync.Mutex
	b  []byte
}

func (s *seen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.b = append(s.b, p...)
	return len(p), nil
}

func (s *seen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.b)
}

func (s *seen) has(text string) bool { return strings.Contains(s.text(), text) }

// TestEnvironmentsThatMissThings runs without a home and a terminal, and in odd locales: figures and letters stay.
func TestEnvironmentsThatMissThings(t *testing.T) {
	dir := openFolder(t)
	want, _, _ := process{dir: dir, env: []string{"HOME=/root", "TERM=xterm", "LANG=C.UTF-8"}}.run(t, "report", "trace.pcap")
	for _, env := range [][]string{
		nil,
		{"TERM="},
		{"TERM=no-such-terminal"},
		{"HOME=/nowhere"},
		{"LC_ALL=tr_TR.UTF-8"},
		{"LC_ALL=C"},
		{"LC_ALL=xx_YY.foo"},
		{"LANG=ja_JP.SJIS"},
		{"TZ=Nowhere/Nothing"},
		{"TMPDIR=/nowhere"},
		{"COLUMNS=x"},
		{"PATH="},
	} {
		got, errs, code := process{dir: dir, env: env}.run(t, "report", "trace.pcap")
		if code != exitOK || got != want || errs != "" {
			t.Errorf("%v: exit code %d, %q, %s", env, code, errs, difference(want, got))
		}
		if got, errs, code := (process{dir: dir, env: env}).run(t, "report", "trace.pcap", "--ladder"); code != exitOK || errs != "" || firstControl(got) >= 0 {
			t.Errorf("a ladder, %v: exit code %d, %q", env, code, errs)
		}
		if _, errs, code := (process{dir: dir, env: env}).run(t, "open", "trace.pcap"); code == exitOK || errs == "" {
			t.Errorf("open without a terminal, %v: exit code %d, %q", env, code, errs)
		}
	}
}

// TestFewDescriptorsReadManyFiles reads far more files than may be open at once.
func TestFewDescriptorsReadManyFiles(t *testing.T) {
	dir := openFolder(t)
	many := filepath.Join(dir, "many")
	if err := os.Mkdir(many, 0o755); err != nil {
		t.Fatal(err)
	}
	b := tenKinds(t)
	for i := range 200 {
		if err := os.WriteFile(filepath.Join(many, fmt.Sprintf("%03d.pcapng", i)), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, _, _ := process{dir: dir}.run(t, "report", "many", "-T", "ndjson")
	for _, files := range []int{24, 40, 64} {
		got, errs, code := process{dir: dir, files: files}.run(t, "report", "many", "-T", "ndjson")
		if code != exitOK || got != want {
			t.Errorf("%d descriptors: exit code %d, %d octets, want %d: %.500s", files, code, len(got), len(want), errs)
		}
	}
}

// TestOutputsFollowNoSymbolicLink writes where somebody else has put links.
func TestOutputsFollowNoSymbolicLink(t *testing.T) {
	dir := openFolder(t)
	t.Chdir(dir)
	if err := os.WriteFile("precious", []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"to-file": "precious", "dangling": "new", "self": "self"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
		_, errs, code := execute(t, "report", "trace.pcap", "-o", link)
		if code != exitFailure || errs == "" {
			t.Errorf("-o %s: exit code %d, %q", link, code, errs)
		}
		_, errs, code = execute(t, "report", "trace.pcap", "-o", link, "--force")
		info, err := os.Lstat(link)
		if err != nil {
			t.Fatal(err)
		}
		if code == exitOK && !info.Mode().IsRegular() || code != exitOK && info.Mode().IsRegular() {
			t.Errorf("-o %s --force: exit code %d, %v, %q", link, code, info.Mode(), errs)
		}
	}
	if b, err := os.ReadFile("precious"); err != nil || string(b) != "precious" {
		t.Errorf("the file behind the link is %q, %v", b, err)
	}
	if _, err := os.Stat("new"); err == nil {
		t.Error("a dangling link was followed")
	}
}
