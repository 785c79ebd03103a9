package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"tcpclose/decode/live/vethlab"
)

// TestHostileNamesOfRotatedFiles rotates files where somebody else has put things, or takes them away.
func TestHostileNamesOfRotatedFiles(t *testing.T) {
	a, b := vethlab.New(t)
	// planted calls fn with every name that the nth file may get within a minute.
	planted := func(t *testing.T, dir string, n int, fn func(name string) error) {
		for s := range 60 {
			at := time.Now().Add(time.Duration(s) * time.Second).Format("20060102150405")
			if err := fn(filepath.Join(dir, fmt.Sprintf("raw_%05d_%s.pcapng", n, at))); err != nil {
				t.Fatal(err)
			}
		}
	}
	precious := func(dir string) string { return filepath.Join(dir, "precious") }
	for _, c := range []struct {
		name   string
		file   string
		args   []string
		before func(t *testing.T, dir string) // before it begins
		begun  func(t *testing.T, dir string) // once it captures
		says   string                         // "": all is well
		files  int                            // that are there in the end and can be read
	}{
		{name: "a link where the second file will be", says: "exists", files: 1, before: func(t *testing.T, dir string) {
			planted(t, dir, 2, func(name string) error { return os.Symlink(precious(dir), name) })
		}},
		{name: "such a link, with --force", args: []string{"--force"}, says: "symbolic link", files: 1, before: func(t *testing.T, dir string) {
			planted(t, dir, 2, func(name string) error { return os.Symlink(precious(dir), name) })
		}},
		{name: "a link that leads nowhere, with --force", args: []string{"--force"}, says: "symbolic link", files: 1, before: func(t *testing.T, dir string) {
			planted(t, dir, 2, func(name string) error { return os.Symlink(filepath.Join(dir, "new"), name) })
		}},
		{name: "files of the second one's name", says: "exists", files: 1, before: func(t *testing.T, dir string) {
			planted(t, dir, 2, func(name string) error { return os.Link(precious(dir), name) })
		}},
		{name: "folders of the second one's name, with --force", args: []string{"--force"}, says: "is a directory", files: 1, before: func(t *testing.T, dir string) {
			planted(t, dir, 2, func(name string) error { return os.Mkdir(name, 0o755) })
		}},
		{name: "another's files that look like its own", args: []string{"-b", "files:2"}, files: 3, before: func(t *testing.T, dir string) {
			if err := os.Link(precious(dir), filepath.Join(dir, "raw_00001_20000101000000.pcapng")); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "no folder any more", says: "no such file", files: 0, begun: func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "sub"), filepath.Join(dir, "gone")); err != nil {
				t.Fatal(err)
			}
		}, file: "sub/raw.pcapng"},
		{name: "a full disk", file: "small/raw.pcapng", says: "no space left", files: 1, before: func(t *testing.T, dir string) {
			small := filepath.Join(dir, "small")
			if err := os.Mkdir(small, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=8k"); err != nil {
				t.Skip("cannot mount: ", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
		}},
		{name: "a name of odd characters", file: "-b %s ${HOME}\n\x1b[31m*.x.pcapng", files: 4},
		{name: "a name without an ending, in a folder with one", file: "sub.d/raw", files: 4},
		{name: "a name that goes up and down", file: "sub/../sub/raw.pcapng", files: 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := openFolder(t)
			for _, sub := range []string{"sub", "sub.d"} {
				if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.WriteFile(precious(dir), tenKinds(t), 0o644); err != nil {
				t.Fatal(err)
			}
			if c.before != nil {
				c.before(t, dir)
			}
			file := "raw.pcapng"
			if c.file != "" {
				file = c.file
			}
			outside := listing(t, filepath.Dir(dir))
			run := startLive(t, b, nil, append([]string{"-w", dir + "/" + file, "-b", "packets:10", "-a", "packets:38"}, c.args...)...)
			if c.begun != nil {
				c.begun(t, dir)
			}
			closeInManyWays(t, a, b)
			out, code := run.finish(t)
			_, summary := endings(t, out)
			said := strings.Join(run.said, "\n")
			if summary == nil || c.says == "" && code != exitOK || c.says != "" && (code == exitOK || !strings.Contains(said, c.says)) {
				t.Errorf("exit code %d, %q, a summary %t", code, run.said, summary != nil)
			}
			if got, err := os.ReadFile(precious(dir)); err != nil || string(got) != string(tenKinds(t)) {
				t.Errorf("the file that is not its own has %d octets, %v", len(got), err)
			}
			if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
				t.Error("a link was followed")
			}
			if now := listing(t, filepath.Dir(dir)); !slices.Equal(now, outside) {
				t.Errorf("beside the folder were %q, now %q", outside, now)
			}
			readable := 0
			for _, name := range listing(t, filepath.Dir(filepath.Join(dir, file))) {
				full := filepath.Join(filepath.Dir(filepath.Join(dir, file)), name)
				if info, err := os.Lstat(full); err != nil || !info.Mode().IsRegular() || !strings.Contains(name, "_0000") {
					continue
				}
				if info, err := os.Stat(full); err == nil && sameAs(info, precious(dir)) && !strings.Contains(name, "_00001_") {
					continue
				}
				if _, _, code := execute(t, "report", "-T", "json", full); code == exitOK || code == exitDamaged && c.says != "" {
					readable++
				}
			}
			if readable < c.files {
				t.Errorf("%d files can be read, want %d: %q", readable, c.files, listing(t, dir))
			}
		})
	}
}

// TestAFileOfTheRingThatSomebodyTookAwayEndsNothing removes the files of a ring while it is written: what would be removed
// next is gone already, and the capture goes on.
func TestAFileOfTheRingThatSomebodyTookAwayEndsNothing(t *testing.T) {
	a, b := vethlab.New(t)
	dir := filepath.Join(openFolder(t), "ring")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	run := startLive(t, b, nil, "-w", filepath.Join(dir, "raw.pcapng"), "-b", "packets:10", "-b", "files:2")
	refuse(a, b, 15)
	taken := map[string]bool{}
	for limit := time.Now().Add(20 * time.Second); len(taken) < 2 && time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		for _, name := range listing(t, dir) {
			if os.Remove(filepath.Join(dir, name)) == nil {
				taken[name] = true
			}
		}
	}
	refuse(a, b, 15)
	if _, code := run.end(t); code != exitOK {
		t.Errorf("exit code %d: %q", code, run.said)
	}
	if left := listing(t, dir); len(left) != 2 || taken[left[0]] || taken[left[1]] {
		t.Errorf("%v were taken away, %q are left", taken, left)
	}
}

// TestAFileThatCannotBeMadeIsToldBeforeTheCaptureBegins has no packet come: whoever starts a capture hears of a name that
// is wrong at once.
func TestAFileThatCannotBeMadeIsToldBeforeTheCaptureBegins(t *testing.T) {
	_, b := vethlab.New(t)
	dir := openFolder(t)
	for _, c := range []struct {
		name, file, says string
		code             int
		args, env        []string
	}{
		{name: "a folder that is not there", file: "none/raw.pcapng", says: "no such file", code: exitFailure},
		{name: "a folder", says: "is a directory", code: exitFailure, args: []string{"--force"}},
		{name: "a folder that its user may not write to", file: "raw.pcapng", says: "permission denied", code: exitPermission, env: []string{"SUDO_UID=65534", "SUDO_GID=65534"}},
		{name: "so in a ring", file: "raw.pcapng", says: "permission denied", code: exitPermission, args: []string{"-b", "packets:10"}, env: []string{"SUDO_UID=65534", "SUDO_GID=65534"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := startIn(t, b, liveCommand(c.env, append([]string{"-w", filepath.Join(dir, c.file)}, c.args...)...))
			out, code := run.finish(t)
			if said := strings.Join(run.said, "\n"); code != c.code || len(out) > 0 || !strings.Contains(said, c.says) || strings.Contains(said, "capturing on") {
				t.Errorf("exit code %d, %q, %q", code, out, run.said)
			}
		})
	}
}

// TestAHangUpBeginsAFileWhereTheOldOneWas moves the file of -w away, as logrotate does, which may leave an empty one in its
// place. Nothing has to come for the old one to be whole. Where another file or a link has taken its place, that is left alone
// and said.
func TestAHangUpBeginsAFileWhereTheOldOneWas(t *testing.T) {
	a, b := vethlab.New(t)
	for _, c := range []struct {
		name  string
		leave func(path string) error
		says  string // "": all is well
	}{
		{"nothing", func(string) error { return nil }, ""},
		{"an empty file", func(path string) error { return os.WriteFile(path, nil, 0o644) }, ""},
		{"a file of somebody else", func(path string) error { return os.WriteFile(path, []byte("precious"), 0o644) }, "exists"},
		{"a link to an empty file", func(path string) error {
			if err := os.WriteFile(path+".empty", nil, 0o644); err != nil {
				return err
			}
			return os.Symlink(path+".empty", path)
		}, "exists"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(openFolder(t), "raw.pcapng")
			run := startLive(t, b, nil, "-w", path)
			refuse(a, b, 5)
			time.Sleep(time.Second) // until the packets have come
			if err := errors.Join(os.Rename(path, path+".1"), c.leave(path), run.cmd.Process.Signal(syscall.SIGHUP)); err != nil {
				t.Fatal(err)
			}
			if c.says != "" { // the capture goes on, in the file that was moved away
				run.wait(t, c.says)
				refuse(a, b, 3)
				if _, code := run.end(t); code != exitOK || conversationsIn(t, path+".1") != 8 {
					t.Errorf("exit code %d, %q; %d conversations in the old file", code, run.said, conversationsIn(t, path+".1"))
				}
				return
			}
			time.Sleep(time.Second)
			if before, now := conversationsIn(t, path+".1"), conversationsIn(t, path); before != 5 || now != 0 {
				t.Errorf("%d conversations in the old file, %d in the new one", before, now)
			}
			refuse(a, b, 3)
			if _, code := run.end(t); code != exitOK || conversationsIn(t, path) != 3 {
				t.Errorf("exit code %d, %q; %d conversations in the new file", code, run.said, conversationsIn(t, path))
			}
		})
	}
}

// TestALimitOfOctetsHoldsThoughMoreWasCaptured has a burst come that is many times as large as what may be written.
func TestALimitOfOctetsHoldsThoughMoreWasCaptured(t *testing.T) {
	a, b := vethlab.New(t)
	for _, more := range [][]string{nil, {"-b", "packets:5"}, {"-b", "filesize:1", "-a", "files:2"}} {
		dir := t.TempDir()
		run := startLive(t, b, nil, append([]string{"-w", filepath.Join(dir, "raw.pcapng"), "-a", "filesize:2"}, more...)...)
		refuse(a, b, 200)
		if _, code := run.finish(t); code != exitOK {
			t.Errorf("%q: exit code %d, %q", more, code, run.said)
		}
		size := int64(0)
		for _, name := range listing(t, dir) {
			if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
				size += info.Size()
			}
		}
		// The packet that reaches the limit is whole, and so is the end of the file.
		if size < 2000 || size > 2500 {
			t.Errorf("%q: %d octets in %q", more, size, listing(t, dir))
		}
	}
}

// conversationsIn returns how many conversations a file tells of that is whole; -1 for one that is not.
func conversationsIn(t *testing.T, path string) int {
	t.Helper()
	out, _, code := execute(t, "report", "-T", "json", path)
	var r struct{ Conversations []struct{} }
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != exitOK {
		return -1
	}
	return len(r.Conversations)
}

// refuse opens connections that are refused, of two packets each.
func refuse(a, b *vethlab.Space, n int) {
	for range n {
		_, _ = a.Dial(netip.AddrPortFrom(b.Addr, 9))
	}
}

// sameAs reports whether a name stands for that file.
func sameAs(info os.FileInfo, name string) bool {
	other, err := os.Stat(name)
	return err == nil && os.SameFile(info, other)
}

// listing returns the names in a folder; none if there is no such folder.
func listing(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestTsharkReadsWhatALiveCaptureWroteAsTcpdumpDid records beside tcpdump, into one file and into many: tshark reads the
// same frames of TCP from both, in the same order.
func TestTsharkReadsWhatALiveCaptureWroteAsTcpdumpDid(t *testing.T) {
	tshark := findTshark(t)
	tcpdump, err := exec.LookPath("tcpdump")
	if err != nil {
		t.Skip("tcpdump is not installed")
	}
	a, b := vethlab.New(t)
	for _, rotate := range [][]string{nil, {"-b", "packets:7"}} {
		t.Run(strings.Join(rotate, " "), func(t *testing.T) {
			dir := openFolder(t)
			beside := filepath.Join(dir, "beside.pcap")
			other := startIn(t, b, exec.Command(tcpdump, "-i", vethlab.Device, "-U", "--immediate-mode", "-Z", "root", "-w", beside, "tcp"))
			other.wait(t, "listening on")
			run := startLive(t, b, nil, append([]string{"-s", "262144", "-w", filepath.Join(dir, "own.pcapng")}, rotate...)...)
			closeInManyWays(t, a, b)
			if _, code := run.end(t); code != exitOK {
				t.Errorf("exit code %d: %q", code, run.said)
			}
			if _, code := other.end(t); code != 0 {
				t.Errorf("tcpdump: %d", code)
			}
			var own []string
			for _, name := range listing(t, dir) { // the numbers put them in order
				if strings.HasPrefix(name, "own") {
					own = append(own, framesOfTCP(t, tshark, filepath.Join(dir, name))...)
				}
			}
			want := framesOfTCP(t, tshark, beside)
			if len(want) < 20 || !slices.Equal(own, want) {
				t.Errorf("%d frames, tcpdump recorded %d:\n%q\n%q", len(own), len(want), own, want)
			}
		})
	}
}

// framesOfTCP returns the sums and lengths of a file's frames of TCP, as tshark reads them.
func framesOfTCP(t *testing.T, tshark, name string) (list []string) {
	t.Helper()
	for _, row := range tsharkRows(t, tshark, name) {
		if row.port != "" {
			cells := strings.Fields(row.frame) // sum, time, length, captured length
			list = append(list, cells[0]+" "+cells[2]+" "+cells[3])
		}
	}
	return list
}
